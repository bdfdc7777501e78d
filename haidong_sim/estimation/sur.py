"""Sector growth jointly: seemingly unrelated regressions by feasible generalized least squares.

The library's econometrics package no longer offers this estimator, so it is written out. Its usual standard
errors take the estimated covariance of the errors for the true one and are a fifth too small at ten years, so
that intervals are taken from a parametric bootstrap of the t-ratio.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import stdtrit

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.estimate import Estimate, data_hash, student_t
from haidong_sim.estimation.requirements import require_changes, require_varying, require_years

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import ArrayLike, NDArray

_REPLICATES: Final = 399
_SEED: Final = 1962
_SMALLEST_ERROR: Final = 1e-12
_LARGEST_CONDITION: Final = 1e10
_LABEL: Final = "joint sector regression"


@dataclass(frozen=True, kw_only=True)
class JointRegression:
    """Intercept and slope of every equation, estimated together.

    `residual_covariance` has shape (equation, equation), in squared log growth.
    """

    intercept: tuple[Estimate, ...]
    slope: tuple[Estimate, ...]
    residual_covariance: NDArray[np.float64]


def zellner_1962(
    response: ArrayLike, driver: ArrayLike, *, names: Sequence[str], years: Sequence[int], source: str = "",
    rows: Collection[str] = (),
) -> JointRegression:  # fmt: skip
    """Estimate g_i = α_i + β_i·x_i + e_i with errors correlated across equations (METHOD 6.4).

    Parameters
    ----------
    response
        Log growth, shape (year, equation).
    driver
        Regressor of each equation, same shape.
    names
        One for each equation, in the names of its estimates.
    years
        Calendar years, shape (year,).
    rows
        The published rows behind growth and driver, for the hash.

    Raises
    ------
    EstimationError
        Too few years, unlike shapes, levels, a constant regressor, or equations whose errors move together
        so closely that their covariance has no inverse.

    Notes
    -----
    Two steps: least squares, then generalized least squares with the covariance of its residuals. Sources:
    A. Zellner (1962), An efficient method of estimating seemingly unrelated regressions and tests for
    aggregation bias, JASA 57; for the bootstrap P. Rilstone and M. Veall (1996), Using bootstrapped
    confidence intervals for improved inferences with seemingly unrelated regression equations, Econometric
    Theory 12.
    """
    y, x = require_years(response, 5, _LABEL), require_years(driver, 5, _LABEL)
    if y.shape != x.shape or y.shape != (len(years), len(names)):
        raise EstimationError(
            f"{_LABEL}: growth {y.shape}, driver {x.shape}, {len(years)} years and {len(names)} names differ "
            f"in shape"
        )
    for table in (y, x):
        require_changes(table, _LABEL)
    for column in x.T:
        require_varying(column, _LABEL)
    _require_joint_errors(_residual_covariance(y[None], x)[0], names)
    n, dof = y.shape[0], y.shape[0] - 2
    coefficients, errors, covariance = _two_steps(y[None], x)
    inflation = _inflation(coefficients[0], covariance[0], x, dof)
    scale = errors[0] * inflation

    def estimate(what: str, equation: int, column: int) -> Estimate:
        value = float(coefficients[0, equation, column])
        distribution = student_t(value, float(scale[equation, column]), dof)
        return Estimate(
            name=f"{names[equation]}.{what}", value=value,
            standard_error=distribution.standard_deviation(),
            unit="log growth per year" if what == "intercept" else "dimensionless",
            distribution=distribution, years=tuple(int(year) for year in years), n=n,
            method="seemingly unrelated regressions in two steps, width by parametric bootstrap",
            source=source, data_hash=data_hash(rows),
            diagnostics=MappingProxyType(
                {
                    "residual_sd": float(np.sqrt(covariance[0, equation, equation])),
                    "bootstrap_inflation": float(inflation[equation, column]),
                }
            ),
        )  # fmt: skip

    return JointRegression(
        intercept=tuple(estimate("intercept", i, 0) for i in range(len(names))),
        slope=tuple(estimate("slope", i, 1) for i in range(len(names))),
        residual_covariance=covariance[0],
    )


def _two_steps(
    y: NDArray[np.float64], x: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return coefficients and their textbook errors (sample, equation, 2) and the errors' covariance.

    `y` has shape (sample, year, equation); all samples share the regressors `x` (year, equation).
    """
    equations = x.shape[1]
    design = np.stack([np.ones_like(x), x], axis=2)
    moment = np.einsum("tia,btj->biaj", design, y)
    gram = np.einsum("tia,tjc->iajc", design, design)
    covariance = _residual_covariance(y, x)
    weight = np.linalg.inv(covariance)
    normal = np.einsum("bij,iajc->biajc", weight, gram).reshape(len(y), 2 * equations, 2 * equations)
    variance = np.linalg.inv(normal)
    pull = np.einsum("bij,biaj->bia", weight, moment).reshape(len(y), 2 * equations, 1)
    coefficients = (variance @ pull).reshape(len(y), equations, 2)
    errors = np.sqrt(np.einsum("bkk->bk", variance)).reshape(len(y), equations, 2)
    return coefficients, errors, covariance


def _residual_covariance(y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the covariance (sample, equation, equation) of what least squares leaves of each equation."""
    driver = x - x.mean(axis=0)
    growth = y - y.mean(axis=1, keepdims=True)
    slope = (driver * growth).sum(axis=1, keepdims=True) / (driver**2).sum(axis=0)
    residual = growth - slope * driver
    return np.asarray(np.swapaxes(residual, 1, 2) @ residual / (x.shape[0] - 2), dtype=np.float64)


def _require_joint_errors(covariance: NDArray[np.float64], names: Sequence[str]) -> None:
    sd = np.sqrt(np.diag(covariance))
    if (sd <= _SMALLEST_ERROR).any():
        exact = ", ".join(name for name, own in zip(names, sd, strict=True) if own <= _SMALLEST_ERROR)
        raise EstimationError(f"{_LABEL}: {exact} follows its driver exactly; no error is left to estimate")
    if np.linalg.cond(covariance / np.outer(sd, sd)) > _LARGEST_CONDITION:
        raise EstimationError(
            f"{_LABEL}: the errors of {', '.join(names)} move in lockstep; leave one of the equations out"
        )


def _inflation(
    coefficients: NDArray[np.float64], covariance: NDArray[np.float64], x: NDArray[np.float64], dof: int
) -> NDArray[np.float64]:
    """Return by how much the t-ratios of simulated samples reach beyond Student's t, (equation, 2)."""
    noise = np.random.default_rng(_SEED).standard_normal((_REPLICATES, *x.shape))
    fitted = coefficients[:, 0] + coefficients[:, 1] * x
    again, errors, _ = _two_steps(fitted + noise @ np.linalg.cholesky(covariance).T, x)
    ratio = np.abs(again - coefficients) / errors
    # The i-th of R ordered ratios is exceeded with probability 1 − i/(R + 1), on average over samples.
    reach = np.quantile(ratio, 0.95, axis=0, method="weibull")
    return np.asarray(reach / stdtrit(dof, 0.975), dtype=np.float64)
