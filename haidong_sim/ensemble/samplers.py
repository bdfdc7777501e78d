"""Standard variates for one block of draws: pseudo-random, antithetic, Latin hypercube or quasi-random.

Every sampler fills the variates of one source from the stream of its name and block, so each block is an
independent randomisation and the spread between blocks is an honest error bar for all four.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np

from haidong_sim.ensemble.net import cells_to_normal, cells_to_tail_scale, shifted_net
from haidong_sim.ensemble.streams import stream
from haidong_sim.errors import ScenarioError, unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from haidong_sim.ensemble.shocks import Source

    Block = NDArray[np.floating[Any]]

Sampler = Literal["mc", "antithetic", "lhs", "sobol"]
SAMPLERS: Final[tuple[str, ...]] = get_args(Sampler)

BLOCK_DRAWS: Final = 8192
"""Draws in a block: large enough to drown the interpreter, small enough for the second-level cache.

Part of the definition of a run: results depend on it, so it is a constant and not an option.
"""


def require_sampler(name: str) -> None:
    """Raise unless `name` is a sampler.

    Raises
    ------
    ScenarioError
        Naming the closest sampler.
    """
    if name not in SAMPLERS:
        raise ScenarioError(unknown_name("sampler", name, SAMPLERS))


def draw_source(source: Source, *, sampler: str, dimension: Dimension, entropy: int, block: int, out: Block) -> None:
    """Fill `out`, shape (rows, draw), with the variates of `source` in block number `block`."""
    generator = stream(entropy, source.name, block)
    if sampler == "sobol" and dimension.is_known:
        cells = shifted_net(dimension.of_rows(source.rows), out.shape[1], generator)
        _FROM_CELLS[source.kind](source, cells, generator, out)
    else:
        _FROM_STREAM[source.kind](source, sampler, generator, out)


class Dimension:
    """Which dimensions of the net a source owns: a fixed slot, one dimension for each rank of its rows."""

    def __init__(self, slot: int | None, slots: int) -> None:
        self._slot = slot
        self._slots = slots

    @property
    def is_known(self) -> bool:
        """Whether the source has a slot; one without draws from its stream instead."""
        return self._slot is not None

    def of_rows(self, rows: int) -> tuple[int, ...]:
        """Return the dimension of each row: all first rows come before all second rows."""
        assert self._slot is not None
        return tuple(rank * self._slots + self._slot for rank in range(rows))


def _normal_cells(_: Source, cells: NDArray[np.uint16], generator: np.random.Generator, out: Block) -> None:
    cells_to_normal(cells, generator, out)


def _event_cells(source: Source, cells: NDArray[np.uint16], generator: np.random.Generator, out: Block) -> None:
    # The cell that holds the threshold counts with the probability of the part below it.
    edge, part = divmod(source.probability * 65536.0, 1.0)
    np.less(cells, edge, out=out, casting="unsafe")
    boundary = np.flatnonzero(cells.ravel() == int(edge)) if part else np.empty(0, dtype=np.intp)
    out.ravel()[boundary] = generator.random(boundary.size) < part


def _tail_cells(source: Source, cells: NDArray[np.uint16], _: np.random.Generator, out: Block) -> None:
    cells_to_tail_scale(cells, source.degrees_of_freedom, out)


def _normal_stream(source: Source, sampler: str, generator: np.random.Generator, out: Block) -> None:
    if sampler == "antithetic":
        half = out.shape[1] // 2
        first = generator.standard_normal((source.rows, half), dtype=out.dtype)  # type: ignore[arg-type]
        out[:, :half] = first
        np.negative(first, out=out[:, half : 2 * half])
    elif sampler == "lhs":
        from scipy.special import ndtri  # noqa: PLC0415  import cost is paid by this sampler alone

        out[...] = ndtri(_stratified(source.rows, out.shape[1], generator))
    else:
        generator.standard_normal(out=out, dtype=out.dtype)  # type: ignore[call-overload]


def _uniform_stream(rows: int, sampler: str, generator: np.random.Generator, draws: int) -> NDArray[np.float64]:
    if sampler == "antithetic":
        half = generator.random((rows, draws // 2))
        return np.concatenate([half, 1.0 - half], axis=1)
    if sampler == "lhs":
        return _stratified(rows, draws, generator)
    return generator.random((rows, draws))


def _event_stream(source: Source, sampler: str, generator: np.random.Generator, out: Block) -> None:
    np.less(_uniform_stream(source.rows, sampler, generator, out.shape[1]), source.probability, out=out, casting="unsafe")


def _tail_stream(source: Source, _: str, generator: np.random.Generator, out: Block) -> None:
    # Student t with unit variance is a normal over the square root of a chi-square, scaled.
    df = source.degrees_of_freedom
    out[...] = np.sqrt((df - 2.0) / generator.chisquare(df, out.shape))


def _stratified(rows: int, draws: int, generator: np.random.Generator) -> NDArray[np.float64]:
    strata = generator.permuted(np.broadcast_to(np.arange(draws), (rows, draws)), axis=1)
    return (strata + generator.random((rows, draws))) / draws


_FROM_CELLS: Final[dict[str, Callable[..., None]]] = {
    "normal": _normal_cells,
    "event": _event_cells,
    "tail": _tail_cells,
}
_FROM_STREAM: Final[dict[str, Callable[..., None]]] = {
    "normal": _normal_stream,
    "event": _event_stream,
    "tail": _tail_stream,
}
