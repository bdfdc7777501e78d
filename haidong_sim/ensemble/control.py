"""Control variates: for each target the half-space of normals that its design point marks off.

Whether a draw lies in it is known from a weighted sum of its normals, how often it should is Φ(−distance);
what the draws of a replicate have too many or too few of it corrects their count of the target itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from haidong_sim.ensemble.directions import find_directions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from haidong_sim.ensemble.program import Program

    Matrix = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Controls:
    """The half-spaces of a program.

    Attributes
    ----------
    targets
        Position of each control's target among the program's functionals, shape (control,).
    weights
        By source, shape (control, rows), in the precision of the draws.
    distances
        What the weighted sum has to reach, shape (control,).
    """

    targets: tuple[int, ...]
    weights: Mapping[str, NDArray[Any]]
    distances: Matrix

    @property
    def chances(self) -> Matrix:
        """Exact probability of each half-space, shape (control,)."""
        from scipy.special import ndtr

        exact: Matrix = ndtr(-self.distances)
        return exact


def find_controls(program: Program) -> Controls:
    """Return a control for every target that the normals move; one search serves all."""
    found = find_directions(program, program.functionals) if program.functionals else {}
    chosen = [
        (index, found[functional.name])
        for index, functional in enumerate(program.functionals)
        if functional.name in found
    ]
    rows = {source.name: source.rows for source in program.plan.sources if source.kind == "normal"}
    weights: dict[str, NDArray[Any]] = {}
    for source, count in rows.items():
        matrix = np.zeros((len(chosen), count), dtype=program.dtype)
        for position, (_, direction) in enumerate(chosen):
            own = direction.weights.get(source)
            if own is not None:
                matrix[position, : len(own)] = own
        if matrix.any():
            weights[source] = matrix
    return Controls(
        targets=tuple(index for index, _ in chosen),
        weights=weights,
        distances=np.array([direction.distance for _, direction in chosen]),
    )


def corrected_means(met: Matrix, control: Matrix, exact: float) -> Matrix:
    """Return the replicate means of a target with its control's excess regressed out.

    Parameters
    ----------
    met, control
        Parts of each replicate's draws that meet the target and lie in the half-space, shape (replicate,).
    exact
        Probability of the half-space.
    """
    excess = control - exact
    spread = float(np.var(control))
    if spread == 0.0:
        return met
    slope = float(np.mean((met - met.mean()) * (control - control.mean()))) / spread
    corrected: Matrix = met - slope * excess
    return corrected
