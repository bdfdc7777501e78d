"""Persistence of a short series: the least-squares estimate, its known bias, and shrinkage to a prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.estimation.requirements import require_varying, require_years

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def estimate_persistence(steps: ArrayLike) -> NDArray[np.float64]:
    """Return the least-squares AR(1) coefficient around an intercept, one per series.

    `steps` has shape (year,) or (year, series); the result () or (series,).

    Raises
    ------
    EstimationError
        With fewer than four years or a constant series.
    """
    observed = require_years(steps, 4, "persistence")
    table = observed.reshape(observed.shape[0], -1)
    for column in table.T:
        require_varying(column, "persistence")
    before = table[:-1] - table[:-1].mean(axis=0)
    after = table[1:] - table[1:].mean(axis=0)
    slope = (before * after).sum(axis=0) / (before**2).sum(axis=0)
    return np.asarray(slope.reshape(observed.shape[1:]), dtype=np.float64)
