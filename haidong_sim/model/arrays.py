"""Types shared by the equations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
"""Values of one quantity in one year, shape (draw,), float32 or float64."""

Year: TypeAlias = Mapping[str, Any]
"""All quantities of one year by name; an array each, or a plain float where every draw has the same value."""
