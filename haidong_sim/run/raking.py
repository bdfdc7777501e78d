"""One set of weights for all targets: joint probabilities that agree with the single ones.

A target's own probability is corrected by its control variate; a count of draws in which several targets are
met is not. So that one event has one probability, the sets of targets met together ("patterns") are weighed:
of all weights under which each target has exactly its own probability, those nearest to the counts (least
relative entropy; raking, or iterative proportional fitting, of Deming and Stephan 1940). Every joint and
conditional probability is a sum of these weights, and no two of them contradict each other.
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, Final

import numpy as np
from threadpoolctl import threadpool_limits

from haidong_sim.run.summary import set_members

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

_CHAIN: Final = 1e-3
"""Draws that stand, together, for patterns in the order of the targets' probabilities."""

_CLOSE: Final = 1e-13
"""How near the probabilities have to come."""

_MOST_STEPS: Final = 100
_MOST_HALVINGS: Final = 40


def raked_masks(counts: Mapping[int, int], probabilities: Sequence[float]) -> dict[int, float]:
    """Return the draws in which each set of targets is met, weighed so that each target has its probability.

    Draws cannot always express the probabilities: of two targets of which one was never met without the
    other, a correction may leave the wider one the smaller probability. A thousandth of a draw therefore
    stands for the patterns in which the k likeliest targets are met, k = 0, 1, …: with them any set of
    probabilities can be expressed, and where the draws can do it they weigh next to nothing. A target of
    probability 0 or 1 keeps no pattern that says otherwise.

    Parameters
    ----------
    counts
        Draws by set of targets met in them, bit i for target i.
    probabilities
        Of each target, shape (target,).

    Returns
    -------
    dict
        Weights by set of targets; they are positive and sum to the number of draws.
    """
    n_draws = sum(counts.values())
    asked = np.asarray(probabilities, dtype=np.float64)
    patterns, weights = _patterns(counts, asked)
    met = set_members(patterns, len(asked))
    open_ = (asked > 0.0) & (asked < 1.0)
    possible = (met[:, ~open_] == (asked[~open_] > 0.5)).all(axis=1)
    patterns = list(compress(patterns, possible.tolist()))
    met, weights = met[possible], weights[possible]
    raked = _rake(met[:, open_].astype(np.float64), weights / weights.sum(), asked[open_])
    found: dict[int, float] = {}
    for pattern, weight in zip(patterns, (raked * n_draws).tolist(), strict=True):
        if weight > 0.0:
            found[pattern] = found.get(pattern, 0.0) + weight
    return found


def _patterns(counts: Mapping[int, int], asked: Matrix) -> tuple[list[int], Matrix]:
    """Return the patterns that occurred with their counts, in one order, and after them the chain."""
    seen = sorted(counts)
    steps = [0]
    for level in sorted({round(value, 12) for value in asked.tolist()}, reverse=True):
        steps.append(steps[-1] | sum(1 << n for n, value in enumerate(asked) if round(value, 12) == level))
    weights = [float(counts[pattern]) for pattern in seen] + [_CHAIN / len(steps)] * len(steps)
    return [*seen, *steps], np.array(weights)


def _rake(met: Matrix, weights: Matrix, asked: Matrix) -> Matrix:
    """Return the weights nearest to `weights` (both sum to 1) whose sums over `met` are `asked`.

    They are weights · exp(met @ tilt), normalized; Newton's method finds the tilt, which makes a convex
    function smallest.

    Parameters
    ----------
    met
        Shape (pattern, target), zeros and ones.
    """
    logs = np.log(weights)
    tilt = np.zeros(len(asked))
    with threadpool_limits(limits=1):
        height, raked = _tilted(met, logs, tilt, asked)
        for _ in range(_MOST_STEPS):
            now = raked @ met
            gap = asked - now
            if np.abs(gap).max(initial=0.0) < _CLOSE:
                break
            covariance = (met * raked[:, None]).T @ met - np.outer(now, now)
            step = np.linalg.lstsq(covariance, gap, rcond=1e-13)[0]
            for halving in range(_MOST_HALVINGS):
                ahead = tilt + 0.5**halving * step
                lower, tried = _tilted(met, logs, ahead, asked)
                # So near the bottom rounding hides the last steps, which are the best ones.
                if lower <= height + _CLOSE:
                    break
            tilt, height, raked = ahead, lower, tried
    return raked


def _tilted(met: Matrix, logs: Matrix, tilt: Matrix, asked: Matrix) -> tuple[float, Matrix]:
    """Return the function to make small at a tilt, and the weights there."""
    tilted = logs + met @ tilt
    top = float(tilted.max())
    raked = np.exp(tilted - top)
    total = float(raked.sum())
    return top + float(np.log(total)) - float(asked @ tilt), raked / total
