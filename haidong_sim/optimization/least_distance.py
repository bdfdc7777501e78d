"""Strictly convex quadratic programs, solved exactly through non-negative least squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.optimization.solver import InfeasibleError, SolverError, UnboundedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RANK = 1e-10


@dataclass(frozen=True, kw_only=True)
class QuadraticProgram:
    """Minimise x'Hx/2 - b'x under `equal @ x = equal_side` and `lower @ x >= lower_side`.

    `hessian` (column, column) may be singular as long as the equalities determine what it leaves
    open; `names` (column) are used in messages.
    """

    hessian: NDArray[np.float64]
    linear: NDArray[np.float64]
    equal: NDArray[np.float64]
    equal_side: NDArray[np.float64]
    lower: NDArray[np.float64]
    lower_side: NDArray[np.float64]
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class QuadraticSolution:
    """The optimum, and the rise of the objective per unit of each row's side; `lower_prices` are >= 0."""

    x: NDArray[np.float64]
    equal_prices: NDArray[np.float64]
    lower_prices: NDArray[np.float64]


def lawson_hanson(program: QuadraticProgram) -> QuadraticSolution:
    """Solve `program` as a least-distance problem (Lawson and Hanson 1974, chapter 23).

    Equalities are eliminated through their null space; the remaining problem, in coordinates in
    which the objective is a distance, is dual to a non-negative least squares problem.

    Raises
    ------
    InfeasibleError
        If the constraints contradict each other.
    UnboundedError
        If a column has neither a cost nor an equality that determines it.
    SolverError
        If the solver stops early, or its point violates a constraint.
    """
    origin, free = _null_space(program.equal, program.equal_side)
    reduced = free.T @ program.hessian @ free
    root = _definite_root(reduced, free, program.names)
    basis: NDArray[np.float64] = np.asarray(np.linalg.solve(root, free.T).T)
    center = origin + basis @ (basis.T @ (program.linear - program.hessian @ origin))
    x, prices = _nearest(program, center, basis)
    gap = program.lower @ x - program.lower_side
    if gap.size and gap.min() < -1e-7 * max(1.0, float(np.abs(program.lower_side).max())):
        raise SolverError(f"quadratic program: the point found violates a constraint by {-gap.min():.2e}")
    force = program.hessian @ x - program.linear - program.lower.T @ prices
    equal_prices: NDArray[np.float64] = np.asarray(np.linalg.lstsq(program.equal.T, force, rcond=None)[0])
    return QuadraticSolution(x=x, equal_prices=equal_prices, lower_prices=prices)


def _nearest(
    program: QuadraticProgram, center: NDArray[np.float64], basis: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    need = program.lower_side - program.lower @ center
    if not need.size or need.max() <= 0.0:
        return center, np.zeros(need.size)
    from scipy.optimize import nnls

    system = np.vstack([(program.lower @ basis).T, need])
    wanted = np.zeros(system.shape[0])
    wanted[-1] = 1.0
    try:
        weights, _ = nnls(system, wanted, maxiter=30 * system.shape[1])
    except RuntimeError as stopped:
        raise SolverError(f"quadratic program: {stopped}") from None
    residual = system @ weights - wanted
    # |residual|^2 = 1 / (1 + distance^2) when there is a point at all, and 0 when there is none.
    if -residual[-1] < 1e-9:
        raise InfeasibleError("quadratic program: the constraints contradict each other")
    return center - basis @ (residual[:-1] / residual[-1]), weights / -residual[-1]


def _null_space(
    matrix: NDArray[np.float64], side: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a point on `matrix @ x = side` and an orthonormal basis of its directions."""
    left, sizes, right = np.linalg.svd(matrix, full_matrices=True)
    rank = int((sizes > _RANK * sizes.max(initial=0.0)).sum())
    point = right[:rank].T @ ((left[:, :rank].T @ side) / sizes[:rank])
    if side.size and np.abs(matrix @ point - side).max() > 1e-8 * max(1.0, float(np.abs(side).max())):
        raise InfeasibleError("quadratic program: the equalities contradict each other")
    return point, right[rank:].T


def _definite_root(
    reduced: NDArray[np.float64], free: NDArray[np.float64], names: tuple[str, ...]
) -> NDArray[np.float64]:
    """Return the Cholesky factor of `reduced`, or name the columns that make it singular."""
    try:
        root = np.linalg.cholesky(reduced)
    except np.linalg.LinAlgError:
        root = np.zeros_like(reduced)
    pivots = np.diagonal(root)
    if pivots.size and pivots.min() <= np.sqrt(_RANK) * max(1.0, float(pivots.max())):
        sizes, vectors = np.linalg.eigh(reduced)
        directions = free @ vectors[:, sizes <= _RANK * max(1.0, float(sizes[-1]))]
        loose = [
            name for name, row in zip(names, directions, strict=True) if np.abs(row).max(initial=0.0) > 1e-6
        ]
        listed = ", ".join(dict.fromkeys(loose)) or "a combination of columns"
        raise UnboundedError(f"quadratic program: neither effort nor an identity determines {listed}")
    return np.asarray(root)
