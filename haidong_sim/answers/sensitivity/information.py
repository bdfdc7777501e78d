"""Value of information: which statistic, if it were known exactly, would most change the verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.answers.sensitivity.study import (
    UNSEEN,
    Floats,
    Labels,
    Rng,
    cut_evenly,
    require_study,
    row_blocks,
    split_draws,
    sum_by_bin,
)
from haidong_sim.errors import EstimationError
from haidong_sim.run import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike


@dataclass(frozen=True, kw_only=True, repr=False)
class InformationValue(Answer):
    """What knowing each input is worth for each verdict, arrays of shape (row, input).

    `value` is the fall in the probability of a wrong yes/no verdict; `perfect` (row,) what knowing everything
    would give; `light_change` the probability that knowing the input puts the target under another light.
    """

    labels: Labels
    probability: Floats
    perfect: Floats
    value: Floats
    value_se: Floats
    light_change: Floats

    def frame(self) -> pd.DataFrame:
        """Return target, [year], input, rank, probability, value_of_information, its limit, light_change."""
        rank = (
            np.argsort(np.argsort(-(self.value + 1e-9 * self.light_change), axis=1, kind="stable"), axis=1)
            + 1
        )
        return self.labels.frame(
            {
                "rank": rank,
                "probability": self.probability[:, None],
                "value_of_information": self.value,
                "value_se": self.value_se,
                "perfect_information": self.perfect[:, None],
                "light_change": self.light_change,
                "method": "EVPPI, binned, cross-fitted",
                "note": np.where(self.value > 1.96 * self.value_se, "", UNSEEN),
            }
        ).rename(columns={"outcome": "target"})


def estimate_information_value(
    inputs: ArrayLike,
    met: ArrayLike,
    *,
    lights: Sequence[float] = (0.3, 0.7),
    bins: int = 20,
    groups: int = 16,
    input_names: Sequence[str] | None = None,
    target_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
    rng: Rng = None,
) -> InformationValue:
    """Estimate how much knowing one input exactly would improve each verdict.

    A verdict says "met" where the probability is at least one half. Without more knowledge it is wrong with
    probability min(P, 1 − P); knowing input i it is wrong with E[min(P_i, 1 − P_i)], P_i the probability
    given the input. Probabilities given the input come from bins; the verdict of each group of draws is
    decided by the other groups, so that noise does not pass for knowledge.

    Parameters
    ----------
    inputs : shape (input, draw); met : shape ([year,] target, draw), true where met

    Raises
    ------
    EstimationError
        If a verdict is neither true nor false, or there are fewer than two groups.
    """
    study = require_study(inputs, met, input_names=input_names, outcome_names=target_names, years=years)
    n = study.inputs.shape[1]
    if not np.isin(study.outputs, (0.0, 1.0)).all() or min(groups, n) < 2:
        raise EstimationError("verdicts must be true or false in every draw, and draws in two groups or more")
    parts = split_draws(n, min(groups, n), np.random.default_rng(rng))
    codes = cut_evenly(study.input_ranks, bins)
    counts = np.stack([sum_by_bin(codes[:, part], bins, np.ones((1, part.size)))[0] for part in parts])
    bounds = np.sort(np.asarray(lights, dtype=np.float64))
    value, value_se, change = np.empty((3, len(study.outputs), len(study.inputs)))
    for rows in row_blocks(slice(0, len(study.outputs))):
        hits = np.stack([sum_by_bin(codes[:, part], bins, study.outputs[rows][:, part])[0] for part in parts])
        for number in range(len(study.inputs)):
            gain = _gain(hits[:, number], counts[:, number])
            value[rows, number] = gain.sum(axis=0) / n
            value_se[rows, number] = gain.std(axis=0, ddof=1) * np.sqrt(len(parts)) / n
            change[rows, number] = _light_change(
                hits[:, number].sum(axis=0), counts[:, number].sum(axis=0), bounds
            )
    probability = study.outputs.mean(axis=1)
    return InformationValue(
        labels=study.labels,
        probability=probability,
        perfect=np.minimum(probability, 1 - probability),
        value=value,
        value_se=value_se,
        light_change=change,
    )


def _gain(hits: Floats, counts: Floats) -> Floats:
    """Return, per group, the wrong verdicts avoided by knowing the bin.

    `hits` (group, bin, row) are draws that meet the target, `counts` (group, bin, 1) all draws.
    """
    others_hit, others = hits.sum(axis=0) - hits, counts.sum(axis=0) - counts
    overall = others_hit.sum(axis=1, keepdims=True) >= 0.5 * others.sum(axis=1, keepdims=True)
    informed = np.where(others > 0, others_hit >= 0.5 * others, overall)
    wrong_blind = np.where(overall, counts - hits, hits)
    wrong_informed = np.where(informed, counts - hits, hits)
    return np.asarray((wrong_blind - wrong_informed).sum(axis=1))


def _light_change(hits: Floats, counts: Floats, bounds: Floats) -> Floats:
    """Return the probability that the light given the bin is not the overall light; hits (bin, row)."""
    given = np.divide(hits, counts, out=np.zeros_like(hits), where=counts > 0)
    overall = hits.sum(axis=0) / counts.sum()
    other = np.searchsorted(bounds, given, side="right") != np.searchsorted(bounds, overall, side="right")
    return np.asarray((other * counts).sum(axis=0) / counts.sum())
