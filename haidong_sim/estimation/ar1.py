"""Autoregression of order one by exact likelihood, its persistence, and a level that wanders."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.estimate import (
    Estimate,
    require_changes,
    require_varying,
    require_years,
    student_t,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.estimation.changes import Changes

MINIMUM_YEARS: Final = 8
"""Fewest yearly changes from which the calibration takes a trend, the n_min of the rolling hindcast."""

_GRID_STEP: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class AR1Prior:
    """What is believed before the data, in log growth.

    `persistence_mean`, `persistence_sd`: normal on `persistence_range` (METHOD 6.1). `mean`, `mean_sd`: the
    level of the first year; an infinite `mean_sd` is flat. `annual_sd` with `annual_sd_years` pseudo-years
    of weight; zero years is the reference prior. `drift`: possible yearly sds of the level's random walk in
    units of the innovation sd, weighted by `drift_weights` (equal when empty).
    """

    persistence_mean: float = 0.3
    persistence_sd: float = 0.2
    persistence_range: tuple[float, float] = (-0.5, 0.9)
    mean: float = 0.0
    mean_sd: float = np.inf
    annual_sd: float = 0.03
    annual_sd_years: float = 0.0
    drift: tuple[float, ...] = (0.0,)
    drift_weights: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AR1Posterior:
    """Posterior on a grid of nodes; R independent series observed in the same years share the nodes.

    `persistence`, `drift`: shape (node,). `weight`, `level`, `squares`: shape (node, R): posterior
    probability of the node, mean of the level of the first year, and sum of squares SS, so that given the
    node σ² ~ InvGamma(dof/2, SS/2) and level | σ² ~ N(level, σ²/`precision`). `inverse`: shape
    (node, value, value), the inverse covariance of the values per unit of σ². `average`: shape (value, year),
    the years that each value is the average of; None where each is a year.
    """

    years: NDArray[np.int64]
    steps: NDArray[np.float64]
    persistence: NDArray[np.float64]
    drift: NDArray[np.float64]
    weight: NDArray[np.float64]
    level: NDArray[np.float64]
    squares: NDArray[np.float64]
    precision: NDArray[np.float64]
    inverse: NDArray[np.float64]
    dof: float
    average: NDArray[np.float64] | None = None


def estimate_ar1(
    steps: ArrayLike,
    years: ArrayLike,
    *,
    prior: AR1Prior | None = None,
    label: str = "AR(1)",
    needed: int = 4,
    average: ArrayLike | None = None,
) -> AR1Posterior:
    """Return the posterior of level, persistence and variance of yearly log growth.

    Parameters
    ----------
    steps
        Log growth, shape (value,) or (value, series); each series is estimated on its own.
    years
        Calendar years, strictly increasing, gaps allowed, shape (year,).
    average
        Weights of the years in each value, shape (value, year); without it each value is that of one year.

    Raises
    ------
    EstimationError
        Too few years, levels instead of growth, a constant series, or a posterior that is not finite.

    Notes
    -----
    Generalized least squares per node with the level integrated out: METHOD 6.1 and 6.2.
    """
    prior = prior or AR1Prior()
    observed = require_years(steps, needed, label)
    calendar = np.asarray(years, dtype=np.int64)
    weights = None if average is None else np.asarray(average, dtype=np.float64)
    fits = calendar.shape == observed.shape[:1] if weights is None else weights.shape == (
        observed.shape[0], calendar.shape[0],
    )  # fmt: skip
    if not fits or (np.diff(calendar) <= 0).any():
        raise EstimationError(
            f"{label}: needs one strictly increasing year for each of {observed.shape[0]} values"
        )
    require_changes(observed, label)
    table = observed.reshape(observed.shape[0], -1)
    for column in table.T:
        require_varying(column, label)
    nested = None if weights is None else tuple(map(tuple, weights.tolist()))
    grid = _grid(tuple(calendar.tolist()), prior, nested)
    return _conjugate(calendar, table, grid, prior, weights, label)


@dataclass(frozen=True, kw_only=True)
class _Grid:
    """What the nodes have before any growth is seen; `log_weight` is prior less half the log determinant."""

    persistence: NDArray[np.float64]
    drift: NDArray[np.float64]
    inverse: NDArray[np.float64]
    log_weight: NDArray[np.float64]


# A rolling hindcast and a simulation ask for the same years again and again.
@lru_cache(maxsize=32)
def _grid(years: tuple[int, ...], prior: AR1Prior, average: tuple[tuple[float, ...], ...] | None) -> _Grid:
    persistence, drift, log_prior = _nodes(prior)
    calendar = np.array(years)
    kernel = _level_kernel(calendar, calendar, years[0], drift)
    kernel += _cycle_kernel(calendar, calendar, persistence)
    if average is not None:
        kernel = np.array(average) @ kernel @ np.array(average).T
    log_det = np.linalg.slogdet(kernel)[1]
    inverse = np.asarray(np.linalg.inv(kernel), dtype=np.float64)
    grid = _Grid(persistence=persistence, drift=drift, inverse=inverse, log_weight=log_prior - 0.5 * log_det)
    for array in (persistence, drift, inverse, grid.log_weight):
        array.flags.writeable = False
    return grid


def _nodes(prior: AR1Prior) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    low, high = prior.persistence_range
    line = np.linspace(low, high, round((high - low) / _GRID_STEP) + 1)
    if prior.persistence_sd <= 0.0:
        line = np.array([prior.persistence_mean])
    if prior.drift_weights and len(prior.drift_weights) != len(prior.drift):
        raise EstimationError(
            f"prior: {len(prior.drift_weights)} weights for {len(prior.drift)} possible drifts of the level"
        )
    drift_weights = np.asarray(prior.drift_weights or np.ones(len(prior.drift)), dtype=np.float64)
    persistence, drift = np.meshgrid(line, np.asarray(prior.drift, dtype=np.float64), indexing="ij")
    spread = max(prior.persistence_sd, np.finfo(float).tiny ** 0.25)
    log_prior = -0.5 * ((persistence - prior.persistence_mean) / spread) ** 2 + np.log(drift_weights)
    return persistence.ravel(), drift.ravel(), log_prior.ravel()


def _level_kernel(
    left: NDArray[np.int64], right: NDArray[np.int64], origin: int, drift: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the covariance (node, left, right) of the level's drift since `origin`, per unit of σ²."""
    shared = np.minimum(left[:, None], right[None, :]) - origin
    return np.asarray(drift[:, None, None] ** 2 * shared, dtype=np.float64)


def _cycle_kernel(
    left: NDArray[np.int64], right: NDArray[np.int64], persistence: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the covariance (node, left, right) of the AR(1) deviation, per unit of σ²."""
    lag = np.abs(left[:, None] - right[None, :])
    # One power for each lag, not for each pair of years.
    powers = persistence[:, None] ** np.arange(lag.max() + 1) / (1.0 - persistence[:, None] ** 2)
    return np.asarray(powers[:, lag], dtype=np.float64)


def _conjugate(
    years: NDArray[np.int64], table: NDArray[np.float64], grid: _Grid, prior: AR1Prior,
    average: NDArray[np.float64] | None, label: str,
) -> AR1Posterior:  # fmt: skip
    inverse = grid.inverse
    informative = np.isfinite(prior.mean_sd)
    strength = (prior.annual_sd / prior.mean_sd) ** 2 if informative else 0.0
    precision = inverse.sum((1, 2)) + strength
    pull = np.einsum("gij,jr->gr", inverse, table) + strength * prior.mean
    level = pull / precision[:, None]
    dof = len(table) + prior.annual_sd_years - (0.0 if informative else 1.0)
    squares = (
        np.einsum("ir,gij,jr->gr", table, inverse, table)
        + strength * prior.mean**2
        + prior.annual_sd_years * prior.annual_sd**2
        - precision[:, None] * level**2
    )
    log_post = (grid.log_weight - 0.5 * np.log(precision))[:, None] - 0.5 * dof * np.log(squares)
    weight = np.exp(log_post - log_post.max(axis=0))
    weight /= weight.sum(axis=0)
    if not (np.isfinite(weight).all() and (squares > 0.0).all()):
        raise EstimationError(
            f"{label}: the posterior is not finite for {table.ravel().tolist()} in {years.tolist()}"
        )
    return AR1Posterior(
        years=years, steps=table, persistence=grid.persistence, drift=grid.drift, weight=weight, level=level,
        squares=squares, precision=precision, inverse=inverse, dof=dof, average=average,
    )  # fmt: skip


def predictive_moments(
    posterior: AR1Posterior, future_years: ArrayLike, *, level_only: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return location (node, year, series) and covariance (node, year, year) of future growth.

    Given the node, growth is Student t with `dof` degrees of freedom, this location and the covariance
    times SS/dof. With `level_only` the AR(1) deviation is left out: the path of the trend.
    """
    future = np.asarray(future_years, dtype=np.int64)
    origin = int(posterior.years[0])
    cross = _level_kernel(future, posterior.years, origin, posterior.drift)
    own = _level_kernel(future, future, origin, posterior.drift)
    if not level_only:
        cross += _cycle_kernel(future, posterior.years, posterior.persistence)
        own += _cycle_kernel(future, future, posterior.persistence)
    if posterior.average is not None:
        cross = cross @ posterior.average.T
    gain = cross @ posterior.inverse
    residual = posterior.steps[None] - posterior.level[:, None, :]
    location = posterior.level[:, None, :] + gain @ residual
    unexplained = 1.0 - gain.sum(axis=2)
    covariance = own - gain @ cross.transpose(0, 2, 1)
    covariance += unexplained[:, :, None] * unexplained[:, None, :] / posterior.precision[:, None, None]
    return location, covariance


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


def estimate_local_level(changes: Changes, *, drift: float = 0.2, name: str = "level") -> Estimate:
    """Return the level of growth at the end of the sample, its yearly sd being `drift` times the noise sd.

    The ratio is fixed because with fewer than 25 years maximum likelihood puts it at zero (METHOD 6.6).

    Raises
    ------
    EstimationError
        Too few or gappy years, levels, or a constant series.
    """
    observed = require_years(changes.steps, MINIMUM_YEARS, changes.label)
    require_changes(observed, changes.label)
    require_varying(observed, changes.label)
    if len(changes.years) != changes.years[-1] - changes.years[0] + 1:
        raise EstimationError(f"{changes.label}: the local level model needs years without gaps")
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    # In units of its own sd the variance is of order one, where the filter's tolerances make sense.
    scale = float(observed.std())
    model = UnobservedComponents(observed / scale, "llevel", use_exact_diffuse=True)
    filtered = model.filter([1.0, drift**2])
    # With the ratio given the noise variance only scales: what the forecast errors of all years but the
    # first, which the level is started from, say about it is a χ² of n − 1.
    surprise = filtered.filter_results.forecasts_error[0, 1:]
    expected = filtered.filter_results.forecasts_error_cov[0, 0, 1:]
    dof = float(observed.size - 1)
    noise_sd = float(np.sqrt((surprise**2 / expected).sum() / dof)) * scale
    level = float(filtered.level.filtered[-1]) * scale
    distribution = student_t(level, float(np.sqrt(filtered.level.filtered_cov[-1])) * noise_sd, dof)
    return Estimate(
        name=f"{name}.local_level",
        value=level,
        standard_error=distribution.standard_deviation(),
        unit="log growth per year",
        distribution=distribution,
        years=changes.years,
        n=len(changes.years),
        method=f"local level, level sd {drift} of noise sd, noise variance integrated out",
        source=changes.source,
        data_hash=changes.data_hash,
        diagnostics=MappingProxyType({"noise_sd": noise_sd}),
    )
