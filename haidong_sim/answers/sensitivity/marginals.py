"""Quantile functions: how a point of the unit cube becomes a value of each input."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from haidong_sim.answers.sensitivity.study import Floats

if TYPE_CHECKING:
    from collections.abc import Sequence

Marginal: TypeAlias = Callable[[Floats], Floats]
"""Takes levels in [0, 1] of any shape and returns the quantiles of one input."""


def apply_marginals(marginals: Sequence[Marginal], levels: Floats) -> Floats:
    """Map levels (input, draw) to values of the inputs, same shape."""
    return np.stack(
        [
            np.asarray(marginal(line), dtype=np.float64)
            for marginal, line in zip(marginals, levels, strict=True)
        ]
    )
