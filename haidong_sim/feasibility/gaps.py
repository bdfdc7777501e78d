"""Growth gaps of a region to its province and to the rest of it, each from the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.targets.pace import on_scale

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


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


def _same_rank(steps: NDArray[np.float64], like: ArrayLike) -> NDArray[np.float64]:
    return steps[0] if np.ndim(like) == 0 else steps
