"""How heavy the tails of yearly shocks are: what a panel's moments say, and what a city's own years add."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln, ndtri, stdtrit

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.estimate import (
    QUANTILE_LEVELS,
    Estimate,
    data_hash,
    quantiles,
    require_changes,
    require_varying,
    require_years,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import ArrayLike, NDArray

_MEDIAN_ABSOLUTE_TO_SD: Final = 1.4826
_LARGEST: Final = 1000.0

# Nodes of the quadrature: quantiles of the prior, and a grid over the unknown location and log scale.
_TAIL_NODES: Final = 25
_LOCATION_NODES: Final = np.linspace(-3.0, 3.0, 13)
_LOG_SCALE_NODES: Final = np.linspace(-1.6, 1.6, 15)


def degrees_of_freedom_from_kurtosis(excess_kurtosis: float) -> float:
    """Return the degrees of freedom of the Student t with this excess kurtosis, 4 + 6/κ.

    Raises
    ------
    EstimationError
        If the tails are no heavier than normal.
    """
    if not excess_kurtosis > 0.0:
        raise EstimationError(
            f"excess kurtosis {excess_kurtosis:g}: no Student t has tails lighter than normal"
        )
    return 4.0 + 6.0 / excess_kurtosis


def degrees_of_freedom_from_robust_sd(sd: float, robust_sd: float) -> float:
    """Return the degrees of freedom of the Student t with this ratio of sd to 1.4826·MAD.

    Less swayed by single outliers than kurtosis; heterogeneity between cities makes it a lower bound.

    Raises
    ------
    EstimationError
        If the ratio is one or less, or so large that no t with a variance has it.
    """
    ratio = sd / robust_sd

    def excess(dof: float) -> float:
        return float(np.sqrt(dof / (dof - 2.0)) / (_MEDIAN_ABSOLUTE_TO_SD * stdtrit(dof, 0.75)) - ratio)

    lowest = 2.0 + 1e-6
    if not excess(_LARGEST) < 0.0 < excess(lowest):
        raise EstimationError(
            f"a ratio of sd to robust sd of {ratio:g} belongs to no Student t with a variance"
        )
    return float(brentq(excess, lowest, _LARGEST))


def estimate_degrees_of_freedom(
    innovations: ArrayLike, *, prior_median: float, prior_low: float, years: Sequence[int], source: str = "",
    rows: Collection[str] = (),
) -> Estimate:  # fmt: skip
    """Estimate the degrees of freedom ν of Student t innovations of unknown location and scale.

    Parameters
    ----------
    innovations
        Yearly innovations in log growth, shape (year,).
    prior_median, prior_low
        Median and 2.5% quantile of ν before the data; ν − 2 is lognormal. At least 2.
    rows
        The published rows behind the innovations, for the hash.

    Raises
    ------
    EstimationError
        With fewer than eight years, levels, a constant series, or a prior that is no tail with a variance.

    Notes
    -----
    The posterior by quadrature, flat in location and log scale. Sample kurtosis would not do: below ν = 8 it
    has no standard error, and among ten values it cannot exceed what ten values allow.
    """
    label = "degrees of freedom"
    observed = require_years(innovations, 8, label)
    require_changes(observed, label)
    require_varying(observed, label)
    if not prior_median > prior_low > 2.0:
        raise EstimationError(
            f"{label}: the prior needs 2 < prior_low < prior_median, not {prior_low:g} and {prior_median:g}"
        )
    spread = float(np.log((prior_median - 2.0) / (prior_low - 2.0)) / -ndtri(0.025))
    scores = ndtri((np.arange(_TAIL_NODES) + 0.5) / _TAIL_NODES)
    dof = 2.0 + (prior_median - 2.0) * np.exp(spread * scores)
    likelihood = _marginal_likelihood(observed, dof)
    weight = likelihood / likelihood.sum()
    # Half of each node's mass lies below it: the nodes stand for a continuous number.
    found = np.interp(QUANTILE_LEVELS, np.cumsum(weight) - 0.5 * weight, np.log(dof - 2.0))
    grid = 2.0 + np.exp(found)
    mean = float(weight @ dof)
    return Estimate(
        name="degrees_of_freedom",
        value=float(grid[QUANTILE_LEVELS.index(0.5)]),
        standard_error=float(np.sqrt(weight @ (dof - mean) ** 2)),
        unit="dimensionless",
        distribution=quantiles(grid, positive=True),
        years=tuple(int(year) for year in years),
        n=observed.size,
        method="posterior median of Student t innovations, prior from the panels",
        source=source,
        data_hash=data_hash(rows),
        diagnostics=MappingProxyType({"prior_median": prior_median, "prior_low": prior_low}),
    )


def _marginal_likelihood(observed: NDArray[np.float64], dof: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the likelihood of each degree of freedom, up to a factor, location and scale summed out."""
    centre = float(np.median(observed))
    width = _MEDIAN_ABSOLUTE_TO_SD * float(np.median(np.abs(observed - centre))) or float(observed.std())
    location = centre + 2.0 * width / np.sqrt(observed.size) * _LOCATION_NODES
    scale = width * np.exp(_LOG_SCALE_NODES)
    squares = ((observed - location[:, None]) ** 2)[None, :, :] / scale[:, None, None] ** 2
    half = 0.5 * (dof + 1.0)
    constant = gammaln(half) - gammaln(0.5 * dof) - 0.5 * np.log(dof)
    kernel = np.log1p(squares[None] / dof[:, None, None, None]).sum(axis=3)
    log_density = (
        observed.size * (constant[:, None, None] - np.log(scale)[None, :, None])
        - half[:, None, None] * kernel
    )
    return np.asarray(np.exp(log_density - log_density.max()).sum(axis=(1, 2)), dtype=np.float64)
