"""What a target asks for: margins, required rates, break-even years, yearly milestones, and both growth gaps.

All functions take arrays and broadcast; the year axis comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.feasibility.solver import FeasibilityError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.indicators.catalogue import Scale


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


def break_even_year(
    years: ArrayLike,
    values: ArrayLike,
    threshold: ArrayLike,
    *,
    direction: int,
    scale: Scale,
    drift_years: int = 5,
) -> NDArray[np.float64]:
    """Return when a path first meets `threshold`, as a decimal calendar year.

    Between two years the path is taken as straight on the scale of the indicator. After the last year
    it goes on at its mean drift of the last `drift_years`; inf where that leads nowhere.

    Parameters
    ----------
    years
        Calendar years, shape (year,), rising.
    values
        Path, shape (year, ...).
    threshold
        One number, or an array that broadcasts against the axes after the year.

    Returns
    -------
    NDArray
        Shape of `values` without the year axis; the first year itself if it is already met there.
    """
    calendar = np.asarray(years, dtype=np.float64)
    gap = margin(values, threshold, direction=direction, scale=scale)
    met = gap >= 0.0
    first = np.argmax(met, axis=0)
    ever = met.any(axis=0)
    before = np.maximum(first - 1, 0)
    low = np.take_along_axis(gap, before[np.newaxis], axis=0)[0]
    high = np.take_along_axis(gap, first[np.newaxis], axis=0)[0]
    rise = np.where(first > 0, high - low, 1.0)
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


def gap_to_rest(share: ArrayLike, gap_to_province: ArrayLike) -> NDArray[np.float64]:
    """Turn log growth gaps to the province (year, ...) into those to its rest, exactly.

    `share` is the region's share at the start of the first year. The gap to the province is the log
    step of the share, the gap to the rest its log-odds step; the latter is larger, because the region
    is part of the province.

    Raises
    ------
    FeasibilityError
        If the gaps carry the share to 1 or beyond.
    """
    steps = np.atleast_1d(np.asarray(gap_to_province, dtype=np.float64))
    start = np.asarray(share, dtype=np.float64)
    path = np.concatenate(
        [np.broadcast_to(start, (1, *steps.shape[1:])), start * np.exp(np.cumsum(steps, axis=0))]
    )
    return _same_rank(np.diff(on_scale(path, "logit"), axis=0), gap_to_province)


def gap_to_province(share: ArrayLike, gap_to_rest: ArrayLike) -> NDArray[np.float64]:
    """Turn log growth gaps to the rest of the province (year, ...) into those to the province, exactly."""
    steps = np.atleast_1d(np.asarray(gap_to_rest, dtype=np.float64))
    start = np.broadcast_to(on_scale(share, "logit"), (1, *steps.shape[1:]))
    odds = np.concatenate([start, start + np.cumsum(steps, axis=0)])
    return _same_rank(np.diff(-np.log1p(np.exp(-odds)), axis=0), gap_to_rest)


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


def _same_rank(steps: NDArray[np.float64], like: ArrayLike) -> NDArray[np.float64]:
    return steps[0] if np.ndim(like) == 0 else steps
