"""What an estimator may ask of its data. Each refusal says what was found and what is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.errors import EstimationError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_LARGEST_YEARLY_CHANGE: Final = 0.5


def require_years(values: ArrayLike, needed: int, what: str) -> NDArray[np.float64]:
    """Return `values` as floats if they are finite and there are at least `needed` of them.

    Raises
    ------
    EstimationError
        If there are fewer, or one is not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.shape[0] < needed:
        raise EstimationError(
            f"{what}: {array.shape[0]} yearly observations, at least {needed} are needed; "
            f"supply the missing years in a file of your own (same columns)"
        )
    if not np.isfinite(array).all():
        lost = int((~np.isfinite(array)).sum())
        raise EstimationError(f"{what}: {lost} of {array.size} values are not finite")
    return array


def require_positive(values: ArrayLike, years: ArrayLike, what: str) -> NDArray[np.float64]:
    """Return `values` as floats if all of them may stand under a logarithm.

    Raises
    ------
    EstimationError
        If one is zero or negative; the message names the years.
    """
    array = np.asarray(values, dtype=np.float64)
    bad = ~(array > 0.0)
    if bad.any():
        named = ", ".join(f"{y}: {v:g}" for y, v in zip(np.asarray(years)[bad], array[bad], strict=True))
        raise EstimationError(f"{what}: a logarithm needs positive values, found {named}")
    return array


def require_varying(values: NDArray[np.float64], what: str) -> None:
    """Refuse a constant series, from which no dispersion can be estimated.

    Raises
    ------
    EstimationError
        If all values are equal.
    """
    if values.size and float(np.ptp(values)) <= 1e-12 * max(1.0, float(np.abs(values).max())):
        raise EstimationError(f"{what}: all {values.size} values equal {values.flat[0]:g}; nothing varies")


def require_changes(values: NDArray[np.float64], what: str) -> None:
    """Refuse levels or percentages where yearly log changes are needed.

    Raises
    ------
    EstimationError
        If a value lies outside ±0.5, which no yearly log change of a published series does.
    """
    largest = float(np.abs(values).max(initial=0.0))
    if largest > _LARGEST_YEARLY_CHANGE:
        raise EstimationError(
            f"{what}: a value of {largest:g} is a level or a percentage, not a yearly log change "
            f"(allowed: ±{_LARGEST_YEARLY_CHANGE}; write 6% as 0.06 and difference levels first)"
        )
