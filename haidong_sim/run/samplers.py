"""Standard variates for one block of draws: pseudo-random, antithetic, Latin hypercube or quasi-random.

Every sampler fills the variates of one source from the stream of its name and block. A block consists of
replicates: short runs of draws that are even among themselves and independent of each other, so that the
spread between replicates is an honest error bar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np

from haidong_sim.engine import (
    N_CELLS,
    cells_to_normal,
    cells_to_tail_scale,
    posterior_table,
    shifted_nets,
    stream,
)
from haidong_sim.errors import ScenarioError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from haidong_sim.run.shocks import Source

    Block = NDArray[np.floating[Any]]

Sampler = Literal["mc", "antithetic", "lhs", "sobol"]
SAMPLERS: Final[tuple[str, ...]] = get_args(Sampler)

BLOCK_DRAWS: Final = 16384
"""Draws in a block: large enough that the interpreter costs little, small enough to keep memory flat.

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


REPLICATE_DRAWS: Final = 1024
"""Draws in a replicate of a large run; nets of eight times as many points would gain little."""

MIN_REPLICATES: Final = 16


def replicate_size(draws: int) -> int:
    """Return the draws of a replicate: a power of two, small enough for at least sixteen in a run.

    At least two, since a draw alone has no mirror image.
    """
    return min(REPLICATE_DRAWS, 1 << max(1, (draws // MIN_REPLICATES).bit_length() - 1))


def whole_replicates(draws: int, sampler: str) -> int:
    """Return `draws` rounded up to whole replicates; pseudo-random draws need no rounding."""
    size = 1 if sampler == "mc" else replicate_size(draws)
    return -(-draws // size) * size


@dataclass(frozen=True)
class Design:
    """How a run draws: the sampler, the draws of a replicate, and where its blocks find their streams."""

    sampler: str
    replicate_draws: int
    entropy: int
    block: int


def draw_source(source: Source, dimension: Dimension, design: Design, out: Block) -> None:
    """Fill `out`, shape (rows, draw), with the variates of `source` in one block."""
    generator = stream(design.entropy, source.name, design.block)
    if design.sampler == "sobol" and dimension.is_known:
        cells = shifted_nets(
            dimension.of_rows(source.rows),
            design.replicate_draws,
            out.shape[1] // design.replicate_draws,
            generator,
        )
        _FROM_CELLS[source.kind](source, cells, generator, out)
    else:
        _FROM_STREAM[source.kind](source, design, generator, out)


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


def _event_cells(
    source: Source, cells: NDArray[np.uint16], generator: np.random.Generator, out: Block
) -> None:
    # The cell that holds the threshold counts with the probability of the part below it.
    edge, part = divmod(source.probability * 65536.0, 1.0)
    np.less(cells, edge, out=out, casting="unsafe")
    boundary = np.flatnonzero(cells.ravel() == int(edge)) if part else np.empty(0, dtype=np.intp)
    out.ravel()[boundary] = generator.random(boundary.size) < part


def _uniform_cells(_: Source, cells: NDArray[np.uint16], generator: np.random.Generator, out: Block) -> None:
    # A uniform place inside each cell, so that no value is a multiple of the cell's width.
    out[...] = (cells + generator.random(cells.shape)) / 65536.0


def _tail_cells(
    source: Source, cells: NDArray[np.uint16], generator: np.random.Generator, out: Block
) -> None:
    cells_to_tail_scale(cells, source.degrees_of_freedom, generator, out)


def _parameter_cells(source: Source, cells: NDArray[np.uint16], _: np.random.Generator, out: Block) -> None:
    table = posterior_table(source.kind, source.knots, out.dtype.str)
    np.take(table, cells, out=out, mode="wrap")


def _normal_stream(source: Source, design: Design, generator: np.random.Generator, out: Block) -> None:
    if design.sampler == "antithetic":
        replicates = out.reshape(source.rows, -1, design.replicate_draws)
        half = design.replicate_draws // 2
        first = generator.standard_normal(replicates[:, :, :half].shape, dtype=out.dtype)
        replicates[:, :, :half] = first
        np.negative(first, out=replicates[:, :, half:])
    elif design.sampler == "lhs":
        from scipy.special import ndtri

        out[...] = ndtri(_uniforms(out.shape, design, generator))
    else:
        generator.standard_normal(out=out, dtype=out.dtype)


def _uniform_stream(_: Source, design: Design, generator: np.random.Generator, out: Block) -> None:
    out[...] = _uniforms(out.shape, design, generator)


def _event_stream(source: Source, design: Design, generator: np.random.Generator, out: Block) -> None:
    np.less(_uniforms(out.shape, design, generator), source.probability, out=out, casting="unsafe")


def _tail_stream(source: Source, design: Design, generator: np.random.Generator, out: Block) -> None:
    # Student t with unit variance is a normal over the square root of a chi-square, scaled.
    cells_to_tail_scale(_cells(out.shape, design, generator), source.degrees_of_freedom, generator, out)


def _parameter_stream(source: Source, design: Design, generator: np.random.Generator, out: Block) -> None:
    _parameter_cells(source, _cells(out.shape, design, generator), generator, out)


def _cells(shape: tuple[int, ...], design: Design, generator: np.random.Generator) -> NDArray[np.uint16]:
    """Return cells of the unit interval, even within each replicate in the way of the sampler."""
    if design.sampler in {"mc", "sobol"}:
        return generator.integers(0, N_CELLS, size=shape, dtype=np.uint16)
    return (_uniforms(shape, design, generator) * N_CELLS).astype(np.uint16)


def _uniforms(shape: tuple[int, ...], design: Design, generator: np.random.Generator) -> NDArray[np.float64]:
    """Return uniforms that are even within each replicate in the way of the sampler."""
    size = design.replicate_draws
    split = (shape[0], shape[1] // size, size)
    if design.sampler == "antithetic":
        half = generator.random((*split[:2], size // 2))
        return np.concatenate([half, 1.0 - half], axis=2).reshape(shape)
    if design.sampler == "lhs":
        strata = generator.permuted(np.broadcast_to(np.arange(size), split), axis=2)
        uniforms: NDArray[np.float64] = ((strata + generator.random(split)) / size).reshape(shape)
        return uniforms
    return generator.random(shape)


_FROM_CELLS: Final[dict[str, Callable[..., None]]] = {
    "normal": _normal_cells,
    "uniform": _uniform_cells,
    "event": _event_cells,
    "tail": _tail_cells,
    "scale": _parameter_cells,
    "persistence": _parameter_cells,
}
_FROM_STREAM: Final[dict[str, Callable[..., None]]] = {
    "normal": _normal_stream,
    "uniform": _uniform_stream,
    "event": _event_stream,
    "tail": _tail_stream,
    "scale": _parameter_stream,
    "persistence": _parameter_stream,
}
