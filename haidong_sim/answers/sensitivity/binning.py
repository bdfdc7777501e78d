"""Draws ranked, cut into bins of equal counts, and summed by bin: what given-data methods share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from haidong_sim.answers.sensitivity.study import Floats, Integers

# Sums of this many rows at a time: keeps the accumulators of one block of draws in the processor's cache.
ROWS_AT_ONCE = 128


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """Of every value (row, draw), how many values of its row are smaller, and how many are no larger."""

    below: NDArray[np.int32]
    upto: NDArray[np.int32]


def rank_draws(values: Floats) -> Ranks:
    """Rank the draws of each row, shape (row, draw)."""
    below, upto = np.empty((2, *values.shape), dtype=np.int32)
    place = np.arange(values.shape[1], dtype=np.int32)
    for row, line in enumerate(values):
        order, ordered = _sorted(line)
        below[row, order] = place
        np.add(below[row], 1, out=upto[row])
        repeats = np.flatnonzero(ordered[1:] == ordered[:-1])
        if repeats.size:
            # Runs of equal values: each takes the place of its first value, and the end of its last.
            starts = np.flatnonzero(np.diff(repeats, prepend=-2) != 1)
            sizes = np.diff(starts, append=repeats.size)
            below[row, order[repeats + 1]] = np.repeat(repeats[starts], sizes)
            upto[row, order[repeats]] = np.repeat(repeats[starts] + sizes + 1, sizes)
    return Ranks(below=below, upto=upto)


def _sorted(line: Floats) -> tuple[Integers, Floats]:
    """Return the places of the values of `line` (draw,) in ascending order, and the values in that order.

    Plain integers are sorted in a third of the time that an `argsort` takes: value and place share a word, in
    which the place displaces the last bits of the value. Where those bits decide, `argsort` does.
    """
    place_bits = np.int64((1 << (len(line) - 1).bit_length()) - 1)
    # Numbers that are not negative rise with their bits.
    words = (line - line.min()).view(np.int64)
    words &= ~place_bits
    words |= np.arange(len(line))
    words.sort()
    words &= place_bits
    ordered = line[words]
    if (ordered[1:] < ordered[:-1]).any():
        words = np.argsort(line)
        ordered = line[words]
    return words, ordered


def cut_evenly(ranks: Ranks, parts: int) -> NDArray[np.unsignedinteger[Any]]:
    """Return which of `parts` parts of equal counts each value is in, shape (row, draw).

    Equal values share a part, so that a discrete input fills one part with each of its values; parts between
    them stay empty.
    """
    n = ranks.below.shape[1]
    part_of_place = (np.arange(n) * parts // n).astype(np.min_scalar_type(parts - 1))
    return np.asarray(part_of_place[ranks.below])


def split_draws(n_draws: int, groups: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Deal the draws at random into `groups` groups of nearly equal size, the units that are resampled."""
    return np.array_split(rng.permutation(n_draws), groups)


def row_blocks(rows: slice) -> Iterator[slice]:
    """Yield slices that cover the rows."""
    for start in range(rows.start, rows.stop, ROWS_AT_ONCE):
        yield slice(start, min(start + ROWS_AT_ONCE, rows.stop))


def sum_by_bin(
    codes: NDArray[np.unsignedinteger[Any]], width: int, outputs: Floats, weights: Floats | None = None
) -> Floats:
    """Sum outputs (row, draw) over the draws in each of the `width` bins of each input.

    Parameters
    ----------
    codes : shape (input, draw)
        Bin of every draw for every input.
    weights : shape (input, draw), optional
        Gives a second sum, of outputs times weights.

    Returns
    -------
    shape (1 or 2, input, bin, row)
    """
    n_inputs, n = codes.shape
    cells = (codes.T + width * np.arange(n_inputs, dtype=np.int32)).ravel()
    pointer = np.arange(0, codes.size + 1, n_inputs)
    by_draw = np.ascontiguousarray(outputs.T)
    table = sparse.csc_array((np.ones(codes.size), cells, pointer), shape=(n_inputs * width, n))
    sums = [np.asarray(table @ by_draw)]
    if weights is not None:
        table.data = weights.T.ravel()
        sums.append(np.asarray(table @ by_draw))
    return np.stack(sums).reshape(len(sums), n_inputs, width, -1)
