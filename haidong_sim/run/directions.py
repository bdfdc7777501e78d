"""Along which direction of the standard normals each target is won or lost.

Drivers' deviations are linear in the normals, for given tails and parameters, so a target's gradient in the
normals follows from its gradient in the deviations, which one block of finite differences gives for all
targets together; tails stand at one and drawn parameters at their medians. A step of the
first-order reliability method then moves from the median to each target's design point, the most likely way
to just meet it, and a second one measures the direction there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.run.margins import margins_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from haidong_sim.questions import Question
    from haidong_sim.run.program import Program

    Matrix = NDArray[np.float64]

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
