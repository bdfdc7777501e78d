"""The log deviation of one driver from its median path, for given standard variates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from haidong_sim.run.program import Program
    from haidong_sim.run.shocks import Scaled, Term

    Draws = NDArray[np.floating[Any]]
    OnShocks = Callable[[str, Draws], None]
    Matrix = NDArray[np.float64]


class NamedVariates(Protocol):
    """Standard variates by source: drawn by a block, or chosen by a design."""

    def __getitem__(self, name: str) -> Draws:
        """Return the variates of a source, shape (rows, draw)."""
        ...


def driver_deviation(
    program: Program,
    driver: str,
    variates: NamedVariates,
    scales: NamedVariates | None = None,
    on_shocks: OnShocks | None = None,
) -> Draws:
    """Return the deviation of `driver`, shape (year, draw).

    With `scales`, tails and drawn parameters come from there: the deviation is linear in the other variates.
    `on_shocks` is shown the driver's scaled yearly shocks before anything is added to them.
    """
    terms = program.plan.terms[driver]
    # Each source once: variates may take note of what is drawn.
    parts = [(term, variates[term.source]) for term in terms]
    scaled = program.plan.scaled.get(driver)
    if scaled is None:
        return _sum_of([(term.matrix, own) for term, own in parts], program)
    total = _shocks(program, parts, scaled, variates if scales is None else scales)
    if on_shocks is not None:
        on_shocks(driver, total)
    for term, own in parts:
        if term.innovations is not None:
            _add_trend(total, term.matrix[:, 0], own[0])
        else:
            total += _sum_of([(term.matrix, own)], program)
    return total


def _sum_of(parts: Sequence[tuple[Matrix, Draws]], program: Program) -> Draws:
    """Return the sum of matrix products; a source may have more rows than a matrix reads."""
    (first, drawn), *others = parts
    total: Draws = np.matmul(first.astype(program.dtype), drawn[: first.shape[1]])
    for matrix, own in others:
        total += np.matmul(matrix.astype(program.dtype), own[: matrix.shape[1]])
    return total


def _shocks(
    program: Program, parts: Sequence[tuple[Term, Draws]], scaled: Scaled, scales: NamedVariates
) -> Draws:
    """Turn the innovations into an AR(1) that starts at zero."""
    total = _sum_of([(t.innovations, own[1:]) for t, own in parts if t.innovations is not None], program)
    tails = None if scaled.tail is None else scales[scaled.tail]
    scale = None if scaled.scale is None else scales[scaled.scale][0]
    persistence: Any = total.dtype.type(scaled.persistence)
    if scaled.persistence_source is not None:
        persistence = scales[scaled.persistence_source][0]
    draws = max((np.shape(part)[-1] for part in (tails, scale) if part is not None), default=1)
    if total.shape[1] < draws:
        total = np.repeat(total, draws, axis=1)
    held = np.empty_like(total[0])
    # Year by year, while a row is in the cache.
    for year, row in enumerate(total):
        if tails is not None:
            np.multiply(row, tails[year], out=row)
        if scale is not None:
            np.multiply(row, scale, out=row)
        if year:
            np.multiply(total[year - 1], persistence, out=held)
            np.add(row, held, out=row)
    return total


def _add_trend(total: Draws, weights: Matrix, drawn: Draws) -> None:
    """Add the trend to every year that is not known: the same in each of them."""
    if weights[-1]:
        trend = drawn * total.dtype.type(weights[-1])
        for row, weight in zip(total, weights, strict=True):
            if weight:
                np.add(row, trend, out=row)
