"""Pace: what growth a year a target still asks for, and when a path gets there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def required_rate(level: float, threshold: float, n_years: int) -> float:
    """Return the constant yearly growth that takes `level` to `threshold` in `n_years`.

    Negative where the threshold lies below. Both must be positive: (threshold / level)^(1/n) − 1.
    """
    return float((threshold / level) ** (1.0 / n_years) - 1.0)


def break_even_year(years: Sequence[int], margins: Sequence[float]) -> float:
    """Return the first time at which the margin is no longer negative, as a decimal year.

    The margin is interpolated linearly between years; infinity if it stays negative, the first year if it
    is met there already.
    """
    before: tuple[int, float] | None = None
    for year, margin in zip(years, margins, strict=True):
        if margin >= -1e-12:
            if before is None or margin <= before[1]:
                return float(year)
            return before[0] + (year - before[0]) * (0.0 - before[1]) / (margin - before[1])
        before = (year, margin)
    return math.inf
