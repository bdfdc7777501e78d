"""The axes of every array, in their only order: year first, draw last, sector or indicator between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECTORS: Final = ("primary", "secondary", "tertiary")
"""The three industries (一二三产) in the order of the sector axis."""


def years_between(first: int, last: int) -> NDArray[np.int64]:
    """Return the calendar years from `first` to `last`, both included, shape (year,)."""
    return np.arange(first, last + 1, dtype=np.int64)
