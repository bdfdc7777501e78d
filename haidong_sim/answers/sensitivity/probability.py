"""How each target's probability answers to the mean and the spread of each input, from draws already made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from haidong_sim.answers.sensitivity.study import UNSEEN, Floats, Labels, Table
from haidong_sim.answers.sensitivity.verdicts import (
    Verdicts,
    discrete_notes,
    require_verdicts,
    score_covariance,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, kw_only=True, repr=False)
class ProbabilitySensitivity(Table):
    """Derivatives of each target's probability, arrays of shape (row, input).

    `to_mean` is per unit of the input's mean, `to_sd` per unit of its standard deviation; `mean_effect` and
    `sd_effect` are the same times the input's own sd, so that they compare across inputs.
    """

    labels: Labels
    probability: Floats
    to_mean: Floats
    to_mean_se: Floats
    to_sd: Floats
    to_sd_se: Floats
    sd: Floats
    continuous: NDArray[np.bool_]
    confidence: float

    def frame(self) -> pd.DataFrame:
        """Return target, [year], input, probability, dp_dmean, dp_dsd, intervals and effects of one sd."""
        z = ndtri(0.5 + self.confidence / 2)
        constant = ((self.probability == 0) | (self.probability == 1))[:, None]
        seen = np.abs(self.to_mean) > z * self.to_mean_se
        known = np.where(self.continuous, np.where(seen, "", UNSEEN), discrete_notes(self.continuous))
        note = np.where(constant, "the verdict is the same in every draw", known)
        return self.labels.frame(
            {
                "probability": self.probability[:, None],
                "dp_dmean": self.to_mean,
                "dp_dmean_conf": z * self.to_mean_se,
                "dp_dsd": self.to_sd,
                "dp_dsd_conf": z * self.to_sd_se,
                "mean_effect": self.to_mean * self.sd,
                "sd_effect": self.to_sd * self.sd,
                "distinguishable": seen,
                "method": "score function",
                "note": note,
            }
        ).rename(columns={"outcome": "target"})


def estimate_probability_sensitivity(
    inputs: ArrayLike,
    met: ArrayLike,
    *,
    input_names: Sequence[str] | None = None,
    target_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
    confidence: float = 0.95,
) -> ProbabilitySensitivity:
    """Estimate the derivatives of P(target met) with respect to each input's mean and standard deviation.

    The score-function (likelihood-ratio) estimator of Rubinstein (1986) on normal scores under a Gaussian
    copula: an input is shifted or stretched on that scale, all others keep their marginals. For normal inputs
    this is the derivative to the mean and the sd; for others the shift is the one that keeps the shape of the
    scores.

    Parameters
    ----------
    inputs : shape (input, draw)
    met : shape ([year,] target, draw)
        True where the target is met.

    Raises
    ------
    EstimationError
        If a verdict is neither true nor false, or the inputs repeat each other.
    """
    given = require_verdicts(inputs, met, input_names=input_names, target_names=target_names, years=years)
    probability = given.met.mean(axis=1)
    stretch = given.scores * given.pull
    shift_unit, stretch_unit = _natural_units(given)
    to_mean, to_mean_se = score_covariance(given.met, probability, given.pull)
    to_sd, to_sd_se = score_covariance(given.met, probability, stretch)
    return ProbabilitySensitivity(
        labels=given.labels,
        probability=probability,
        to_mean=to_mean / shift_unit,
        to_mean_se=to_mean_se / shift_unit,
        to_sd=to_sd / stretch_unit,
        to_sd_se=to_sd_se / stretch_unit,
        sd=given.inputs.std(axis=1),
        continuous=given.continuous,
        confidence=confidence,
    )


def _natural_units(given: Verdicts) -> tuple[Floats, Floats]:
    """Return how mean and sd of each input move with a unit shift and a unit stretch of its normal score."""
    centred = given.inputs - given.inputs.mean(axis=1, keepdims=True)
    sd = np.where(given.continuous, centred.std(axis=1), np.nan)
    shift = (centred * given.scores).mean(axis=1)
    stretch = (centred**2 * (given.scores**2 - 1)).mean(axis=1) / (2 * np.where(sd > 0, sd, np.nan))
    return np.where(given.continuous, shift, np.nan), np.where(given.continuous, stretch, np.nan)
