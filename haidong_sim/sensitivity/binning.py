"""Draws sorted into bins of each input, and sums of outputs by bin: what given-data methods share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from haidong_sim.sensitivity.study import Floats

# Sums of this many rows at a time: keeps the accumulators of one block of draws in the processor's cache.
ROWS_AT_ONCE = 128


@dataclass(frozen=True, kw_only=True)
class Bins:
    """Bin of every draw for every input.

    `codes` (draw, input) counts cells through all inputs: input i owns cells i*`width` … (i+1)*`width`-1.
    """

    codes: NDArray[np.int32]
    width: int

    @property
    def n_cells(self) -> int:
        """Number of cells of all inputs together."""
        return int(self.codes.shape[1]) * self.width


def bin_inputs(inputs: Floats, width: int) -> Bins:
    """Cut each input (input, draw) into at most `width` bins of equal counts; equal values share a bin."""
    codes = np.empty(inputs.shape[::-1], dtype=np.int32)
    levels = np.linspace(0, 1, width + 1)[1:-1]
    for number, values in enumerate(inputs):
        ordered = np.sort(values)
        edges = np.unique(ordered[np.ceil(levels * len(ordered)).astype(np.int64) - 1])
        # A value at an edge belongs below it, so that a discrete input fills one bin with each of its values.
        codes[:, number] = np.searchsorted(edges, values, side="left") + number * width
    return Bins(codes=codes, width=width)


def split_draws(n_draws: int, groups: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Deal the draws at random into `groups` groups of nearly equal size, the units that are resampled."""
    return np.array_split(rng.permutation(n_draws), groups)


def row_blocks(n_rows: int) -> Iterator[slice]:
    """Yield slices that cover all rows."""
    for start in range(0, n_rows, ROWS_AT_ONCE):
        yield slice(start, min(start + ROWS_AT_ONCE, n_rows))


def sum_by_cell(
    bins: Bins, groups: list[NDArray[np.int64]], outputs: Floats, weights: NDArray[np.float64] | None = None
) -> Floats:
    """Sum outputs (row, draw) over the draws of each group and cell.

    Parameters
    ----------
    weights : shape (draw, input), optional
        Multiplies the outputs, one weight per input.

    Returns
    -------
    shape (group, cell, row)
    """
    n_inputs = bins.codes.shape[1]
    sums = np.empty((len(groups), bins.n_cells, outputs.shape[0]))
    for number, members in enumerate(groups):
        block = np.ascontiguousarray(outputs[:, members].T)
        data = np.ones(members.size * n_inputs) if weights is None else weights[members].ravel()
        pointer = np.arange(0, data.size + 1, n_inputs)
        cells = sparse.csc_array(
            (data, bins.codes[members].ravel(), pointer), shape=(bins.n_cells, members.size)
        )
        sums[number] = cells @ block
    return sums
