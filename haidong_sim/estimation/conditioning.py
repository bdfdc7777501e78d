"""Forecasts told something: Gaussian conditioning for hard paths, entropic tilting for soft views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import minimize

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.requirements import require_years

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

SMALLEST_EFFECTIVE_SHARE: Final = 0.1
"""Below this share of effective draws a tilt rests on too few of them and is refused (METHOD 6.8)."""


@dataclass(frozen=True, kw_only=True)
class Tilt:
    """Weights of draws, shape (draw,), summing to 1, and the effective share of the draws left."""

    weight: NDArray[np.float64]
    effective_share: float
    multipliers: NDArray[np.float64]


def waggoner_zha_1999(
    mean: ArrayLike, covariance: ArrayLike, restriction: ArrayLike, value: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean (k,) and covariance (k, k) of x ~ N(mean, covariance) given restriction·x = value.

    `restriction` has shape (m, k), `value` (m,). Source: D. F. Waggoner and T. Zha (1999), Conditional
    forecasts in dynamic multivariate models, Review of Economics and Statistics 81.

    Raises
    ------
    EstimationError
        If shapes do not fit, or the restrictions repeat or contradict one another.
    """
    centre, spread = np.asarray(mean, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    rows, target = np.atleast_2d(np.asarray(restriction, dtype=np.float64)), np.atleast_1d(np.asarray(value))
    if rows.shape != (target.shape[0], centre.shape[0]) or spread.shape != (centre.shape[0],) * 2:
        raise EstimationError(
            f"conditioning: restriction {rows.shape}, value {target.shape}, mean {centre.shape} and "
            f"covariance {spread.shape} do not fit together"
        )
    inner = rows @ spread @ rows.T
    if np.linalg.matrix_rank(inner) < inner.shape[0]:
        raise EstimationError(f"conditioning: the {inner.shape[0]} restrictions are not independent")
    gain = np.linalg.solve(inner, rows @ spread).T
    return centre + gain @ (target - rows @ centre), spread - gain @ rows @ spread


def robertson_tallman_whiteman_2005(
    moments: ArrayLike, targets: ArrayLike, *, smallest_effective_share: float = SMALLEST_EFFECTIVE_SHARE
) -> Tilt:
    """Return the weights nearest to equal ones (in entropy) under which the moments equal their targets.

    Parameters
    ----------
    moments
        Functions of the draws whose mean is to be set, shape (draw,) or (moment, draw).
    targets
        What their weighted means shall be, shape (moment,).

    Raises
    ------
    EstimationError
        If a target lies outside the draws, or fewer than a tenth of the draws would count.

    Notes
    -----
    Source: J. C. Robertson, E. W. Tallman and C. H. Whiteman (2005), Forecasting using relative entropy,
    Journal of Money, Credit and Banking 37.
    """
    table = np.atleast_2d(require_years(np.asarray(moments).T, 2, "entropic tilting").T)
    aim = np.atleast_1d(np.asarray(targets, dtype=np.float64))
    if aim.shape != (table.shape[0],):
        raise EstimationError(f"entropic tilting: {table.shape[0]} moments and {aim.shape[0]} targets")
    low, high = table.min(axis=1), table.max(axis=1)
    if not ((aim > low) & (aim < high)).all():
        raise EstimationError(
            f"entropic tilting: targets {aim.tolist()} lie outside the draws {low.tolist()} … {high.tolist()}"
        )
    scale = table.std(axis=1)
    gaps = (table - aim[:, None]) / scale[:, None]

    def objective(multipliers: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        exponent = multipliers @ gaps
        top = exponent.max()
        weight = np.exp(exponent - top)
        return float(top + np.log(weight.mean())), gaps @ weight / weight.sum()

    found = minimize(objective, np.zeros(aim.shape[0]), jac=True, method="BFGS", options={"gtol": 1e-9})
    exponent = found.x @ gaps
    weight = np.exp(exponent - exponent.max())
    weight /= weight.sum()
    missed = np.abs(gaps @ weight)
    if missed.max() > 1e-5:
        raise EstimationError(
            f"entropic tilting: no weights reach {aim.tolist()} together; missed by {missed.tolist()} sd"
        )
    effective = 1.0 / float((weight**2).sum()) / weight.shape[0]
    if effective < smallest_effective_share:
        raise EstimationError(
            f"entropic tilting: only {effective:.1%} of the draws would count, at least "
            f"{smallest_effective_share:.0%} are needed; simulate the view as a scenario of its own"
        )
    return Tilt(weight=weight, effective_share=effective, multipliers=found.x / scale)
