"""How heavy the tails of yearly shocks are."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import stdtrit

from haidong_sim.errors import EstimationError

_MEDIAN_ABSOLUTE_TO_SD: Final = 1.4826
_LARGEST: Final = 1000.0


def degrees_of_freedom_from_kurtosis(excess_kurtosis: float) -> float:
    """Return the degrees of freedom of the Student t with this excess kurtosis, 4 + 6/κ.

    Raises
    ------
    EstimationError
        If the tails are no heavier than normal.
    """
    if not excess_kurtosis > 0.0:
        raise EstimationError(
            f"excess kurtosis {excess_kurtosis:g}: no Student t has tails lighter than normal"
        )
    return 4.0 + 6.0 / excess_kurtosis


def degrees_of_freedom_from_robust_sd(sd: float, robust_sd: float) -> float:
    """Return the degrees of freedom of the Student t with this ratio of sd to 1.4826·MAD.

    Less swayed by single outliers than kurtosis; heterogeneity between cities makes it a lower bound.

    Raises
    ------
    EstimationError
        If the ratio is one or less, or so large that no t with a variance has it.
    """
    ratio = sd / robust_sd

    def excess(dof: float) -> float:
        return float(np.sqrt(dof / (dof - 2.0)) / (_MEDIAN_ABSOLUTE_TO_SD * stdtrit(dof, 0.75)) - ratio)

    lowest = 2.0 + 1e-6
    if not excess(_LARGEST) < 0.0 < excess(lowest):
        raise EstimationError(
            f"a ratio of sd to robust sd of {ratio:g} belongs to no Student t with a variance"
        )
    return float(brentq(excess, lowest, _LARGEST))
