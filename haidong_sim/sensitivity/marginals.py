"""Quantile functions: how a point of the unit cube becomes a value of each input."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy.special import ndtri

from haidong_sim.errors import EstimationError
from haidong_sim.sensitivity.study import Floats

if TYPE_CHECKING:
    from collections.abc import Sequence

Marginal: TypeAlias = Callable[[Floats], Floats]
"""Takes levels in [0, 1] of any shape and returns the quantiles of one input."""


def normal_marginal(mean: float, sd: float) -> Marginal:
    """Return the quantile function of a normal input."""
    if not sd >= 0:
        raise EstimationError(f"a standard deviation is not negative, given {sd}")
    return lambda levels: np.asarray(mean + sd * ndtri(levels))


def uniform_marginal(low: float, high: float) -> Marginal:
    """Return the quantile function of an input uniform between `low` and `high`."""
    if not low <= high:
        raise EstimationError(f"low {low} is above high {high}")
    return lambda levels: low + (high - low) * levels


def empirical_marginal(draws: Floats) -> Marginal:
    """Return the quantile function of an input known by its draws, shape (draw,), linear between them."""
    ordered = np.sort(np.asarray(draws, dtype=np.float64))
    if ordered.size < 2 or not np.isfinite(ordered).all():
        raise EstimationError("an empirical input needs two finite draws or more")
    levels_known = (np.arange(ordered.size) + 0.5) / ordered.size
    return lambda levels: np.interp(levels, levels_known, ordered)


def apply_marginals(marginals: Sequence[Marginal], levels: Floats) -> Floats:
    """Map levels (input, draw) to values of the inputs, same shape."""
    return np.stack(
        [
            np.asarray(marginal(line), dtype=np.float64)
            for marginal, line in zip(marginals, levels, strict=True)
        ]
    )
