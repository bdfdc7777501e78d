"""The least change of paths that meets the targets: quadratic effort with smoothness, never an absolute sum.

An absolute sum has many optima, most of them jagged; the quadratic one is unique.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.answers.conflicts.conflicts import one_conflict, require_consistent_identities
from haidong_sim.errors import FeasibilityError, Problems, unknown_name
from haidong_sim.optimization.least_distance import QuadraticProgram, QuadraticSolution, lawson_hanson
from haidong_sim.optimization.solver import InfeasibleError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from haidong_sim.answers.conflicts.linear_plan import LinearPlan


@dataclass(frozen=True, kw_only=True)
class Lever:
    """A variable whose change costs effort: `weight` times squared distance from `baseline`.

    `baseline` is a yearly log rate, one number or one per year (year,).
    """

    weight: float = 1.0
    baseline: float | NDArray[np.float64] = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class MinimumEffort:
    """The unique least-effort paths.

    `effort` is the objective; `paths` one path (year,) per variable; `levels` what each target with a
    threshold reaches; `prices` the rise of `effort` per unit by which a group is tightened (log,
    log-odds or yearly rate; 1/100 of it is the price of one percent). A price of 0 means that the
    others already imply the group; a negative price of an exact target, that more of it would be
    easier. For a pinned variable it is the rise per unit by which the pin is raised.
    """

    plan: LinearPlan
    effort: float
    paths: Mapping[str, NDArray[np.float64]]
    levels: Mapping[str, float]
    prices: Mapping[str, float]


def minimum_effort(
    plan: LinearPlan,
    *,
    levers: Mapping[str, Lever],
    smoothness: float = 0.0,
    exactly: Collection[str] = (),
) -> MinimumEffort:
    """Find the paths of least effort that meet every target and bound of `plan`.

    Minimises, over levers, weight * [sum (u - baseline)^2 + smoothness * sum (u_t - u_{t-1})^2].

    Parameters
    ----------
    plan
        Targets, bounds and identities, all of which must hold.
    levers
        What may be changed, by variable name.
    smoothness
        Cost of a change from year to year relative to that of a distance from the baseline.
    exactly
        Targets to be hit rather than at least met.

    Raises
    ------
    InfeasibleError
        If the plan contradicts itself; the message names a minimal conflicting set.
    UnboundedError
        If a variable is neither a lever nor determined by identities.
    FeasibilityError
        For unknown names, weights that are not positive, or levers that nothing depends on.
    SolverError
        If the solver fails.
    """
    _require_sensible(plan, levers, smoothness, exactly)
    hessian, linear, constant = _effort(plan, levers, smoothness)
    program, owners = _program(plan, set(exactly), hessian, linear)
    try:
        found = lawson_hanson(program)
    except InfeasibleError:
        require_consistent_identities(plan)
        guilty = one_conflict(plan)
        reason = (
            f"these cannot hold together: {', '.join(guilty)}"
            if guilty
            else "the exact targets cannot all be hit"
        )
        raise InfeasibleError(f"minimum effort: {reason}") from None
    levels = {g.name: g.level(float(g.matrix[0] @ found.x)) for g in plan.relaxable if g.kind == "target"}
    return MinimumEffort(
        plan=plan,
        effort=float(0.5 * found.x @ hessian @ found.x - linear @ found.x + constant),
        paths=MappingProxyType(plan.paths(found.x)),
        levels=MappingProxyType({name: level for name, level in levels.items() if level is not None}),
        prices=MappingProxyType(_prices(plan, owners, found)),
    )


def _require_sensible(
    plan: LinearPlan, levers: Mapping[str, Lever], smoothness: float, exactly: Collection[str]
) -> None:
    problems = Problems("minimum effort")
    if not levers:
        problems.add("levers", "the list is empty; name at least one variable that may change")
    used = {
        name for name in plan.variables if any(g.matrix[:, plan.columns(name)].any() for g in plan.groups)
    }
    for name, lever in levers.items():
        if name not in plan.variables:
            problems.add("levers", unknown_name("plan variable", name, plan.variables))
        elif name not in used:
            problems.add(f"lever '{name}'", "no target, bound or identity depends on it")
        if not (np.isfinite(lever.weight) and lever.weight > 0.0):
            problems.add(f"lever '{name}'", f"weight {lever.weight} must be positive")
        if np.shape(lever.baseline) not in {(), (len(plan.years),)}:
            problems.add(f"lever '{name}'", f"baseline must be one number or {len(plan.years)}, one per year")
    if not (np.isfinite(smoothness) and smoothness >= 0.0):
        problems.add("smoothness", f"{smoothness} must be zero or positive")
    targets = {group.name for group in plan.groups if group.kind == "target"}
    for name in sorted(set(exactly) - targets):
        problems.add("exactly", unknown_name("target", name, targets))
    problems.raise_if_any(FeasibilityError)


def _effort(
    plan: LinearPlan, levers: Mapping[str, Lever], smoothness: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    years = len(plan.years)
    change = np.diff(np.eye(years), axis=0)
    block = np.eye(years) + smoothness * change.T @ change
    hessian, linear, constant = np.zeros((plan.n_columns, plan.n_columns)), np.zeros(plan.n_columns), 0.0
    for name, lever in levers.items():
        columns = plan.columns(name)
        baseline = np.broadcast_to(np.asarray(lever.baseline, dtype=np.float64), (years,))
        hessian[np.ix_(columns, columns)] = 2.0 * lever.weight * block
        linear[columns] = 2.0 * lever.weight * baseline
        constant += float(lever.weight * baseline @ baseline)
    return hessian, linear, constant


def _program(
    plan: LinearPlan, exactly: set[str], hessian: NDArray[np.float64], linear: NDArray[np.float64]
) -> tuple[QuadraticProgram, tuple[list[tuple[str, int]], list[str]]]:
    equal, equal_side = [np.zeros((0, plan.n_columns))], [np.zeros(0)]
    lower, lower_side = [np.zeros((0, plan.n_columns))], [np.zeros(0)]
    equal_owner: list[tuple[str, int]] = []
    lower_owner: list[str] = []
    for group in plan.groups:
        exact = (group.lower == group.upper) | (group.name in exactly)
        equal.append(group.matrix[exact])
        equal_side.append((group.lower if group.direction > 0 else group.upper)[exact])
        equal_owner += [(group.name, int(group.direction))] * int(exact.sum())
        above, below = ~exact & np.isfinite(group.lower), ~exact & np.isfinite(group.upper)
        lower += [group.matrix[above], -group.matrix[below]]
        lower_side += [group.lower[above], -group.upper[below]]
        lower_owner += [group.name] * int(above.sum() + below.sum())
    program = QuadraticProgram(
        hessian=hessian,
        linear=linear,
        equal=np.concatenate(equal),
        equal_side=np.concatenate(equal_side),
        lower=np.concatenate(lower),
        lower_side=np.concatenate(lower_side),
        names=tuple(name for name in plan.variables for _ in plan.years),
    )
    return program, (equal_owner, lower_owner)


def _prices(
    plan: LinearPlan, owners: tuple[list[tuple[str, int]], list[str]], found: QuadraticSolution
) -> dict[str, float]:
    prices = {group.name: 0.0 for group in plan.relaxable}
    for (name, direction), price in zip(owners[0], found.equal_prices, strict=True):
        if name in prices:
            prices[name] += direction * float(price)
    for name, price in zip(owners[1], found.lower_prices, strict=True):
        if name in prices:
            prices[name] += float(price)
    return prices
