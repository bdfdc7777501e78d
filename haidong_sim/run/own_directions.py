"""The direction of a target for each draw by itself, where shocks have random scales.

Given its tails and drawn parameters a draw's deviations are linear in its normals, so the gradient of the
margin in the normals is the transpose of that map applied to its gradient in the deviations. A direction that
depends on the scales alone is as good as a fixed one: the normals are independent of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from haidong_sim.run.deviation import NamedVariates
    from haidong_sim.run.program import Program
    from haidong_sim.run.shocks import Scaled

    Matrix = NDArray[np.float64]


def own_directions(
    program: Program, gradient: Mapping[str, Matrix], scales: NamedVariates
) -> tuple[dict[str, Matrix], Matrix]:
    """Return the unit direction of each draw by source, shape (rows, draw), and the slope along it, (draw,).

    `gradient` is that of the margin in each driver's deviation, shape (year,); where all draws agree the
    shapes are (rows, 1) and (1,).
    """
    slope = own_slopes(program, gradient, scales)
    length: Any = np.sqrt(sum((part**2).sum(axis=0) for part in slope.values()))
    return {source: part / length for source, part in slope.items()}, length


def own_slopes(
    program: Program, gradient: Mapping[str, Matrix], scales: NamedVariates | None
) -> dict[str, Matrix]:
    """Return the gradient of each draw in the normals by source, shape (rows, draw or 1).

    Without `scales` the shocks that they scale are left out.
    """
    rows = {source.name: source.rows for source in program.plan.sources if source.kind == "normal"}
    slope: dict[str, Matrix] = {}
    for driver, own in gradient.items():
        scaled = program.plan.scaled.get(driver)
        shocks = None if scaled is None or scales is None else _back_through_ar1(own, scaled, scales)
        for term in program.plan.terms[driver]:
            if term.source not in rows:
                continue
            part = np.zeros((rows[term.source], 1))
            part[: term.matrix.shape[1], 0] = own @ term.matrix[: len(own)]
            if term.innovations is not None and shocks is not None:
                part = np.repeat(part, shocks.shape[1], axis=1)
                part[1 : 1 + term.innovations.shape[1]] = term.innovations[: len(own)].T @ shocks
            known = slope.get(term.source)
            slope[term.source] = part if known is None else known + part
    return slope


def _back_through_ar1(gradient: Matrix, scaled: Scaled, scales: NamedVariates) -> Matrix:
    """Return the gradient in the innovations from that in the yearly shocks, shape (year, draw or 1)."""
    persistence: Any = scaled.persistence
    if scaled.persistence_source is not None:
        persistence = scales[scaled.persistence_source]
    rows = [np.atleast_2d(gradient[-1])]
    for own in gradient[-2::-1]:
        rows.append(own + persistence * rows[-1])
    found = np.concatenate(np.broadcast_arrays(*rows)[::-1], axis=0)
    if scaled.tail is not None:
        found = found * scales[scaled.tail][: len(found)]
    if scaled.scale is not None:
        found = found * scales[scaled.scale]
    return found
