"""What is uncertain in a scenario: drivers, for draws already made; independent factors, for designs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtri, ndtri

from haidong_sim.ensemble.block import RAW
from haidong_sim.ensemble.deviation import driver_deviation
from haidong_sim.ensemble.posterior import posterior_quantiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from haidong_sim.ensemble.program import Program
    from haidong_sim.ensemble.shocks import Source
    from haidong_sim.sensitivity.marginals import Marginal
    from haidong_sim.sensitivity.study import Floats


class GivenVariates:
    """Standard variates that a design chose, in place of drawn ones; shape (rows, draw) by source."""

    def __init__(self, values: Mapping[str, NDArray[np.floating[Any]]]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> NDArray[np.floating[Any]]:
        """Return the variates of a source, shape (rows, draw)."""
        return self._values[name]


def driver_inputs(program: Program, variates: GivenVariates, year: int) -> dict[str, Floats]:
    """Return what is uncertain about each driver up to `year`, one value a draw.

    `<driver>.trend` is the deviation of the trend and `<driver>.shocks` the mean of the yearly shocks up to
    the year, both in log change per year; shared factors are inside both, which makes drivers dependent, and
    so are drawn sizes and persistences of shocks.
    `event.<name>` counts how often an event has happened. Inputs that never vary are left out.
    """
    until = int(np.searchsorted(program.years, year)) + 1
    found: dict[str, Floats] = {}
    for driver, terms in program.plan.terms.items():
        if driver in RAW:
            found[driver] = np.asarray(
                terms[0].matrix[until - 1] @ variates[terms[0].source], dtype=np.float64
            )
            continue
        smooth = [term for term in terms if not term.source.startswith("event:")]
        # A year whose outcome is known has no trend yet.
        found[f"{driver}.trend"] = sum_of(
            [term.matrix[until - 1, 0] * variates[term.source][0] for term in smooth]
        )
        found[f"{driver}.shocks"] = _mean_shocks(program, driver, variates, until)
    for source in program.plan.sources:
        if source.kind == "event":
            happened = np.asarray(variates[source.name], dtype=np.float64)[:until].sum(axis=0)
            found[source.name.replace("event:", "event.")] = happened
        elif source.kind == "uniform":
            found[source.name] = np.asarray(variates[source.name][0], dtype=np.float64)
    return {name: values for name, values in found.items() if np.ndim(values) and np.ptp(values) > 0}


def sum_of(parts: list[NDArray[np.floating[Any]]]) -> Floats:
    """Add arrays (draw,) up in double precision; no parts give a zero."""
    return np.asarray(sum(np.asarray(part, dtype=np.float64) for part in parts), dtype=np.float64)


def _mean_shocks(program: Program, driver: str, variates: GivenVariates, until: int) -> Floats:
    """Return the mean yearly shock of a driver over the first `until` years, shape (draw,).

    It is what trend and events leave of the deviation, whatever the shocks are made of.
    """
    terms = program.plan.terms[driver]
    yearly = [term for term in terms if term.matrix.shape[1] > 1 and not term.source.startswith("event:")]
    if not yearly and driver not in program.plan.scaled:
        # A difference of equals would be left as noise of rounding, and pass for an input.
        return np.zeros(1)
    total = sum_of([driver_deviation(program, driver, variates)[:until].mean(axis=0)])
    for term in terms:
        is_event = term.source.startswith("event:")
        columns = slice(None) if is_event else slice(0, 1)
        weights = term.matrix[:until, columns].mean(axis=0)
        total -= weights @ variates[term.source][: len(weights)]
    return total


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
