"""First-order indices from the ordinary run: how much of each outcome's variance one input explains alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import fdtrc, stdtrit

from haidong_sim.sensitivity.binning import Bins, bin_inputs, row_blocks, split_draws, sum_by_cell
from haidong_sim.sensitivity.study import (
    UNSEEN,
    Floats,
    Labels,
    Rng,
    Study,
    Table,
    flat_notes,
    is_flat,
    require_study,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

METHOD = "given data, binned, local-linear"
# A bin whose input varies less than this (in squared sd of the input, per draw) has no slope to fit.
NO_SPREAD = 1e-20


@dataclass(frozen=True, kw_only=True, repr=False)
class FirstOrder(Table):
    """First-order indices with bootstrap intervals, arrays of shape (row, input)."""

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
    groups: int = 64,
    resamples: int = 100,
    confidence: float = 0.95,
    rng: Rng = None,
) -> FirstOrder:
    """Estimate Var(E[Y|X_i]) / Var(Y) for all inputs, outcomes and years from draws already made.

    Each input is cut into bins of equal counts and the outcome is fitted by one straight line per bin; the
    index is the adjusted R² of that fit, so that noise within bins adds nothing. Inputs may depend on each
    other: an index then includes what the input shares with others, and says so. Intervals resample random
    groups of draws; `distinguishable` asks for an F test, corrected for the number of inputs, and for an
    interval above zero (the F test alone is fooled where an input moves the outcome's spread but not its
    mean).

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
    n_inputs, n = study.inputs.shape
    generator = np.random.default_rng(rng)
    width = int(np.clip(round(n ** (1 / 3)), 4, 32)) if bins is None else bins
    parts = split_draws(n, min(groups, n), generator)
    weights = generator.multinomial(len(parts), np.full(len(parts), 1 / len(parts)), size=resamples)
    # First line: the sample itself; the others: its resamples.
    weighted = np.vstack([np.ones(len(parts)), weights])
    binned = bin_inputs(study.inputs, width)
    index = np.empty((resamples + 1, len(study.labels.rows), n_inputs))
    p_value = np.empty(index.shape[1:])
    for rows in row_blocks(index.shape[1]):
        index[:, rows], p_value[rows] = _explained(study, rows, binned, parts, weighted)
    spread = index[1:].std(axis=0, ddof=1) * np.sqrt(len(parts) / (len(parts) - 1))
    half_width = spread * stdtrit(len(parts) - 1, 0.5 + confidence / 2)
    return FirstOrder(
        labels=study.labels,
        s1=index[0],
        s1_conf=half_width,
        p_value=p_value,
        distinguishable=(p_value < (1 - confidence) / n_inputs) & (index[0] > half_width),
        dependent=correlated_inputs(study.inputs),
        flat=is_flat(study.outputs),
        confidence=confidence,
        n=n,
    )


def correlated_inputs(inputs: Floats) -> NDArray[np.bool_]:
    """Tell which inputs (input, draw) correlate with another one beyond four standard errors and 0.05."""
    spread = inputs.std(axis=1, keepdims=True)
    scaled = (inputs - inputs.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1)
    correlation = np.abs(scaled @ scaled.T / inputs.shape[1])
    np.fill_diagonal(correlation, 0)
    return np.asarray(correlation.max(axis=1) > max(0.05, 4 / np.sqrt(inputs.shape[1])))


def _explained(
    study: Study, rows: slice, bins: Bins, parts: list[NDArray[np.int64]], weights: Floats
) -> tuple[Floats, Floats]:
    """Return the indices of a block of rows (resample, row, input) and their p values (row, input)."""
    outputs = study.outputs[rows]
    flat = is_flat(outputs)
    scale = np.where(flat, 1.0, outputs.std(axis=1))
    centred = np.where(flat[:, None], 0.0, (outputs - outputs.mean(axis=1, keepdims=True)) / scale[:, None])
    position = _position_in_bin(study.inputs, bins)
    sums_y = sum_by_cell(bins, parts, centred)
    sums_xy = sum_by_cell(bins, parts, centred, position)
    sums_x = _count_by_cell(bins, parts, [np.ones_like(position), position, position**2])
    squares = np.stack([np.einsum("rd,rd->r", centred[:, part], centred[:, part]) for part in parts])
    total = weights @ squares - (weights @ sums_y[:, : bins.width].sum(axis=1)) ** 2 / _draws(weights, parts)
    index = np.empty((len(weights), outputs.shape[0], study.inputs.shape[0]))
    p_value = np.empty(index.shape[1:])
    for number in range(study.inputs.shape[0]):
        cells = slice(number * bins.width, (number + 1) * bins.width)
        moments = np.tensordot(weights, sums_x[:, :, cells], axes=(1, 0))
        fit = _fit(
            moments, *(np.tensordot(weights, sums[:, cells], axes=(1, 0)) for sums in (sums_y, sums_xy))
        )
        index[:, :, number], p_value[:, number] = _adjusted(*fit, total, _draws(weights, parts))
    index[:, flat], p_value[flat] = 0.0, 1.0
    return index, p_value


def _draws(weights: Floats, parts: list[NDArray[np.int64]]) -> Floats:
    """Return the number of draws in each resample, shape (resample, 1)."""
    return weights @ np.array([[part.size] for part in parts], dtype=np.float64)


def _position_in_bin(inputs: Floats, bins: Bins) -> Floats:
    """Return each input's distance from the mean of its bin, in sd of the input, shape (draw, input)."""
    spread = inputs.std(axis=1, keepdims=True)
    scaled = ((inputs - inputs.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1)).T
    flat_codes = bins.codes.ravel()
    count = np.bincount(flat_codes, minlength=bins.n_cells)
    mean = np.bincount(flat_codes, weights=scaled.ravel(), minlength=bins.n_cells) / np.maximum(count, 1)
    return np.ascontiguousarray(scaled - mean[bins.codes])


def _count_by_cell(bins: Bins, parts: list[NDArray[np.int64]], values: list[Floats]) -> Floats:
    """Sum each array (draw, input) by group and cell, shape (group, moment, cell)."""
    return np.stack(
        [
            np.stack(
                [
                    np.bincount(bins.codes[part].ravel(), weights=value[part].ravel(), minlength=bins.n_cells)
                    for value in values
                ]
            )
            for part in parts
        ]
    )


def _fit(moments: Floats, sum_y: Floats, sum_xy: Floats) -> tuple[Floats, Floats]:
    """Return the explained sum of squares (resample, row) and the parameters used (resample, 1).

    `moments` (resample, 3, bin) are the count, Σx and Σx² of each bin; the sums are (resample, bin, row).
    """
    count, sum_x, sum_xx = moments[:, 0], moments[:, 1], moments[:, 2]
    filled = count > 0
    inverse = np.divide(1.0, count, out=np.zeros_like(count), where=filled)
    spread = sum_xx - sum_x**2 * inverse
    sloped = (spread > NO_SPREAD * count) & (count > 2)
    slope_weight = np.divide(1.0, spread, out=np.zeros_like(spread), where=sloped)
    level = np.einsum("wb,wbr->wr", inverse, sum_y**2)
    cross = sum_xy - (sum_x * inverse)[:, :, None] * sum_y
    slope = np.einsum("wb,wbr->wr", slope_weight, cross**2)
    overall = sum_y.sum(axis=1) ** 2 / count.sum(axis=1, keepdims=True)
    parameters = filled.sum(axis=1, keepdims=True) - 1 + sloped.sum(axis=1, keepdims=True)
    return level - overall + slope, parameters.astype(np.float64)


def _adjusted(explained: Floats, parameters: Floats, total: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the adjusted R² of every resample (resample, row) and the sample's F-test p value (row,)."""
    freedom = np.maximum(n - parameters - 1, 1)
    residual = np.maximum(total - explained, 0) / freedom
    variance = total / (n - 1)
    adjusted = 1 - np.divide(residual, variance, out=np.ones_like(total), where=variance > 0)
    used = parameters[0, 0]
    if used == 0:
        return np.zeros_like(adjusted), np.ones(total.shape[1])
    ratio = np.full(total.shape[1], np.inf)
    np.divide(explained[0], used * residual[0], out=ratio, where=residual[0] > 0)
    return adjusted, np.asarray(fdtrc(used, freedom[0, 0], np.maximum(ratio, 0)))
