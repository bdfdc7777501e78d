"""What growth would have to be made of: labour, capital, productivity, held against history."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from haidong_sim.errors import FeasibilityError, Problems, public, unknown_name
from haidong_sim.run import Answer, result_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.engine import Rng
    from haidong_sim.place import HistoricalRange
    from haidong_sim.run import RegistrySource, Result, Subject

    Matrix = NDArray[np.float64]


def check_plausibility(
    values: Mapping[str, NDArray[np.float64]],
    years: ArrayLike,
    ranges: Iterable[HistoricalRange],
) -> pd.DataFrame:
    """Return one row per limit that concerns a quantity in `values`.

    Parameters
    ----------
    values
        Paths by quantity name, shape (year,) or (year, draw).
    years
        Calendar years, shape (year,).
    ranges
        Limits, such as `Registry.limits`.

    Returns
    -------
    DataFrame
        Columns name, quantity, flagged (in any draw), probability (share of draws flagged),
        first_year (of the first flagged draw), extreme (worst value), limit, side, unit, provenance,
        source, statement_en, statement_zh.

    Raises
    ------
    FeasibilityError
        If a quantity has no limit, none is given, or a path has another length than `years`.
    """
    limits = tuple(ranges)
    calendar = np.asarray(years, dtype=np.int64)
    problems = Problems("plausibility")
    known = {limit.quantity for limit in limits}
    for name, path in values.items():
        if name not in known:
            problems.add("", unknown_name("quantity with a limit", name, known))
        if len(path) != len(calendar):
            problems.add(name, f"{len(path)} years of values for {len(calendar)} calendar years")
    problems.raise_if_any(FeasibilityError)
    rows = [_row(limit, values[limit.quantity], calendar) for limit in limits if limit.quantity in values]
    if not rows:
        raise FeasibilityError("plausibility: no quantity was given")
    return pd.DataFrame(rows)


def _row(limit: HistoricalRange, path: NDArray[np.float64], calendar: NDArray[np.int64]) -> dict[str, object]:
    sign = 1.0 if limit.side == "above" else -1.0
    draws = np.asarray(path, dtype=np.float64).reshape(len(calendar), -1)
    compared = _windowed(draws, limit.window_years)
    beyond = _in_a_row(sign * compared > sign * limit.value, limit.consecutive_years)
    flagged = beyond.any(axis=0)
    offset = limit.window_years - 1 + limit.consecutive_years - 1
    first = int(calendar[offset + int(np.argmax(beyond.any(axis=1)))]) if flagged.any() else None
    return {
        "name": limit.name,
        "quantity": limit.quantity,
        "flagged": bool(flagged.any()),
        "probability": float(flagged.mean()),
        "first_year": first,
        "extreme": float(sign * (sign * compared).max()) if compared.size else np.nan,
        "limit": limit.value,
        "side": limit.side,
        "unit": limit.unit,
        "provenance": limit.provenance,
        "source": limit.source,
        "statement_en": limit.statement_en,
        "statement_zh": limit.statement_zh,
    }


def _windowed(path: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    if window == 1:
        return path
    if len(path) < window:
        return path[:0]
    logs = np.lib.stride_tricks.sliding_window_view(np.log1p(path), window, axis=0)
    return np.asarray(np.expm1(logs.mean(axis=-1)))


def _in_a_row(flags: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    if count == 1:
        return flags
    if len(flags) < count:
        return flags[:0]
    return np.asarray(np.lib.stride_tricks.sliding_window_view(flags, count, axis=0).all(axis=-1))


@dataclass(frozen=True, kw_only=True)
class Technology:
    """Parameters of production, each a number or an array that broadcasts against (year, draw).

    `labour_share` is beta; `capital_output_ratio` is K / Y at the start of the first year.
    """

    labour_share: ArrayLike
    depreciation: ArrayLike
    capital_output_ratio: ArrayLike
    human_capital_growth: ArrayLike = 0.0

    def __post_init__(self) -> None:
        problems = Problems("production technology")
        limits = {
            "labour_share": (self.labour_share, 0.0, 1.0),
            "depreciation": (self.depreciation, 0.0, 0.5),
            "capital_output_ratio": (self.capital_output_ratio, 0.0, 50.0),
        }
        for name, (value, low, high) in limits.items():
            array = np.asarray(value, dtype=np.float64)
            if not ((array > low) & (array < high)).all():
                problems.add(name, f"{array} must lie between {low} and {high}")
        if not (np.abs(np.asarray(self.human_capital_growth, dtype=np.float64)) <= 0.5).all():
            problems.add("human_capital_growth", "write 0.005 for half a percent")
        problems.raise_if_any(FeasibilityError)


@dataclass(frozen=True, kw_only=True, eq=False)
class SupplyPath:
    """One consistent path of the supply side; every array has the shape of the growth path.

    `capital_output_ratio` is the one at the start of each year; `final_capital_output_ratio` the one
    after the last. `icor` is the investment share over growth, nan where output does not grow.
    """

    growth: NDArray[np.float64]
    tfp_growth: NDArray[np.float64]
    investment_share: NDArray[np.float64]
    capital_growth: NDArray[np.float64]
    capital_output_ratio: NDArray[np.float64]
    final_capital_output_ratio: NDArray[np.float64]

    @property
    def icor(self) -> NDArray[np.float64]:
        """Incremental capital-output ratio."""
        found = np.full(self.growth.shape, np.nan)
        np.divide(self.investment_share, self.growth, out=found, where=self.growth > 0.0)
        return found


def required_investment(
    growth: ArrayLike, *, tfp_growth: ArrayLike, employment_growth: ArrayLike, technology: Technology
) -> SupplyPath:
    """Return the investment share of GDP that a growth path needs, given productivity growth."""
    path, tfp, labour, human = _years(growth, tfp_growth, employment_growth, technology.human_capital_growth)
    beta, delta, ratio = _parameters(technology)
    factors = (1.0 + tfp) * ((1.0 + human) * (1.0 + labour)) ** beta
    capital_growth = ((1.0 + path) / factors) ** (1.0 / (1.0 - beta)) - 1.0
    ratios = _ratios(ratio, (1.0 + capital_growth) / (1.0 + path))
    return SupplyPath(
        growth=path,
        tfp_growth=tfp,
        investment_share=ratios[:-1] * (capital_growth + delta),
        capital_growth=capital_growth,
        capital_output_ratio=ratios[:-1],
        final_capital_output_ratio=ratios[-1],
    )


def implied_tfp_growth(
    growth: ArrayLike, *, investment_share: ArrayLike, employment_growth: ArrayLike, technology: Technology
) -> SupplyPath:
    """Return the productivity growth that a growth path needs, given the investment share of GDP."""
    path, share, labour, human = _years(
        growth, investment_share, employment_growth, technology.human_capital_growth
    )
    beta, delta, start = _parameters(technology)
    ratios = np.empty((len(path) + 1, *path.shape[1:]))
    ratios[0] = start
    capital_growth = np.empty_like(path)
    for year in range(len(path)):
        capital_growth[year] = share[year] / ratios[year] - delta
        ratios[year + 1] = ratios[year] * (1.0 + capital_growth[year]) / (1.0 + path[year])
    factors = (1.0 + capital_growth) ** (1.0 - beta) * ((1.0 + human) * (1.0 + labour)) ** beta
    return SupplyPath(
        growth=path,
        tfp_growth=(1.0 + path) / factors - 1.0,
        investment_share=share,
        capital_growth=capital_growth,
        capital_output_ratio=ratios[:-1],
        final_capital_output_ratio=ratios[-1],
    )


def growth_from_investment(
    investment_share: ArrayLike,
    *,
    tfp_growth: ArrayLike,
    employment_growth: ArrayLike,
    technology: Technology,
) -> SupplyPath:
    """Return the growth that an investment share of GDP buys, given productivity growth."""
    share, tfp, labour, human = _years(
        investment_share, tfp_growth, employment_growth, technology.human_capital_growth
    )
    beta, delta, start = _parameters(technology)
    others = (1.0 + tfp) * ((1.0 + human) * (1.0 + labour)) ** beta
    ratios = np.empty((len(share) + 1, *share.shape[1:]))
    ratios[0] = start
    capital_growth, growth = np.empty_like(share), np.empty_like(share)
    for year in range(len(share)):
        capital_growth[year] = share[year] / ratios[year] - delta
        growth[year] = others[year] * (1.0 + capital_growth[year]) ** (1.0 - beta) - 1.0
        ratios[year + 1] = ratios[year] * (1.0 + capital_growth[year]) / (1.0 + growth[year])
    return SupplyPath(
        growth=growth,
        tfp_growth=tfp,
        investment_share=share,
        capital_growth=capital_growth,
        capital_output_ratio=ratios[:-1],
        final_capital_output_ratio=ratios[-1],
    )


def employment_need(growth: ArrayLike, productivity_growth: ArrayLike) -> NDArray[np.float64]:
    """Return the employment growth that output growth at a given productivity growth needs."""
    output, product = np.asarray(growth, dtype=np.float64), np.asarray(productivity_growth, dtype=np.float64)
    return np.asarray((output - product) / (1.0 + product))


def _years(*parts: ArrayLike) -> list[NDArray[np.float64]]:
    arrays = [np.asarray(part, dtype=np.float64) for part in parts]
    if not arrays[0].ndim:
        raise FeasibilityError("supply side: the path needs a year axis, shape (year,) or (year, draw)")
    # Trailing axes may be missing: one path for all draws, one parameter for all years.
    deepest = max(array.ndim for array in arrays)
    arrays = [
        array.reshape(*array.shape, *(1,) * (deepest - array.ndim)) if 0 < array.ndim < deepest else array
        for array in arrays
    ]
    return [np.array(array) for array in np.broadcast_arrays(*arrays)]


def _parameters(
    technology: Technology,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    return (
        np.asarray(technology.labour_share, dtype=np.float64),
        np.asarray(technology.depreciation, dtype=np.float64),
        np.asarray(technology.capital_output_ratio, dtype=np.float64),
    )


def _ratios(start: NDArray[np.float64], factors: NDArray[np.float64]) -> NDArray[np.float64]:
    first = np.broadcast_to(start, (1, *factors.shape[1:]))
    return np.concatenate([first, start * np.cumprod(factors, axis=0)])


_FLAG_COLUMNS: Final = (
    "name", "quantity", "flagged", "probability", "first_year", "extreme", "limit", "side", "unit",
    "provenance", "source", "statement_en", "statement_zh", "on_path_without_shocks", "probability_of_mean",
    "draws",
)  # fmt: skip

NEEDED: Final = ("gdp_growth", "employment", "gdp_share_of_province", "household_income_share_of_gdp")
"""Indicators behind the flags; a run that did not keep their draws is made again."""


@dataclass(frozen=True, kw_only=True)
class SupplyAssumption:
    """A number of the supply side that no registry holds: a judgement with its range and its reason."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    provenance: str
    source: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Plausibility(Answer):
    """What a run asks of investment, productivity and labour, and whether history has seen the like.

    Attributes
    ----------
    years
        Projected years, shape (year,).
    paths
        The path without shocks by quantity, shape (year,): growth, employment_growth,
        implied_investment_share (at the assumed productivity growth), icor, implied_tfp_growth (at the
        assumed investment share), growth_from_investment (what the assumed investment share and
        productivity buy), gap_to_rest, household_income_share_of_gdp; employment_need (growth of employment
        at the growth of output per worker that a target asks for) where there is such a target.
    flags
        One row per limit of history, none where the place has written none down; see `check_plausibility`.
        `probability` counts futures beyond it in
        some year, `probability_of_mean` those beyond it on the mean of all years, of `draws` futures; 1 is
        the path without shocks.
    assumptions
        The numbers behind `paths`, by name.
    """

    scenario: str
    years: NDArray[np.int64]
    paths: Mapping[str, Matrix]
    flags: pd.DataFrame
    assumptions: Mapping[str, SupplyAssumption]

    @property
    def is_plausible(self) -> bool:
        """Whether nothing on the path without shocks lies beyond what history has seen.

        True of a place without limits, too: `has_history` tells the two apart.
        """
        return not self.flags["on_path_without_shocks"].any()

    @property
    def has_history(self) -> bool:
        """Whether there is any limit of history to compare with."""
        return not self.flags.empty

    def frame(self) -> pd.DataFrame:
        """Return the path without shocks, one row a year, one column a quantity; fractions."""
        return pd.DataFrame(dict(self.paths), index=pd.Index(self.years, name="year"))

    def assumptions_frame(self) -> pd.DataFrame:
        """Return the assumptions, one row each, with range and source."""
        return pd.DataFrame([vars(row) for row in self.assumptions.values()])

    def __repr__(self) -> str:
        share, tfp = self.paths["implied_investment_share"], self.paths["implied_tfp_growth"]
        raised = self.flags.loc[self.flags["on_path_without_shocks"], "statement_en"].tolist()
        words = "; ".join(raised) if raised else "nothing beyond what history has seen"
        if not self.has_history:
            words = "no limit from history: the place's data hold none"
        return (
            f"<Plausibility of '{self.scenario}': investment {share.min():.0%} to {share.max():.0%} of GDP "
            f"at {self.assumptions['tfp_growth'].value:.1%} productivity growth, or productivity growth "
            f"of {tfp.min():.1%} to {tfp.max():.1%} "
            f"at {self.assumptions['investment_share'].value:.0%}; {words}>"
        )


def supply_assumptions() -> dict[str, SupplyAssumption]:
    """Return the shipped judgements on the supply side, by name."""
    text = files(__package__).joinpath("supply_assumptions.csv").read_text(encoding="utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines()):
        numbers = {name: float(row.pop(name)) for name in ("value", "low", "high")}
        found[row["name"]] = SupplyAssumption(**row, **numbers)  # type: ignore[arg-type]
    return found


@public
def plausibility(
    subject: Subject,
    *,
    assumptions: Mapping[str, float] | None = None,
    ranges: Iterable[HistoricalRange] | None = None,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
    progress: bool | None = None,
) -> Plausibility:
    """Return what the growth of a run asks of the supply side, with flags against history.

    Parameters
    ----------
    subject
        A result, a scenario, a name or a path. Each flag gets its probability over all futures; the result
        of `project` has none and is judged by itself.
    assumptions
        Numbers in place of `supply_assumptions`, by name.
    ranges
        Limits; by default those that the registry of the run holds of the place's history, which may be none.
    draws
        Futures: those of a result, else 100 000, if None; 0 for the path without shocks alone.
    rng, registry, progress
        As in `simulate`.

    Raises
    ------
    FeasibilityError
        For unknown names or unusable numbers.
    """
    result = result_of(
        subject, indicators=NEEDED, keep=NEEDED, draws=draws, rng=rng, registry=registry, progress=progress
    )
    chosen = _assumptions(result, assumptions or {})
    path = {name: _path(result, name) for name in NEEDED}
    without_shocks = _supply(path, chosen)
    # A flag is judged in every future that there is; a path without shocks is one of them.
    futures = without_shocks
    if result.part is not None:
        futures = _supply({name: result[name].astype(np.float64) for name in NEEDED}, chosen)
    limits = result.registry.limits if ranges is None else tuple(ranges)
    years = result.years[1:]
    need = _productivity_asked(result)
    return Plausibility(
        scenario=result.scenario.name,
        years=years,
        paths=without_shocks
        if need is None
        else without_shocks | {"employment_need": employment_need(path["gdp_growth"][1:], need)},
        flags=_flags(without_shocks, futures, limits, years),
        assumptions=chosen,
    )


def _flags(
    path: Mapping[str, Matrix],
    futures: Mapping[str, Matrix],
    limits: tuple[HistoricalRange, ...],
    years: NDArray[np.int64],
) -> pd.DataFrame:
    names = dict.fromkeys(limit.quantity for limit in limits if limit.quantity in path)
    if not names:
        return pd.DataFrame(columns=_FLAG_COLUMNS).astype({"flagged": bool, "on_path_without_shocks": bool})
    flags = check_plausibility({name: futures[name] for name in names}, years, limits)
    on_path = check_plausibility({name: path[name] for name in names}, years, limits)
    flags["on_path_without_shocks"] = on_path["flagged"]
    means = {name: futures[name].reshape(len(years), -1).mean(axis=0) for name in names}
    sign = np.where(flags["side"] == "above", 1.0, -1.0)
    # Yearly noise takes nearly every future beyond a limit once; its mean tells a trend.
    flags["probability_of_mean"] = [
        float((side * means[name] > side * limit).mean())
        for side, name, limit in zip(sign, flags["quantity"], flags["limit"], strict=True)
    ]
    flags["draws"] = [len(means[name]) for name in flags["quantity"]]
    return flags


def _productivity_asked(result: Result) -> float | None:
    """Return the yearly growth of labour productivity that a target asks for, if one does."""
    for f in result.functionals:
        is_growth = f.kind == "mean_growth" and f.direction >= 0
        if f.indicator == "labour_productivity" and is_growth and f.threshold is not None:
            return f.threshold
    return None


def _supply(path: Mapping[str, Matrix], assumptions: Mapping[str, SupplyAssumption]) -> dict[str, Matrix]:
    """Return every quantity of the supply side from levels (year + 1, ...), base year first."""
    number = {name: row.value for name, row in assumptions.items()}
    technology = Technology(
        labour_share=number["labour_share"],
        depreciation=number["depreciation"],
        capital_output_ratio=number["capital_output_ratio"],
        human_capital_growth=number["human_capital_growth"],
    )
    growth = path["gdp_growth"][1:]
    labour = path["employment"][1:] / path["employment"][:-1] - 1.0
    given: dict[str, Any] = {"employment_growth": labour, "technology": technology}
    with_tfp = required_investment(growth, tfp_growth=number["tfp_growth"], **given)
    with_share = implied_tfp_growth(growth, investment_share=number["investment_share"], **given)
    steady = np.full(len(growth), number["investment_share"])
    bought = growth_from_investment(steady, tfp_growth=number["tfp_growth"], **given)
    share = path["gdp_share_of_province"]
    return {
        "gdp_growth": growth,
        "employment_growth": labour,
        "implied_investment_share": with_tfp.investment_share,
        "icor": with_tfp.icor,
        "implied_tfp_growth": with_share.tfp_growth,
        "growth_from_investment": bought.growth,
        "gap_to_rest": np.diff(np.log(share) - np.log1p(-share), axis=0),
        "household_income_share_of_gdp": path["household_income_share_of_gdp"][1:],
    }


def _assumptions(result: Result, given: Mapping[str, float]) -> dict[str, SupplyAssumption]:
    shipped = supply_assumptions()
    problems = Problems("supply side")
    for name, value in given.items():
        if name not in shipped:
            problems.add("", unknown_name("supply-side assumption", name, shipped))
        elif not np.isfinite(value):
            problems.add(name, f"{value} is not a number")
    problems.raise_if_any(FeasibilityError)
    base = _own_ratio(result)
    if base is not None:
        shipped["capital_output_ratio"] = base
    return shipped | {
        name: replace(shipped[name], value=float(value), provenance="given", source="given by the caller")
        for name, value in given.items()
    }


def _own_ratio(result: Result) -> SupplyAssumption | None:
    """Return the capital-output ratio that the place's own baseline holds, if it holds one."""
    baseline = result.registry.baseline(result.scenario.baseline)
    if "capital_output_ratio" not in baseline:
        return None
    row = baseline["capital_output_ratio"]
    return SupplyAssumption(
        name=row.name,
        value=row.value,
        low=row.value if row.low is None else row.low,
        high=row.value if row.high is None else row.high,
        unit=row.unit,
        provenance=row.provenance,
        source=f"{row.source}: {row.note or row.locator}",
    )


def _path(result: Result, name: str) -> Matrix:
    return np.array([result.path[name, year] for year in result.years.tolist()])
