"""Margins of targets as functions of the shocks: gradients, and the direction that matters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from haidong_sim.indicators import order_formulas
from haidong_sim.run.block import project_deviations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from haidong_sim.questions import Question
    from haidong_sim.run.block import NamedVariates
    from haidong_sim.run.program import Program
    from haidong_sim.run.shocks import Scaled, Term

    Matrix = NDArray[np.float64]


def narrowed(program: Program, functionals: Sequence[Question]) -> Program:
    """Return a program in double precision of just what `functionals` read, no later than they are due.

    Drivers that none of them reads stay on their medians: they are not drawn, and what follows from
    them is one number for all draws.
    """
    last = max(functional.last_year for functional in functionals)
    derived = {formula.name for formula in program.formulas}
    held = [name for name in program.base_values if name not in derived]
    narrow = replace(
        program,
        years=program.years[program.years <= last],
        formulas=order_formulas([name for f in functionals for name in f.indicators], held),
        indicators=(),
        keep=(),
        functionals=tuple(functionals),
        precision="double",
        controls=None,
    )
    read = _drivers_read(narrow, functionals)
    terms = {
        driver: tuple(_first_years(term, len(narrow.years)) for term in terms)
        for driver, terms in program.plan.terms.items()
        if driver in read
    }
    return replace(narrow, plan=replace(program.plan, terms=terms))


def _first_years(term: Term, n_years: int) -> Term:
    innovations = None if term.innovations is None else term.innovations[:n_years]
    return replace(term, matrix=term.matrix[:n_years], innovations=innovations)


def _drivers_read(program: Program, functionals: Sequence[Question]) -> frozenset[str]:
    """Return the drivers that any margin depends on.

    A driver that is not a number makes everything that is computed from it not a number: one pass in which
    each column breaks another driver shows the dependence itself, where a derivative would show its value
    at one point.
    """
    drivers = tuple(program.plan.terms)
    broken = {driver: np.zeros((len(program.years), len(drivers))) for driver in drivers}
    for column, driver in enumerate(drivers):
        broken[driver][:, column] = np.nan
    margins = margins_at(program, broken, functionals)
    reads = np.any([np.isnan(np.broadcast_to(m, len(drivers))) for m in margins.values()], axis=0)
    return frozenset(driver for driver, is_read in zip(drivers, reads, strict=True) if is_read)


def margins_at(
    program: Program,
    moved: Mapping[str, NDArray[Any]],
    functionals: Sequence[Question],
    uniforms: Mapping[str, Matrix] | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Return each target's margin, shape (draw,): one pass of the year loop for all.

    Parameters
    ----------
    moved
        Deviations of the uncertain drivers, shape (year, draw).
    uniforms
        Standard uniforms that the projects read, shape (draw,); their medians if not given.
    """
    wanted = {pair for functional in functionals for pair in functional.requires}
    kept = {(name, year): program.base_values[name] for name, year in wanted if year == program.base_year}
    for year, current in project_deviations(program, moved, {} if uniforms is None else uniforms):
        kept |= {(name, when): current[name] for name, when in wanted if when == year}
    return {f.name: np.asarray(f.margin(lambda name, year: kept[name, year])) for f in functionals}


def own_directions(
    program: Program, gradient: Mapping[str, Matrix], scales: NamedVariates
) -> tuple[dict[str, Matrix], Matrix]:
    """Return the unit direction of each draw by source, shape (rows, draw), and the slope along it, (draw,).

    `gradient` is that of the margin in each driver's deviation, shape (year,); where all draws agree the
    shapes are (rows, 1) and (1,).
    """
    slope = own_slopes(program, gradient, scales)
    length: Any = np.sqrt(sum((part**2).sum(axis=0) for part in slope.values()))
    return {source: part / length for source, part in slope.items()}, length


def own_slopes(
    program: Program, gradient: Mapping[str, Matrix], scales: NamedVariates | None
) -> dict[str, Matrix]:
    """Return the gradient of each draw in the normals by source, shape (rows, draw or 1).

    Without `scales` the shocks that they scale are left out.
    """
    rows = {source.name: source.rows for source in program.plan.sources if source.kind == "normal"}
    slope: dict[str, Matrix] = {}
    for driver, own in gradient.items():
        scaled = program.plan.scaled.get(driver)
        shocks = None if scaled is None or scales is None else _back_through_ar1(own, scaled, scales)
        for term in program.plan.terms[driver]:
            if term.source not in rows:
                continue
            part = np.zeros((rows[term.source], 1))
            part[: term.matrix.shape[1], 0] = own @ term.matrix[: len(own)]
            if term.innovations is not None and shocks is not None:
                part = np.repeat(part, shocks.shape[1], axis=1)
                part[1 : 1 + term.innovations.shape[1]] = term.innovations[: len(own)].T @ shocks
            known = slope.get(term.source)
            slope[term.source] = part if known is None else known + part
    return slope


def _back_through_ar1(gradient: Matrix, scaled: Scaled, scales: NamedVariates) -> Matrix:
    """Return the gradient in the innovations from that in the yearly shocks, shape (year, draw or 1)."""
    persistence: Any = scaled.persistence
    if scaled.persistence_source is not None:
        persistence = scales[scaled.persistence_source]
    rows = [np.atleast_2d(gradient[-1])]
    for own in gradient[-2::-1]:
        rows.append(own + persistence * rows[-1])
    found = np.concatenate(np.broadcast_arrays(*rows)[::-1], axis=0)
    if scaled.tail is not None:
        found = found * scales[scaled.tail][: len(found)]
    if scaled.scale is not None:
        found = found * scales[scaled.scale]
    return found


_STEP = 1e-5
"""Step of the differences, in log points: far below any curvature, far above rounding in double precision."""

_REFINEMENTS = 1


@dataclass(frozen=True, kw_only=True)
class Direction:
    """The design point of one target.

    Attributes
    ----------
    weights
        Unit vector in the normals, by source, shape (rows,).
    moved
        What one step along it adds to each driver's deviation, shape (year,), at the medians of parameters.
    distance
        Steps from the median to just meeting the target, negative if the median meets it: the reliability
        index with its sign turned, so that P ≈ Φ(−distance).
    slope
        Gain of the margin by one step along the direction.
    gradient
        Gain of the margin by each driver's deviation at the design point, shape (year,).
    events
        Gain of the margin by an event in each year, by source, shape (rows,).
    """

    functional: Question
    weights: Mapping[str, NDArray[np.float64]]
    moved: Mapping[str, NDArray[np.float64]]
    distance: float
    slope: float
    gradient: Mapping[str, NDArray[np.float64]]
    events: Mapping[str, NDArray[np.float64]]


def find_directions(program: Program, functionals: Sequence[Question]) -> dict[str, Direction]:
    """Return the direction of every target that the normals can move, by functional name.

    A target that no normal moves (a planned capacity, say) has none. `program` is best `narrowed` to the
    targets: what it holds besides is computed for nothing.
    """
    layout = _Layout(program)
    if not layout.size:
        return {}
    points = {functional.name: np.zeros(layout.size) for functional in functionals}
    found: dict[str, Direction] = {}
    for _ in range(1 + _REFINEMENTS):
        margins, gradients = _margins_and_gradients(program, layout, functionals, points)
        for functional in functionals:
            name = functional.name
            slope = layout.to_normals(gradients[name])
            length = float(np.sqrt(sum(float(part @ part) for part in slope.values())))
            if not length > 0.0 or not np.isfinite(length):
                continue
            unit = {source: part / length for source, part in slope.items()}
            moved = layout.to_deviations(unit)
            # One step of Rackwitz and Fiessler (1978): the nearest point of the plane that touches it.
            here = float(gradients[name] @ points[name])
            distance = (here - margins[name] - functional.tolerance) / length
            found[name] = Direction(
                functional=functional,
                weights=unit,
                moved=moved,
                distance=distance,
                slope=length,
                gradient=layout.by_driver(gradients[name]),
                events=layout.to_events(gradients[name]),
            )
            points[name] = layout.flatten({driver: distance * part for driver, part in moved.items()})
    return found


def _margins_and_gradients(
    program: Program, layout: _Layout, functionals: Sequence[Question], points: Mapping[str, Matrix]
) -> tuple[dict[str, float], dict[str, Matrix]]:
    """Return the margin of each target at its own point, and its gradient in the deviations there."""
    columns = 1 + layout.size
    steps = np.concatenate([np.zeros((layout.size, 1)), _STEP * np.eye(layout.size)], axis=1)
    shared = all(not point.any() for point in points.values())
    blocks = [steps] if shared else [points[f.name][:, None] + steps for f in functionals]
    values = margins_at(program, layout.unflatten(np.concatenate(blocks, axis=1)), functionals)
    margins, gradients = {}, {}
    for position, functional in enumerate(functionals):
        first = 0 if shared else position * columns
        own = np.broadcast_to(values[functional.name], len(blocks) * columns)[first : first + columns]
        margins[functional.name] = float(own[0])
        gradients[functional.name] = (own[1:] - own[0]) / _STEP
    return margins, gradients


class _Layout:
    """Deviations of all uncertain drivers as one vector, and the maps between them and the normals."""

    def __init__(self, program: Program) -> None:
        self._n_years = len(program.years)
        kinds = {source.name: source.kind for source in program.plan.sources}
        maps = {d: program.plan.at_medians(d) for d in program.plan.terms}
        normal = {d: _of_kind(found, kinds, "normal") for d, found in maps.items()}
        self._drivers = [driver for driver, found in normal.items() if found]
        self._terms = {d: normal[d] for d in self._drivers}
        self._event_terms = {d: _of_kind(maps[d], kinds, "event") for d in self._drivers}
        self._rows = {source.name: source.rows for source in program.plan.sources}
        self.size = len(self._drivers) * self._n_years

    def flatten(self, moved: Mapping[str, Matrix]) -> Matrix:
        return np.concatenate([moved[driver] for driver in self._drivers])

    def unflatten(self, stacked: Matrix) -> dict[str, Matrix]:
        parts = stacked.reshape(len(self._drivers), self._n_years, -1)
        return {driver: parts[index] for index, driver in enumerate(self._drivers)}

    def by_driver(self, stacked: Matrix) -> dict[str, Matrix]:
        return dict(zip(self._drivers, stacked.reshape(len(self._drivers), self._n_years), strict=True))

    def to_normals(self, gradient: Matrix) -> dict[str, Matrix]:
        """Return the gradient in the normals of each source from the gradient in the deviations."""
        parts = gradient.reshape(len(self._drivers), self._n_years)
        slope: dict[str, Matrix] = {}
        for driver, part in zip(self._drivers, parts, strict=True):
            for source, matrix in self._terms[driver]:
                own = slope.setdefault(source, np.zeros(self._rows[source]))
                own[: matrix.shape[1]] += part @ matrix[: self._n_years]
        return slope

    def to_events(self, gradient: Matrix) -> dict[str, Matrix]:
        """Return the gradient in the on and off of each event."""
        parts = gradient.reshape(len(self._drivers), self._n_years)
        effect: dict[str, Matrix] = {}
        for driver, part in zip(self._drivers, parts, strict=True):
            for source, matrix in self._event_terms[driver]:
                effect[source] = effect.get(source, 0.0) + part @ matrix[: self._n_years]
        return effect

    def to_deviations(self, weights: Mapping[str, Matrix]) -> dict[str, Matrix]:
        """Return what a vector of normals adds to each driver's deviation."""
        moved = {}
        for driver in self._drivers:
            moved[driver] = np.zeros(self._n_years)
            for source, matrix in self._terms[driver]:
                if source in weights:
                    moved[driver] += matrix[: self._n_years] @ weights[source][: matrix.shape[1]]
        return moved


def _of_kind(maps: Mapping[str, Matrix], kinds: Mapping[str, str], kind: str) -> list[tuple[str, Matrix]]:
    return [(source, matrix) for source, matrix in maps.items() if kinds[source] == kind]
