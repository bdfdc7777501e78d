"""Ranks of draws, and Spearman's rank correlation of every outcome with every input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from haidong_sim.sensitivity.study import Floats, Labels, Table, flat_notes, is_flat, require_study

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, kw_only=True, repr=False)
class RankCorrelation(Table):
    """Spearman correlations with approximate intervals, arrays of shape (row, input)."""

    labels: Labels
    rho: Floats
    ci_low: Floats
    ci_high: Floats
    flat: NDArray[np.bool_]
    n: int

    def frame(self) -> pd.DataFrame:
        """Return outcome, [year], input, rank_correlation, ci_low, ci_high, distinguishable, note."""
        return self.labels.frame(
            {
                "rank_correlation": self.rho,
                "ci_low": self.ci_low,
                "ci_high": self.ci_high,
                "distinguishable": self.ci_low * self.ci_high > 0,
                "n": self.n,
                "method": "spearman",
                "note": flat_notes(self.flat),
            }
        )


def rank_draws(values: Floats) -> tuple[Floats, Floats]:
    """Rank the draws of each row (row, draw) from 1: returns mid-ranks and highest ranks of equal values."""
    middle = np.empty(values.shape)
    highest = np.empty(values.shape)
    n = values.shape[1]
    for row, line in enumerate(values):
        order = np.argsort(line)
        ordered = line[order]
        last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)) + 1.0
        if last.size == n:
            middle[row, order] = highest[row, order] = last
            continue
        size = np.diff(last, prepend=0.0)
        repeats = size.astype(np.int64)
        middle[row, order] = np.repeat(last - (size - 1) / 2, repeats)
        highest[row, order] = np.repeat(last, repeats)
    return middle, highest


def estimate_rank_correlation(
    inputs: ArrayLike,
    outputs: ArrayLike,
    *,
    input_names: Sequence[str] | None = None,
    outcome_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
    confidence: float = 0.95,
) -> RankCorrelation:
    """Estimate Spearman's rank correlation of every outcome (and year) with every input.

    Intervals are on Fisher's scale with the variance of Bonett and Wright (2000), (1 + ρ²/2)/(n − 3).

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
    flat = is_flat(study.outputs)
    rho = _standardise(rank_draws(study.outputs)[0]) @ _standardise(rank_draws(study.inputs)[0]).T
    rho[flat] = 0.0
    scale = np.arctanh(np.clip(rho, -1 + 1e-15, 1 - 1e-15))
    spread = ndtri(0.5 + confidence / 2) * np.sqrt((1 + rho**2 / 2) / max(n - 3, 1))
    spread[flat] = 0.0
    return RankCorrelation(
        labels=study.labels,
        rho=rho,
        ci_low=np.tanh(scale - spread),
        ci_high=np.tanh(scale + spread),
        flat=flat,
        n=n,
    )


def _standardise(ranks: Floats) -> Floats:
    """Centre each row and scale it to length one; a constant row becomes zero."""
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    length = np.sqrt(np.einsum("rd,rd->r", centred, centred))[:, None]
    return np.asarray(np.divide(centred, length, out=np.zeros_like(centred), where=length > 0))
