"""One common shock and one own shock per series: the covariance that a dozen years can carry.

Σ = λλ' + diag(d²). The panel says what λ and d look like; the city's years move them a little. The posterior
of the covariance is inverse Wishart: its mean gives the structure, and the posterior itself the intervals of
standard deviations and correlations. A loading has no interval: where one series alone explains a covariance
best its loading stands at a bound, and that is a large part of the posterior, not a tail of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr, ndtri

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.estimate import (
    WIDE_LEVELS,
    Distribution,
    Estimate,
    data_hash,
    inverse_chi,
    quantiles,
)
from haidong_sim.estimation.forecast import invert
from haidong_sim.estimation.requirements import require_changes, require_varying, require_years

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import ArrayLike, NDArray

_SWEEPS: Final = 20000
_TOLERANCE: Final = 1e-11
_SMALLEST_OWN_PART: Final = 1e-3

_CHI_NODES: Final = 12
_LABEL: Final = "one-factor covariance"


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


@dataclass(frozen=True, kw_only=True)
class FactorEstimate:
    """The structure, the sd of each series' innovation, and the correlation of each pair (i, j), i < j."""

    structure: OneFactor
    annual_sd: tuple[Estimate, ...]
    correlation: tuple[Estimate, ...]


def estimate_one_factor(
    residuals: ArrayLike, prior: OneFactor, *, names: Sequence[str], years: Sequence[int],
    prior_years: float | None = None, source: str = "", rows: Collection[str] = (),
) -> FactorEstimate:  # fmt: skip
    """Return the one-factor structure of the inverse-Wishart posterior mean covariance, and its uncertainty.

    Parameters
    ----------
    residuals
        Innovations, shape (year, series), the series in the order of `prior`.
    names, years
        One name for each series and one calendar year for each innovation.
    prior_years
        Weight ν0 of the panel; p + 10 by default (METHOD 6.3).
    rows
        The published rows behind the innovations, for the hash.

    Raises
    ------
    EstimationError
        Too few years, levels, a constant series, unlike shapes, or a factor that is not found.
    """
    p = prior.loading.shape[0]
    table = _require_innovations(residuals, (len(years), len(names)), p)
    weight = p + 10.0 if prior_years is None else prior_years
    centred = table - table.mean(axis=0)
    scatter = (weight - p - 1.0) * prior.covariance + centred.T @ centred
    # The mean of each series is unknown and costs one year.
    dof = weight + table.shape[0] - 1.0
    mean = scatter / (dof - p - 1.0)
    structure = harman_jones_1966(mean, sign=prior.loading)

    def estimate(name: str, value: float, error: float, unit: str, distribution: Distribution) -> Estimate:
        return Estimate(
            name=name, value=value, standard_error=error, unit=unit, distribution=distribution,
            years=tuple(int(year) for year in years), n=table.shape[0],
            method="inverse-Wishart posterior around the one-factor prior", source=source,
            data_hash=data_hash(rows), diagnostics=MappingProxyType({"prior_years": weight}),
        )  # fmt: skip

    def annual_sd(i: int) -> Estimate:
        free = dof - p + 1.0
        own = inverse_chi(float(np.sqrt(scatter[i, i] / free)), free)
        value = float(structure.annual_sd[i])
        return estimate(f"{names[i]}.annual_sd", value, own.standard_deviation(), "log growth per year", own)

    def correlation(i: int, j: int) -> Estimate:
        shrunk = float(scatter[i, j] / np.sqrt(scatter[i, i] * scatter[j, j]))
        # Two series of an inverse Wishart are inverse Wishart themselves, with p − 2 degrees fewer.
        known = quantiles(correlation_quantiles(shrunk, dof - p + 2.0, WIDE_LEVELS), levels=WIDE_LEVELS)
        low, high = known.quantile([0.025, 0.975])
        error = float(high - low) / (2.0 * float(ndtri(0.975)))
        return estimate(f"{names[i]}_{names[j]}.correlation", shrunk, error, "dimensionless", known)

    return FactorEstimate(
        structure=structure,
        annual_sd=tuple(annual_sd(i) for i in range(p)),
        correlation=tuple(correlation(i, j) for i, j in combinations(range(p), 2)),
    )


def _require_innovations(residuals: ArrayLike, shape: tuple[int, int], n_series: int) -> NDArray[np.float64]:
    table = require_years(residuals, 4, _LABEL)
    require_changes(table, _LABEL)
    if table.shape != shape or shape[1] != n_series:
        raise EstimationError(
            f"{_LABEL}: residuals of shape {table.shape}, prior of {n_series} series, {shape[0]} years, "
            f"{shape[1]} names"
        )
    for column in table.T:
        require_varying(column, _LABEL)
    return table


def harman_jones_1966(covariance: ArrayLike, *, sign: NDArray[np.float64] | None = None) -> OneFactor:
    """Return the one-factor structure that leaves the smallest squares of correlations off the diagonal.

    A communality is kept below 99.9% (no Heywood case). The factor's sign agrees with `sign`, else it is
    positive on the whole.

    Raises
    ------
    EstimationError
        If fewer than three series are given or the iteration does not settle; the covariance is shown.

    Notes
    -----
    Each loading in turn by least squares on the others, which never increases what is left. Source: H. H.
    Harman and W. H. Jones (1966), Factor analysis by minimizing residuals (minres), Psychometrika 31.
    """
    matrix = np.asarray(covariance, dtype=np.float64)
    if matrix.shape[0] < 3:
        raise EstimationError("a factor is identified by three series at least")
    sd = np.sqrt(np.diag(matrix))
    correlation = matrix / np.outer(sd, sd)
    others = correlation - np.eye(len(sd))
    roots, vectors = np.linalg.eigh(correlation)
    bound = float(np.sqrt(1.0 - _SMALLEST_OWN_PART))
    loading = np.clip(vectors[:, -1] * np.sqrt(roots[-1]), -bound, bound)
    for _ in range(_SWEEPS):
        before = loading.copy()
        for i in range(len(sd)):
            squares = float(loading @ loading) - loading[i] ** 2
            fitted = float(others[i] @ loading) / squares if squares > 0.0 else 0.0
            loading[i] = min(max(fitted, -bound), bound)
        if np.abs(loading - before).max() < _TOLERANCE:
            break
    else:
        raise EstimationError(f"no single factor settles for the covariance {matrix.tolist()}")
    towards = np.ones(len(sd)) if sign is None else sign
    loading = loading if loading @ towards >= 0.0 else -loading
    return OneFactor(loading=loading * sd, own_sd=np.sqrt(1.0 - loading**2) * sd)


def correlation_quantiles(correlation: float, dof: float, levels: ArrayLike) -> NDArray[np.float64]:
    """Return quantiles of the correlation ρ of two series whose covariance is inverse Wishart.

    Parameters
    ----------
    correlation
        r, that of the scale matrix.
    dof
        Degrees of freedom m of the pair.

    Notes
    -----
    By Bartlett's decomposition ρ/√(1−ρ²) is (b·r/√(1−r²) − z)/a with a ~ χ(m−1), b ~ χ(m), z ~ N(0, 1).
    """
    wanted = np.asarray(levels, dtype=np.float64)
    a, a_weight = _chi_nodes(dof - 1.0)
    b, b_weight = _chi_nodes(dof)
    odds = correlation / np.sqrt(1.0 - correlation**2)

    def below_and_density(value: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        z = value[:, None, None] * a[:, None] - odds * b
        density = np.exp(-0.5 * z**2) @ b_weight @ (a * a_weight) / np.sqrt(2.0 * np.pi)
        return ndtr(z) @ b_weight @ a_weight, density

    start = odds + ndtri(wanted) * np.sqrt((1.0 + odds**2) / dof)
    reach = np.full(wanted.shape, 1e3 * (1.0 + abs(odds)))
    found = invert(below_and_density, wanted, start=start, low=-reach, high=reach)
    return np.asarray(found / np.sqrt(1.0 + found**2), dtype=np.float64)


def _chi_nodes(dof: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights of Gauss quadrature for a χ, by the eigenvectors of its Jacobi matrix.

    Half the square of a χ is a gamma, whose polynomials are Laguerre's; no gamma function can overflow here.
    """
    order = np.arange(1.0, _CHI_NODES)
    beside = np.diag(np.sqrt(order * (order + dof / 2.0 - 1.0)), 1)
    diagonal = 2.0 * np.arange(_CHI_NODES) + dof / 2.0
    half_square, vectors = np.linalg.eigh(np.diag(diagonal) + beside + beside.T)
    return np.sqrt(2.0 * half_square), np.asarray(vectors[0] ** 2, dtype=np.float64)
