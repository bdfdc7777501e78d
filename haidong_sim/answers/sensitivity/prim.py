"""The patient rule induction method: peel thin slices off until the outcome is common, then paste back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import bdtrc

from haidong_sim.answers.sensitivity.boxes import Box, box_contains, count_box
from haidong_sim.answers.sensitivity.study import Floats, Table
from haidong_sim.errors import EstimationError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, repr=False)
class Trajectory(Table):
    """Boxes from the whole space to the smallest one, in the order of peeling."""

    boxes: tuple[Box, ...]

    def frame(self) -> pd.DataFrame:
        """Return one line per box: step, coverage, density, mass, lift, n_restricted, n_inside."""
        return pd.DataFrame(
            [
                {
                    "step": step,
                    "coverage": box.coverage,
                    "density": box.density,
                    "mass": box.mass,
                    "lift": box.lift,
                    "n_restricted": len(box.restricted),
                    "n_inside": box.inside,
                }
                for step, box in enumerate(self.boxes)
            ]
        )

    def select(self, density: float | None = None) -> Box:
        """Return the widest box at least this dense (the densest if none is); else the one of most lift."""
        if density is None:
            return max(self.boxes, key=lambda box: box.lift)
        dense = [box for box in self.boxes if box.density >= density]
        if dense:
            return max(dense, key=lambda box: box.coverage)
        return max(self.boxes, key=lambda box: box.density)


@dataclass(frozen=True, kw_only=True)
class _Peel:
    """One candidate slice: input, side (0 below, 1 above), draws and hits removed, and the new limit."""

    number: int
    side: int
    limit: float
    gain: float


def peel(
    inputs: Floats,
    wanted: NDArray[np.bool_],
    *,
    names: tuple[str, ...],
    alpha: float = 0.05,
    least_mass: float = 0.05,
) -> Trajectory:
    """Peel boxes after Friedman and Fisher (1999), doi:10.1023/A:1008894516817.

    Each step removes the slice of about `alpha` of the draws in the box, at the low or the high end of one
    input, that raises the share of the outcome most per draw removed (for equal slices: their criterion).
    Equal values go together, so that discrete inputs are peeled value by value.

    Parameters
    ----------
    inputs : shape (input, draw); wanted : shape (draw,)
    least_mass : float
        No box holds less than this share of all draws.

    Raises
    ------
    EstimationError
        If `alpha` or `least_mass` is not between 0 and 1.
    """
    if not (0 < alpha < 1 and 0 < least_mass < 1):
        raise EstimationError(f"alpha and least_mass lie between 0 and 1, given {alpha} and {least_mass}")
    n_inputs, total = inputs.shape
    low, high = np.full(n_inputs, -np.inf), np.full(n_inputs, np.inf)
    caught, hit = inputs, wanted
    counts = {"total": total, "wanted": int(wanted.sum())}
    boxes = [Box(inputs=names, low=low, high=high, inside=total, hits=counts["wanted"], **counts)]
    while boxes[-1].hits < boxes[-1].inside:
        best = _best_peel(caught, hit, alpha, least_mass * total)
        if best is None:
            break
        low, high = low.copy(), high.copy()
        (low, high)[best.side][best.number] = best.limit
        values = caught[best.number]
        keep = values >= best.limit if best.side == 0 else values <= best.limit
        caught, hit = np.compress(keep, caught, axis=1), hit[keep]
        boxes.append(Box(inputs=names, low=low, high=high, inside=hit.size, hits=int(hit.sum()), **counts))
    return Trajectory(boxes=tuple(boxes))


def paste(
    box: Box, inputs: Floats, wanted: NDArray[np.bool_], *, alpha: float = 0.05, most_steps: int = 100
) -> Box:
    """Widen a box again, slice by slice, as long as that raises its density (bottom-up pasting)."""
    for _ in range(most_steps):
        best, limit = box.density, None
        for number in box.restricted:
            for side in (0, 1):
                found = _widened(box, inputs, wanted, int(number), side, alpha)
                if found is not None and found[1] > best:
                    best, limit = found[1], (side, int(number), found[0])
        if limit is None:
            return box
        low, high = box.low.copy(), box.high.copy()
        (low, high)[limit[0]][limit[1]] = limit[2]
        box = count_box(low, high, inputs, wanted, box.inputs)
    return box


def restrict_less(
    box: Box, inputs: Floats, wanted: NDArray[np.bool_], *, level: float = 0.05, least_loss: float = 0.01
) -> Box:
    """Free the inputs whose restriction adds nothing, and give each remaining one its p value.

    The p value is the quasi-p-value of Bryant and Lempert (2010), doi:10.1016/j.techfore.2009.08.002: the
    chance of as many hits in the box if its density were that of the box without this restriction. A
    restriction also goes if the box loses less than `least_loss` of density without it.
    """
    while True:
        p_values = np.full(len(box.low), np.nan)
        without = {}
        for number in box.restricted:
            low, high = box.low.copy(), box.high.copy()
            low[number], high[number] = -np.inf, np.inf
            without[number] = count_box(low, high, inputs, wanted, box.inputs)
            p_values[number] = bdtrc(box.hits - 1, box.inside, without[number].density) if box.hits else 1.0
        idle = [
            number
            for number, wide in without.items()
            if p_values[number] > level or box.density - wide.density < least_loss
        ]
        if not idle:
            return replace(box, p_values=p_values)
        box = without[min(idle, key=lambda number: box.density - without[number].density)]


def _best_peel(caught: Floats, hit: NDArray[np.bool_], alpha: float, least: float) -> _Peel | None:
    """Return the slice that raises the share of hits most per draw removed, or None if none may go."""
    n = hit.size
    slice_size = max(int(alpha * n), 1)
    if n - slice_size < max(least, 1):
        return None
    ordered = np.partition(caught, (slice_size, n - 1 - slice_size), axis=1)
    hits = np.count_nonzero(hit)
    best: _Peel | None = None
    for side, position in ((0, slice_size), (1, n - 1 - slice_size)):
        limits = ordered[:, position]
        for number, values in enumerate(caught):
            limit = _past_ties(values, limits[number], side)
            if limit is None:
                continue
            removed = values < limit if side == 0 else values > limit
            count = np.count_nonzero(removed)
            if n - count < max(least, 1):
                continue
            share = (hits - np.count_nonzero(removed & hit)) / (n - count)
            gain = (share - hits / n) / count
            if best is None or gain > best.gain:
                best = _Peel(number=number, side=side, limit=float(limit), gain=gain)
    return best


def _past_ties(values: Floats, limit: float, side: int) -> float | None:
    """Return the limit that removes at least the draws at the very end, or None if all values are equal."""
    end = values.min() if side == 0 else values.max()
    if limit != end:
        return limit
    rest = values[values > end] if side == 0 else values[values < end]
    if not rest.size:
        return None
    return float(rest.min() if side == 0 else rest.max())


def _widened(
    box: Box, inputs: Floats, wanted: NDArray[np.bool_], number: int, side: int, alpha: float
) -> tuple[float, float] | None:
    """Return the limit one slice further out on one side, and the density of the box with it."""
    if not np.isfinite((box.low, box.high)[side][number]):
        return None
    low, high = box.low.copy(), box.high.copy()
    (low, high)[side][number] = (-np.inf, np.inf)[side]
    open_side = box_contains(low, high, inputs)
    values = inputs[number]
    beyond = open_side & (values < box.low[number] if side == 0 else values > box.high[number])
    if not beyond.any():
        return None
    outer = np.sort(values[beyond])
    size = min(max(int(alpha * box.inside), 1), outer.size)
    limit = outer[-size] if side == 0 else outer[size - 1]
    added = beyond & (values >= limit if side == 0 else values <= limit)
    return float(limit), (box.hits + np.count_nonzero(added & wanted)) / (
        box.inside + np.count_nonzero(added)
    )
