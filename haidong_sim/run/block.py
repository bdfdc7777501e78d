"""One block of draws through the year loop: a pure function of program, entropy and block number."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import numpy as np

from haidong_sim.errors import ModelError
from haidong_sim.indicators import evaluate_formulas
from haidong_sim.model import (
    driver_factors,
    project_drivers,
    project_outputs,
    project_years,
    realize_projects,
)
from haidong_sim.run.samplers import Design, draw_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from haidong_sim.model import RealizedProjects
    from haidong_sim.run.program import Program
    from haidong_sim.run.shocks import Scaled, Term

    Matrix = NDArray[np.float64]

Draws: TypeAlias = "NDArray[np.floating[Any]]"
"""Values of many draws, the draw last."""

OnShocks: TypeAlias = "Callable[[str, Draws], None]"
"""Called with a driver and its scaled yearly shocks, shape (year, draw)."""


class NamedVariates(Protocol):
    """Standard variates by source: drawn by a block, or chosen by a design."""

    def __getitem__(self, name: str) -> Draws:
        """Return the variates of a source, shape (rows, draw)."""
        ...


def driver_deviation(
    program: Program,
    driver: str,
    variates: NamedVariates,
    scales: NamedVariates | None = None,
    on_shocks: OnShocks | None = None,
) -> Draws:
    """Return the deviation of `driver`, shape (year, draw).

    With `scales`, tails and drawn parameters come from there: the deviation is linear in the other variates.
    `on_shocks` is shown the driver's scaled yearly shocks before anything is added to them.
    """
    terms = program.plan.terms[driver]
    # Each source once: variates may take note of what is drawn.
    parts = [(term, variates[term.source]) for term in terms]
    scaled = program.plan.scaled.get(driver)
    if scaled is None:
        return _sum_of([(term.matrix, own) for term, own in parts], program)
    total = _shocks(program, parts, scaled, variates if scales is None else scales)
    if on_shocks is not None:
        on_shocks(driver, total)
    for term, own in parts:
        if term.innovations is not None:
            _add_trend(total, term.matrix[:, 0], own[0])
        else:
            total += _sum_of([(term.matrix, own)], program)
    return total


def _sum_of(parts: Sequence[tuple[Matrix, Draws]], program: Program) -> Draws:
    """Return the sum of matrix products; a source may have more rows than a matrix reads."""
    (first, drawn), *others = parts
    total: Draws = np.matmul(first.astype(program.dtype), drawn[: first.shape[1]])
    for matrix, own in others:
        total += np.matmul(matrix.astype(program.dtype), own[: matrix.shape[1]])
    return total


def _shocks(
    program: Program, parts: Sequence[tuple[Term, Draws]], scaled: Scaled, scales: NamedVariates
) -> Draws:
    """Turn the innovations into an AR(1) that starts at zero."""
    total = _sum_of([(t.innovations, own[1:]) for t, own in parts if t.innovations is not None], program)
    tails = None if scaled.tail is None else scales[scaled.tail]
    scale = None if scaled.scale is None else scales[scaled.scale][0]
    persistence: Any = total.dtype.type(scaled.persistence)
    if scaled.persistence_source is not None:
        persistence = scales[scaled.persistence_source][0]
    draws = max((np.shape(part)[-1] for part in (tails, scale) if part is not None), default=1)
    if total.shape[1] < draws:
        total = np.repeat(total, draws, axis=1)
    held = np.empty_like(total[0])
    # Year by year, while a row is in the cache.
    for year, row in enumerate(total):
        if tails is not None:
            np.multiply(row, tails[year], out=row)
        if scale is not None:
            np.multiply(row, scale, out=row)
        if year:
            np.multiply(total[year - 1], persistence, out=held)
            np.add(row, held, out=row)
    return total


def _add_trend(total: Draws, weights: Matrix, drawn: Draws) -> None:
    """Add the trend to every year that is not known: the same in each of them."""
    if weights[-1]:
        trend = drawn * total.dtype.type(weights[-1])
        for row, weight in zip(total, weights, strict=True):
            if weight:
                np.add(row, trend, out=row)


RAW: Final = ("hydrology",)
"""Standard variates that the equations read as they are, rather than as a log change."""


class Variates:
    """The standard variates of one block, drawn source by source; shared ones are kept, or all if asked."""

    def __init__(
        self, program: Program, *, entropy: int, block: int, draws: int, keep_all: bool = False
    ) -> None:
        self._program = program
        self._design = Design(program.sampler, min(program.replicate_draws, draws), entropy, block)
        self._draws = draws
        self._sources = {source.name: source for source in program.plan.sources}
        uses = Counter(term.source for terms in program.plan.terms.values() for term in terms)
        self._again = set(self._sources) if keep_all else {name for name, count in uses.items() if count > 1}
        self._kept: dict[str, Draws] = {}
        sums = 0 if program.controls is None else len(program.controls.distances)
        self.scores: Draws = np.zeros((sums, draws), dtype=program.dtype)

    def __getitem__(self, name: str) -> Draws:
        """Return the variates of a source, shape (rows, draw)."""
        if name in self._kept:
            return self._kept[name]
        source = self._sources[name]
        out = np.empty((source.rows, self._draws), dtype=self._program.dtype)
        draw_source(source, self._program.dimensions[name], self._design, out)
        self.on_drawn(name, out)
        if name in self._again:
            self._kept[name] = out
        return out

    def on_drawn(self, name: str, drawn: Draws) -> None:
        """Note the variates of a source once, as they are drawn: here for the control variates."""
        if self._program.controls is not None:
            self._program.controls.add_normals(self.scores, name, drawn)

    def on_shocks(self, driver: str, shocks: Draws) -> None:
        """Note the scaled yearly shocks of a driver, shape (year, draw)."""
        if self._program.controls is not None:
            self._program.controls.add_shocks(self.scores, driver, shocks)


def deviations(
    program: Program, variates: NamedVariates | None, on_shocks: OnShocks | None = None
) -> dict[str, Draws]:
    """Return the log deviation of each uncertain driver from its median, shape (year, draw) each.

    Without variates there are none: the path without shocks is the run whose shocks are zero.
    """
    if variates is None:
        return {}
    return {
        driver: driver_deviation(program, driver, variates, on_shocks=on_shocks)
        for driver in program.plan.terms
    }


def driver_years(
    program: Program, moved: Mapping[str, Draws], realized: RealizedProjects
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each year with the factors that the equations read; floats where all draws agree."""
    raw = {name: moved[name] for name in RAW if name in moved}
    for index, year in enumerate(program.years.tolist()):
        # Row by row, while it is in the cache: the deviations of a block are its largest arrays.
        rows = {
            name: moved[name][index] + float(median[index]) if name in moved else float(median[index])
            for name, median in program.medians.items()
        }
        factors = driver_factors(rows)
        factors |= {name: values[index] for name, values in raw.items()}
        yield year, factors | project_drivers(realized, year=year)


def project_block(
    program: Program, variates: NamedVariates | None, on_shocks: OnShocks | None = None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each year with all quantities that the program asks for, derived ones included."""
    uniforms = {} if variates is None else {name: variates[name][0] for name in program.uniforms}
    return project_deviations(program, deviations(program, variates, on_shocks), uniforms)


def project_deviations(
    program: Program, moved: Mapping[str, Draws], uniforms: Mapping[str, Draws]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each year for given deviations of the drivers and given uniforms."""
    realized = realize_projects(program.projects, uniforms)
    drivers = driver_years(program, moved, realized)
    # An overflow is an error of ours to report, with indicator and year, not a warning.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for year, current in project_years(program.start, drivers, program.parameters):
            held = dict(current)
            # The path without shocks is told in every year; of draws only what is asked.
            if not moved or year in program.reported_years:
                held |= project_outputs(realized, current, year=year)
            evaluate_formulas(program.formulas, held)
            yield year, held


def require_finite(name: str, year: int, values: Any) -> None:
    """Raise if a value is not finite.

    Raises
    ------
    ModelError
        Naming the indicator, the year, and how many draws of how many.
    """
    total = float(np.sum(values, dtype=np.float64))
    if np.isfinite(total):
        return
    broken = int(np.count_nonzero(~np.isfinite(values)))
    if broken:
        raise ModelError(
            f"{name} is not finite in {year} in {broken} of {np.size(values)} draws; "
            "a growth path or its uncertainty is too large for the horizon"
        )
