"""A small classification tree (CART), the cross-check of the boxes found by peeling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from haidong_sim.answers.sensitivity.boxes import Box, count_box
from haidong_sim.answers.sensitivity.study import Floats, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, repr=False)
class Tree(Table):
    """The leaves of a tree, each a box; together they cover every draw once."""

    leaves: tuple[Box, ...]

    def frame(self) -> pd.DataFrame:
        """Return one line per leaf and restricted input: leaf, density, coverage, mass, input, low, high."""
        tables = [
            leaf.frame().assign(leaf=number)
            for number, leaf in enumerate(self.leaves)
            if leaf.restricted.size
        ]
        if not tables:
            return pd.DataFrame(columns=["leaf", "input", "low", "high", "coverage", "density", "mass"])
        return pd.concat(tables, ignore_index=True)[
            ["leaf", "input", "low", "high", "coverage", "density", "mass"]
        ]

    def best(self) -> Box:
        """Return the leaf that sets the outcome apart best (largest lift)."""
        return max(self.leaves, key=lambda leaf: leaf.lift)

    def predicts(self, inputs: Floats) -> NDArray[np.bool_]:
        """Tell which draws of inputs (input, draw) fall into a leaf where the outcome is above average."""
        dense = [leaf for leaf in self.leaves if leaf.density * leaf.total > leaf.wanted]
        inside = np.zeros(inputs.shape[1], dtype=bool)
        for leaf in dense:
            inside |= leaf.contains(inputs)
        return inside


def grow_tree(
    inputs: Floats,
    wanted: NDArray[np.bool_],
    *,
    names: tuple[str, ...],
    depth: int = 3,
    least_mass: float = 0.02,
) -> Tree:
    """Grow a tree by the largest fall of the Gini impurity (Breiman, Friedman, Olshen and Stone 1984).

    Parameters
    ----------
    inputs : shape (input, draw); wanted : shape (draw,)
    depth : int
        Splits from the root to a leaf, at most.
    least_mass : float
        No leaf holds less than this share of all draws.

    Notes
    -----
    A split must take at least half a per cent off the impurity of the whole: less is noise, or no sentence's
    worth.
    """
    count = len(inputs)
    share = wanted.mean()
    least_gain = 0.005 * wanted.size * share * (1 - share)
    least = max(int(least_mass * wanted.size), 1)
    pending = [(np.full(count, -np.inf), np.full(count, np.inf), np.arange(wanted.size), 0)]
    leaves = []
    while pending:
        low, high, members, level = pending.pop()
        split = (
            None if level == depth else _best_split(inputs[:, members], wanted[members], least, least_gain)
        )
        if split is None:
            leaves.append(count_box(low, high, inputs, wanted, names))
            continue
        number, below, above = split
        lower_high, upper_low = high.copy(), low.copy()
        lower_high[number], upper_low[number] = below, above
        side = inputs[number, members] <= below
        pending += [(upper_low, high, members[~side], level + 1), (low, lower_high, members[side], level + 1)]
    return Tree(leaves=tuple(leaves))


def _best_split(
    inputs: Floats, wanted: NDArray[np.bool_], least: int, least_gain: float
) -> tuple[int, float, float] | None:
    """Return the input and the values on either side of its best cut; None if no cut gains enough."""
    n, hits = wanted.size, int(wanted.sum())
    if n < 2 * least or hits in {0, n}:
        return None
    left = np.arange(1, n)
    found: tuple[int, float, float] | None = None
    lowest = hits * (n - hits) / n - least_gain
    for number, values in enumerate(inputs):
        order = np.argsort(values)
        ordered = values[order]
        below = np.cumsum(wanted[order])[:-1].astype(np.float64)
        impurity = below * (left - below) / left + (hits - below) * (n - left - hits + below) / (n - left)
        allowed = (ordered[1:] > ordered[:-1]) & (left >= least) & (n - left >= least)
        impurity[~allowed] = np.inf
        cut = int(impurity.argmin())
        if impurity[cut] < lowest:
            lowest = impurity[cut]
            found = number, float(ordered[cut]), float(ordered[cut + 1])
    return found
