"""One door to the linear-program solver, so that a failure is reported and never read as a result."""

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
