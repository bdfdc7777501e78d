"""Quantiles, means and standard deviations from the counts of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import boost_histogram as bh
    from numpy.typing import ArrayLike, NDArray


def histogram_quantiles(histogram: bh.Histogram[Any], probabilities: ArrayLike) -> NDArray[np.float64]:
    """Return quantiles, interpolated inside a bin; draws beyond the grid count as at its edge."""
    counts = histogram.values(flow=True)
    edges = _edges(histogram)
    cumulated = np.concatenate([[0], np.cumsum(counts)])
    wanted = np.asarray(probabilities, dtype=np.float64) * cumulated[-1]
    position = np.clip(np.searchsorted(cumulated, wanted, side="left") - 1, 0, len(counts) - 1)
    inside = np.where(
        counts[position] > 0, (wanted - cumulated[position]) / np.maximum(counts[position], 1), 0.0
    )
    quantiles: NDArray[np.float64] = edges[position] + inside * (edges[position + 1] - edges[position])
    return quantiles


def histogram_moments(histogram: bh.Histogram[Any]) -> tuple[float, float]:
    """Return mean and standard deviation; the variance inside a bin is taken out (Sheppard's correction)."""
    counts = histogram.values(flow=True)
    edges = _edges(histogram)
    centres = 0.5 * (edges[1:] + edges[:-1])
    total = counts.sum()
    mean = float(counts @ centres / total)
    variance = float(counts @ (centres - mean) ** 2 / total)
    width = float(edges[2] - edges[1])
    return mean, max(variance - width**2 / 12.0, 0.0) ** 0.5


def _edges(histogram: bh.Histogram[Any]) -> NDArray[Any]:
    # The two flow bins have no width: eight standard deviations out, where a draw lies beyond hardly matters.
    inner = histogram.axes[0].edges
    return np.concatenate([inner[:1], inner, inner[-1:]])
