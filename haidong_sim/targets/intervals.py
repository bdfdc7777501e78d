"""Intervals for a probability, each named after its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def wilson_1927(successes: float, trials: float, level: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a binomial proportion.

    Wilson (1927), J. Amer. Statist. Assoc. 22, 209-212. With weighted draws `trials` is their effective
    number.
    """
    from scipy.special import ndtri

    z = float(ndtri(0.5 + level / 2.0))
    share = successes / trials
    middle = (share + z**2 / (2.0 * trials)) / (1.0 + z**2 / trials)
    spread = z / (1.0 + z**2 / trials) * np.sqrt(share * (1.0 - share) / trials + z**2 / (4.0 * trials**2))
    low = 0.0 if successes == 0 else float(middle - spread)
    high = 1.0 if successes == trials else float(middle + spread)
    return max(low, 0.0), min(high, 1.0)


def clopper_pearson_1934(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a binomial proportion, never too short.

    Clopper and Pearson (1934), Biometrika 26, 404-413.
    """
    from scipy.special import betaincinv

    tail = (1.0 - level) / 2.0
    low = 0.0 if successes == 0 else float(betaincinv(successes, trials - successes + 1, tail))
    high = 1.0 if successes == trials else float(betaincinv(successes + 1, trials - successes, 1.0 - tail))
    return low, high


def replicate_interval(
    means: ArrayLike, level: float = 0.95, *, n_fitted: int = 0, least: float = 0.0
) -> tuple[float, float]:
    """Return the t interval of a probability from the means of independent replicates of equal size.

    `n_fitted` is the number of coefficients that were fitted to the same replicates, which cost degrees of
    freedom. `least` is a half-width for what the spread cannot show, added in squares: a rare event that no
    replicate happened to hold.

    Where every replicate agrees that the event never, or always, happens, the spread says nothing; a caller
    then falls back on a binomial interval.
    """
    from scipy.special import stdtrit

    values = np.asarray(means, dtype=np.float64)
    freedom = len(values) - 1 - n_fitted
    spread = float(np.sqrt(np.sum((values - values.mean()) ** 2) / freedom / len(values)))
    half = float(np.hypot(stdtrit(freedom, 0.5 + level / 2.0) * spread, least))
    return max(float(values.mean()) - half, 0.0), min(float(values.mean()) + half, 1.0)
