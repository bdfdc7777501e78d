"""The smallest move of one input that flips a status: of a probability, or of a deterministic margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.answers.sensitivity.marginals import Marginal, apply_marginals
from haidong_sim.answers.sensitivity.one_at_a_time import estimate_one_at_a_time
from haidong_sim.answers.sensitivity.study import Floats, Labels, Model, Table
from haidong_sim.answers.sensitivity.verdicts import (
    Verdicts,
    discrete_notes,
    require_verdicts,
    score_covariance,
)
from haidong_sim.errors import EstimationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

# A reweighted run keeps at least this share of its draws' worth, or the move is out of its reach.
LEAST_WORTH = 0.1
STEPS = 41
# Draws reweighted at a time: their weights under all shifts stay in the processor's cache.
DRAWS_AT_ONCE = 2048
# Standard errors that an effect must exceed, as one idle input of a thousand does: where the chance stands
# close to a bound, noise alone could cross it.
LEAST_EFFECT = 3.3


@dataclass(frozen=True, kw_only=True, repr=False)
class Flips(Table):
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
