"""A study of inputs and outcomes: samples, their distributions, ranks and bins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from haidong_sim.errors import EstimationError, ModelError, Problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Model: TypeAlias = Callable[[Floats], ArrayLike]
"""A model takes inputs (input, draw) and returns outputs ([year,] outcome, draw)."""
Rng: TypeAlias = int | np.random.SeedSequence | np.random.Generator | None

# Rounding alone moves a constant of size one by some 1e-16; nothing an economy does is this flat.
FLAT = 1e-12
UNSEEN = "not distinguishable from zero"
SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Names of the rows (year and outcome) and of the inputs of one study.

    A row is one outcome in one year; rows run through the years first, then through the outcomes.
    """

    inputs: tuple[str, ...]
    outcomes: tuple[str, ...]
    years: tuple[int, ...] | None = None

    @property
    def rows(self) -> tuple[str, ...]:
        """Name of every row, as used in messages."""
        if self.years is None:
            return self.outcomes
        return tuple(f"{outcome} ({year})" for year in self.years for outcome in self.outcomes)

    def frame(self, columns: Mapping[str, object], *, by: tuple[str, ...] | None = None) -> pd.DataFrame:
        """Return one line per row and input, with `columns` of shape (row, input) or scalar.

        `by` replaces the input names where the columns are about something else (groups of inputs).
        """
        names = self.inputs if by is None else by
        n_rows = len(self.rows)
        years = (
            [] if self.years is None else [("year", np.repeat(self.years, len(self.outcomes) * len(names)))]
        )
        outcomes = np.tile(
            np.repeat(np.asarray(self.outcomes, dtype=object), len(names)), n_rows // len(self.outcomes)
        )
        head = [("outcome", outcomes), *years, ("input", np.tile(np.asarray(names, dtype=object), n_rows))]
        body = {
            key: np.broadcast_to(np.asarray(value), (n_rows, len(names))).ravel()
            for key, value in columns.items()
        }
        return pd.DataFrame({**dict(head), **body})


@dataclass(frozen=True, kw_only=True)
class Study:
    """Checked inputs (input, draw), outputs (row, draw) and their names.

    `asked` are blocks of rows and inputs that are asked about together: not every input belongs to every row.
    """

    inputs: Floats
    outputs: Floats
    labels: Labels
    asked: tuple[tuple[slice, slice], ...]

    @cached_property
    def is_asked(self) -> NDArray[np.bool_]:
        """Which inputs are asked about which rows, shape (row, input)."""
        found = np.zeros((len(self.outputs), len(self.inputs)), dtype=bool)
        for block in self.asked:
            found[block] = True
        return found

    @cached_property
    def flat(self) -> NDArray[np.bool_]:
        """Which rows are constant up to rounding."""
        return is_flat(self.outputs)

    @cached_property
    def input_ranks(self) -> Ranks:
        """Ranks of the inputs."""
        return rank_draws(self.inputs)

    @cached_property
    def output_ranks(self) -> Ranks:
        """Ranks of the outputs."""
        return rank_draws(self.outputs)


def name_all(prefix: str, names: Sequence[str] | None, count: int) -> tuple[str, ...]:
    """Return `names`, or `prefix1` … `prefix<count>` where none are given.

    Raises
    ------
    EstimationError
        If the number of names is not `count` or a name comes twice.
    """
    if names is None:
        return tuple(f"{prefix}{number}" for number in range(1, count + 1))
    if len(names) != count or len(set(names)) != count:
        raise EstimationError(f"{count} different names of {prefix}s are needed, given: {', '.join(names)}")
    return tuple(names)


def require_study(
    inputs: ArrayLike,
    outputs: ArrayLike,
    *,
    input_names: Sequence[str] | None = None,
    outcome_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
) -> Study:
    """Check the arrays of a study and name their rows.

    Parameters
    ----------
    inputs : shape (input, draw)
    outputs : shape (outcome, draw) or (year, outcome, draw)
    input_names, outcome_names, years
        Names of the axes; `years` is needed for three-dimensional outputs only and defaults to 1, 2, ….

    Raises
    ------
    EstimationError
        If the shapes do not fit each other or the names.
    ModelError
        If an output is not finite; says which row, how many draws, and their first numbers.
    """
    x = np.asarray(inputs, dtype=np.float64)
    y = np.asarray(outputs, dtype=np.float64)
    if x.ndim != 2 or y.ndim not in {2, 3} or x.shape[-1] != y.shape[-1] or x.shape[-1] < 2:
        raise EstimationError(
            f"inputs (input, draw) and outputs ([year,] outcome, draw) must share two draws or more; "
            f"given shapes {x.shape} and {y.shape}"
        )
    labels = label_outputs(y.shape, name_all("input", input_names, x.shape[0]), outcome_names, years)
    rows = y.reshape(-1, y.shape[-1])
    require_finite(x, labels.inputs, kind="input", error=EstimationError)
    require_finite(rows, labels.rows, kind="outcome", error=ModelError)
    return Study(inputs=x, outputs=rows, labels=labels, asked=((slice(0, len(rows)), slice(0, len(x))),))


def label_outputs(
    shape: tuple[int, ...],
    inputs: tuple[str, ...],
    outcome_names: Sequence[str] | None,
    years: Sequence[int] | None,
) -> Labels:
    """Name the rows of outputs of `shape` ([year,] outcome, draw).

    Raises
    ------
    EstimationError
        If names or years do not fit the shape.
    """
    outcomes = name_all("outcome", outcome_names, shape[-2])
    if len(shape) == 2:
        return Labels(inputs=inputs, outcomes=outcomes)
    calendar = tuple(range(1, shape[0] + 1)) if years is None else tuple(int(year) for year in years)
    if len(calendar) != shape[0]:
        raise EstimationError(f"outputs have {shape[0]} years, {len(calendar)} are named")
    return Labels(inputs=inputs, outcomes=outcomes, years=calendar)


def require_finite(
    values: Floats,
    names: Sequence[str],
    *,
    kind: str,
    error: type[ModelError | EstimationError],
    first: int = 0,
) -> None:
    """Refuse values (row, draw) that are not finite.

    `first` is the number of the first draw, where `values` is one block of many.

    Raises
    ------
    HaidongSimError
        Of the class `error`: every row concerned, the count and the first draw numbers.
    """
    # The sum of a row is finite if all its members are (overflow apart): one pass, no mask in the ordinary
    # case.
    with np.errstate(over="ignore", invalid="ignore"):
        suspects = np.flatnonzero(~np.isfinite(values.sum(axis=-1)))
    problems = Problems(f"non-finite {kind} values")
    for row in suspects.tolist():
        draws = np.flatnonzero(~np.isfinite(values[row]))
        if len(draws):
            shown = ", ".join(str(first + draw) for draw in draws[:SHOWN]) + (
                ", …" if len(draws) > SHOWN else ""
            )
            problems.add(
                f"{kind} '{names[row]}'", f"{len(draws)} of {values.shape[-1]} draws (draws {shown})"
            )
    problems.raise_if_any(error)


def standardised(values: Floats) -> Floats:
    """Centre each row (row, draw) and scale it to unit variance; a constant row becomes zero."""
    scaled = np.empty_like(values)
    # Row by row, while a row is in the cache.
    for row, line in enumerate(values):
        mean = line.mean()
        centred = np.subtract(line, mean, out=scaled[row])
        spread = np.sqrt(centred @ centred / line.size)
        centred *= 1 / spread if spread > FLAT * abs(mean) else 0.0
    return scaled


def is_flat(outputs: Floats) -> NDArray[np.bool_]:
    """Tell which rows (row, draw) are constant up to rounding; shape (row,)."""
    low, high = outputs.min(axis=-1), outputs.max(axis=-1)
    return np.asarray(high - low <= FLAT * np.maximum(np.abs(low), np.abs(high)))


def flat_notes(flat: NDArray[np.bool_], seen: NDArray[np.bool_] | None = None) -> NDArray[np.object_]:
    """Return notes (row, 1): where an outcome is constant; with `seen` (row, input) also what is not."""
    constant = np.where(flat, "constant outcome: every index is zero", "").astype(object)[:, None]
    if seen is None:
        return constant
    return np.where(flat[:, None] | seen, constant, UNSEEN)


Marginal: TypeAlias = Callable[[Floats], Floats]
"""Takes levels in [0, 1] of any shape and returns the quantiles of one input."""


def apply_marginals(marginals: Sequence[Marginal], levels: Floats) -> Floats:
    """Map levels (input, draw) to values of the inputs, same shape."""
    return np.stack(
        [
            np.asarray(marginal(line), dtype=np.float64)
            for marginal, line in zip(marginals, levels, strict=True)
        ]
    )
