"""Summaries of draws that stream: counts, moments and sets of targets met, the same bits in any order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING, Any, Final

import boost_histogram as bh
import numpy as np

from haidong_sim.run.block import Variates, project_block, require_finite

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.run.program import Program

_UNIT: Final = 1074
"""Every double is a whole multiple of two to the minus this."""


@dataclass(slots=True)
class Moments:
    """Count, sums and extremes of one quantity over the draws counted so far.

    Sums are taken of the distance from `centre`, which all parts of a run share, in double precision within a
    block, and added up from block to block as whole numbers of 2⁻¹⁰⁷⁴: exactly, so that neither the order of
    blocks nor who computed them changes a bit.

    Attributes
    ----------
    centre
        A number near the middle of the draws.
    total, squares
        Sum of the distances from it and of their squares, in units of 2⁻¹⁰⁷⁴.
    least, greatest
        The smallest and the largest draw.
    """

    centre: float
    n: int = 0
    total: int = 0
    squares: int = 0
    least: float = np.inf
    greatest: float = -np.inf

    def add(self, values: NDArray[Any], work: NDArray[np.float64]) -> None:
        """Take in the draws of one block, shape (draw,); `work`, as long, is written over.

        Fresh memory for every quantity and year would cost more than the sums.

        Raises
        ------
        OverflowError, ValueError
            If a sum is not finite.
        """
        distance = work[: len(values)]
        np.copyto(distance, values)
        distance -= self.centre
        self.n += len(values)
        self.total += _whole(float(distance.sum()))
        np.square(distance, out=distance)
        self.squares += _whole(float(distance.sum()))
        self.least = min(self.least, float(values.min()))
        self.greatest = max(self.greatest, float(values.max()))

    def merge(self, other: Moments) -> None:
        """Take in what other draws of the same quantity sum up to."""
        self.n += other.n
        self.total += other.total
        self.squares += other.squares
        self.least = min(self.least, other.least)
        self.greatest = max(self.greatest, other.greatest)

    @property
    def mean(self) -> float:
        """Mean of the draws."""
        return float(Fraction(self.centre) + Fraction(self.total, self.n << _UNIT))

    @property
    def sd(self) -> float:
        """Standard deviation of the draws as a population: the root of their mean squared deviation."""
        # n² times the variance, in units of 2⁻¹⁰⁷⁴: nothing cancels, however far the centre is off.
        scaled = self.n * self.squares - ((self.total * self.total) >> _UNIT)
        return float(Fraction(isqrt(max(scaled, 0) << _UNIT), self.n << _UNIT))


def _whole(number: float) -> int:
    """Return a double in units of 2⁻¹⁰⁷⁴."""
    numerator, denominator = number.as_integer_ratio()
    return numerator << (_UNIT + 1 - denominator.bit_length())


def histogram_quantiles(
    histogram: bh.Histogram[Any], probabilities: ArrayLike, least: float, greatest: float
) -> NDArray[np.float64]:
    """Return quantiles, interpolated inside a bin; 0 and 1 give the least and the greatest draw.

    Draws beyond the grid are spread evenly between its edge and the extreme one.

    Parameters
    ----------
    least, greatest
        The extreme draws that the histogram counts.
    """
    counts = histogram.values(flow=True)
    inner = histogram.axes[0].edges
    edges = np.concatenate([[min(least, inner[0])], inner, [max(greatest, inner[-1])]])
    cumulated = np.concatenate([[0], np.cumsum(counts)])
    wanted = np.asarray(probabilities, dtype=np.float64) * cumulated[-1]
    position = np.clip(np.searchsorted(cumulated, wanted, side="left") - 1, 0, len(counts) - 1)
    inside = np.where(
        counts[position] > 0, (wanted - cumulated[position]) / np.maximum(counts[position], 1), 0.0
    )
    quantiles = edges[position] + inside * (edges[position + 1] - edges[position])
    within: NDArray[np.float64] = np.clip(quantiles, least, greatest)
    return within


Key = tuple[str, int]
"""An indicator and a year."""

MARGIN: Final = "margin:"
"""Prefix of the name under which a block hands over the margin of a target."""

N_BINS: Final = 1024
_MOST_WAITING: Final = 16
"""Blocks whose sets of targets wait to be counted together: two megabytes."""
_WORD: Final = 62
"""Targets whose bits share one whole number of 64 bits."""
_PILOT_DRAWS: Final = 1024
_PILOT_BLOCK: Final = 2**32 - 1
_PILOT_RANKS: Final = np.array([163, 512, 861])
"""Ranks of a standard deviation below the median, the median and one above, among the pilot's draws."""
_HALF_WIDTH: Final = 8.0


@dataclass(frozen=True, kw_only=True)
class Grids:
    """Outer edges of the bins of each uncertain quantity and year; the same in every part of a run."""

    edges: dict[Key, tuple[float, float]]


@dataclass(kw_only=True)
class Part:
    """Counts of some blocks of a run.

    `moments` has the sums and extremes of whatever a histogram counts; `constants` are quantities that every
    draw shares; `counted` counts, for each set of targets met together (bit i for target i), the draws in
    which just these were met, and `waiting` holds the sets of draws that
    are still to be counted: `masks` is both; `met_by_block` keeps the counts of each replicate of each block,
    shape (target, replicate), for error bars, and below them those of the controls.
    """

    draws: int = 0
    histograms: dict[Key, bh.Histogram[Any]] = field(default_factory=dict)
    moments: dict[Key, Moments] = field(default_factory=dict)
    constants: dict[Key, float] = field(default_factory=dict)
    counted: Counter[int] = field(default_factory=Counter)
    waiting: list[NDArray[np.int64]] = field(default_factory=list)
    met_by_block: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    kept: dict[int, dict[str, NDArray[np.float32]]] = field(default_factory=dict)

    def merge(self, other: Part) -> None:
        """Add the counts of `other`, which holds other blocks; the order of merging changes nothing."""
        self.draws += other.draws
        for key, histogram in other.histograms.items():
            mine = self.histograms.get(key)
            if mine is None:
                # Later parts are added in place, and `other` may belong to a result.
                self.histograms[key] = histogram.copy()
                self.moments[key] = replace(other.moments[key])
            else:
                mine += histogram
                self.moments[key].merge(other.moments[key])
        self.constants |= other.constants
        self.counted.update(other.masks)
        self.met_by_block |= other.met_by_block
        self.kept |= other.kept

    @property
    def masks(self) -> Counter[int]:
        """Count of each set of targets met together."""
        self.count_waiting()
        return self.counted

    def count_waiting(self) -> None:
        """Count the sets that wait: one sort of many blocks costs less than a look-up for each draw."""
        if self.waiting:
            found, counts = _distinct_sets(np.concatenate(self.waiting, axis=1))
            self.counted.update(dict(zip(found, counts.tolist(), strict=True)))
            self.waiting.clear()

    def add_masks(self, masks: NDArray[np.int64]) -> None:
        """Add the sets of targets that the draws of a block meet, `_WORD` targets a word, (word, draw)."""
        self.waiting.append(masks)
        if len(self.waiting) == _MOST_WAITING:
            self.count_waiting()

    def count(self, key: Key, values: Any, grids: Grids, work: NDArray[np.float64]) -> None:
        """Add one block's values of a quantity, or the one value that every draw shares.

        `work` has room for a number per draw and is written over.
        """
        if np.ndim(values) == 0:
            self.constants[key] = float(values)
            return
        histogram = self.histograms.get(key)
        if histogram is None:
            self.histograms[key] = histogram = empty_histogram(grids, key)
            self.moments[key] = no_moments(grids, key)
        histogram.fill(values)
        try:
            self.moments[key].add(values, work)
        except (OverflowError, ValueError):
            # One draw too large for its square is as good as none.
            require_finite(*key, np.square(values, dtype=np.float64))
            raise


def _distinct_sets(words: NDArray[np.int64]) -> tuple[list[int], NDArray[np.int64]]:
    """Return each set of targets among words of shape (word, draw) as one whole number, and its count."""
    if len(words) == 1:
        found, counts = np.unique(words[0], return_counts=True)
        return found.tolist(), counts
    found, member = np.unique(words[0], return_inverse=True)
    sets: list[int] = found.tolist()
    for number, word in enumerate(words[1:], 1):
        # A set of all words so far is its place among those found, and so fits into one number again.
        values, place = np.unique(word, return_inverse=True)
        found, member, counts = np.unique(
            member * len(values) + place, return_inverse=True, return_counts=True
        )
        earlier, own = np.divmod(found, len(values))
        sets = [
            sets[before] | value << number * _WORD
            for before, value in zip(earlier.tolist(), values[own].tolist(), strict=True)
        ]
    return sets, counts


def set_members(masks: Collection[int], n_targets: int) -> NDArray[np.bool_]:
    """Return which targets each set holds (bit i for target i), shape (set, target)."""
    width = max(1, -(-n_targets // 8))
    packed = b"".join(mask.to_bytes(width, "little") for mask in masks)
    rows = np.frombuffer(packed, dtype=np.uint8).reshape(len(masks), width)
    return np.unpackbits(rows, axis=1, count=n_targets, bitorder="little").astype(np.bool_)


def empty_histogram(grids: Grids, key: Key) -> bh.Histogram[Any]:
    """Return a histogram of a quantity and year that counts nothing yet."""
    low, high = grids.edges[key]
    return bh.Histogram(bh.axis.Regular(N_BINS, low, high), storage=bh.storage.Int64())


def no_moments(grids: Grids, key: Key) -> Moments:
    """Return the sums of a quantity and year over no draw yet."""
    low, high = grids.edges[key]
    return Moments(centre=0.5 * (low + high))


def pilot_grids(program: Program, entropy: int) -> Grids:
    """Return grids that hold eight standard deviations to either side, from a pilot of its own stream."""
    edges: dict[Key, tuple[float, float]] = {}
    counted = frozenset(program.indicators)
    pilot = Variates(program, entropy=entropy, block=_PILOT_BLOCK, draws=_PILOT_DRAWS)
    for key, values in _block_values(program, pilot):
        if np.ndim(values) == 0 or key[0] not in counted:
            continue
        require_finite(*key, values)
        low, middle, high = np.sort(values)[_PILOT_RANKS].tolist()
        # A quantity that hardly moves still needs bins that single precision can tell apart.
        least = 1e-4 * abs(middle) + 1e-12
        edges[key] = (
            middle - _HALF_WIDTH * max(middle - low, least),
            middle + _HALF_WIDTH * max(high - middle, least),
        )
    return Grids(edges=edges)


def summarize_block(
    part: Part, program: Program, grids: Grids, *, entropy: int, block: int, draws: int
) -> None:
    """Add one block of `draws` draws to `part`.

    Raises
    ------
    ModelError
        If a value is not finite.
    """
    bits = np.zeros((1 + max(len(program.functionals) - 1, 0) // _WORD, draws), dtype=np.int64)
    size = min(program.replicate_draws, draws)
    last_year = int(program.years[-1])
    n_controls = 0 if program.controls is None else len(program.controls.targets)
    met_counts = np.zeros((len(program.functionals) + n_controls, draws // size), dtype=np.int64)
    position = {MARGIN + functional.name: index for index, functional in enumerate(program.functionals)}
    counted = frozenset(program.indicators)
    kept = {name: np.empty((1 + len(program.years), draws), dtype=np.float32) for name in program.keep}
    for name, rows in kept.items():
        rows[0] = program.base_values[name]
    variates = Variates(program, entropy=entropy, block=block, draws=draws)
    work = np.empty(draws)
    for key, values in _block_values(program, variates):
        name, year = key
        if year == last_year or name in position:
            # What overflows stays so: the last year tells for all of them.
            require_finite(name, year, values)
        if name in kept:
            kept[name][year - program.base_year] = values
        if name in counted:
            part.count(key, values, grids, work)
        if (index := position.get(name)) is not None:
            met = np.broadcast_to(program.functionals[index].is_met(values), draws)
            met_counts[index] = met[: met_counts.shape[1] * size].reshape(-1, size).sum(axis=1)
            bits[index // _WORD] |= np.left_shift(met.astype(np.int64), index % _WORD)
    if program.controls is not None:
        inside = program.controls.inside(variates.scores)
        whole = met_counts.shape[1] * size
        met_counts[len(program.functionals) :] = inside[:, :whole].reshape(n_controls, -1, size).sum(axis=2)
    part.add_masks(bits)
    part.met_by_block[block] = met_counts
    part.draws += draws
    if kept:
        part.kept[block] = kept


def _block_values(program: Program, variates: Variates) -> Iterator[tuple[Key, Any]]:
    """Yield every asked indicator year by year, then the margin of every target; arrays (draw,) or floats."""
    wanted = {pair for functional in program.functionals for pair in functional.requires}
    kept: dict[Key, Any] = {
        (name, year): program.base_values[name] for name, year in wanted if year == program.base_year
    }
    needed: dict[int, list[str]] = {}
    for name, when in wanted:
        needed.setdefault(when, []).append(name)
    names = tuple({**dict.fromkeys(program.indicators), **dict.fromkeys(program.keep)})
    for year, current in project_block(program, variates, variates.on_shocks):
        for name in names:
            yield (name, year), current[name]
        for name in needed.get(year, ()):
            kept[name, year] = current[name]
    for functional in program.functionals:
        margin = functional.margin(lambda name, year: kept[name, year])
        yield (MARGIN + functional.name, functional.last_year), margin
