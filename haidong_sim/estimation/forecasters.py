"""Forecasters that the score card sets side by side: the library's own and the simple ones to beat.

Each takes the history of yearly log growth and returns the distribution of average growth over the
`horizon` years that end in the target year (`average`) or of growth in that year alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from haidong_sim.estimation.ar1 import AR1Prior, estimate_ar1, predictive_moments
from haidong_sim.estimation.forecast import Mixture, gaussian
from haidong_sim.estimation.persistence import estimate_persistence
from haidong_sim.estimation.requirements import require_varying, require_years

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from haidong_sim.estimation.changes import Changes

HOUSE_PRIOR: Final = AR1Prior(drift=(0.0, 0.1, 0.2, 0.4), annual_sd=0.02, annual_sd_years=2.0)
"""Prior of the library's forecaster on the score card: one for every series and place."""


class Forecaster(Protocol):
    """What the score card calls: history in, distribution of growth `horizon` years ahead out."""

    def __call__(self, history: Changes, horizon: int, *, average: bool) -> Mixture:
        """Return the forecast distribution of one case."""


def posterior_trend(
    history: Changes, horizon: int, *, average: bool, prior: AR1Prior = HOUSE_PRIOR
) -> Mixture:
    """Forecast by the AR(1) posterior around a drifting level: the library's own."""
    posterior = estimate_ar1(history.steps, history.years, prior=prior, label=history.label)
    last = history.years[-1]
    location, covariance = predictive_moments(posterior, np.arange(last + 1, last + horizon + 1))
    weight = _weight(horizon, average=average)
    scale = np.sqrt(
        np.einsum("gij,i,j->g", covariance, weight, weight)[:, None] * posterior.squares / posterior.dof
    )
    return Mixture(
        weight=posterior.weight,
        location=np.einsum("gir,i->gr", location, weight),
        scale=scale,
        dof=posterior.dof,
    )


def random_walk(history: Changes, horizon: int, *, average: bool) -> Mixture:
    """Forecast last year's growth; its yearly changes give the spread."""
    observed = require_years(history.steps, 4, history.label)
    require_varying(np.diff(observed), history.label)
    step_sd = float(np.sqrt((np.diff(observed) ** 2).mean()))
    weight = _weight(horizon, average=average)
    shared = np.minimum.outer(np.arange(1, horizon + 1), np.arange(1, horizon + 1))
    return gaussian(float(observed[-1]), step_sd * float(np.sqrt(weight @ shared @ weight)))


def plugged_in_ar1(history: Changes, horizon: int, *, average: bool) -> Mixture:
    """Forecast by a least-squares AR(1) taken as the truth."""
    observed = require_years(history.steps, 4, history.label)
    phi = float(np.clip(estimate_persistence(observed), -0.95, 0.95))
    mean = float(observed.mean())
    residual = (observed[1:] - mean) - phi * (observed[:-1] - mean)
    sd = float(np.sqrt((residual**2).sum() / (residual.size - 2)))
    weight = _weight(horizon, average=average)
    path = mean + phi ** np.arange(1, horizon + 1) * (observed[-1] - mean)
    lags = np.subtract.outer(np.arange(horizon), np.arange(horizon))
    response = np.where(lags >= 0, phi ** np.maximum(lags, 0), 0.0)
    return gaussian(float(weight @ path), sd * float(np.linalg.norm(response.T @ weight)))


def historical_mean(history: Changes, horizon: int, *, average: bool) -> Mixture:
    """Forecast the mean of all years: for a gap to the province, the province plus the historical gap."""
    observed = require_years(history.steps, 4, history.label)
    require_varying(observed, history.label)
    n = observed.size
    own = 1.0 / horizon if average else 1.0
    scale = float(observed.std(ddof=1)) * np.sqrt(own + 1.0 / n)
    return Mixture(
        weight=np.ones((1, 1)),
        location=np.array([[observed.mean()]]),
        scale=np.array([[scale]]),
        dof=float(n - 1),
    )


def parent_plus_gap(parent: Changes, gap: Changes, horizon: int, *, average: bool) -> Mixture:
    """Forecast the level above by the library's own and add the historical gap to it."""
    above = posterior_trend(parent, horizon, average=average)
    between = historical_mean(gap, horizon, average=average)
    return Mixture(
        weight=above.weight,
        location=above.location + between.location,
        scale=np.hypot(above.scale, between.scale),
        dof=above.dof,
    )


def parent_plus_shrunk_gap(
    parent: Changes, gap: Changes, horizon: int, *, average: bool, prior: AR1Prior
) -> Mixture:
    """Forecast the level above by the library's own and add the posterior of the gap, as a scenario does.

    The two are independent; the sum of two Student t is taken with the degrees of freedom of the heavier.
    """
    above = posterior_trend(parent, horizon, average=average)
    between = posterior_trend(gap, horizon, average=average, prior=prior)
    return Mixture(
        weight=(above.weight[:, None] * between.weight).reshape(-1, 1),
        location=(above.location[:, None] + between.location).reshape(-1, 1),
        scale=np.hypot(above.scale[:, None], between.scale).reshape(-1, 1),
        dof=min(above.dof, between.dof),
    )


def _weight(horizon: int, *, average: bool) -> NDArray[np.float64]:
    if average:
        return np.full(horizon, 1.0 / horizon)
    return np.append(np.zeros(horizon - 1), 1.0)


SIMPLE_FORECASTERS: Final[dict[str, Forecaster]] = {
    "random_walk": random_walk,
    "ar1_plugged_in": plugged_in_ar1,
    "historical_mean": historical_mean,
}
"""The simple benchmarks by name."""
