"""Probabilities of linear targets under Gaussian yearly gaps: exact, and the oracle of the simulation.

A target on a share or ratio is linear in yearly gaps on its own scale, so with Gaussian gaps its
probability, the joint one of several targets and the most likely path of success have closed forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from haidong_sim.errors import FeasibilityError, Problems

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def gap_covariance(
    years: int, *, shock_sd: float, persistence: float = 0.0, trend_sd: float = 0.0
) -> NDArray[np.float64]:
    """Return the covariance (year, year) of yearly gaps: AR(1) shocks from zero plus one uncertain trend.

    Raises
    ------
    FeasibilityError
        If there is no year, a standard deviation is negative, or the persistence is not within (-1, 1).
    """
    if years < 1 or shock_sd < 0.0 or trend_sd < 0.0 or not -1.0 < persistence < 1.0:
        asked = f"{years} years, sd {shock_sd} and {trend_sd}, persistence {persistence}"
        raise FeasibilityError(f"gap covariance: {asked} are unusable")
    lags = np.subtract.outer(np.arange(years), np.arange(years))
    carried = np.tril(np.power(persistence, np.maximum(lags, 0).astype(np.float64)))
    return np.asarray(shock_sd**2 * carried @ carried.T + trend_sd**2)


@dataclass(frozen=True, kw_only=True, eq=False)
class DesignPoint:
    """The most likely way to success: `path` (variable,), reliability index `beta`, and the probability.

    `beta` is the distance of the target from the mean in standard deviations; the probability is the
    normal tail beyond it.
    """

    path: NDArray[np.float64]
    beta: float
    probability: float


def design_point(
    mean: ArrayLike, covariance: ArrayLike, *, coefficients: ArrayLike, threshold: float
) -> DesignPoint:
    """Return the most likely x that meets `coefficients @ x >= threshold`, with x ~ N(mean, covariance).

    Parameters
    ----------
    mean, covariance
        Of the yearly variables, shapes (variable,) and (variable, variable).
    coefficients
        Shape (variable,).

    Raises
    ------
    FeasibilityError
        If shapes do not fit, or the target does not vary at all.
    """
    center, spread, rows = _checked(
        mean, covariance, np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
    )
    reach = spread @ rows[0]
    variance = float(rows[0] @ reach)
    if not variance > 0.0:
        raise FeasibilityError("design point: the target does not vary; it is met or missed for certain")
    short = threshold - float(rows[0] @ center)
    beta = short / np.sqrt(variance)
    # A target that the mean already meets asks for no departure from it.
    path = center + reach * max(short, 0.0) / variance
    return DesignPoint(path=path, beta=float(beta), probability=float(ndtr(-beta)))


def joint_gaussian_probability(
    mean: ArrayLike, covariance: ArrayLike, *, coefficients: ArrayLike, thresholds: ArrayLike
) -> float:
    """Return P(coefficients @ x >= thresholds, all of them), with x ~ N(mean, covariance).

    Parameters
    ----------
    mean, covariance
        Of the yearly variables, shapes (variable,) and (variable, variable).
    coefficients, thresholds
        Shapes (target, variable) and (target,).

    Raises
    ------
    FeasibilityError
        If shapes do not fit.
    """
    rows = np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
    asked = np.atleast_1d(np.asarray(thresholds, dtype=np.float64))
    center, spread, rows = _checked(mean, covariance, rows)
    if asked.shape != (len(rows),):
        raise FeasibilityError(f"joint probability: {len(rows)} targets and {asked.size} thresholds")
    from scipy.stats import multivariate_normal

    # P(c'x >= d) is the distribution function of -c'x at -d. A fixed generator: Genz's integration is
    # randomised from three targets on, and a probability must not depend on who asked before.
    cdf = multivariate_normal(
        mean=-rows @ center, cov=rows @ spread @ rows.T, allow_singular=True, seed=np.random.default_rng(0)
    ).cdf(-asked)
    return float(np.clip(cdf, 0.0, 1.0))


def _checked(
    mean: ArrayLike, covariance: ArrayLike, rows: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    spread = np.asarray(covariance, dtype=np.float64)
    size = rows.shape[1]
    problems = Problems("Gaussian target")
    if spread.shape != (size, size) or not np.allclose(spread, spread.T):
        problems.add("covariance", f"expected a symmetric ({size}, {size}) matrix, got shape {spread.shape}")
    if np.shape(mean) not in {(), (size,)}:
        problems.add("mean", f"expected one number or {size}, got shape {np.shape(mean)}")
    problems.raise_if_any(FeasibilityError)
    return np.broadcast_to(np.asarray(mean, dtype=np.float64), (size,)), spread, rows
