"""The checkpoint ladder of a random walk with AR(1) shocks, in closed form: oracle of the drawn ladder."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit, ndtri


def cumulative_shock_variance(horizon, *, sd, persistence):
    """Return the variance of a sum of AR(1) shocks that start at zero, after `horizon` years.

    sd^2 sum over j = 1..horizon of ((1 - phi^j) / (1 - phi))^2, in closed form.
    """
    years = np.asarray(horizon, dtype=np.float64)
    if persistence == 0.0:
        return sd**2 * years
    phi = persistence
    once = phi * (1.0 - phi**years) / (1.0 - phi)
    twice = phi**2 * (1.0 - phi ** (2.0 * years)) / (1.0 - phi**2)
    return sd**2 * (years - 2.0 * once + twice) / (1.0 - phi) ** 2


def ladder_of_shares(*, threshold, deadline, years, probabilities, drift, shock_sd, persistence):
    """Return the share needed in each year for each chance of meeting `threshold`, (year, probability).

    With h years to go the needed log-odds are those of the threshold - h drift + z sqrt(V_h); drift and sd
    are per year, in log-odds.
    """
    left = deadline - np.asarray(years, dtype=np.float64)[:, np.newaxis]
    variance = cumulative_shock_variance(left, sd=shock_sd, persistence=persistence)
    return expit(logit(threshold) - drift * left + np.sqrt(variance) * ndtri(probabilities))
