"""What a target asks for: margins, required rates, catch-up factors, break-even years, yearly milestones.

All functions take arrays and broadcast; the year axis comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.errors import FeasibilityError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.indicators import Scale


def on_scale(values: ArrayLike, scale: Scale) -> NDArray[np.float64]:
    """Return `values` on the scale on which margins are linear: log, log-odds, or as they are.

    Raises
    ------
    FeasibilityError
        If a level is not positive (log) or a share not between 0 and 1 (logit).
    """
    array = np.asarray(values, dtype=np.float64)
    if scale == "identity":
        return array
    limit = np.inf if scale == "log" else 1.0
    bad = ~((array > 0.0) & (array < limit))
    if bad.any():
        allowed = "positive levels" if scale == "log" else "shares between 0 and 1"
        seen = f"{int(bad.sum())} values are not, such as {array[bad].flat[0]}"
        raise FeasibilityError(f"the {scale} scale takes {allowed}; {seen}")
    return np.log(array) if scale == "log" else np.log(array) - np.log1p(-array)


def off_scale(values: ArrayLike, scale: Scale) -> NDArray[np.float64]:
    """Undo `on_scale`."""
    array = np.asarray(values, dtype=np.float64)
    match scale:
        case "log":
            return np.exp(array)
        case "logit":
            return np.asarray(1.0 / (1.0 + np.exp(-array)))
        case "identity":
            return array


def margin(values: ArrayLike, threshold: ArrayLike, *, direction: int, scale: Scale) -> NDArray[np.float64]:
    """Return how far `values` are on the good side of `threshold`, on the scale of the indicator.

    Positive means met; `direction` is +1 for "at least", -1 for "at most". For the distance in
    natural units take `direction * (values - threshold)`.
    """
    return np.asarray(direction * (on_scale(values, scale) - on_scale(threshold, scale)))


def required_rate(threshold: ArrayLike, actual: ArrayLike, *, years: ArrayLike) -> NDArray[np.float64]:
    """Return the constant yearly rate that takes `actual` to `threshold` in `years` years (fraction).

    Raises
    ------
    FeasibilityError
        If no year is left, or a level is not positive.
    """
    left = np.asarray(years, dtype=np.float64)
    if (left <= 0.0).any():
        raise FeasibilityError("required rate: the target year must lie after the last actual year")
    return np.expm1((on_scale(threshold, "log") - on_scale(actual, "log")) / left)


def catch_up_factor(required: ArrayLike, achieved: ArrayLike, *, direction: int = 1) -> NDArray[np.float64]:
    """Return how many times the pace achieved so far is needed from now on.

    0 where nothing is left to do (the required rate points away from the target), inf where the
    achieved pace points away from a target that is still ahead.
    """
    need = direction * np.asarray(required, dtype=np.float64)
    pace = direction * np.asarray(achieved, dtype=np.float64)
    need, pace = np.broadcast_arrays(need, pace)
    factor = np.full(need.shape, np.inf)
    np.divide(need, pace, out=factor, where=pace > 0.0)
    return np.asarray(np.where(need <= 0.0, 0.0, factor))


def break_even_year(years: ArrayLike, margins: ArrayLike, *, drift_years: int = 0) -> NDArray[np.float64]:
    """Return when a margin is first no longer negative, as a decimal calendar year.

    Between two years the margin is taken as straight; give it on the scale of the indicator. After the last
    year it goes on at its mean drift of the last `drift_years`, or with 0 not at all: then inf, as where the
    drift leads nowhere.

    Parameters
    ----------
    years
        Calendar years, shape (year,), rising.
    margins
        Shape (year, ...).

    Returns
    -------
    NDArray
        Shape of `margins` without the year axis; the first year itself if it is already met there.
    """
    calendar = np.asarray(years, dtype=np.float64)
    gap = np.asarray(margins, dtype=np.float64)
    # A hair of rounding must not put off a path that lands exactly on its threshold.
    met = gap >= -1e-12
    first = np.argmax(met, axis=0)
    ever = met.any(axis=0)
    before = np.maximum(first - 1, 0)
    low = np.take_along_axis(gap, before[np.newaxis], axis=0)[0]
    high = np.take_along_axis(gap, first[np.newaxis], axis=0)[0]
    rise = np.where(first > 0, np.maximum(high, 0.0) - low, 1.0)
    within = calendar[before] + np.where(first > 0, -low / np.where(rise > 0, rise, 1.0), 0.0) * (
        calendar[first] - calendar[before]
    )
    span = min(drift_years, len(calendar) - 1)
    if span < 1:
        return np.asarray(np.where(ever, within, np.inf))
    drift = (gap[-1] - gap[-1 - span]) / (calendar[-1] - calendar[-1 - span])
    beyond = np.full(np.shape(drift), np.inf)
    np.divide(-gap[-1], drift, out=beyond, where=drift > 0.0)
    return np.asarray(np.where(ever, within, calendar[-1] + beyond))


def annual_milestones(
    *,
    start: float,
    threshold: float,
    years: ArrayLike,
    scale: Scale,
    profile: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Split a target into yearly targets.

    Parameters
    ----------
    start
        Level of the base year, the year before the first of `years`.
    threshold
        Level of the last of `years`.
    years
        Calendar years of the milestones, shape (year,).
    scale
        Scale on which the way is divided.
    profile
        Weights of the years, shape (year,), not negative: how the way is divided, for example the
        yearly log growth of a scenario. Equal steps by default.

    Returns
    -------
    NDArray
        One level per year, shape (year,); the last is `threshold`.

    Raises
    ------
    FeasibilityError
        If the profile has the wrong length, a negative weight, or no weight at all.
    """
    size = len(np.asarray(years))
    weights = np.ones(size) if profile is None else np.asarray(profile, dtype=np.float64)
    if weights.shape != (size,) or not (weights >= 0.0).all() or not weights.sum() > 0.0:
        raise FeasibilityError(f"milestone profile: expected {size} weights, none negative, not all zero")
    low, high = on_scale([start, threshold], scale)
    return off_scale(low + (high - low) * np.cumsum(weights) / weights.sum(), scale)
