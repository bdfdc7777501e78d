"""The probability that several correlated standard normals all exceed given numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.ensemble.net import N_CELLS, net

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

_POINTS: Final = 1 << 13
_SHIFTS: Final = 8


def genz_1992(distances: Matrix, correlation: Matrix) -> float:
    """Return P(z_i ≥ distances_i for all i) for z normal with the given correlation, shape (variable,).

    The variables are taken one after another, each given that those before exceed theirs: an integral over a
    unit cube of one dimension less, done here on shifted Sobol' nets. Exact to a few 1e-6.

    Genz (1992), J. Comput. Graph. Stat. 1, 141-149.
    """
    from scipy.special import ndtr, ndtri

    if len(distances) == 1:
        return float(ndtr(-distances[0]))
    # The rarest first leaves least to integrate.
    order = np.argsort(-distances)
    low = distances[order]
    jitter = 1e-12 * np.eye(len(low))
    factor = np.linalg.cholesky(correlation[np.ix_(order, order)] + jitter)
    cells = net(tuple(range(len(low) - 1)), _POINTS) / N_CELLS
    means = []
    for shift in range(_SHIFTS):
        # Evenly spaced shifts in every dimension: the same answer on every call.
        start = (np.arange(1, len(low)) * (shift + 0.5) * 0.6180339887498949) % 1.0
        uniform = (cells + start[:, None] + 0.5 / N_CELLS) % 1.0
        chance = np.full(_POINTS, ndtr(-low[0] / factor[0, 0]))
        above, scores = chance.copy(), np.empty((len(low), _POINTS))
        for row in range(1, len(low)):
            # The upper tail is inverted through the lower one, which keeps its digits.
            scores[row - 1] = -ndtri(np.clip(uniform[row - 1] * above, 1e-300, 1.0))
            edge = (low[row] - factor[row, :row] @ scores[:row]) / factor[row, row]
            above = ndtr(-edge)
            chance *= above
        means.append(chance.mean())
    return float(np.mean(means))
