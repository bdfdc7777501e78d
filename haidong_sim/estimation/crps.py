"""The continuous ranked probability score of a forecast; smaller is better, in the unit of the outcome."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.estimation.forecast import mixture_cdf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from haidong_sim.estimation.forecast import Mixture

_NODES: Final = 40


@cache
def _unit_rule() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return 0.5 * (nodes + 1.0), 0.5 * weights


def crps_mixture(mixture: Mixture, outcome: float) -> float:
    """Return the CRPS of a mixture of one case, ∫(F(x) − 1{x ≥ outcome})² dx, by quadrature.

    Gauss–Legendre on panels that break at the outcome, where the integrand jumps, and around the
    components, where it bends.
    """
    unit, half = _unit_rule()
    scale = float(mixture.scale.max())
    low, high = float(mixture.location.min()), float(mixture.location.max())
    around = [edge + k * scale for edge in (low, high) for k in (-40.0, -8.0, -2.0, 0.0, 2.0, 8.0, 40.0)]
    edges = np.unique([*around, outcome])
    width = np.diff(edges)[:, None]
    points = edges[:-1, None] + width * unit
    # Columns of shape (node, 1) broadcast over the quadrature points, which stand where cases would.
    below = mixture_cdf(mixture, points.ravel()).reshape(points.shape)
    missed = np.where(points < outcome, below, 1.0 - below)
    return float((width * half * missed**2).sum())
