"""Scenario discovery: boxes of inputs in which a target is missed, by bump hunting and by trees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import bdtrc

from haidong_sim.answers.sensitivity.input_names import input_label, input_value
from haidong_sim.answers.sensitivity.study import Floats, Rng, require_study
from haidong_sim.errors import EstimationError, unknown_name
from haidong_sim.run import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.words import Language

SENTENCES = {
    "en": "Where {limits} ({mass} of {total} futures), {outcome} in {density}; "
    "this covers {coverage} of the futures with that outcome (it happens in {base} of all).",
    "zh": "当{limits}时（占{total}个情景的{mass}），{outcome}的比例为{density}，"
    "覆盖出现该结果的情景的{coverage}（总体比例为{base}）。",
}
NOWHERE = {
    "en": "No limit on any input sets these futures apart: {outcome} in {base} of {total} futures.",
    "zh": "没有任何输入的界限能区分这些情景：{outcome}的比例为{base}（共{total}个情景）。",
}
LIMITS = {
    "en": (
        "{name} is at least {low}",
        "{name} is at most {high}",
        "{name} is between {low} and {high}",
        " and ",
    ),
    "zh": ("{name}不低于{low}", "{name}不高于{high}", "{name}在{low}与{high}之间", "、"),
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Box(Answer):
    """Limits of the inputs (inclusive; infinite where free) and counts of draws.

    `low`, `high` (input,); `inside` draws in the box, `hits` of them with the outcome; `total` draws,
    `wanted` of them with the outcome; `p_values` (input,), where known, of each restriction: the chance that
    the box without it would give as many hits among as many draws.
    """

    inputs: tuple[str, ...]
    low: Floats
    high: Floats
    inside: int
    hits: int
    total: int
    wanted: int
    p_values: Floats | None = None

    @property
    def coverage(self) -> float:
        """Share of the draws with the outcome that lie in the box."""
        return self.hits / self.wanted if self.wanted else 0.0

    @property
    def density(self) -> float:
        """Share of the draws in the box that have the outcome."""
        return self.hits / self.inside if self.inside else 0.0

    @property
    def mass(self) -> float:
        """Share of all draws that lie in the box."""
        return self.inside / self.total

    @property
    def lift(self) -> float:
        """Coverage less the share of the other draws that the box also catches: 1 is perfect, 0 is chance."""
        others = self.total - self.wanted
        return self.coverage - ((self.inside - self.hits) / others if others else 0.0)

    @property
    def restricted(self) -> NDArray[np.intp]:
        """Numbers of the inputs that the box restricts."""
        return np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high))

    def contains(self, inputs: Floats) -> NDArray[np.bool_]:
        """Tell which draws of inputs (input, draw) lie in the box."""
        return box_contains(self.low, self.high, inputs)

    def frame(self) -> pd.DataFrame:
        """Return one line per restricted input: low, high, p_value, coverage, density, mass, n_inside, n."""
        use = self.restricted
        return pd.DataFrame(
            {
                "input": [self.inputs[number] for number in use],
                "low": self.low[use],
                "high": self.high[use],
                "p_value": np.full(len(use), np.nan) if self.p_values is None else self.p_values[use],
                "coverage": self.coverage,
                "density": self.density,
                "mass": self.mass,
                "n_inside": self.inside,
                "n": self.total,
            }
        )

    def sentence(
        self,
        outcome: str,
        *,
        language: Language = "en",
        labels: Mapping[str, str] | None = None,
        show: Callable[[str, float], str] | None = None,
    ) -> str:
        """Say the box in plain words.

        Parameters
        ----------
        outcome : str
            Completes the sentence, for instance "all binding targets are met" or "全部约束性目标达到".
        language : "en" or "zh"
        labels : mapping of input name to its label, optional
        show : callable, optional
            Takes an input's name and a value and returns the text of the value; by default `input_value`.

        Raises
        ------
        EstimationError
            If there are no sentences in this language.
        """
        if language not in SENTENCES:
            raise EstimationError(unknown_name("language", language, SENTENCES))
        write = show or partial(input_value, lang=language)
        words = {
            "outcome": outcome, "base": f"{self.wanted / self.total:.0%}", "total": f"{self.total:,}",
            "mass": f"{self.mass:.0%}", "density": f"{self.density:.0%}", "coverage": f"{self.coverage:.0%}",
        }  # fmt: skip
        if not self.restricted.size:
            return NOWHERE[language].format(**words)
        *phrases, joiner = LIMITS[language]
        parts = []
        for number in self.restricted:
            name = self.inputs[number]
            low, high = self.low[number], self.high[number]
            kind = 2 if np.isfinite(low) and np.isfinite(high) else int(np.isfinite(high))
            parts.append(
                phrases[kind].format(
                    name=(labels or {}).get(name, input_label(name, language)),
                    low=write(name, float(low)),
                    high=write(name, float(high)),
                )
            )
        return SENTENCES[language].format(limits=joiner.join(parts), **words)


def box_contains(low: Floats, high: Floats, inputs: Floats) -> NDArray[np.bool_]:
    """Tell which draws of inputs (input, draw) lie within the limits (input,)."""
    inside = np.ones(inputs.shape[1], dtype=bool)
    for number in np.flatnonzero(np.isfinite(low) | np.isfinite(high)):
        inside &= (inputs[number] >= low[number]) & (inputs[number] <= high[number])
    return inside


def count_box(
    low: Floats, high: Floats, inputs: Floats, wanted: NDArray[np.bool_], names: tuple[str, ...]
) -> Box:
    """Return the box with these limits (input,), counted on inputs (input, draw) and outcome (draw,)."""
    inside = box_contains(low, high, inputs)
    return Box(
        inputs=names,
        low=low,
        high=high,
        inside=int(inside.sum()),
        hits=int((inside & wanted).sum()),
        total=inputs.shape[1],
        wanted=int(wanted.sum()),
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class Tree(Answer):
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


@dataclass(frozen=True, kw_only=True, repr=False)
class Trajectory(Answer):
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


# Draws of one resample: enough to see a pattern worth a sentence, few enough to look often.
RESAMPLE_DRAWS = 2000


@dataclass(frozen=True, kw_only=True, repr=False)
class Discovery(Answer):
    """The chosen box, the trajectory it comes from, and what supports it.

    `p_value`: how often a shuffled outcome gives a box of as much lift; `reproducibility` (input,): how often
    the input is restricted in boxes found on resampled draws; `holdout`: the box found on one half of the
    draws, counted on the other half; `tree` and `overlap`: the cross-check, and the share of draws that lie
    in both the box and the tree's dense leaves among those in either.
    """

    box: Box
    trajectory: Trajectory
    p_value: float
    reproducibility: Floats
    holdout: Box
    tree: Tree
    overlap: float

    def frame(self) -> pd.DataFrame:
        """Return one line per restricted input: limits, p values, reproducibility, density, coverage."""
        table = self.box.frame()
        table.insert(4, "reproducibility", self.reproducibility[self.box.restricted])
        return table.assign(
            box_p_value=self.p_value,
            holdout_density=self.holdout.density,
            holdout_coverage=self.holdout.coverage,
            tree_overlap=self.overlap,
            method="PRIM, alpha-peeling with pasting",
        )

    def sentence(
        self,
        outcome: str,
        *,
        language: Language = "en",
        labels: Mapping[str, str] | None = None,
        show: Callable[[str, float], str] | None = None,
    ) -> str:
        """Say the chosen box in plain words; see `Box.sentence`."""
        return self.box.sentence(outcome, language=language, labels=labels, show=show)


def discover_box(
    inputs: ArrayLike,
    wanted: ArrayLike,
    *,
    input_names: Sequence[str] | None = None,
    density: float | None = None,
    alpha: float = 0.05,
    least_mass: float = 0.05,
    resamples: int = 50,
    rng: Rng = None,
) -> Discovery:
    """Find the box of inputs in which an outcome is common, and say how far to trust it.

    Parameters
    ----------
    inputs : shape (input, draw)
    wanted : shape (draw,)
        True where the outcome happens: a target met, all binding targets met, a value above a level.
    density : float, optional
        Take the widest box at least this dense; by default the box that separates best (largest lift).
    resamples : int
        Shuffles of the outcome for the p value, and resamples of the draws for reproducibility.

    Raises
    ------
    EstimationError
        If the outcome is not true or false, or the same in all draws.
    """
    study = require_study(inputs, np.atleast_2d(np.asarray(wanted)), input_names=input_names)
    outcome = study.outputs[0] == 1
    if len(study.outputs) != 1 or not np.isin(study.outputs, (0.0, 1.0)).all():
        raise EstimationError("the outcome must be one row of true and false")
    if outcome.all() or not outcome.any():
        raise EstimationError(
            f"the outcome is {bool(outcome[0])} in every draw: there is nothing to tell apart"
        )
    x, names, generator = study.inputs, study.labels.inputs, np.random.default_rng(rng)

    def find(part: Floats, hit: NDArray[np.bool_]) -> tuple[Box, Trajectory]:
        trajectory = peel(part, hit, names=names, alpha=alpha, least_mass=least_mass)
        chosen = paste(trajectory.select(density), part, hit, alpha=alpha)
        return restrict_less(chosen, part, hit), trajectory

    box, trajectory = find(x, outcome)
    first, second = np.array_split(generator.permutation(outcome.size), 2)
    half = find(x[:, first], outcome[first])[0]
    p_value, reproducibility = _resampled(x, outcome, find, resamples, generator)
    tree = grow_tree(x, outcome, names=names)
    caught, dense = box.contains(x), tree.predicts(x)
    return Discovery(
        box=box,
        trajectory=trajectory,
        p_value=p_value,
        reproducibility=reproducibility,
        holdout=count_box(half.low, half.high, x[:, second], outcome[second], names),
        tree=tree,
        overlap=float((caught & dense).sum() / max((caught | dense).sum(), 1)),
    )


def _resampled(
    inputs: Floats,
    outcome: NDArray[np.bool_],
    find: Callable[[Floats, NDArray[np.bool_]], tuple[Box, Trajectory]],
    resamples: int,
    rng: np.random.Generator,
) -> tuple[float, Floats]:
    """Return the p value of the best box, and how often each input is restricted on resampled draws."""
    size = min(RESAMPLE_DRAWS, outcome.size)
    restricted = np.zeros(len(inputs))
    as_good = 1
    for _ in range(resamples):
        chosen = rng.choice(outcome.size, size=size, replace=True)
        part, hit = inputs[:, chosen], outcome[chosen]
        box = find(part, hit)[0]
        restricted[box.restricted] += 1
        as_good += find(part, rng.permutation(hit))[0].lift >= box.lift
    return as_good / (resamples + 1), restricted / max(resamples, 1)
