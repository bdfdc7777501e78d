"""Scores of forecasts: continuous ranked probability, coverage, and tests of equal accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import stdtr

from haidong_sim.engine import clopper_pearson_1934
from haidong_sim.errors import EstimationError
from haidong_sim.estimation.estimate import require_varying, require_years
from haidong_sim.estimation.forecast import material, mixture_cdf, mixture_log_density, mixture_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.estimation.forecast import Mixture

_NODES: Final = 40


@cache
def _unit_rule() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return 0.5 * (nodes + 1.0), 0.5 * weights


def crps_mixture(mixture: Mixture, outcome: float) -> float:
    """Return the CRPS of a mixture of one case, ∫(F(x) − 1{x ≥ outcome})² dx, by quadrature.

    Gauss–Legendre on panels that break at the outcome, where the integrand jumps, and around the
    components, where it bends.
    """
    unit, half = _unit_rule()
    scale = float(mixture.scale.max())
    low, high = float(mixture.location.min()), float(mixture.location.max())
    around = [edge + k * scale for edge in (low, high) for k in (-40.0, -8.0, -2.0, 0.0, 2.0, 8.0, 40.0)]
    edges = np.unique([*around, outcome])
    width = np.diff(edges)[:, None]
    points = edges[:-1, None] + width * unit
    # Columns of shape (node, 1) broadcast over the quadrature points, which stand where cases would.
    below = mixture_cdf(mixture, points.ravel()).reshape(points.shape)
    missed = np.where(points < outcome, below, 1.0 - below)
    return float((width * half * missed**2).sum())


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """`mean_difference` of loss (negative: the first is better), corrected `statistic`, two-sided p, `n`."""

    mean_difference: float
    statistic: float
    p_value: float
    n: int


def diebold_mariano_1995(loss: ArrayLike, other_loss: ArrayLike, *, horizon: int = 1) -> Comparison:
    """Compare losses of h-step forecasts from successive origins, small-sample corrected.

    Rectangular window of h − 1 autocovariances; where that variance is not positive, the first
    autocovariance-free one. Correction and t(n − 1) of Harvey, Leybourne and Newbold (1997, IJF 13).

    Raises
    ------
    EstimationError
        With fewer than five pairs, or fewer than 2·h, or if the two never differ.

    Notes
    -----
    F. X. Diebold and R. S. Mariano (1995), Comparing predictive accuracy, JBES 13.
    """
    needed = max(5, 2 * horizon)
    first = require_years(loss, needed, f"Diebold–Mariano at horizon {horizon}")
    second = require_years(other_loss, needed, f"Diebold–Mariano at horizon {horizon}")
    gap = first - second
    require_varying(gap, "the difference of losses")
    n = gap.size
    centred = gap - gap.mean()
    gammas = [float(centred[k:] @ centred[: n - k]) / n for k in range(horizon)]
    variance = gammas[0] + 2.0 * sum(gammas[1:])
    if variance <= 0.0:
        variance = gammas[0]
    plain = gap.mean() / np.sqrt(variance / n)
    corrected = plain * np.sqrt((n + 1.0 - 2.0 * horizon + horizon * (horizon - 1.0) / n) / n)
    return Comparison(
        mean_difference=float(gap.mean()),
        statistic=float(corrected),
        p_value=float(2.0 * stdtr(n - 1, -abs(corrected))),
        n=n,
    )


COVERAGES: Final = (0.5, 0.8, 0.9)
"""Nominal probabilities of the central intervals that are checked."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """Scores of one forecast of one outcome; NaN where a forecast is a single number without a spread."""

    median: float
    crps: float
    log_score: float
    pit: float


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How many of `n` outcomes a nominal interval held, with the exact 95% interval of the rate."""

    nominal: float
    inside: int
    n: int
    low: float
    high: float


def score_forecast(mixture: Mixture, outcome: float) -> Score:
    """Score a probabilistic forecast of one case; the log score is the log density at the outcome."""
    seen = material(mixture)
    return Score(
        median=float(mixture_quantile(seen, 0.5)[0]),
        crps=crps_mixture(seen, outcome),
        log_score=float(mixture_log_density(mixture, outcome)[0]),
        pit=float(mixture_cdf(mixture, outcome)[0]),
    )


def score_point(value: float, outcome: float) -> Score:
    """Score a single number, a plan's path for instance: its CRPS is its absolute error."""
    return Score(median=value, crps=abs(value - outcome), log_score=np.nan, pit=np.nan)


def central_coverage(pit: ArrayLike, nominal: float) -> Coverage:
    """Count PITs inside the central interval of probability `nominal`.

    Overlapping forecasts are not independent; the interval is exact for independent ones only.

    Raises
    ------
    EstimationError
        If there is no PIT to count.
    """
    values = np.asarray(pit, dtype=np.float64)
    values = values[np.isfinite(values)]
    inside = int((np.abs(values - 0.5) <= 0.5 * nominal).sum())
    return _counted(nominal, inside, values.size)


def pit_counts(pit: ArrayLike, bins: int = 5) -> list[Coverage]:
    """Count PITs in equal bins, each with its exact interval: what a histogram of few values can say."""
    values = np.asarray(pit, dtype=np.float64)
    values = values[np.isfinite(values)]
    counts, _ = np.histogram(values, bins=bins, range=(0.0, 1.0))
    return [_counted(1.0 / bins, int(count), values.size) for count in counts]


def _counted(nominal: float, inside: int, n: int) -> Coverage:
    if n < 1:
        raise EstimationError(f"no binomial interval for {inside} of {n}")
    found = clopper_pearson_1934(inside, n)
    return Coverage(nominal=nominal, inside=inside, n=n, low=float(found.low), high=float(found.high))
