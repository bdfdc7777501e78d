"""PAWN: how far knowing an input moves an outcome's whole distribution (Pianosi and Wagener 2015, 2018)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.sensitivity.binning import bin_inputs
from haidong_sim.sensitivity.ranks import rank_draws
from haidong_sim.sensitivity.study import (
    Floats,
    Integers,
    Labels,
    Rng,
    Table,
    flat_notes,
    is_flat,
    require_study,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

# Permutations that give the 95% level of the statistics when input and outcome have nothing in common.
NULL_DRAWS = 400
NULL_SIZE = 4096


@dataclass(frozen=True, kw_only=True, repr=False)
class Pawn(Table):
    """Kolmogorov-Smirnov distances between conditional and unconditional outcomes, shape (row, input)."""

    labels: Labels
    median: Floats
    maximum: Floats
    mean: Floats
    null_median: float
    flat: NDArray[np.bool_]
    n: int
    bins: int

    def frame(self) -> pd.DataFrame:
        """Return outcome, [year], input, pawn_median, pawn_mean, pawn_max, null_95, distinguishable, note."""
        return self.labels.frame(
            {
                "pawn_median": self.median,
                "pawn_mean": self.mean,
                "pawn_max": self.maximum,
                "null_95": self.null_median,
                "distinguishable": self.median > self.null_median,
                "n": self.n,
                "method": f"PAWN, {self.bins} bins",
                "note": flat_notes(self.flat),
            }
        )


def estimate_pawn(
    inputs: ArrayLike,
    outputs: ArrayLike,
    *,
    input_names: Sequence[str] | None = None,
    outcome_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
    bins: int = 10,
    levels: int = 1024,
    rng: Rng = None,
) -> Pawn:
    """Estimate the PAWN index of every input for every outcome and year.

    For each of `bins` equal-count bins of an input, the largest distance between the distribution function of
    the outcome inside the bin and that of all draws; summarised over bins by median, mean and maximum.
    Distribution functions are compared at `levels` quantiles of the outcome, exactly so when the run has no
    more draws than levels. `null_95` is the level that the median passes in one run of twenty by chance
    alone.

    Parameters
    ----------
    inputs : shape (input, draw); outputs : shape ([year,] outcome, draw)

    Raises
    ------
    ModelError
        If an output is not finite.
    EstimationError
        If the shapes do not fit.
    """
    study = require_study(inputs, outputs, input_names=input_names, outcome_names=outcome_names, years=years)
    n = study.inputs.shape[1]
    levels = min(levels, n)
    cells = bin_inputs(study.inputs, bins)
    within = [cells.codes[:, number].astype(np.int64) - number * bins for number in range(len(study.inputs))]
    flat = is_flat(study.outputs)
    distance = np.zeros((len(study.outputs), len(study.inputs), bins))
    for row in np.flatnonzero(~flat):
        level = _levels(study.outputs[row : row + 1], levels)
        for number, code in enumerate(within):
            distance[row, number] = ks_by_bin(code, level, bins=bins, levels=levels)
    return Pawn(
        labels=study.labels,
        median=np.nanmedian(distance, axis=2),
        maximum=np.nanmax(distance, axis=2),
        mean=np.nanmean(distance, axis=2),
        null_median=_null_median(n, bins, levels, np.random.default_rng(rng)),
        flat=flat,
        n=n,
        bins=bins,
    )


def ks_by_bin(code: Integers, level: Integers, *, bins: int, levels: int) -> Floats:
    """Return the largest distance between each bin's distribution function and the overall one, shape (bin,).

    `code` is the bin and `level` the quantile level of each draw; an empty bin gives NaN.
    """
    counts = np.bincount(code * levels + level, minlength=bins * levels).reshape(bins, levels)
    cumulative = counts.cumsum(axis=1, dtype=np.float64)
    size = cumulative[:, -1:]
    overall = cumulative.sum(axis=0) / len(code)
    share = np.divide(cumulative, size, out=np.full_like(cumulative, np.nan), where=size > 0)
    return np.asarray(np.abs(share - overall).max(axis=1))


def _levels(row: Floats, levels: int) -> Integers:
    """Return the quantile level of each draw, 0 … levels-1; equal values share a level."""
    highest = rank_draws(row)[1][0]
    return np.asarray(np.ceil(highest * (levels / row.shape[1]) - 1e-9), dtype=np.int64) - 1


def _null_median(n: int, bins: int, levels: int, rng: np.random.Generator) -> float:
    """Return the 95% quantile of the median distance between independent continuous variables.

    Distances of independent variables shrink with the square root of the draws, so that more than
    `NULL_SIZE` draws need not be shuffled.
    """
    size = min(n, NULL_SIZE)
    levels = min(levels, size)
    code = np.arange(size, dtype=np.int64) * bins // size
    level = np.arange(size, dtype=np.int64) * levels // size
    draws = [
        np.median(ks_by_bin(code, rng.permutation(level), bins=bins, levels=levels))
        for _ in range(NULL_DRAWS)
    ]
    return float(np.quantile(draws, 0.95) * np.sqrt(size / n))
