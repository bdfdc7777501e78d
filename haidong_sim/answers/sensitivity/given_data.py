"""First-order indices from the ordinary run: how much of each outcome's variance one input explains alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import fdtrc, ndtri

from haidong_sim.answers.sensitivity.study import (
    UNSEEN,
    Floats,
    Integers,
    Labels,
    Study,
    cut_evenly,
    flat_notes,
    require_study,
    row_blocks,
    standardised,
    sum_by_bin,
)
from haidong_sim.run import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

METHOD = "given data, binned, local-linear"
# A bin whose input varies less than this, as a part of its sum of squares, has no slope to fit: rounding.
NO_SPREAD = 1e-12
# Draws whose influence on an index is looked at: they give its standard error to a few percent.
LOOKED_AT = 2048
# Draws that tell which inputs are correlated: four standard errors are then 0.05.
CORRELATED = 6400
# Draws summed at a time: their bins, positions and outcomes stay in the processor's cache.
DRAWS_AT_ONCE = 4096


@dataclass(frozen=True, kw_only=True, repr=False)
class FirstOrder(Answer):
    """First-order indices with intervals, arrays of shape (row, input)."""

    labels: Labels
    s1: Floats
    s1_conf: Floats
    p_value: Floats
    distinguishable: NDArray[np.bool_]
    dependent: NDArray[np.bool_]
    flat: NDArray[np.bool_]
    confidence: float
    n: int

    def frame(self) -> pd.DataFrame:
        """Return outcome, [year], input, S1, S1_conf, ci_low, ci_high, p_value, distinguishable, note."""
        lumped = np.where(self.dependent, "S1 includes the part shared with correlated inputs", "").astype(
            object
        )
        unseen = np.where(self.distinguishable, "", UNSEEN).astype(object)
        joined = np.where((unseen != "") & (lumped != ""), unseen + "; " + lumped, unseen + lumped)
        return self.labels.frame(
            {
                "S1": self.s1,
                "S1_conf": self.s1_conf,
                "ci_low": self.s1 - self.s1_conf,
                "ci_high": self.s1 + self.s1_conf,
                "p_value": self.p_value,
                "distinguishable": self.distinguishable,
                "n": self.n,
                "method": METHOD,
                "note": np.where(self.flat[:, None], flat_notes(self.flat), joined),
            }
        )


def estimate_first_order(
    inputs: ArrayLike,
    outputs: ArrayLike,
    *,
    input_names: Sequence[str] | None = None,
    outcome_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
    bins: int | None = None,
    confidence: float = 0.95,
) -> FirstOrder:
    """Estimate Var(E[Y|X_i]) / Var(Y) for all inputs, outcomes and years from draws already made.

    Each input is cut into bins of equal counts and the outcome is fitted by one straight line per bin; the
    index is the adjusted R² of that fit, so that noise within bins adds nothing. Inputs may depend on each
    other: an index then includes what the input shares with others, and says so. Intervals come from the
    influence of single draws on the index, (1 − S) y² − e² of a standardised outcome y with residual e (the
    delta method for a ratio of variances); they agree with those of a bootstrap, and cover an index of zero
    more often than they say. `distinguishable` asks for an F test, corrected for the number of inputs, and
    for an interval above zero (the F test alone is fooled where an input moves the outcome's spread but not
    its mean).

    Parameters
    ----------
    inputs : shape (input, draw); outputs : shape ([year,] outcome, draw)
    bins : int, optional
        Bins per input; by default the cube root of the number of draws, within 4 and 32.

    Raises
    ------
    ModelError
        If an output is not finite.
    EstimationError
        If the shapes do not fit.
    """
    study = require_study(inputs, outputs, input_names=input_names, outcome_names=outcome_names, years=years)
    return explain_alone(study, bins=bins, confidence=confidence)


def explain_alone(study: Study, *, bins: int | None = None, confidence: float) -> FirstOrder:
    """Estimate the first-order indices of a study that has been checked."""
    n_inputs, n = study.inputs.shape
    width = int(np.clip(round(n ** (1 / 3)), 4, 32)) if bins is None else bins
    inputs, outcomes = standardised(study.inputs), standardised(study.outputs)
    codes = cut_evenly(study.input_ranks, width)
    index, error, p_value = np.zeros((3, len(outcomes), n_inputs))
    for rows, own in study.asked:
        for some in row_blocks(rows):
            lines = _fit_lines(inputs[own], codes[own], width, outcomes[some])
            index[some, own], p_value[some, own] = _adjusted(lines, n)
            error[some, own] = _standard_error(
                lines, index[some, own], inputs[own], codes[own], outcomes[some]
            )
    index[study.flat], error[study.flat], p_value[study.flat] = 0.0, 0.0, 1.0
    half_width = ndtri(0.5 + confidence / 2) * error
    return FirstOrder(
        labels=study.labels,
        s1=index,
        s1_conf=half_width,
        p_value=p_value,
        distinguishable=(p_value * study.is_asked.sum(axis=1, keepdims=True) < 1 - confidence)
        & (index > half_width),
        dependent=_correlated(inputs, study.is_asked),
        flat=study.flat,
        confidence=confidence,
        n=n,
    )


def _correlated(inputs: Floats, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which standardised inputs correlate with another one beyond four standard errors and 0.05.

    Only inputs that are `asked` (row, input) about the same row count.
    """
    some = inputs[:, _evenly(inputs.shape[1], CORRELATED)]
    correlation = np.abs(some @ some.T / some.shape[1])
    correlation[~(asked.T @ asked)] = 0
    np.fill_diagonal(correlation, 0)
    return np.asarray(correlation.max(axis=1) > max(0.05, 4 / np.sqrt(some.shape[1])))


def _evenly(n: int, most: int) -> Integers:
    """Return the numbers of at most `most` draws out of `n`, evenly spaced."""
    return np.arange(0, n, -(-n // most))


@dataclass(frozen=True, kw_only=True)
class _Lines:
    """One straight line per bin of each input, a + b x, for each outcome.

    `at_zero` and `slope` (input, bin, row); `explained` (row, input) is the sum of squares that the lines
    explain, `parameters` (input,) how many they use beside the overall mean.
    """

    at_zero: Floats
    slope: Floats
    explained: Floats
    parameters: Floats


def _fit_lines(
    inputs: Floats, codes: NDArray[np.unsignedinteger[Any]], width: int, outcomes: Floats
) -> _Lines:
    """Fit the lines to standardised inputs (input, draw) and outcomes (row, draw), given the bins."""
    # An outcome of ones gives the count of each bin and its sum of x.
    with_ones = np.vstack([outcomes, np.ones(outcomes.shape[1])])
    sums: Floats = np.zeros(1)
    for start in range(0, outcomes.shape[1], DRAWS_AT_ONCE):
        own = slice(start, start + DRAWS_AT_ONCE)
        sums = sums + sum_by_bin(codes[:, own], width, with_ones[:, own], inputs[:, own])
    sum_y, sum_xy = sums[..., :-1]
    count, sum_x = sums[..., -1:]
    sum_xx = np.stack(
        [np.bincount(code, values**2, minlength=width) for code, values in zip(codes, inputs, strict=True)]
    )[:, :, None]
    per_count = np.divide(1.0, count, out=np.zeros_like(count), where=count > 0)
    spread = sum_xx - sum_x**2 * per_count
    sloped = (spread > NO_SPREAD * sum_xx) & (count > 2)
    cross = sum_xy - sum_x * per_count * sum_y
    slope = np.divide(cross, spread, out=np.zeros_like(cross), where=sloped)
    return _Lines(
        at_zero=(sum_y - slope * sum_x) * per_count,
        slope=slope,
        explained=(sum_y**2 * per_count + cross * slope).sum(axis=1).T,
        parameters=((count > 0).sum(axis=(1, 2)) - 1 + sloped.sum(axis=(1, 2))).astype(np.float64),
    )


def _adjusted(lines: _Lines, n: int) -> tuple[Floats, Floats]:
    """Return the adjusted R² of the lines and its F-test p value, both (row, input)."""
    freedom = np.maximum(n - lines.parameters - 1, 1)
    residual = np.maximum(n - lines.explained, 0) / freedom
    ratio = np.full(residual.shape, np.inf)
    by_chance = lines.parameters * residual
    np.divide(lines.explained, by_chance, out=ratio, where=by_chance > 0)
    # A constant input has no parameter and explains nothing.
    used = lines.parameters > 0
    index = np.where(used, 1 - residual * (n - 1) / n, 0.0)
    return index, np.where(used, fdtrc(np.maximum(lines.parameters, 1), freedom, ratio), 1.0)


def _standard_error(
    lines: _Lines,
    index: Floats,
    inputs: Floats,
    codes: NDArray[np.unsignedinteger[Any]],
    outcomes: Floats,
) -> Floats:
    """Return the standard error of each index (row, input)."""
    n = outcomes.shape[1]
    chosen = _evenly(n, LOOKED_AT)
    y = np.ascontiguousarray(outcomes[:, chosen].T)
    unused = np.maximum(n - lines.parameters - 1, 1) / n
    error = np.empty_like(index)
    for number, (code, x) in enumerate(zip(codes[:, chosen], inputs[:, chosen], strict=True)):
        residual = y - lines.at_zero[number, code] - lines.slope[number, code] * x[:, None]
        influence = (1 - index[:, number]) * y**2 - residual**2 / unused[number]
        # The lines follow the noise of all draws; what that gives an index by chance is in the spread twice.
        by_chance = 2 * lines.parameters[number] * ((1 - index[:, number]) / n) ** 2
        error[:, number] = np.sqrt(np.maximum(influence.var(axis=0) / n - by_chance, by_chance))
    return error
