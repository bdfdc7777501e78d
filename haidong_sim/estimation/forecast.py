"""Distributions of future values, and the forecasters that are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from scipy.special import gammaln, ndtr, ndtri, stdtr

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.ar1 import AR1Prior, estimate_ar1, estimate_persistence, predictive_moments
from haidong_sim.estimation.estimate import require_varying, require_years

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.estimation.changes import Changes

_STEPS: Final = 60
# Of a Newton step: the step after it, which is not taken, would be its square.
_TOLERANCE: Final = 1e-9


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """A scalar mixture of R independent cases: `weight`, `location`, `scale` of shape (node, R).

    `dof` is the degrees of freedom of every component; infinite means normal.
    """

    weight: NDArray[np.float64]
    location: NDArray[np.float64]
    scale: NDArray[np.float64]
    dof: float = np.inf


def gaussian(mean: float, sd: float) -> Mixture:
    """Return a normal forecast as a mixture of one."""
    return Mixture(weight=np.ones((1, 1)), location=np.array([[mean]]), scale=np.array([[sd]]))


def material(mixture: Mixture, *, smallest: float = 1e-6) -> Mixture:
    """Return the mixture of one case without the components that no score can see."""
    kept = mixture.weight[:, 0] > smallest
    weight = mixture.weight[kept]
    return Mixture(
        weight=weight / weight.sum(axis=0),
        location=mixture.location[kept],
        scale=mixture.scale[kept],
        dof=mixture.dof,
    )


def mixture_cdf(mixture: Mixture, value: ArrayLike) -> NDArray[np.float64]:
    """Return the probability of at most `value`, shape (…, R), in each case: the PIT of an outcome."""
    standard = _standardized(mixture, value)
    below = ndtr(standard) if np.isinf(mixture.dof) else stdtr(mixture.dof, standard)
    return np.asarray((mixture.weight * below).sum(axis=-2), dtype=np.float64)


def mixture_log_density(mixture: Mixture, value: ArrayLike) -> NDArray[np.float64]:
    """Return the log density at `value`, shape (…, R), in each case: the log score of an outcome."""
    standard = _standardized(mixture, value)
    if np.isinf(mixture.dof):
        log_kernel = -0.5 * standard**2 - 0.5 * np.log(2.0 * np.pi)
    else:
        half = mixture.dof / 2.0
        log_kernel = gammaln(half + 0.5) - gammaln(half) - 0.5 * np.log(mixture.dof * np.pi)
        log_kernel = log_kernel - (half + 0.5) * np.log1p(standard**2 / mixture.dof)
    with np.errstate(divide="ignore"):
        terms = np.log(mixture.weight) + log_kernel - np.log(mixture.scale)
    top = terms.max(axis=-2)
    return np.asarray(top + np.log(np.exp(terms - top[..., None, :]).sum(axis=-2)), dtype=np.float64)


def _standardized(mixture: Mixture, value: ArrayLike) -> NDArray[np.float64]:
    """Return `value` in scales from each component's location, shape (…, node, R)."""
    cases = np.atleast_1d(np.asarray(value, dtype=np.float64))[..., None, :]
    return np.asarray((cases - mixture.location) / mixture.scale, dtype=np.float64)


def mixture_quantile(mixture: Mixture, probability: ArrayLike) -> NDArray[np.float64]:
    """Return the quantiles of each case, shape (R,) for one probability, (probability, R) for several.

    Raises
    ------
    EstimationError
        If a probability is not strictly between 0 and 1, or the bracket fails.
    """
    wanted = np.asarray(probability, dtype=np.float64)[..., None]
    if not ((wanted > 0.0) & (wanted < 1.0)).all():
        raise EstimationError(
            f"a quantile needs a probability strictly between 0 and 1, not {wanted.ravel().tolist()}"
        )
    reach = 60.0 * mixture.scale.max(axis=0)
    low = mixture.location.min(axis=0) - reach
    high = mixture.location.max(axis=0) + reach
    if (mixture_cdf(mixture, low) > wanted).any() or (mixture_cdf(mixture, high) < wanted).any():
        raise EstimationError(
            f"no bracket for the quantiles {wanted.ravel().tolist()} of locations {mixture.location.tolist()}"
        )

    def below_and_density(value: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return mixture_cdf(mixture, value), np.exp(mixture_log_density(mixture, value))

    centre = (mixture.weight * mixture.location).sum(axis=0)
    spread = np.sqrt((mixture.weight * (mixture.scale**2 + (mixture.location - centre) ** 2)).sum(axis=0))
    start = np.clip(centre + spread * ndtri(wanted), low, high)
    return invert(below_and_density, wanted, start=start, low=low, high=high)


def invert(
    below_and_density: Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]],
    probability: NDArray[np.float64],
    *,
    start: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where a distribution function reaches `probability`: Newton's method kept in a bracket."""
    value = start
    for _ in range(_STEPS):
        below, density = below_and_density(value)
        low, high = np.where(below < probability, value, low), np.where(below < probability, high, value)
        newton = value - (below - probability) / np.maximum(density, np.finfo(float).tiny)
        settled = np.abs(newton - value) <= _TOLERANCE * np.abs(value)
        inside = (newton > low) & (newton < high)
        value = np.where(settled | inside, newton, 0.5 * (low + high))
        if settled.all():
            break
    return np.asarray(value, dtype=np.float64)


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
