"""The continuous ranked probability score of a forecast; smaller is better, in the unit of the outcome."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.forecast import mixture_cdf

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.estimation.forecast import Mixture

_NODES: Final = 40


def crps_gaussian(mean: ArrayLike, sd: ArrayLike, outcome: ArrayLike) -> NDArray[np.float64]:
    """Return the CRPS of N(mean, sd²), in closed form (Gneiting and Raftery 2007, JASA 102, eq. 20).

    Raises
    ------
    EstimationError
        If a standard deviation is not positive.
    """
    scale = np.asarray(sd, dtype=np.float64)
    if not (scale > 0.0).all():
        raise EstimationError("the CRPS of a normal forecast needs a positive standard deviation")
    z = (np.asarray(outcome, dtype=np.float64) - np.asarray(mean, dtype=np.float64)) / scale
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    return np.asarray(scale * (z * (2.0 * ndtr(z) - 1.0) + 2.0 * density - 1.0 / np.sqrt(np.pi)))


def crps_ensemble(draws: ArrayLike, outcome: float, *, fair: bool = True) -> float:
    """Return the CRPS of an ensemble, shape (draw,); `fair` removes the bias of a finite number of draws.

    Raises
    ------
    EstimationError
        If a fair score is asked of a single draw, or a draw is not finite.
    """
    x = np.sort(np.asarray(draws, dtype=np.float64))
    n = x.size
    if n < (2 if fair else 1) or not np.isfinite(x).all():
        raise EstimationError(f"the CRPS needs finite draws, at least {2 if fair else 1}; got {n}")
    # Σ_ij |x_i − x_j| = 2·Σ_i (2i − n − 1)·x_(i) for the sorted draws: n·log n instead of n².
    spread = 2.0 * float((2.0 * np.arange(1, n + 1) - n - 1.0) @ x)
    pairs = n * (n - 1) if fair else n * n
    return float(np.abs(x - outcome).mean() - 0.5 * spread / pairs)


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
