"""Which input turns a verdict, how far it has to move, and how a probability answers to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from haidong_sim.answers.sensitivity.one_at_a_time import estimate_one_at_a_time
from haidong_sim.answers.sensitivity.study import (
    UNSEEN,
    Floats,
    Labels,
    Marginal,
    Model,
    apply_marginals,
    require_study,
)
from haidong_sim.errors import EstimationError
from haidong_sim.run import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

# An input with fewer different values has no density to shift; its conventions are separate scenarios.
FEWEST_VALUES = 20


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """Inputs, their normal scores and their conjugate scores, and targets met (row, draw) as 0 and 1.

    `scores` (input, draw) are normal scores z; `pull` is R⁻¹z, the derivative of the log density of the draws
    with respect to a shift of each score, and `strength` (input,) the diagonal of R⁻¹.
    """

    inputs: Floats
    met: Floats
    labels: Labels
    scores: Floats
    pull: Floats
    strength: Floats
    continuous: NDArray[np.bool_]


def require_verdicts(
    inputs: ArrayLike,
    met: ArrayLike,
    *,
    input_names: Sequence[str] | None = None,
    target_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
) -> Verdicts:
    """Check inputs (input, draw) and verdicts ([year,] target, draw), and put the inputs on a normal scale.

    Raises
    ------
    EstimationError
        If a verdict is neither true nor false, or the inputs repeat each other.
    """
    study = require_study(inputs, met, input_names=input_names, outcome_names=target_names, years=years)
    if not np.isin(study.outputs, (0.0, 1.0)).all():
        raise EstimationError(
            "verdicts must be true or false in every draw; leave out targets that are not assessed"
        )
    n = study.inputs.shape[1]
    scores = ndtri((study.input_ranks.below + study.input_ranks.upto) / (2 * n))
    different = [np.count_nonzero(np.bincount(below)) for below in study.input_ranks.below]
    continuous = np.array(different) >= min(FEWEST_VALUES, n)
    scores[~continuous] = 0.0
    length = np.sqrt(np.einsum("id,id->i", scores, scores))[:, None]
    scaled = scores / np.where(length > 0, length, 1)
    correlation = scaled @ scaled.T
    # Correlations within four standard errors of zero are noise, and would only be inverted into more noise.
    correlation[np.abs(correlation) < 4 / np.sqrt(n)] = 0.0
    np.fill_diagonal(correlation, 1.0)
    if np.linalg.eigvalsh(correlation)[0] < 1e-8:
        raise EstimationError("some inputs repeat each other; drop one of them, or move them as one group")
    inverse = np.linalg.inv(correlation)
    return Verdicts(
        inputs=study.inputs,
        met=study.outputs,
        labels=study.labels,
        scores=scores,
        pull=inverse @ scores,
        strength=np.diag(inverse).copy(),
        continuous=continuous,
    )


def discrete_notes(continuous: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return one note per input, shape (1, input): says where an input cannot be moved a little."""
    return np.where(continuous, "", "discrete input: compare scenarios instead").astype(object)[None, :]


def score_covariance(met: Floats, probability: Floats, score: Floats) -> tuple[Floats, Floats]:
    """Return the covariance of verdicts and scores (row, input) and its standard error.

    Scores come from ranks: their spread is the same in every run, and only what they leave of a verdict is
    chance. The error is therefore that of the residual of verdict on score, as in a regression.
    """
    n = met.shape[1]
    centred = score - score.mean(axis=1, keepdims=True)
    share = probability[:, None]
    # Products instead of powers, which cost fifty times as much.
    squared = centred * centred
    cubed = squared * centred
    # Where the verdict never changes the sum is zero but for rounding.
    product = np.where((share > 0) & (share < 1), met @ centred.T / n, 0.0)
    second, third = squared.mean(axis=1), cubed.mean(axis=1)
    fourth = np.einsum("id,id->i", squared, squared) / n
    slope = np.divide(product, second, out=np.zeros_like(product), where=second > 0)
    # (1{met} − P)² is P² where missed and (1 − P)² where met: no pass over target × draw × input for it.
    square = ((1 - 2 * share) * (met @ squared.T) / n) + share**2 * second
    cross = met @ cubed.T / n - share * third
    residual = square - 2 * slope * cross + slope**2 * fourth
    return product, np.sqrt(np.maximum(residual, 0) / n)


# A reweighted run keeps at least this share of its draws' worth, or the move is out of its reach.
LEAST_WORTH = 0.1
STEPS = 41
# Draws reweighted at a time: their weights under all shifts stay in the processor's cache.
DRAWS_AT_ONCE = 2048
# Standard errors that an effect must exceed, as one idle input of a thousand does: where the chance stands
# close to a bound, noise alone could cross it.
LEAST_EFFECT = 3.3


@dataclass(frozen=True, kw_only=True, repr=False)
class Flips(Answer):
    """Smallest moves (row, input) that bring a target to another status; NaN where none is within reach."""

    labels: Labels
    before: Floats
    after: Floats
    value_from: Floats
    value_to: Floats
    in_sd: Floats
    reach: Floats
    continuous: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    method: str

    def frame(self) -> pd.DataFrame:
        """Return target, [year], input, before, after, value_from, value_to, move, move_in_sd, method."""
        far = np.char.add(np.char.add("no move within ", np.char.mod("%.1f", self.reach)), " sd does it")
        note = np.where(np.isnan(self.in_sd), far.astype(object)[None, :], "")
        note = np.where(self.seen, note, "its effect is not distinguishable from zero")
        return self.labels.frame(
            {
                "before": self.before[:, None],
                "after": self.after,
                "value_from": self.value_from,
                "value_to": self.value_to,
                "move": self.value_to - self.value_from,
                "move_in_sd": self.in_sd,
                "method": self.method,
                "note": np.where(self.continuous[None, :], note, discrete_notes(self.continuous)),
            }
        ).rename(columns={"outcome": "target"})


def estimate_probability_flips(
    inputs: ArrayLike,
    met: ArrayLike,
    *,
    thresholds: Sequence[float] = (0.3, 0.7),
    input_names: Sequence[str] | None = None,
    target_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
) -> Flips:
    """Find the smallest shift of each input's mean that carries a target's probability over a threshold.

    The run is reweighted to the shifted input (no new model runs) as far as its draws allow; the nearest
    threshold on either side counts. Defaults are the bounds of the three lights. An input whose effect is not
    distinguishable from zero flips nothing.

    Parameters
    ----------
    inputs : shape (input, draw); met : shape ([year,] target, draw), true where met

    Raises
    ------
    EstimationError
        If a verdict is neither true nor false, or the inputs repeat each other.
    """
    given = require_verdicts(inputs, met, input_names=input_names, target_names=target_names, years=years)
    bounds = np.sort(np.asarray(thresholds, dtype=np.float64))
    probability = given.met.mean(axis=1)
    # Effective share of draws under a shift of d score units is exp(−d²·strength), exactly so for normal
    # scores.
    reach = np.sqrt(-np.log(LEAST_WORTH) / given.strength)
    effect, error = score_covariance(given.met, probability, given.pull)
    seen = np.abs(effect) > LEAST_EFFECT * error
    in_sd = np.full((len(given.met), len(given.inputs)), np.nan)
    after, value = in_sd.copy(), in_sd.copy()
    for number in np.flatnonzero(given.continuous & seen.any(axis=0)):
        shifts = np.linspace(-reach[number], reach[number], STEPS)
        chance, mean = _reweighted(given, int(number), shifts)
        for row in np.flatnonzero(seen[:, number]):
            in_sd[row, number], after[row, number] = _nearest_crossing(
                shifts, chance[row], probability[row], bounds
            )
        value[:, number] = np.interp(in_sd[:, number], shifts, mean)
    return Flips(
        labels=given.labels,
        before=probability,
        after=after,
        value_from=np.broadcast_to(given.inputs.mean(axis=1), in_sd.shape),
        value_to=value,
        in_sd=in_sd,
        reach=reach,
        continuous=given.continuous,
        seen=seen,
        method="shifted mean, reweighted draws",
    )


def estimate_margin_flips(
    model: Model,
    marginals: Mapping[str, Marginal],
    *,
    target_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
    reach: float = 2.5,
) -> Flips:
    """Find the smallest move of each input from its median at which a target's margin changes sign.

    Parameters
    ----------
    model : callable
        Takes inputs (input, draw) and returns margins ([year,] target, draw), at least zero where met.
    reach : float
        Moves are sought up to this many normal-score units to either side.

    Raises
    ------
    ModelError
        If a margin is not finite.
    """
    from scipy.special import ndtr

    shifts = np.linspace(-reach, reach, STEPS)
    legs = estimate_one_at_a_time(
        model, marginals, levels=tuple(ndtr(shifts)), outcome_names=target_names, years=years
    )
    n_rows, n_inputs = legs.outcomes.shape[:2]
    met = (legs.base >= 0).astype(np.float64)
    in_sd = np.full((n_rows, n_inputs), np.nan)
    for row in range(n_rows):
        for number in range(n_inputs):
            in_sd[row, number] = _nearest_crossing(
                shifts, legs.outcomes[row, number], legs.base[row], np.zeros(1)
            )[0]
    quantiles = list(marginals.values())
    levels = ndtr(np.nan_to_num(in_sd))
    value = np.where(np.isnan(in_sd), np.nan, apply_marginals(quantiles, levels.T).T)
    centre = apply_marginals(quantiles, np.full((n_inputs, 1), 0.5))[:, 0]
    return Flips(
        labels=legs.labels,
        before=met,
        after=np.where(np.isnan(in_sd), np.nan, 1 - met[:, None]),
        value_from=np.broadcast_to(centre, in_sd.shape),
        value_to=value,
        in_sd=in_sd,
        reach=np.full(n_inputs, reach),
        continuous=np.ones(n_inputs, dtype=bool),
        seen=np.ones(in_sd.shape, dtype=bool),
        method="one input moved from its median",
    )


def _reweighted(given: Verdicts, number: int, shifts: Floats) -> tuple[Floats, Floats]:
    """Return P(met) (row, shift) and the input's mean (shift,) when its normal score is shifted."""
    zero, n = len(shifts) // 2, given.met.shape[1]
    met, total, sums = np.zeros((len(given.met), len(shifts))), np.zeros(len(shifts)), np.zeros(len(shifts))
    for start in range(0, n, DRAWS_AT_ONCE):
        own = slice(start, start + DRAWS_AT_ONCE)
        # Even steps to either side of zero multiply the weights by one factor each: one exponential a draw.
        step = np.exp(shifts[zero + 1] * given.pull[number, own])
        weight = np.ones((len(shifts), len(step)))
        for away in range(zero):
            np.multiply(weight[zero + away], step, out=weight[zero + away + 1])
            np.divide(weight[zero - away], step, out=weight[zero - away - 1])
        met += given.met[:, own] @ weight.T
        total += weight.sum(axis=1)
        sums += weight @ given.inputs[number, own]
    return met / total, sums / total


def _nearest_crossing(shifts: Floats, values: Floats, start: float, bounds: Floats) -> tuple[float, float]:
    """Return the shift nearest to zero at which `values` passes a bound, and that bound; NaN if none."""
    best = (np.nan, np.nan)
    zero = np.argmin(np.abs(shifts))
    if abs(shifts[zero]) > 1e-12:
        raise EstimationError("shifts must include zero")
    for bound in bounds:
        above = values >= bound
        for side in (np.arange(zero, len(shifts)), np.arange(zero, -1, -1)):
            changed = np.flatnonzero(above[side] != (start >= bound))
            if not changed.size:
                continue
            stop = side[changed[0]]
            before = side[max(changed[0] - 1, 0)]
            slope = values[stop] - values[before]
            part = (bound - values[before]) / slope if slope else 0.0
            shift = shifts[before] + part * (shifts[stop] - shifts[before])
            if np.isnan(best[0]) or abs(shift) < abs(best[0]):
                best = (float(shift), float(bound))
    return best


@dataclass(frozen=True, kw_only=True, repr=False)
class ProbabilitySensitivity(Answer):
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
