"""The probability that several correlated standard normals all exceed given numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.engine.net import N_CELLS, net, normal_edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

_POINTS: Final = 1 << 12
_SHIFTS: Final = 8

ACCURACY: Final = 1e-4
"""Largest error seen over random cases of five variables, rounded up; one variable is exact."""


def genz_1992(distances: Matrix, correlation: Matrix) -> float:
    """Return P(z_i ≥ distances_i for all i) for z normal with the given correlation, shape (variable,).

    The variables are taken one after another, each given that those before exceed theirs: an integral over a
    unit cube of one dimension less, done here on shifted Sobol' nets. Good to `ACCURACY`.

    Genz (1992), J. Comput. Graph. Stat. 1, 141-149.
    """
    if len(distances) == 1:
        return 0.5 * math.erfc(float(distances[0]) / math.sqrt(2.0))
    cells = net(tuple(range(len(distances) - 1)), _POINTS) / N_CELLS
    means = []
    for shift in range(_SHIFTS):
        # Evenly spaced shifts in every dimension: the same answer on every call.
        start = (np.arange(1, len(distances)) * (shift + 0.5) * 0.6180339887498949) % 1.0
        uniforms = (cells + start[:, None] + 0.5 / N_CELLS) % 1.0
        means.append(chance_given(distances, correlation[None], uniforms).mean())
    return float(np.mean(means))


def chance_given(distances: Matrix, covariances: Matrix, uniforms: Matrix) -> Matrix:
    """Return what each point contributes to the probability that all variables reach their distances.

    Parameters
    ----------
    distances
        Shape (variable,).
    covariances
        Of each point by itself, shape (point, variable, variable), or (1, variable, variable).
    uniforms
        Where in its remaining range each variable but the last stands, shape (variable - 1, point).
    """
    # The rarest first leaves least to integrate.
    order = np.argsort(-distances / np.sqrt(np.diagonal(covariances[0])))
    low = distances[order]
    ordered = covariances[:, order][:, :, order]
    jitter = 1e-12 * np.diagonal(ordered, axis1=1, axis2=2)
    factor = np.linalg.cholesky(ordered + jitter[:, :, None] * np.eye(len(low)))
    above = upper_tail(low[0] / factor[:, 0, 0])
    chance, scores = above, np.empty(uniforms.shape)
    for row in range(1, len(low)):
        scores[row - 1] = -_lower_quantile(uniforms[row - 1] * above)
        reached = (factor[:, row, :row].T * scores[:row]).sum(axis=0)
        above = upper_tail((low[row] - reached) / factor[:, row, row])
        chance = chance * above
    return chance


def upper_tail(edge: Matrix) -> Matrix:
    """Return 1 − Φ to within 1e-7 between the edges of the cells, half a cell beyond them."""
    inner = normal_edges()[1:-1]
    return 1.0 - np.interp(
        edge, inner, np.arange(1, N_CELLS) / N_CELLS, left=0.5 / N_CELLS, right=1.0 - 0.5 / N_CELLS
    )


def _lower_quantile(probability: Matrix) -> Matrix:
    return np.interp(probability, np.arange(1, N_CELLS) / N_CELLS, normal_edges()[1:-1])
