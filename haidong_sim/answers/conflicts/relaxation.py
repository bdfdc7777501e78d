"""What gives way when not everything can hold: least relaxation, and least effort."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.answers.conflicts.conflicts import one_conflict, require_consistent_identities
from haidong_sim.errors import FeasibilityError, Problems, unknown_name
from haidong_sim.optimization import (
    InfeasibleError,
    QuadraticProgram,
    QuadraticSolution,
    UnboundedError,
    lawson_hanson,
    solve_linear,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from haidong_sim.answers.conflicts.linear_plan import Group, LinearPlan
    from haidong_sim.optimization import LinearSolution


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


# Slack below the solver's own accuracy is no concession.
_NO_SLACK = 1e-8


@dataclass(frozen=True, kw_only=True, eq=False)
class Relaxation:
    """The cheapest set of concessions.

    `slacks` (row units: log, log-odds or yearly rate) holds the groups that give way; `levels` the
    level that each of them can still reach; `cost` the weighted sum of slacks. `prices` is the rise of
    `cost` per unit by which a group is tightened, so `prices[name] / 100` is the price of one percent
    (of a level on the log scale) or of one percentage point (of a yearly rate). A group with price 0
    does not matter here. `paths` is one path that needs only these concessions; with several
    equally cheap ones, which of them is returned is the solver's choice.
    """

    plan: LinearPlan
    cost: float
    slacks: Mapping[str, float]
    levels: Mapping[str, float]
    prices: Mapping[str, float]
    paths: Mapping[str, NDArray[np.float64]]


def cheapest_relaxation(
    plan: LinearPlan, *, elastic: Collection[str] | None = None, weights: Mapping[str, float] | None = None
) -> Relaxation:
    """Relax targets (or the groups in `elastic`) as little as possible so that everything holds.

    Minimises the weighted sum of slacks; a group gives way by one slack in all its rows. Bounds from
    history and identities stay hard unless named (elastic programming, Chinneck 2008).

    Parameters
    ----------
    plan
        The planning problem.
    elastic
        Names of the groups that may give way; by default all targets.
    weights
        Cost per unit of slack, by group; 1 where not given.

    Raises
    ------
    InfeasibleError
        If the rest contradicts itself; the message names a minimal conflicting set.
    FeasibilityError
        For unknown names, an identity asked to give way, or a weight that is not positive.
    """
    chosen = _elastic_groups(plan, elastic, weights or {})
    cost = np.array([(weights or {}).get(group.name, 1.0) for group in chosen])
    try:
        found, rows = _solve_elastic(plan, chosen, cost)
    except InfeasibleError:
        rest = (
            plan.keeping(g.name for g in plan.relaxable if g not in chosen)
            if _has_rest(plan, chosen)
            else None
        )
        require_consistent_identities(plan)
        guilty = ", ".join(one_conflict(rest)) if rest else "the identities"
        raise InfeasibleError(f"relaxation: what may not give way cannot hold together: {guilty}") from None
    slacks = found.x[plan.n_columns :]
    given = {g.name: float(s) for g, s in zip(chosen, slacks, strict=True) if s > _NO_SLACK}
    levels = {name: plan.group(name).relaxed_level(slack) for name, slack in given.items()}
    return Relaxation(
        plan=plan,
        cost=found.value,
        slacks=MappingProxyType(given),
        levels=MappingProxyType({name: level for name, level in levels.items() if level is not None}),
        prices=MappingProxyType(_relaxation_prices(plan, rows, found)),
        paths=MappingProxyType(plan.paths(found.x[: plan.n_columns])),
    )


def best_attainable(plan: LinearPlan, target: str, *, keep: Collection[str] = ()) -> float:
    """Return the most ambitious level of `target` that bounds and identities allow.

    Parameters
    ----------
    plan
        The planning problem; its other targets do not count unless named in `keep`.
    target
        Name of a target with a threshold.
    keep
        Other targets that must be met at the same time.

    Raises
    ------
    UnboundedError
        If no bound limits the target.
    InfeasibleError
        If bounds, identities and kept targets contradict each other.
    """
    group = plan.group(target)
    if group.threshold is None:
        raise FeasibilityError(f"best attainable: '{target}' has no threshold to compare with")
    for name in keep:
        plan.group(name)
    kept = [g for g in plan.relaxable if g.name != target and (g.kind == "bound" or g.name in set(keep))]
    upper, equal, _ = _stack([*kept, *plan.identities], plan.n_columns)
    cost = -group.direction * group.matrix[0]
    free = np.full((plan.n_columns, 2), [-np.inf, np.inf])
    try:
        found = solve_linear(
            cost=cost, upper=upper, equal=equal, bounds=free, subject=f"best attainable '{target}'"
        )
    except UnboundedError:
        used = [name for name in plan.variables if group.matrix[0, plan.columns(name)].any()]
        raise UnboundedError(
            f"best attainable '{target}': no bound limits it; it rests on {', '.join(used)}"
        ) from None
    level = group.level(-group.direction * found.value)
    assert level is not None  # the threshold was checked above
    return level


def _elastic_groups(
    plan: LinearPlan, elastic: Collection[str] | None, weights: Mapping[str, float]
) -> tuple[Group, ...]:
    problems = Problems("relaxation")
    names = {group.name for group in plan.relaxable}
    wanted = (
        {group.name for group in plan.relaxable if group.kind == "target"}
        if elastic is None
        else set(elastic)
    )
    for name in sorted(wanted | set(weights)):
        if any(group.name == name for group in plan.identities):
            problems.add(name, "an identity holds always and cannot give way")
        elif name not in names:
            problems.add("", unknown_name("target or bound", name, names))
    for name, weight in weights.items():
        if not (np.isfinite(weight) and weight > 0.0):
            problems.add(name, f"weight {weight} must be positive")
    if not wanted:
        problems.add("", "no target may give way; name at least one group in `elastic`")
    problems.raise_if_any(FeasibilityError)
    return tuple(group for group in plan.relaxable if group.name in wanted)


def _has_rest(plan: LinearPlan, chosen: tuple[Group, ...]) -> bool:
    return len(chosen) < len(plan.relaxable)


def _solve_elastic(
    plan: LinearPlan, chosen: tuple[Group, ...], cost: NDArray[np.float64]
) -> tuple[LinearSolution, list[str]]:
    rest = [group for group in plan.relaxable if group not in chosen]
    (matrix, sides), (eq_matrix, eq_sides), owners = _stack([*rest, *plan.identities], plan.n_columns)
    blocks, ends, rows = [np.hstack([matrix, np.zeros((len(sides), len(chosen)))])], [sides], list(owners)
    for number, group in enumerate(chosen):
        part, side = group.upper_form()
        relief = np.zeros((len(side), len(chosen)))
        relief[:, number] = -1.0
        blocks.append(np.hstack([part, relief]))
        ends.append(side)
        rows += [group.name] * len(side)
    bounds = np.full((plan.n_columns + len(chosen), 2), [-np.inf, np.inf])
    bounds[plan.n_columns :, 0] = 0.0
    found = solve_linear(
        cost=np.concatenate([np.zeros(plan.n_columns), cost]),
        upper=(np.concatenate(blocks), np.concatenate(ends)),
        equal=(np.hstack([eq_matrix, np.zeros((len(eq_sides), len(chosen)))]), eq_sides),
        bounds=bounds,
        subject="relaxation",
    )
    return found, rows


def _stack(
    groups: list[Group], n_columns: int
) -> tuple[
    tuple[NDArray[np.float64], NDArray[np.float64]],
    tuple[NDArray[np.float64], NDArray[np.float64]],
    list[str],
]:
    """Stack groups as inequality and equality rows; identities keep their equalities, for exactness."""
    upper, sides = [np.zeros((0, n_columns))], [np.zeros(0)]
    equal, ends = [np.zeros((0, n_columns))], [np.zeros(0)]
    owners: list[str] = []
    for group in groups:
        if group.kind == "identity" and (group.lower == group.upper).all():
            equal.append(group.matrix)
            ends.append(group.upper)
            continue
        part, side = group.upper_form()
        upper.append(part)
        sides.append(side)
        owners += [group.name] * len(side)
    return (
        (np.concatenate(upper), np.concatenate(sides)),
        (np.concatenate(equal), np.concatenate(ends)),
        owners,
    )


def _relaxation_prices(plan: LinearPlan, rows: list[str], found: LinearSolution) -> dict[str, float]:
    prices = {group.name: 0.0 for group in plan.relaxable}
    for name, marginal in zip(rows, found.upper_marginals, strict=True):
        if name in prices:
            prices[name] -= float(marginal)
    return prices
