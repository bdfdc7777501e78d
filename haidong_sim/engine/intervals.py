"""How sure a counted probability is: intervals for proportions, zero counts, weights and replicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.errors import FeasibilityError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, kw_only=True)
class ProportionInterval:
    """An estimated probability with its confidence limits, each an array of one shape.

    `n` is the number of draws behind it; for weighted draws the effective number, for replicates their
    number. `method` names the interval.
    """

    probability: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: NDArray[np.float64]
    method: str


def wilson_1927(successes: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> ProportionInterval:
    """Return the score interval of a proportion (Wilson 1927); never empty at 0 or n successes.

    `successes` may be fractional (effective counts).

    Raises
    ------
    FeasibilityError
        For a count outside 0..n, no draw, or a confidence outside (0, 1).
    """
    from scipy.special import ndtri

    hits, size = _checked(successes, n, confidence)
    z = float(ndtri(0.5 + confidence / 2.0))
    share = hits / size
    center = (share + z**2 / (2.0 * size)) / (1.0 + z**2 / size)
    half = z / (1.0 + z**2 / size) * np.sqrt(share * (1.0 - share) / size + z**2 / (4.0 * size**2))
    # At the ends the exact limits are 0 and 1; rounding would leave 1e-17 on the wrong side.
    low = np.where(hits == 0.0, 0.0, np.maximum(center - half, 0.0))
    high = np.where(hits == size, 1.0, np.minimum(center + half, 1.0))
    return ProportionInterval(probability=share, low=low, high=high, n=size, method="wilson")


def clopper_pearson_1934(
    successes: ArrayLike, n: ArrayLike, *, confidence: float = 0.95
) -> ProportionInterval:
    """Return the exact binomial interval of a proportion (Clopper and Pearson 1934).

    Raises
    ------
    FeasibilityError
        As `wilson_1927`.
    """
    from scipy.special import betaincinv

    hits, size = _checked(successes, n, confidence)
    tail = (1.0 - confidence) / 2.0
    missed = size - hits
    low = np.where(hits > 0, betaincinv(np.maximum(hits, 1.0), missed + 1.0, tail), 0.0)
    high = np.where(missed > 0, betaincinv(hits + 1.0, np.maximum(missed, 1.0), 1.0 - tail), 1.0)
    return ProportionInterval(probability=hits / size, low=low, high=high, n=size, method="clopper-pearson")


def effective_sample_size(weights: ArrayLike) -> NDArray[np.float64]:
    """Return (sum w)^2 / sum w^2 along the last axis (Kish 1965), weights of shape (..., draw).

    Raises
    ------
    FeasibilityError
        If a weight is negative or not finite, or all are zero.
    """
    array = np.asarray(weights, dtype=np.float64)
    if not (np.isfinite(array) & (array >= 0.0)).all() or not (array.sum(axis=-1) > 0.0).all():
        raise FeasibilityError("weights: expected finite values, none negative, not all zero")
    scaled = array / array.max(axis=-1, keepdims=True)
    return np.asarray(scaled.sum(axis=-1) ** 2 / (scaled**2).sum(axis=-1))


def weighted_proportion(
    met: ArrayLike, weights: ArrayLike, *, confidence: float = 0.95
) -> ProportionInterval:
    """Return the weighted share of draws that meet a target, with a Wilson interval at the effective size.

    Parameters
    ----------
    met
        Booleans, shape (..., draw).
    weights
        Weights of the draws, shape (draw,).
    """
    share = np.asarray(weights, dtype=np.float64) / np.sum(weights)
    size = effective_sample_size(weights)
    hits = np.clip(np.asarray(met, dtype=np.float64) @ share, 0.0, 1.0)
    found = wilson_1927(hits * size, np.broadcast_to(size, hits.shape), confidence=confidence)
    return ProportionInterval(
        probability=hits, low=found.low, high=found.high, n=found.n, method="wilson-weighted"
    )


def replicate_interval(
    estimates: ArrayLike, *, confidence: float = 0.95, n_fitted: int = 0, least: float = 0.0
) -> ProportionInterval:
    """Return the mean of independent estimates of a probability with a Student t interval.

    This is the interval for randomised quasi-Monte Carlo, where pooled points are not independent: one
    estimate per scrambling. Where every replicate agrees that the event never, or always, happens, the
    spread says nothing; a caller then falls back on a binomial interval.

    Parameters
    ----------
    estimates
        Probabilities, shape (replicate, ...).
    n_fitted
        Number of coefficients that were fitted to the same replicates, which cost degrees of freedom.
    least
        Half-width for what the spread cannot show, added in squares: a rare event that no replicate
        happened to hold.

    Raises
    ------
    FeasibilityError
        With fewer than two replicates (and one for each coefficient fitted), or a confidence outside (0, 1).
    """
    from scipy.special import stdtrit

    array = np.asarray(estimates, dtype=np.float64)
    count = array.shape[0] if array.ndim else 0
    freedom = count - 1 - n_fitted
    if freedom < 1:
        raise FeasibilityError(
            f"replicates: {count} given; at least {2 + n_fitted} are needed for an interval"
        )
    _checked(0.0, count, confidence)
    center = array.mean(axis=0)
    spread = np.sqrt(np.sum((array - center) ** 2, axis=0) / freedom / count)
    half = np.hypot(stdtrit(freedom, 0.5 + confidence / 2.0) * spread, least)
    return ProportionInterval(
        probability=center,
        low=np.clip(center - half, 0.0, 1.0),
        high=np.clip(center + half, 0.0, 1.0),
        n=np.full(np.shape(center), float(count)),
        method="replicate-t",
    )


def _checked(
    successes: ArrayLike, n: ArrayLike, confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if not 0.0 < confidence < 1.0:
        raise FeasibilityError(f"confidence {confidence} must lie between 0 and 1; write 0.95 for 95 percent")
    hits, size = np.broadcast_arrays(np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64))
    if not (size > 0.0).all():
        raise FeasibilityError("an interval needs at least one draw")
    if not ((hits >= 0.0) & (hits <= size)).all():
        raise FeasibilityError("successes must lie between 0 and the number of draws")
    return hits, size
