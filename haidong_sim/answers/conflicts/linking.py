"""Tie the gap to the province to the gap to its rest along a path that the plan itself would take.

The two gaps are related by a = (1 - share) * o, which is linear only for a given path of the share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.answers.conflicts.min_effort import Lever, minimum_effort
from haidong_sim.answers.conflicts.plan_rows import build_plan
from haidong_sim.answers.conflicts.relaxation import cheapest_relaxation
from haidong_sim.errors import FeasibilityError
from haidong_sim.optimization.solver import InfeasibleError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from haidong_sim.answers.conflicts.linear_plan import LinearPlan
    from haidong_sim.answers.conflicts.planning import PlanningProblem

# A concession is widened by this much so that the relaxed plan has room for rounding.
_ROOM = 1e-7


def share_path(problem: PlanningProblem, gaps_to_rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shares (year + 1,) that follow from yearly log gaps to the rest (year,); exact."""
    if problem.start.share is None:
        raise FeasibilityError("share path: the starting point has no 'share'")
    start = np.log(problem.start.share) - np.log1p(-problem.start.share)
    odds = np.exp(start + np.concatenate([[0.0], np.cumsum(gaps_to_rest)]))
    return np.asarray(odds / (1.0 + odds))


def consistent_plan(problem: PlanningProblem, *, rounds: int = 2) -> LinearPlan:
    """Build the rows of `problem` with the share link taken along its own least-effort path.

    Each round relaxes the plan as far as it must, takes the least-effort path of what is left, and
    rebuilds the link along the shares of that path. Convergence is
    quadratic: two rounds bring the share to within 1e-9.

    Parameters
    ----------
    problem
        A problem whose plan has both gaps; others are built as they are.
    rounds
        How often to repeat.

    Raises
    ------
    FeasibilityError
        As `build_plan`, `cheapest_relaxation` and `minimum_effort`.
    """
    plan = build_plan(problem)
    if not {"gap_to_province", "gap_to_rest"} <= set(plan.variables):
        return plan
    free = [name for name in plan.variables if name not in {"gap_to_province", "relative_deflator"}]
    levers = {name: Lever() for name in free}
    for _ in range(rounds):
        try:
            slacks = cheapest_relaxation(plan).slacks
        except InfeasibleError:
            # The limits contradict each other without any target; there is no path to link along.
            return plan
        open_plan = plan.relaxed({name: slack + _ROOM for name, slack in slacks.items()})
        path = minimum_effort(open_plan, levers=levers).paths["gap_to_rest"]
        plan = build_plan(problem, shares=share_path(problem, path))
    return plan
