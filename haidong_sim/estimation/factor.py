"""One common shock and one own shock per series: the covariance that a dozen years can carry.

Σ = λλ' + diag(d²). The panel says what λ and d look like; the city's years move them a little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.requirements import require_changes, require_varying, require_years

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_ITERATIONS: Final = 20000
_TOLERANCE: Final = 1e-11
_SMALLEST_OWN_PART: Final = 1e-3


@dataclass(frozen=True, kw_only=True)
class OneFactor:
    """`loading` λ and `own_sd` d, each of shape (series,), in log growth per year."""

    loading: NDArray[np.float64]
    own_sd: NDArray[np.float64]

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Σ = λλ' + diag(d²), shape (series, series)."""
        return np.asarray(np.outer(self.loading, self.loading) + np.diag(self.own_sd**2), dtype=np.float64)

    @property
    def annual_sd(self) -> NDArray[np.float64]:
        """Standard deviation of each series' innovation, shape (series,)."""
        return np.asarray(np.sqrt(self.loading**2 + self.own_sd**2), dtype=np.float64)

    @property
    def correlation_with_factor(self) -> NDArray[np.float64]:
        """Correlation of each series' innovation with the common shock, shape (series,)."""
        return np.asarray(self.loading / self.annual_sd, dtype=np.float64)


def estimate_one_factor(
    residuals: ArrayLike, prior: OneFactor, *, prior_years: float | None = None
) -> OneFactor:
    """Return the one-factor structure of the inverse-Wishart posterior mean covariance.

    Parameters
    ----------
    residuals
        Innovations, shape (year, series), the series in the order of `prior`.
    prior_years
        Weight ν0 of the panel; p + 10 by default (METHOD 6.3).

    Raises
    ------
    EstimationError
        Too few years, levels, a constant series, or a factor that is not found.
    """
    table = require_years(residuals, 4, "one-factor covariance")
    require_changes(table, "one-factor covariance")
    p = prior.loading.shape[0]
    if table.ndim != 2 or table.shape[1] != p:
        raise EstimationError(f"one-factor covariance: residuals of shape {table.shape}, prior of {p} series")
    for column in table.T:
        require_varying(column, "one-factor covariance")
    weight = p + 10.0 if prior_years is None else prior_years
    centred = table - table.mean(axis=0)
    freedom = weight - p - 1.0
    scatter = centred.T @ centred * table.shape[0] / (table.shape[0] - 1)
    posterior = (freedom * prior.covariance + scatter) / (freedom + table.shape[0])
    return principal_factor(posterior, sign=prior.loading)


def principal_factor(covariance: ArrayLike, *, sign: NDArray[np.float64] | None = None) -> OneFactor:
    """Return the one-factor structure of a covariance by iterated principal factors.

    A communality is kept below 99.9% (no Heywood case). The factor's sign agrees with `sign`, else it is
    positive on the whole.

    Raises
    ------
    EstimationError
        If fewer than three series are given or the iteration does not settle; the covariance is shown.
    """
    matrix = np.asarray(covariance, dtype=np.float64)
    if matrix.shape[0] < 3:
        raise EstimationError("a factor is identified by three series at least")
    sd = np.sqrt(np.diag(matrix))
    correlation = matrix / np.outer(sd, sd)
    communality = np.full(len(sd), 0.5)
    loading = np.zeros(len(sd))
    for _ in range(_ITERATIONS):
        reduced = correlation.copy()
        np.fill_diagonal(reduced, communality)
        roots, vectors = np.linalg.eigh(reduced)
        loading = vectors[:, -1] * np.sqrt(max(roots[-1], 0.0))
        updated = np.clip(loading**2, 0.0, 1.0 - _SMALLEST_OWN_PART)
        if np.abs(updated - communality).max() < _TOLERANCE:
            break
        communality = updated
    else:
        raise EstimationError(f"no single factor settles for the covariance {matrix.tolist()}")
    towards = np.ones(len(sd)) if sign is None else sign
    direction = 1.0 if loading @ towards >= 0.0 else -1.0
    bounded = direction * np.sign(loading) * np.sqrt(updated)
    return OneFactor(loading=bounded * sd, own_sd=np.sqrt(1.0 - updated) * sd)
