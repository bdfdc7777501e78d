"""Structural change: the drift of sector shares, as log ratios that keep shares summing to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.changes import difference
from haidong_sim.estimation.trend import estimate_trend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.estimation.ar1 import AR1Prior
    from haidong_sim.estimation.changes import Changes
    from haidong_sim.estimation.trend import Trend


def estimate_log_ratio_drift(
    part: Changes, reference: Changes, *, name: str, horizon: ArrayLike, prior: AR1Prior, needed: int = 8
) -> Trend:
    """Estimate the drift of ln(part / reference) of nominal value added, per year.

    Raises
    ------
    EstimationError
        With fewer than `needed` common years.
    """
    ratio = difference(part, reference, f"ln ratio {part.label} to {reference.label}")
    return estimate_trend(ratio, name=name, horizon=horizon, prior=prior, needed=needed)


def log_ratio_drift_of_shares(shares: ArrayLike, points_per_year: ArrayLike) -> NDArray[np.float64]:
    """Return the yearly drift of ln(share_i / share_last) that share changes in points per year amount to.

    `shares` (sector,) as fractions summing to one; `points_per_year` (sector,) in percentage points;
    the result has one entry fewer. It turns what a panel of cities reports into the scale used here.

    Raises
    ------
    EstimationError
        If the shares do not sum to one.
    """
    level = np.asarray(shares, dtype=np.float64)
    if abs(level.sum() - 1.0) > 5e-3 or (level <= 0.0).any():
        raise EstimationError(f"sector shares must be positive and sum to 1, not {level.tolist()}")
    growth = np.asarray(points_per_year, dtype=np.float64) / 100.0 / level
    return np.asarray(growth[:-1] - growth[-1], dtype=np.float64)


def growth_differentials(shares: ArrayLike, log_ratio_drift: ArrayLike) -> NDArray[np.float64]:
    """Return each sector's growth less the total's, shape (sector,), given drifts against the last sector.

    The share-weighted differentials sum to zero, so that the total keeps its own trend.
    """
    level = np.asarray(shares, dtype=np.float64)
    against_last = np.append(np.asarray(log_ratio_drift, dtype=np.float64), 0.0)
    return np.asarray(against_last - level @ against_last, dtype=np.float64)


def sector_scatter(
    own_sd: Mapping[str, float], shares: Mapping[str, float], gap_sd: float
) -> dict[str, float]:
    """Scale sectors' own sds so that their share-weighted sum scatters like the city's real gap.

    `own_sd` gives the panel's relative sizes; sectors' own shocks are independent.
    """
    total = float(np.sqrt(sum((shares[name] * sd) ** 2 for name, sd in own_sd.items())))
    return {name: sd * gap_sd / total for name, sd in own_sd.items()}
