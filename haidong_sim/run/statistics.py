"""Quantiles from the counts of a run; means, standard deviations and extremes from sums over its draws."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import boost_histogram as bh
    from numpy.typing import ArrayLike, NDArray


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
