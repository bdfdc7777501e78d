"""Linear and quadratic programmes by well-kept solvers, with errors of this library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from haidong_sim.errors import FeasibilityError

if TYPE_CHECKING:
    from numpy.typing import NDArray


# scipy.optimize.linprog reports these; anything but 0 has no usable solution.
_INFEASIBLE = 2
_UNBOUNDED = 3
# The finest tolerance that HiGHS still keeps on badly scaled rows; log units of 1e-9 are 1e-7 of a percent.
_OPTIONS = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}


class SolverError(FeasibilityError):
    """The solver stopped without an answer; the message carries its status."""


class InfeasibleError(FeasibilityError):
    """Constraints that may not be relaxed contradict each other."""


class UnreachableError(FeasibilityError):
    """No change of the levers within their bounds reaches the probabilities asked for."""


class UnboundedError(FeasibilityError):
    """Nothing limits the quantity that was to be driven up or down."""


@dataclass(frozen=True, kw_only=True)
class LinearSolution:
    """An optimum: point `x`, `value`, and the marginal values of both kinds of rows.

    `upper_marginals` (row,) are d value / d b of `A x <= b` and never positive;
    `equal_marginals` (row,) are those of `A x = b`, of either sign.
    """

    x: NDArray[np.float64]
    value: float
    upper_marginals: NDArray[np.float64]
    equal_marginals: NDArray[np.float64]


def solve_linear(
    *,
    cost: NDArray[np.float64],
    upper: tuple[Any, NDArray[np.float64]],
    equal: tuple[Any, NDArray[np.float64]] | None,
    bounds: NDArray[np.float64],
    subject: str,
) -> LinearSolution:
    """Minimise `cost @ x` under `A x <= b`, `A x = b` and column bounds (column, 2), with HiGHS.

    Matrices may be dense or sparse; `subject` names the problem in an error.

    Raises
    ------
    InfeasibleError, UnboundedError
        As the solver finds the problem.
    SolverError
        For every other status (iteration limit, numerical trouble).
    """
    from scipy.optimize import linprog

    a_eq, b_eq = equal if equal is not None and equal[1].size else (None, None)
    a_ub, b_ub = upper if upper[1].size else (None, None)
    problem: Any = {
        "A_ub": a_ub,
        "b_ub": b_ub,
        "A_eq": a_eq,
        "b_eq": b_eq,
        "bounds": bounds,
        "options": _OPTIONS,
    }
    found: Any = linprog(cost, **problem)
    if found.status == _INFEASIBLE:
        raise InfeasibleError(f"{subject}: the constraints contradict each other ({found.message})")
    if found.status == _UNBOUNDED:
        raise UnboundedError(f"{subject}: nothing limits the objective ({found.message})")
    if found.status != 0:
        raise SolverError(f"{subject}: the solver stopped with status {found.status} ({found.message})")
    return LinearSolution(
        x=np.asarray(found.x, dtype=np.float64),
        value=float(found.fun),
        upper_marginals=np.asarray(found.ineqlin.marginals, dtype=np.float64),
        equal_marginals=np.asarray(found.eqlin.marginals, dtype=np.float64),
    )


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
