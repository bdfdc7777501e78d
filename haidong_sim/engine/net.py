"""Nets of quasi-random points, and draws of posterior scales from them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from haidong_sim.errors import ScenarioError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Cells = NDArray[np.uint16]
    Floats = NDArray[np.float64]

N_CELLS: Final = 1 << 16


@cache
def directions() -> NDArray[np.uint16]:
    """Return the leading 16 bits of the direction numbers, shape (dimension, bit).

    Joe and Kuo (2008), "Constructing Sobol sequences with better two-dimensional projections", SIAM J. Sci.
    Comput. 30; `make_directions.py` beside the file writes it.
    """
    with files(__package__).joinpath("data", "directions.npy").open("rb") as stored:
        loaded: NDArray[np.uint16] = np.load(stored)
    return loaded


@cache
def net(dimensions: tuple[int, ...], n_points: int) -> Cells:
    """Return the first `n_points` (a power of two) points of the net, shape (dimension, point).

    Raises
    ------
    ScenarioError
        If a dimension lies beyond the stored direction numbers.
    """
    if n_points == 1:
        # Directions lead from the first point, zero, to the others: without those any dimension will do.
        return np.zeros((len(dimensions), 1), dtype=np.uint16)
    table = directions()
    if max(dimensions) >= len(table):
        raise ScenarioError(
            f"the quasi-random net has {len(table)} dimensions, this scenario needs {max(dimensions) + 1}; "
            'use fewer uncertain drivers, factors or events, a nearer horizon, or sampler="mc"'
        )
    chosen = table[list(dimensions)]
    points = np.zeros((len(dimensions), n_points), dtype=np.uint16)
    filled, bit = 1, 0
    while filled < n_points:
        points[:, filled : 2 * filled] = points[:, :filled] ^ chosen[:, bit, None]
        filled, bit = 2 * filled, bit + 1
    return points


def shifted_nets(
    dimensions: tuple[int, ...], n_points: int, n_nets: int, generator: np.random.Generator
) -> Cells:
    """Return `n_nets` copies of the net side by side, each under a random digital shift of its own.

    A shift makes every point uniform and keeps the net's evenness; the copies are independent.
    """
    shifts = generator.integers(0, N_CELLS, size=(len(dimensions), n_nets, 1), dtype=np.uint16)
    cells = np.bitwise_xor(net(dimensions, n_points)[:, None, :], shifts)
    return cells.reshape(len(dimensions), n_nets * n_points)


@cache
def normal_edges() -> NDArray[np.float64]:
    """Return the normal quantiles that bound the cells, shape (cell + 1,); the first and last are infinite.

    The standard library gives them: loading SciPy for one table would cost a short run a fifth of its time.
    """
    upper = [NormalDist().inv_cdf(0.5 + cell / N_CELLS) for cell in range(N_CELLS // 2)]
    half = np.array([*upper, np.inf])
    return np.concatenate([-half[:0:-1], half])


@cache
def _normal_table(dtype: str) -> NDArray[Any]:
    density = np.exp(-0.5 * normal_edges() ** 2) / np.sqrt(2.0 * np.pi)
    means: NDArray[Any] = (-np.diff(density) * N_CELLS).astype(dtype)
    return means


@cache
def _tail_table(degrees_of_freedom: float, dtype: str) -> NDArray[Any]:
    from scipy.special import chdtri

    upper = 1.0 - (np.arange(N_CELLS) + 0.5) / N_CELLS
    scales: NDArray[Any] = np.sqrt((degrees_of_freedom - 2.0) / chdtri(degrees_of_freedom, upper)).astype(
        dtype
    )
    return scales


def cells_to_normal(cells: Cells, generator: np.random.Generator, out: NDArray[Any]) -> None:
    """Write the standard normal variate of each cell into `out`, in its precision."""
    table = _normal_table(out.dtype.str)
    # Row by row, because a look-up widens its indices and a row of them stays in the cache.
    for row, row_cells in zip(out, cells, strict=True):
        table.take(row_cells, out=row, mode="wrap")
    # cells + 1 wraps 65535 to 0 and makes 0 one: both outermost cells in one comparison.
    outermost = np.flatnonzero((cells + np.uint16(1)).ravel() <= 1)
    if outermost.size:
        side = np.where(cells.ravel()[outermost] == 0, 1.0, -1.0)
        # One less a draw, because a draw may be zero and a quantile at zero is not finite.
        places = (1.0 - generator.random(outermost.size)) / N_CELLS
        out.ravel()[outermost] = side * [NormalDist().inv_cdf(place) for place in places.tolist()]


def cells_to_tail_scale(
    cells: Cells, degrees_of_freedom: float, generator: np.random.Generator, out: NDArray[Any]
) -> None:
    """Write the scale that turns a normal into a Student t of unit variance.

    The cell of the largest scales is drawn from their own distribution, so that no tail is cut off.
    """
    np.take(_tail_table(degrees_of_freedom, out.dtype.str), cells, out=out, mode="wrap")
    largest = np.flatnonzero(cells.ravel() == 0)
    if largest.size:
        from scipy.special import gammaincinv

        # Half a chi-square is a gamma variate; 1 − u/65536 would lose what little the upper level has.
        below = generator.random(largest.size) / N_CELLS
        half = gammaincinv(0.5 * degrees_of_freedom, below)
        out.ravel()[largest] = np.sqrt((0.5 * degrees_of_freedom - 1.0) / half)


Knots = tuple[tuple[float, float], ...]
"""Probability and value of each known quantile, rising."""

PERSISTENCE_RANGE: Final = (-0.95, 0.95)
"""Drawn persistence is kept inside: a path of growth is no random walk."""


def posterior_quantiles(kind: Literal["scale", "persistence"], knots: Knots, levels: Floats) -> Floats:
    """Return the values at the probabilities `levels` of a posterior known at `knots`."""
    probabilities, values = np.array(knots).T
    if kind == "scale":
        return np.exp(quantile_line(probabilities, np.log(values), levels))
    return np.clip(quantile_line(probabilities, values, levels), *PERSISTENCE_RANGE)


def quantile_line(probabilities: Floats, values: Floats, levels: Floats) -> Floats:
    """Return the values at `levels` on the line through known quantiles, drawn in normal scores."""
    from scipy.special import ndtri

    scores, wanted = ndtri(probabilities), ndtri(levels)
    slopes = np.diff(values) / np.diff(scores)
    found: Floats = np.interp(wanted, scores, values)
    found += slopes[0] * np.minimum(wanted - scores[0], 0.0)
    found += slopes[-1] * np.maximum(wanted - scores[-1], 0.0)
    return found


@cache
def posterior_table(kind: Literal["scale", "persistence"], knots: Knots, dtype: str) -> NDArray[Any]:
    """Return the value of each cell of the unit interval, at its middle, shape (cell,)."""
    levels = (np.arange(N_CELLS) + 0.5) / N_CELLS
    return posterior_quantiles(kind, knots, levels).astype(dtype)
