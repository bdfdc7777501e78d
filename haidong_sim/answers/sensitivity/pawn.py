"""PAWN: how far knowing an input moves an outcome's whole distribution (Pianosi and Wagener 2015, 2018)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from haidong_sim.answers.sensitivity.study import (
    Floats,
    Integers,
    Labels,
    Study,
    cut_evenly,
    flat_notes,
    require_study,
)
from haidong_sim.run import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

# Permutations that give the 95% level of the statistics when input and outcome have nothing in common.
NULL_DRAWS = 400
NULL_SIZE = 4096


@dataclass(frozen=True, kw_only=True, repr=False)
class Pawn(Answer):
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
    levels: int = 256,
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
    return measure_distances(study, bins=bins, levels=levels)


def measure_distances(study: Study, *, bins: int = 10, levels: int = 256) -> Pawn:
    """Estimate the PAWN indices of a study that has been checked."""
    n = study.inputs.shape[1]
    levels = min(levels, n)
    # The least integers that hold a cell: what is counted must pass through the cache.
    integer = np.min_scalar_type(bins**2 * levels - 1)
    level = cut_evenly(study.output_ranks, levels).astype(integer)
    codes = cut_evenly(study.input_ranks, bins).astype(integer)
    distance = np.zeros((len(level), len(study.inputs), bins))
    for rows, own in study.asked:
        pairs = _pairs_of_inputs(codes[own], bins) * integer.type(levels)
        for row in np.flatnonzero(~study.flat[rows]) + rows.start:
            counts = np.stack(
                [
                    np.bincount(pair + level[row], minlength=bins**2 * levels).reshape(bins, bins, levels)
                    for pair in pairs
                ]
            )
            each = np.stack([counts.sum(axis=2), counts.sum(axis=1)], axis=1).reshape(-1, bins, levels)
            distance[row, own] = ks_by_bin(each[: len(codes[own])])
    return Pawn(
        labels=study.labels,
        median=np.nanmedian(distance, axis=2),
        maximum=np.nanmax(distance, axis=2),
        mean=np.nanmean(distance, axis=2),
        null_median=_null_median(n, bins, levels),
        flat=study.flat,
        n=n,
        bins=bins,
    )


def ks_by_bin(counts: Integers) -> Floats:
    """Return the largest distance between each bin's distribution function and the overall one.

    `counts` (input, bin, level) are draws; the distances are (input, bin), an empty bin gives NaN.
    """
    cumulative = counts.cumsum(axis=-1, dtype=np.float64)
    size = cumulative[..., -1:].copy()
    overall = cumulative.sum(axis=-2, keepdims=True) / size.sum(axis=-2, keepdims=True)
    cumulative /= np.where(size > 0, size, np.nan)
    cumulative -= overall
    return np.asarray(np.abs(cumulative, out=cumulative).max(axis=-1))


def _pairs_of_inputs(codes: NDArray[np.unsignedinteger[Any]], bins: int) -> NDArray[np.unsignedinteger[Any]]:
    """Return one code for the bins of two inputs at a time, shape (pair, draw); the last may be alone twice.

    Counting a draw costs more than adding up the counts of a pair: this halves the work.
    """
    even = codes if len(codes) % 2 == 0 else np.concatenate([codes, codes[-1:]])
    return np.asarray(even[0::2] * codes.dtype.type(bins) + even[1::2])


@cache
def _null_median(n: int, bins: int, levels: int) -> float:
    """Return the 95% quantile of the median distance between independent continuous variables.

    Distances of independent variables shrink with the square root of the draws, so that more than
    `NULL_SIZE` draws need not be shuffled. The level belongs to the sizes, not to a run: it has a stream of
    its own.
    """
    size = min(n, NULL_SIZE)
    levels = min(levels, size)
    rng = np.random.default_rng(0)
    code = np.arange(size) * bins // size * levels
    level = np.arange(size) * levels // size
    counts = np.stack(
        [np.bincount(code + rng.permutation(level), minlength=bins * levels) for _ in range(NULL_DRAWS)]
    )
    medians = np.median(ks_by_bin(counts.reshape(-1, bins, levels)), axis=1)
    return float(np.quantile(medians, 0.95) * np.sqrt(size / n))
