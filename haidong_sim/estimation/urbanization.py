"""Urbanization: the logit slope of the resident population, with the United Nations' norm as prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.ar1 import AR1Prior
from haidong_sim.estimation.trend import estimate_trend

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from haidong_sim.estimation.changes import Changes
    from haidong_sim.estimation.trend import Trend


def un_2018_norm(share: float) -> float:
    """Return the urban–rural growth difference, per year, of the UN's norm at this urban share.

    World Urbanization Prospects' regression 0.037623 − 0.02604·u; the coefficients were not verified, and
    the line is known to over-project (Bocquier 2005): it is a prior, never a forecast.

    Raises
    ------
    EstimationError
        If the share does not lie strictly between 0 and 1.
    """
    if not 0.0 < share < 1.0:
        raise EstimationError(f"an urban share lies strictly between 0 and 1, not at {share:g}")
    return 0.037623 - 0.02604 * share


def logit_slope(first_share: float, last_share: float, years: int) -> float:
    """Return the constant urban–rural growth difference that leads from one share to another in `years`."""
    return float(np.log(last_share / (1.0 - last_share)) - np.log(first_share / (1.0 - first_share))) / years


def urbanization_prior(share: float) -> AR1Prior:
    """Return what is believed of the slope at this urban share: the norm, one sd of 1.5 points wide."""
    return AR1Prior(
        mean=un_2018_norm(share), mean_sd=0.015, annual_sd=0.01, annual_sd_years=2.0, drift=(0.0, 0.1, 0.2)
    )


def estimate_urbanization(
    changes: Changes, *, share: float, horizon: ArrayLike, name: str = "urbanization"
) -> Trend:
    """Estimate the slope of the logit of the urban share; its level drifts toward no norm by itself.

    Raises
    ------
    EstimationError
        With fewer than eight changes, or if levels are passed.
    """
    return estimate_trend(changes, name=name, horizon=horizon, prior=urbanization_prior(share))
