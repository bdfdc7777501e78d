"""The cheapest way to make a contradictory plan hold, the price of each demand, and the best within reach."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.answers.conflicts.conflicts import one_conflict, require_consistent_identities
from haidong_sim.errors import FeasibilityError, Problems, unknown_name
from haidong_sim.optimization.solver import InfeasibleError, UnboundedError, solve_linear

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from haidong_sim.answers.conflicts.linear_plan import Group, LinearPlan
    from haidong_sim.optimization.solver import LinearSolution

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
        prices=MappingProxyType(_prices(plan, rows, found)),
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


def _prices(plan: LinearPlan, rows: list[str], found: LinearSolution) -> dict[str, float]:
    prices = {group.name: 0.0 for group in plan.relaxable}
    for name, marginal in zip(rows, found.upper_marginals, strict=True):
        if name in prices:
            prices[name] -= float(marginal)
    return prices
