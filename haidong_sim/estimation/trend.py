"""A driver's trend, yearly scatter and persistence, summarized from the exact AR(1) posterior."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincc, gammaln

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.ar1 import (
    MINIMUM_YEARS,
    AR1Prior,
    estimate_ar1,
    estimate_persistence,
    predictive_moments,
)
from haidong_sim.estimation.estimate import QUANTILE_LEVELS, WIDE_LEVELS, Estimate, inverse_chi, quantiles
from haidong_sim.estimation.forecast import Mixture, invert, mixture_quantile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.estimation.ar1 import AR1Posterior
    from haidong_sim.estimation.changes import Changes


@dataclass(frozen=True, kw_only=True)
class Trend:
    """Posterior summary of one driver, in log growth per year.

    `mean` is the average trend over the horizon, its standard error what a scenario calls `trend_sd`;
    `annual_sd` the sd of the yearly innovation; `start` the expected deviation of the last year from trend.
    """

    mean: Estimate
    annual_sd: Estimate
    persistence: Estimate
    start: float
    start_year: int
    posterior: AR1Posterior


def estimate_trend(
    changes: Changes, *, name: str, horizon: ArrayLike, prior: AR1Prior, needed: int = MINIMUM_YEARS
) -> Trend:
    """Estimate the trend of yearly log growth and how it scatters.

    Parameters
    ----------
    changes
        Log growth, at least `needed` years.
    horizon
        Calendar years over which the trend is averaged.

    Raises
    ------
    EstimationError
        Too few years (says how many are needed), levels, or a constant series.
    """
    posterior = estimate_ar1(changes.steps, changes.years, prior=prior, label=changes.label, needed=needed)
    diagnostics = {
        "sample_mean": float(changes.steps.mean()),
        "sample_sd": float(changes.steps.std(ddof=1)),
        "persistence_least_squares": float(estimate_persistence(changes.steps)),
        "drift_posterior_mean": float(posterior.weight[:, 0] @ posterior.drift),
    }
    estimates = posterior_estimates(
        posterior, name=name, horizon=horizon, label=changes.label, years=changes.years,
        source=changes.source, data_hash=changes.data_hash, diagnostics=diagnostics,
    )  # fmt: skip
    return Trend(
        **estimates, start=_start(posterior), start_year=int(posterior.years[-1]), posterior=posterior
    )


def posterior_estimates(
    posterior: AR1Posterior, *, name: str, horizon: ArrayLike, label: str, years: tuple[int, ...],
    source: str, data_hash: str, diagnostics: Mapping[str, float],
) -> dict[str, Estimate]:  # fmt: skip
    """Return mean over the horizon, annual sd and persistence of one series as estimates, by those names.

    Raises
    ------
    EstimationError
        If so few values leave the variance without a mean.
    """
    if posterior.dof <= 2.0:
        raise EstimationError(f"{label}: {posterior.dof:g} degrees of freedom leave no variance")
    trend = _trend_mixture(posterior, horizon)
    mean, trend_sd = mixture_moments(trend)
    sd_mean, sd_sd = _innovation_moments(posterior)
    weight = posterior.weight[:, 0]
    phi = float(weight @ posterior.persistence)
    phi_sd = float(np.sqrt(weight @ (posterior.persistence - phi) ** 2))
    known = quantiles(mixture_quantile(trend, WIDE_LEVELS)[:, 0], levels=WIDE_LEVELS)
    sizes = quantiles(_innovation_quantiles(posterior), positive=True)
    parts = {
        "mean": (mean, trend_sd, known, "trend over the horizon"),
        "annual_sd": (sd_mean, sd_sd, sizes, "innovation sd"),
        "persistence": (phi, phi_sd, quantiles(_persistence_quantiles(posterior)), "AR(1) coefficient"),
    }
    return {
        what: Estimate(
            name=f"{name}.{what}", value=value, standard_error=error, distribution=distribution,
            unit="dimensionless" if what == "persistence" else "log growth per year",
            years=years, n=len(posterior.steps),
            method=f"posterior mean of the {meaning}", source=source, data_hash=data_hash,
            diagnostics=MappingProxyType(dict(diagnostics)),
        )
        for what, (value, error, distribution, meaning) in parts.items()
    }  # fmt: skip


def mixture_moments(mixture: Mixture) -> tuple[float, float]:
    """Return mean and standard deviation of a mixture of one case."""
    inflation = mixture.dof / (mixture.dof - 2.0) if np.isfinite(mixture.dof) else 1.0
    weight, centre = mixture.weight[:, 0], mixture.location[:, 0]
    mean = float(weight @ centre)
    variance = weight @ (mixture.scale[:, 0] ** 2 * inflation + (centre - mean) ** 2)
    return mean, float(np.sqrt(variance))


def _trend_mixture(posterior: AR1Posterior, horizon: ArrayLike) -> Mixture:
    location, covariance = predictive_moments(posterior, horizon, level_only=True)
    scale = np.sqrt(covariance.mean(axis=(1, 2))[:, None] * posterior.squares / posterior.dof)
    return Mixture(
        weight=posterior.weight, location=location.mean(axis=1), scale=scale, dof=posterior.dof
    )  # fmt: skip


def _start(posterior: AR1Posterior) -> float:
    location, _ = predictive_moments(posterior, posterior.years[-1:], level_only=True)
    deviation = posterior.steps[-1, 0] - location[:, 0, 0]
    return float(posterior.weight[:, 0] @ deviation)


def _innovation_moments(posterior: AR1Posterior) -> tuple[float, float]:
    half = posterior.dof / 2.0
    weight, squares = posterior.weight[:, 0], posterior.squares[:, 0]
    mean = float(weight @ np.sqrt(squares / 2.0) * np.exp(gammaln(half - 0.5) - gammaln(half)))
    second = float(weight @ squares) / (posterior.dof - 2.0)
    return mean, float(np.sqrt(max(second - mean**2, 0.0)))


def _innovation_quantiles(posterior: AR1Posterior) -> NDArray[np.float64]:
    half, weight, squares = posterior.dof / 2.0, posterior.weight[:, 0], posterior.squares[:, 0]

    def below_and_density(sd: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        ratio = squares / (2.0 * sd[:, None] ** 2)
        density = 2.0 * np.exp(half * np.log(ratio) - ratio - gammaln(half)) / sd[:, None]
        return gammaincc(half, ratio) @ weight, density @ weight

    wanted = np.array(QUANTILE_LEVELS)
    alike = inverse_chi(float(np.sqrt(weight @ squares / posterior.dof)), posterior.dof).quantile(wanted)
    return invert(below_and_density, wanted, start=alike, low=1e-3 * alike, high=1e3 * alike)


def _persistence_quantiles(posterior: AR1Posterior) -> NDArray[np.float64]:
    line, node = np.unique(posterior.persistence, return_inverse=True)
    mass = np.bincount(node, weights=posterior.weight[:, 0])
    # Half of each node's mass lies below it: the grid stands for a continuous coefficient.
    return np.asarray(np.interp(QUANTILE_LEVELS, np.cumsum(mass) - 0.5 * mass, line), dtype=np.float64)
