"""Scenario discovery: under which inputs an outcome happens, said as boxes with their significance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.answers.sensitivity.boxes import Box, count_box
from haidong_sim.answers.sensitivity.prim import Trajectory, paste, peel, restrict_less
from haidong_sim.answers.sensitivity.study import Floats, Rng, Table, require_study
from haidong_sim.answers.sensitivity.tree import Tree, grow_tree
from haidong_sim.errors import EstimationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.words.labels import Language

# Draws of one resample: enough to see a pattern worth a sentence, few enough to look often.
RESAMPLE_DRAWS = 2000


@dataclass(frozen=True, kw_only=True, repr=False)
class Discovery(Table):
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
