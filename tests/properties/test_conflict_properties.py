"""Random plans: every conflicting set is infeasible, and feasible without any one member.

The judge is an independent formulation: a zero objective over the bare constraints with scipy's
mixed-integer interface, without slacks, normalisation or certificates. The list is complete: it equals
a search through all subsets.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from haidong_sim.answers.conflicts.conflicts import find_conflicts
from haidong_sim.answers.conflicts.linear_plan import Group, LinearPlan
from haidong_sim.answers.conflicts.relaxation import cheapest_relaxation


def holds_together(plan, names):
    groups = [g for g in plan.groups if g.kind == "identity" or g.name in set(names)]
    rules = [LinearConstraint(g.matrix, g.lower, g.upper) for g in groups]
    found = milp(np.zeros(plan.n_columns), constraints=rules, bounds=None if not rules else (-np.inf, np.inf))
    assert found.status in {0, 2}, found.message
    return found.status == 0


def random_plan(seed, n_groups, *, n_columns=4, with_identity=True):
    rng = np.random.default_rng(seed)
    groups = []
    for number in range(n_groups):
        rows = rng.integers(1, 3)
        # Small integers keep every margin far from the solver's tolerance.
        matrix = rng.integers(-2, 3, (rows, n_columns)).astype(float)
        side = rng.integers(-3, 4, rows).astype(float)
        at_least = rng.random() < 0.5
        groups.append(
            Group(
                name=f"g{number}",
                kind="target" if number % 2 else "bound",
                matrix=matrix,
                lower=side if at_least else np.full(rows, -np.inf),
                upper=np.full(rows, np.inf) if at_least else side,
            )
        )
    if with_identity:
        row = np.zeros((1, n_columns))
        row[0, :2] = 1.0, -1.0
        groups.append(Group(name="tie", kind="identity", matrix=row, lower=np.zeros(1), upper=np.zeros(1)))
    return LinearPlan(
        variables=tuple(f"x{k}" for k in range(n_columns)), years=np.array([2021]), groups=tuple(groups)
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n_groups=st.integers(2, 14))
def test_every_set_conflicts_and_heals_without_any_one_member(seed, n_groups):
    plan = random_plan(seed, n_groups)
    found = find_conflicts(plan)
    assert found.complete
    assert holds_together(plan, [g.name for g in plan.relaxable]) is found.is_feasible
    for names in found.sets:
        assert not holds_together(plan, names)
        for left_out in names:
            assert holds_together(plan, [name for name in names if name != left_out])
    assert holds_together(plan, found.largest_feasible())


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_list_equals_a_search_through_all_subsets(seed):
    plan = random_plan(seed, 7)
    names = [g.name for g in plan.relaxable]
    minimal: list[frozenset[str]] = []
    for size in range(1, len(names) + 1):
        for subset in combinations(names, size):
            if not any(known <= set(subset) for known in minimal) and not holds_together(plan, subset):
                minimal.append(frozenset(subset))
    found = find_conflicts(plan)
    assert {frozenset(part) for part in found.sets} == set(minimal)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_every_repair_heals_and_none_is_larger_than_needed(seed):
    plan = random_plan(seed, 8)
    names = {g.name for g in plan.relaxable}
    found = find_conflicts(plan)
    for number, part in enumerate(found.repairs):
        elsewhere = {
            name
            for other in found.repairs[:number] + found.repairs[number + 1 :]
            for name in min(other, key=len)
        }
        for repair in part:
            assert holds_together(plan, names - elsewhere - set(repair))
            for spared in repair:
                assert not holds_together(plan, names - elsewhere - (set(repair) - {spared}))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_relaxing_by_the_slacks_is_enough(seed):
    plan = random_plan(seed, 8, with_identity=False)
    relaxation = cheapest_relaxation(plan, elastic=[g.name for g in plan.relaxable])
    eased = plan.relaxed({name: slack + 1e-6 for name, slack in relaxation.slacks.items()})
    assert holds_together(eased, [g.name for g in plan.relaxable])
    assert (relaxation.cost > 1e-7) is not find_conflicts(plan).is_feasible
    assert relaxation.cost == pytest.approx(sum(relaxation.slacks.values()), abs=1e-6)
