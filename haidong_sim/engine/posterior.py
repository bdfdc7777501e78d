"""Quantile functions of drawn parameters: the size of a driver's yearly shocks and their persistence.

A posterior arrives as a few quantiles. Between them the quantile function is a straight line in normal scores
(in logs for a size, which is positive), and its end slopes go on into the tails.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from haidong_sim.engine.net import N_CELLS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Knots = tuple[tuple[float, float], ...]
"""Probability and value of each known quantile, rising."""

PERSISTENCE_RANGE: Final = (-0.95, 0.95)
"""Drawn persistence is kept inside: a path of growth is no random walk."""


def posterior_quantiles(kind: Literal["scale", "persistence"], knots: Knots, levels: Floats) -> Floats:
    """Return the values at the probabilities `levels` of a posterior known at `knots`."""
    probabilities, values = np.array(knots).T
    if kind == "scale":
        return np.exp(quantile_line(probabilities, np.log(values), levels))
    return np.clip(quantile_line(probabilities, values, levels), *PERSISTENCE_RANGE)


def quantile_line(probabilities: Floats, values: Floats, levels: Floats) -> Floats:
    """Return the values at `levels` on the line through known quantiles, drawn in normal scores."""
    from scipy.special import ndtri

    scores, wanted = ndtri(probabilities), ndtri(levels)
    slopes = np.diff(values) / np.diff(scores)
    found: Floats = np.interp(wanted, scores, values)
    found += slopes[0] * np.minimum(wanted - scores[0], 0.0)
    found += slopes[-1] * np.maximum(wanted - scores[-1], 0.0)
    return found


@cache
def posterior_table(kind: Literal["scale", "persistence"], knots: Knots, dtype: str) -> NDArray[Any]:
    """Return the value of each cell of the unit interval, at its middle, shape (cell,)."""
    levels = (np.arange(N_CELLS) + 0.5) / N_CELLS
    return posterior_quantiles(kind, knots, levels).astype(dtype)
