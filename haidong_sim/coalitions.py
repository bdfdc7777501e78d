"""Shapley values from the worth of every subset of the players: splits of variance and of gaps."""

from __future__ import annotations

from math import factorial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def shapley_values(worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Split the worth of all players among them: each gets its mean gain over all orders (Shapley 1953).

    Parameters
    ----------
    worth : shape (2^player, …)
        Worth of each subset; bit i of the position says whether player i is in it.

    Returns
    -------
    shape (player, …); sums to worth of all less worth of none
    """
    players = len(worth).bit_length() - 1
    subset = np.arange(len(worth))
    size = np.array([int(number).bit_count() for number in subset])
    weight = np.array(
        [factorial(k) * factorial(players - k - 1) / factorial(players) for k in range(players)]
    )
    split = []
    for player in range(players):
        without = subset[(subset >> player) & 1 == 0]
        gain = worth[without | (1 << player)] - worth[without]
        split.append(np.tensordot(weight[size[without]], gain, axes=(0, 0)))
    return np.stack(split)
