"""Sector growth jointly: seemingly unrelated regressions by feasible generalized least squares.

The library's econometrics package no longer offers this estimator, so it is written out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.requirements import require_changes, require_varying, require_years

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_ITERATIONS: Final = 1000
_TOLERANCE: Final = 1e-10


@dataclass(frozen=True, kw_only=True)
class JointRegression:
    """Intercepts and slopes of all equations, estimated together.

    `coefficients` and `standard_errors` have shape (equation, 2), intercept first; `residual_covariance`
    (equation, equation); `n` counts years.
    """

    coefficients: NDArray[np.float64]
    standard_errors: NDArray[np.float64]
    residual_covariance: NDArray[np.float64]
    n: int


def zellner_1962(response: ArrayLike, driver: ArrayLike, *, iterate: bool = True) -> JointRegression:
    """Estimate g_i = α_i + β_i·x_i + e_i with errors correlated across equations (METHOD 6.4).

    Parameters
    ----------
    response
        Log growth, shape (year, equation).
    driver
        Regressor of each equation, same shape.
    iterate
        Repeat until the covariance settles, which is maximum likelihood under normal errors.

    Raises
    ------
    EstimationError
        Too few years, levels, a constant regressor, or no convergence.

    Notes
    -----
    Source: A. Zellner (1962), An efficient method of estimating seemingly unrelated regressions and tests
    for aggregation bias, JASA 57.
    """
    y = require_years(response, 5, "joint sector regression")
    x = require_years(driver, 5, "joint sector regression")
    if y.shape != x.shape:
        raise EstimationError(
            f"joint sector regression: growth {y.shape} and driver {x.shape} differ in shape"
        )
    for table in (y, x):
        require_changes(table, "joint sector regression")
    for column in x.T:
        require_varying(column, "joint sector regression")
    n, equations = y.shape
    design = np.zeros((equations, n, 2 * equations))
    for i in range(equations):
        design[i, :, 2 * i] = 1.0
        design[i, :, 2 * i + 1] = x[:, i]
    weight = np.eye(equations)
    beta = np.zeros(2 * equations)
    for step in range(_ITERATIONS):
        normal = np.einsum("itk,ij,jtl->kl", design, weight, design)
        moment = np.einsum("itk,ij,tj->k", design, weight, y)
        updated = np.linalg.solve(normal, moment)
        residual = y - np.einsum("itk,k->ti", design, updated)
        covariance = residual.T @ residual / n
        weight = np.linalg.inv(covariance)
        settled = np.abs(updated - beta).max() < _TOLERANCE
        beta = updated
        if settled or (step == 1 and not iterate):
            break
    else:
        raise EstimationError(f"joint sector regression does not settle for {y.tolist()} on {x.tolist()}")
    variance = np.linalg.inv(np.einsum("itk,ij,jtl->kl", design, weight, design)) * n / (n - 2)
    return JointRegression(
        coefficients=beta.reshape(equations, 2),
        standard_errors=np.sqrt(np.diag(variance)).reshape(equations, 2),
        residual_covariance=covariance * n / (n - 2),
        n=n,
    )
