"""Calibration of forecasts: where outcomes fell, counted, with exact intervals for few of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.engine.intervals import clopper_pearson_1934
from haidong_sim.errors import EstimationError
from haidong_sim.estimation.crps import crps_mixture
from haidong_sim.estimation.forecast import material, mixture_cdf, mixture_log_density, mixture_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from haidong_sim.estimation.forecast import Mixture

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
