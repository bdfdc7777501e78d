"""Correlations from a dozen years: shrinkage to a common correlation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.estimation.requirements import require_varying, require_years

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def ledoit_wolf_2004(residuals: ArrayLike) -> tuple[NDArray[np.float64], float]:
    """Return the covariance shrunk to constant correlation, (series, series), and the target's weight.

    `residuals` has shape (year, series). Source: O. Ledoit and M. Wolf (2004), Honey, I shrunk the sample
    covariance matrix, Journal of Portfolio Management 30, appendix B.

    Raises
    ------
    EstimationError
        With fewer than four years or a constant series.
    """
    table = require_years(residuals, 4, "constant-correlation shrinkage")
    for column in table.T:
        require_varying(column, "constant-correlation shrinkage")
    n, p = table.shape
    centred = table - table.mean(axis=0)
    sample = centred.T @ centred / n
    sd = np.sqrt(np.diag(sample))
    off = ~np.eye(p, dtype=bool)
    common = (sample / np.outer(sd, sd))[off].mean() if p > 1 else 0.0
    target = common * np.outer(sd, sd)
    np.fill_diagonal(target, sd**2)
    squares = centred**2
    pi_matrix = squares.T @ squares / n - sample**2
    # θ_ii,ij of the paper: covariance of the sampling errors of s_ii and s_ij.
    theta = (centred**3).T @ centred / n - (sd**2)[:, None] * sample
    ratio = sd[None, :] / sd[:, None]
    rho = np.trace(pi_matrix) + common * (ratio * theta)[off].sum()
    distance = ((target - sample) ** 2).sum()
    if distance <= 0.0:
        return target, 1.0
    weight = float(np.clip((pi_matrix.sum() - rho) / distance / n, 0.0, 1.0))
    return weight * target + (1.0 - weight) * sample, weight
