"""What a run found: summaries of every indicator and year, and chances of every target."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from haidong_sim.errors import ModelError, unknown_name
from haidong_sim.indicators import indicator as declared
from haidong_sim.questions import check_targets
from haidong_sim.run.answer import Answer
from haidong_sim.run.control import target_chances
from haidong_sim.run.raking import raked_masks
from haidong_sim.run.summary import histogram_quantiles
from haidong_sim.views import view
from haidong_sim.words import WITHOUT_SHOCKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from haidong_sim.engine import KeptDraws
    from haidong_sim.place import Registry
    from haidong_sim.questions import Chance, Question
    from haidong_sim.run.program import Program
    from haidong_sim.run.summary import Part
    from haidong_sim.scenario import Scenario

QUANTILES: Final = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)


@dataclass(frozen=True, kw_only=True, repr=False)
class Result(Answer):
    """The outcome of `project` (one draw, the path without shocks) or `simulate` (many).

    Attributes
    ----------
    path
        The path without shocks: value by (indicator, year), base year included.
    entropy
        Resolved randomness: `simulate(..., rng=result.entropy)` repeats the run bit for bit.
    is_partial
        Whether blocks of the run are missing; what it holds is then right for the draws that it counts.
    planned_draws
        Draws of the whole run, of which a partial one has fewer.
    undecided
        Targets that still needed draws where a run under `until=` reached its cap.
    version
        Version of the package that drew.
    """

    program: Program
    registry: Registry
    path: Mapping[tuple[str, int], float]
    draws: int
    entropy: int | None = None
    part: Part | None = None
    kept: KeptDraws | None = None
    is_partial: bool = False
    planned_draws: int | None = None
    undecided: tuple[str, ...] = ()
    version: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def scenario(self) -> Scenario:
        """The scenario that was run."""
        return self.program.scenario

    @property
    def years(self) -> NDArray[np.int64]:
        """The base year and every projected year."""
        return np.concatenate([[self.program.base_year], self.program.years])

    @property
    def indicators(self) -> tuple[str, ...]:
        """Names of the indicators that the run summarized."""
        return self.program.indicators

    @property
    def functionals(self) -> tuple[Question, ...]:
        """The targets that the run was asked, other readings included."""
        return self.program.functionals

    @property
    def plot(self) -> Any:
        """Figures of this result: `result.plot.fan("gdp_share_of_province")`."""
        return self._view("plot")

    def history(self) -> pd.DataFrame:
        """Return the published points of every indicator: indicator, year, value, unit, source, vintage."""
        from haidong_sim.place import published_history

        return published_history(self.registry)

    def assumptions(self) -> pd.DataFrame:
        """Return what the verdicts rest on, ranked by how much they move with it; see `rank_assumptions`."""
        return self._assumptions.copy()

    @cached_property
    def _assumptions(self) -> pd.DataFrame:
        # The path is projected a few hundred times for it, and both page and tables ask.
        frame: pd.DataFrame = self._view("assumptions")
        return frame

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write manifest, resolved scenario and tables into a new folder; see `save_result`."""
        written: Path = self._view("save", folder, force=force)
        return written

    def to_iamc(self, **options: Any) -> pd.DataFrame:
        """Return the frame of the integrated-assessment community, long or `wide=True`."""
        frame: pd.DataFrame = self._view("to_iamc", **options)
        return frame

    def to_xarray(self) -> Any:
        """Return an `xarray.Dataset` over year and statistic, one variable an indicator, units attached."""
        return self._view("to_xarray")

    def to_excel(self, path: str | Path, *, force: bool = False) -> Path:
        """Write a workbook in the layout of a planning office's table of main indicators."""
        written: Path = self._view("to_excel", path, force=force)
        return written

    def to_parquet(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the tidy frame as Parquet; column types survive the round trip."""
        written: Path = self._view("to_parquet", path, force=force)
        return written

    def statistics(self, name: str, year: int) -> dict[str, float]:
        """Return median, mean, sd and quantiles of an indicator in a year; of one draw its value alone."""
        self._require_indicator(name)
        key = (name, year)
        if self.part is None or key not in self.part.histograms:
            value = self.path[key]
            if self.part is None:
                return {WITHOUT_SHOCKS: value}
            same = dict.fromkeys(("median", "mean", *_labels(QUANTILES)), value)
            return same | {"sd": 0.0}
        moments = self.part.moments[key]
        found = dict(zip(_labels(QUANTILES), self._quantiles(key, QUANTILES), strict=True))
        return {"median": found["q50"], "mean": moments.mean, "sd": moments.sd} | found

    def quantiles(self, name: str, probabilities: float | Sequence[float] = QUANTILES) -> pd.DataFrame:
        """Return quantiles of an indicator, one row a year, one column a probability.

        Parameters
        ----------
        probabilities
            One number or several from 0 (the least draw) to 1 (the greatest).

        Raises
        ------
        ModelError
            If the indicator is not part of the run, or a probability is none.
        """
        import pandas as pd

        self._require_indicator(name)
        levels = _require_levels(probabilities)
        rows = [self._quantiles((name, year), levels) for year in self.years.tolist()]
        index = pd.Index(self.years, name="year")
        return pd.DataFrame(rows, index=index, columns=pd.Index(levels, name="quantile"))

    def _quantiles(self, key: tuple[str, int], levels: Sequence[float]) -> list[float]:
        if self.part is None or key not in self.part.histograms:
            return [self.path[key]] * len(levels)
        moments = self.part.moments[key]
        quantiles = histogram_quantiles(self.part.histograms[key], levels, moments.least, moments.greatest)
        found: list[float] = quantiles.tolist()
        return found

    def frame(self) -> pd.DataFrame:
        """Return everything in tidy form, one row per indicator, year and statistic."""
        import pandas as pd

        rows = []
        for name in self.indicators:
            about = declared(name)
            head = (self.scenario.name, name, about.unit, about.price_basis, about.region)
            for year in self.years.tolist():
                found = self.statistics(name, year)
                order = [
                    word
                    for word in (WITHOUT_SHOCKS, "median", "mean", "sd", *_labels(QUANTILES))
                    if word in found
                ]
                rows += [(*head, year, word, found[word]) for word in order if word != "q50"]
        columns = ["scenario", "indicator", "unit", "price_basis", "region", "year", "statistic", "value"]
        return pd.DataFrame(rows, columns=columns)

    def check(self) -> pd.DataFrame:
        """Return one row per target of the registry: status, value, margin, needed pace, chance, reason."""
        import pandas as pd

        from haidong_sim.questions import COLUMNS

        return pd.DataFrame(self.verdicts, columns=list(COLUMNS))

    @cached_property
    def verdicts(self) -> list[dict[str, Any]]:
        """The rows of `check` as dictionaries."""
        return check_targets(
            self.registry,
            self.scenario,
            self.functionals,
            lambda name, year: self.path[name, year],
            self.chances,
        )

    @cached_property
    def chances(self) -> dict[str, Chance]:
        """Probability of each target, other readings included, with its interval."""
        if self.part is None:
            return {}
        return target_chances(self.program, self.part)

    @cached_property
    def masks(self) -> Mapping[int, float]:
        """Draws in which each set of targets is met, weighed so that singly they have their `chances`.

        Bit i of a key stands for `functionals[i]`; the weights sum to `draws`. See `raked_masks`.

        Raises
        ------
        ModelError
            If it is a median path.
        """
        part = self._require_draws()
        return raked_masks(part.masks, [self.chances[f.name].probability for f in self.functionals])

    def joint_probability(self, target_ids: str | Sequence[str]) -> float:
        """Return the probability that all the targets named are met together; of none it is 1.

        That of one target is its probability in `check`. That of several comes from `masks`, so that it is at
        most the probability of each and never less than all of them leave it.

        Parameters
        ----------
        target_ids
            Names of `functionals`: a target's id, for another reading with its words in brackets.

        Raises
        ------
        ModelError
            For an unknown name, or a median path.
        """
        self._require_draws()
        position = {functional.name: index for index, functional in enumerate(self.functionals)}
        names = [target_ids] if isinstance(target_ids, str) else list(dict.fromkeys(target_ids))
        for name in names:
            if name not in position:
                raise ModelError(unknown_name("projected target", str(name), position))
        wanted = sum(1 << position[name] for name in names)
        together = sum(weight for mask, weight in self.masks.items() if mask & wanted == wanted)
        single = [self.chances[name].probability for name in names]
        # Weights add up to the single probabilities but for a last digit, which must contradict nothing.
        least = max(0.0, 1.0 + sum(probability - 1.0 for probability in single))
        return min(max(together / self.draws, least), *single, 1.0)

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        """Return the kept draws of an indicator: a read-only view, shape (year, draw).

        Row k belongs to `years[k]`; the first is the base year, the same in all draws.
        """
        self._require_draws()
        if self.kept is None or name not in self.program.keep:
            raise ModelError(f"the draws of '{name}' were not kept; run simulate(..., keep=['{name}'])")
        return self.kept[name]

    def __repr__(self) -> str:
        seed = "" if self.entropy is None else f", rng={self.entropy}"
        partial = f", partial: {self.planned_draws:,} planned" if self.is_partial else ""
        return (
            f"<Result '{self.scenario.name}': {self.draws:,} draw{'s' if self.draws > 1 else ''} × "
            f"{len(self.years)} years × {len(self.indicators)} indicators{seed}{partial}>"
        )

    def _repr_html_(self) -> str:
        """Return the result as a notebook shows it: its line, and each indicator at the ends and half way."""
        import pandas as pd

        years = self.years.tolist()
        shown = list(dict.fromkeys((years[0], years[len(years) // 2], years[-1])))
        word = "median" if self.part is not None else WITHOUT_SHOCKS
        rows = [
            (name, declared(name).unit, *(self.statistics(name, year)[word] for year in shown))
            for name in self.indicators
        ]
        table = pd.DataFrame(rows, columns=["indicator", "unit", *map(str, shown)])
        html = table.to_html(max_rows=20, index=False, float_format="{:.4g}".format)
        what = "median of the futures" if self.part is not None else "path without shocks"
        return f"<p>{escape(repr(self))}: {what}</p>\n{html}"

    def _view(self, name: str, *arguments: Any, **options: Any) -> Any:
        return view(name)(self, *arguments, **options)

    def _require_draws(self) -> Part:
        if self.part is None:
            raise ModelError("a path without shocks has no probabilities; use simulate(scenario, draws=...)")
        return self.part

    def _require_indicator(self, name: str) -> None:
        if name not in self.indicators:
            raise ModelError(unknown_name("indicator of this run", name, self.indicators))


def _require_levels(probabilities: Any) -> list[float]:
    """Return probabilities as numbers.

    Raises
    ------
    ModelError
        If one is not between 0 and 1; a percentage is answered with the fraction that it probably means.
    """
    try:
        levels: list[float] = np.atleast_1d(np.asarray(probabilities, dtype=np.float64)).ravel().tolist()
    except (TypeError, ValueError):
        raise ModelError(f"quantiles: {probabilities!r} is no number and no list of numbers") from None
    for level in levels:
        if not 0.0 <= level <= 1.0:
            hint = f" Did you mean {level / 100.0:g}?" if 1.0 < level <= 100.0 else ""
            raise ModelError(f"quantiles: {level:g} is no probability. Allowed: from 0 to 1.{hint}")
    return levels


def _labels(probabilities: Sequence[float]) -> list[str]:
    return [f"q{round(100 * p):02d}" for p in probabilities]
