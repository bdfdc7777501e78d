"""Control variates: for each target the half-space of normals that its design point marks off.

A target that asks several things at once (every year, a band) has the common part of their half-spaces.

Whether a draw lies in it is known from a weighted sum of its normals, how often it should is Φ(−distance);
what the draws of a replicate have too many or too few of it corrects their count of the target itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from haidong_sim.ensemble.directions import find_directions
from haidong_sim.ensemble.orthant import ACCURACY, genz_1992

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from haidong_sim.ensemble.program import Program

    Matrix = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Controls:
    """What marks off each target among the normals: a half-space, or the common part of several.

    Attributes
    ----------
    targets
        Position of each control's target among the program's functionals, shape (control,).
    rows
        Which weighted sums a control asks for, one tuple of positions per control.
    weights
        By source the positions of the sums that it moves, shape (moved,), and how, shape (moved, rows of the
        source), in the precision of the draws: most sources move few sums.
    distances
        What each weighted sum has to reach, shape (sum,).
    chances
        Exact probability of each control, shape (control,).
    """

    targets: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...]
    weights: Mapping[str, tuple[NDArray[np.intp], NDArray[Any]]]
    distances: Matrix
    chances: Matrix

    def inaccuracy(self, position: int) -> float:
        """Return how far the probability of a control may be from exact."""
        return ACCURACY if len(self.rows[position]) > 1 else 0.0

    def add_scores(self, scores: NDArray[Any], source: str, drawn: NDArray[Any]) -> None:
        """Add to the sums, shape (sum, draw), what the variates of a source, (rows, draw), contribute."""
        if source in self.weights:
            moved, weights = self.weights[source]
            for position, part in zip(moved.tolist(), weights @ drawn, strict=True):
                scores[position] += part

    def inside(self, scores: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which draws lie in each control, shape (control, draw), from the weighted sums."""
        reached = scores >= self.distances[:, None]
        return np.stack([reached[list(rows)].all(axis=0) for rows in self.rows])


def find_controls(program: Program) -> Controls:
    """Return a control for every target that the normals move; one search serves all."""
    parts = [functional.smooth_parts() for functional in program.functionals]
    asked = [part for own in parts for part in own]
    found = find_directions(program, asked) if asked else {}
    chosen = [index for index, own in enumerate(parts) if all(part.name in found for part in own)]
    directions = [found[part.name] for index in chosen for part in parts[index]]
    sizes = {source.name: source.rows for source in program.plan.sources if source.kind == "normal"}
    weights: dict[str, tuple[NDArray[np.intp], NDArray[Any]]] = {}
    distances = np.array([direction.distance for direction in directions])
    correlation = np.zeros((len(distances), len(distances)))
    for source, size in sizes.items():
        matrix = np.zeros((len(directions), size))
        for position, direction in enumerate(directions):
            own = direction.weights.get(source)
            if own is not None:
                matrix[position, : len(own)] = own
        correlation += matrix @ matrix.T
        moved = np.flatnonzero(matrix.any(axis=1))
        if moved.size:
            weights[source] = moved, matrix[moved].astype(program.dtype)
    ends = np.cumsum([len(parts[index]) for index in chosen])
    rows = tuple(
        tuple(range(end - len(parts[index]), end)) for index, end in zip(chosen, ends.tolist(), strict=True)
    )
    return Controls(
        targets=tuple(chosen),
        rows=rows,
        weights=weights,
        distances=distances,
        chances=np.array([genz_1992(distances[list(r)], correlation[np.ix_(r, r)]) for r in rows]),
    )


def corrected_means(met: Matrix, control: Matrix, exact: float) -> Matrix:
    """Return the replicate means of a target with its control's excess regressed out.

    Parameters
    ----------
    met, control
        Parts of each replicate's draws that meet the target and lie in its control, shape (replicate,).
    exact
        Probability of the control.
    """
    excess = control - exact
    spread = float(np.var(control))
    if spread == 0.0:
        return met
    slope = float(np.mean((met - met.mean()) * (control - control.mean()))) / spread
    corrected: Matrix = met - slope * excess
    return corrected
