"""What is uncertain in a scenario: drivers, for draws already made; independent factors, for designs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtri, ndtri

from haidong_sim.engine import posterior_quantiles
from haidong_sim.run import RAW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from haidong_sim.answers.sensitivity.study import Floats, Marginal
    from haidong_sim.run import Draws, NamedVariates, Program, Source, Term


class GivenVariates:
    """Standard variates that a design chose, in place of drawn ones; shape (rows, draw) by source."""

    def __init__(self, values: Mapping[str, NDArray[np.floating[Any]]]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> NDArray[np.floating[Any]]:
        """Return the variates of a source, shape (rows, draw)."""
        return self._values[name]


def driver_inputs(
    program: Program, variates: NamedVariates, moved: Mapping[str, Draws], years: Iterable[int]
) -> dict[int, dict[str, Floats]]:
    """Return for each year what is uncertain about each driver until then, one value a draw.

    `<driver>.trend` is the deviation of the trend and `<driver>.shocks` the mean of the yearly shocks up to
    the year, both in log change per year; shared factors are inside both, which makes drivers dependent, and
    so are drawn sizes and persistences of shocks.
    `event.<name>` counts how often an event has happened.
    `moved` are the deviations of the drivers under `variates`, shape (year, draw) each.
    """
    first = {source.name: variates[source.name][0].astype(np.float64) for source in program.plan.sources}
    return {
        year: _inputs_until(program, variates, moved, first, int(np.searchsorted(program.years, year)) + 1)
        for year in years
    }


def _inputs_until(
    program: Program,
    variates: NamedVariates,
    moved: Mapping[str, Draws],
    first: Mapping[str, Floats],
    until: int,
) -> dict[str, Floats]:
    """Return the inputs of year number `until`; `first` are the first variates of the sources."""
    found: dict[str, Floats] = {}
    for driver, terms in program.plan.terms.items():
        if driver in RAW:
            found[driver] = np.array(moved[driver][until - 1], dtype=np.float64)
            continue
        trend, drift = _trend_until(terms, first, until)
        found[f"{driver}.trend"] = trend
        if _has_shocks(program, driver):
            # What trend and events leave of the deviation, whatever the shocks are made of.
            found[f"{driver}.shocks"] = moved[driver][:until].mean(axis=0) - drift
            for term in terms:
                if term.source.startswith("event:"):
                    effect = term.matrix[:until].mean(axis=0) @ variates[term.source]
                    found[f"{driver}.shocks"] -= effect
    for source in program.plan.sources:
        if source.kind == "event":
            happened = variates[source.name][:until].sum(axis=0, dtype=np.float64)
            found[source.name.replace("event:", "event.")] = happened
        elif source.kind == "uniform":
            found[source.name] = np.asarray(variates[source.name][0], dtype=np.float64)
    return found


def _trend_until(terms: Sequence[Term], first: Mapping[str, Floats], until: int) -> tuple[Floats, Floats]:
    """Return what trends give a driver in year number `until`, and in the mean of the years so far."""
    smooth = [term for term in terms if not term.source.startswith("event:")]
    # A year whose outcome is known has no trend yet.
    in_year = sum((term.matrix[until - 1, 0] * first[term.source] for term in smooth), np.zeros(1))
    if all((term.matrix[:until, 0] == term.matrix[until - 1, 0]).all() for term in smooth):
        return in_year, in_year
    means = (term.matrix[:until, 0].mean() * first[term.source] for term in smooth)
    return in_year, sum(means, np.zeros(1))


def _has_shocks(program: Program, driver: str) -> bool:
    """Tell whether a driver has yearly shocks; else a difference of equals would pass for them."""
    return driver in program.plan.scaled or any(
        term.matrix.shape[1] > 1 and not term.source.startswith("event:")
        for term in program.plan.terms[driver]
    )


@dataclass(frozen=True, kw_only=True)
class Factors:
    """The independent standard variates of a program as inputs of a design.

    `marginals` by column ("<source>:<row>"), `groups` by factor: `<source>.trend`, `<source>.shocks` (all
    years as one factor), `event.<name>`; `leading` gives each factor one line through its columns:
    the move that counts most ("growth is high throughout"), for methods that move one number at a time.
    """

    sources: tuple[Source, ...]
    marginals: dict[str, Marginal]
    groups: dict[str, tuple[str, ...]]
    leading: dict[str, Floats]

    def variates(self, columns: Floats) -> GivenVariates:
        """Return the variates whose columns are given, shape (column, draw) in the order of `marginals`."""
        position = {name: number for number, name in enumerate(self.marginals)}
        values = {}
        for source in self.sources:
            rows = [columns[position[column_of(source, row)]] for row in range(source.rows)]
            values[source.name] = np.stack(rows)
        return GivenVariates(values)

    def along(self, scores: Floats) -> GivenVariates:
        """Return the variates when each factor of `leading` moves along its line, scores (factor, draw)."""
        columns = np.zeros((len(self.marginals), scores.shape[1]))
        position = {name: number for number, name in enumerate(self.marginals)}
        for source in self.sources:
            for row in range(source.rows):
                columns[position[column_of(source, row)]] = _middle(source)
        for (factor, line), score in zip(self.leading.items(), scores, strict=True):
            for column, weight in zip(self.groups[factor], line, strict=True):
                columns[position[column]] += weight * score
        return self.variates(columns)


def column_of(source: Source, row: int) -> str:
    """Name one standard variate of a source."""
    return f"{source.name}:{row}"


def factors_of(program: Program) -> Factors:
    """Return the independent factors of a program."""
    has_trend = {
        term.source
        for terms in program.plan.terms.values()
        for term in terms
        if term.matrix[-1, 0] and not term.source.startswith("event:")
    }
    marginals: dict[str, Marginal] = {}
    groups: dict[str, tuple[str, ...]] = {}
    leading: dict[str, Floats] = {}
    for source in program.plan.sources:
        columns = tuple(column_of(source, row) for row in range(source.rows))
        marginals |= dict.fromkeys(columns, _standard(source))
        if source.kind != "normal" or source.name in RAW:
            name = source.name.replace(":", ".", 1)
            groups[name] = columns
            if source.name in RAW:
                leading[name] = np.eye(len(columns))[0]
            continue
        if source.name in has_trend:
            groups[f"{source.name}.trend"] = columns[:1]
            leading[f"{source.name}.trend"] = np.ones(1)
        if len(columns) > 1:
            groups[f"{source.name}.shocks"] = columns[1:]
            # The first of the rotated years carries most of the sum of all years.
            leading[f"{source.name}.shocks"] = np.eye(len(columns) - 1)[0]
    return Factors(sources=program.plan.sources, marginals=marginals, groups=groups, leading=leading)


def _standard(source: Source) -> Marginal:
    """Return the quantile function of one standard variate of a source."""
    if source.kind == "event":
        return lambda levels: (levels > 1 - source.probability).astype(np.float64)
    if source.kind == "uniform":
        return lambda levels: levels
    if source.kind == "tail":
        freedom = source.degrees_of_freedom
        return lambda levels: np.sqrt((freedom - 2) / chdtri(freedom, 1 - levels))
    if source.kind in {"scale", "persistence"}:
        return partial(posterior_quantiles, source.kind, source.knots)
    return lambda levels: np.asarray(ndtri(levels))


def _middle(source: Source) -> float:
    """Return where a standard variate stands while others move: no event, no heavy tail, the median."""
    if source.kind in {"scale", "persistence", "uniform"}:
        return float(_standard(source)(np.array(0.5)))
    return 1.0 if source.kind == "tail" else 0.0
