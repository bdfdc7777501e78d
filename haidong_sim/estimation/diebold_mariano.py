"""Whether one forecaster is better than another by more than luck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr

from haidong_sim.estimation.requirements import require_varying, require_years

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """`mean_difference` of loss (negative: the first is better), corrected `statistic`, two-sided p, `n`."""

    mean_difference: float
    statistic: float
    p_value: float
    n: int


def diebold_mariano_1995(loss: ArrayLike, other_loss: ArrayLike, *, horizon: int = 1) -> Comparison:
    """Compare losses of h-step forecasts from successive origins, small-sample corrected.

    Rectangular window of h − 1 autocovariances; where that variance is not positive, the first
    autocovariance-free one. Correction and t(n − 1) of Harvey, Leybourne and Newbold (1997, IJF 13).

    Raises
    ------
    EstimationError
        With fewer than five pairs, or fewer than 2·h, or if the two never differ.

    Notes
    -----
    F. X. Diebold and R. S. Mariano (1995), Comparing predictive accuracy, JBES 13.
    """
    needed = max(5, 2 * horizon)
    first = require_years(loss, needed, f"Diebold–Mariano at horizon {horizon}")
    second = require_years(other_loss, needed, f"Diebold–Mariano at horizon {horizon}")
    gap = first - second
    require_varying(gap, "the difference of losses")
    n = gap.size
    centred = gap - gap.mean()
    gammas = [float(centred[k:] @ centred[: n - k]) / n for k in range(horizon)]
    variance = gammas[0] + 2.0 * sum(gammas[1:])
    if variance <= 0.0:
        variance = gammas[0]
    plain = gap.mean() / np.sqrt(variance / n)
    corrected = plain * np.sqrt((n + 1.0 - 2.0 * horizon + horizon * (horizon - 1.0) / n) / n)
    return Comparison(
        mean_difference=float(gap.mean()),
        statistic=float(corrected),
        p_value=float(2.0 * stdtr(n - 1, -abs(corrected))),
        n=n,
    )
