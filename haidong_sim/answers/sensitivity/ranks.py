"""Spearman's rank correlation of every outcome with every input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from haidong_sim.answers.sensitivity.study import Floats, Labels, Study, flat_notes, require_study
from haidong_sim.run import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.answers.sensitivity.study import Ranks


@dataclass(frozen=True, kw_only=True, repr=False)
class RankCorrelation(Answer):
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
    return correlate_ranks(study, confidence)


def correlate_ranks(study: Study, confidence: float) -> RankCorrelation:
    """Estimate the rank correlations of a study that has been checked."""
    n = study.inputs.shape[1]
    rho = _centred(study.output_ranks) @ _centred(study.input_ranks).T
    # What is constant up to rounding has ranks all the same.
    rho[study.flat] = 0.0
    scale = np.arctanh(np.clip(rho, -1 + 1e-15, 1 - 1e-15))
    spread = ndtri(0.5 + confidence / 2) * np.sqrt((1 + rho**2 / 2) / max(n - 3, 1))
    spread[study.flat] = 0.0
    return RankCorrelation(
        labels=study.labels,
        rho=rho,
        ci_low=np.tanh(scale - spread),
        ci_high=np.tanh(scale + spread),
        flat=study.flat,
        n=n,
    )


def _centred(ranks: Ranks) -> Floats:
    """Return mid-ranks, centred and scaled to length one; a constant row becomes zero."""
    centred = np.empty(ranks.below.shape)
    # Row by row, while a row is in the cache.
    for row, below in enumerate(ranks.below):
        # Twice the mid-rank less twice its mean, which is the same whatever is tied: whole numbers.
        line = np.add(below, ranks.upto[row], out=centred[row])
        line -= line.size
        line *= 1 / max(np.sqrt(line @ line), 1.0)
    return centred
