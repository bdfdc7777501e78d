"""Minimal conflicting sets, repairs, and what happens to malformed or contradictory plans."""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.answers.conflicts.conflicts import (
    find_conflicts,
    independent_parts,
    one_conflict,
)
from haidong_sim.answers.conflicts.linear_plan import LinearPlan
from haidong_sim.errors import FeasibilityError
from haidong_sim.optimization import InfeasibleError

YEAR = np.array([2021])


def as_sets(names):
    return {frozenset(part) for part in names}


def test_the_published_conflict_has_all_three_members(factory_plan):
    found = find_conflicts(factory_plan)
    assert as_sets(found.sets) == {frozenset({"a_cap", "b_cap", "demand"})}
    assert as_sets(found.repairs[0]) == {frozenset({"a_cap"}), frozenset({"b_cap"}), frozenset({"demand"})}
    assert found.complete
    assert not found.is_feasible
    assert set(one_conflict(factory_plan)) == {"a_cap", "b_cap", "demand"}


def test_a_feasible_plan_has_no_conflict_and_needs_no_repair(factory_plan):
    plan = factory_plan.keeping(["a_cap", "demand"])
    found = find_conflicts(plan)
    assert found.is_feasible
    assert found.sets == ()
    assert found.repairs == ()
    assert found.smallest_repair == ()
    assert set(found.largest_feasible()) == {"a_cap", "demand"}
    assert one_conflict(plan) == ()


def test_contradictory_pins_are_named_and_nothing_else(make_group):
    plan = LinearPlan(
        variables=("x",),
        years=np.array([2021, 2022]),
        groups=(
            make_group("pin_low", [1, 0], lower=0.02, upper=0.02),
            make_group("pin_high", [1, 0], lower=0.03, upper=0.03),
            make_group("other_year", [0, 1], lower=0.01),
        ),
    )
    assert find_conflicts(plan).sets == (("pin_low", "pin_high"),)


def test_a_group_can_contradict_itself(make_group):
    group = make_group("impossible", [[1.0], [1.0]], lower=[0.05, -np.inf], upper=[np.inf, 0.02])
    plan = LinearPlan(variables=("x",), years=YEAR, groups=(group, make_group("fine", [1], upper=1)))
    assert find_conflicts(plan).sets == (("impossible",),)


def test_overlapping_conflicts_are_all_found_by_hand_counted_duality(make_group):
    # x >= 3 contradicts x <= 2 and x <= 1; x >= 1.5 contradicts x <= 1 only.
    plan = LinearPlan(
        variables=("x",),
        years=YEAR,
        groups=(
            make_group("at_least_3", [1], lower=3, kind="target"),
            make_group("at_least_1.5", [1], lower=1.5, kind="target"),
            make_group("at_most_2", [1], upper=2),
            make_group("at_most_1", [1], upper=1),
        ),
    )
    found = find_conflicts(plan)
    assert as_sets(found.sets) == {
        frozenset({"at_least_3", "at_most_2"}),
        frozenset({"at_least_3", "at_most_1"}),
        frozenset({"at_least_1.5", "at_most_1"}),
    }
    assert as_sets(found.repairs[0]) == {
        frozenset({"at_least_3", "at_least_1.5"}),
        frozenset({"at_least_3", "at_most_1"}),
        frozenset({"at_most_2", "at_most_1"}),
    }
    assert len(found.smallest_repair) == 2
    assert len(found.largest_feasible()) == 2


def test_independent_parts_are_repaired_apart(make_group):
    plan = LinearPlan(
        variables=("x", "y"),
        years=YEAR,
        groups=(
            make_group("x_high", [1, 0], lower=2, kind="target"),
            make_group("x_low", [1, 0], upper=1),
            make_group("y_high", [0, 1], lower=2, kind="target"),
            make_group("y_low", [0, 1], upper=1),
        ),
    )
    assert [[group.name for group in part] for part in independent_parts(plan)] == [
        ["x_high", "x_low"],
        ["y_high", "y_low"],
    ]
    found = find_conflicts(plan)
    assert as_sets(found.sets) == {frozenset({"x_high", "x_low"}), frozenset({"y_high", "y_low"})}
    assert [as_sets(part) for part in found.repairs] == [
        {frozenset({"x_high"}), frozenset({"x_low"})},
        {frozenset({"y_high"}), frozenset({"y_low"})},
    ]


def test_an_identity_joins_parts_but_is_never_blamed(make_group):
    plan = LinearPlan(
        variables=("x", "y"),
        years=YEAR,
        groups=(
            make_group("x_high", [1, 0], lower=2, kind="target"),
            make_group("y_low", [0, 1], upper=1),
            make_group("same", [1, -1], lower=0, upper=0, kind="identity"),
        ),
    )
    assert len(independent_parts(plan)) == 1
    assert find_conflicts(plan).sets == (("x_high", "y_low"),)


def test_contradictory_identities_raise_with_their_names(make_group):
    plan = LinearPlan(
        variables=("x",),
        years=YEAR,
        groups=(
            make_group("wish", [1], lower=0, kind="target"),
            make_group("is_one", [1], lower=1, upper=1, kind="identity"),
            make_group("is_two", [2], lower=4, upper=4, kind="identity"),
        ),
    )
    with pytest.raises(InfeasibleError, match="identities contradict each other: is_one, is_two"):
        find_conflicts(plan)


def test_a_search_cut_short_says_so(make_group):
    groups = [make_group(f"t{k}", [1], lower=2 + k, kind="target") for k in range(8)]
    groups += [make_group(f"b{k}", [1], upper=-k) for k in range(8)]
    plan = LinearPlan(variables=("x",), years=YEAR, groups=tuple(groups))
    found = find_conflicts(plan, max_programs=12)
    assert not found.complete
    assert 0 < len(found.sets) < 64
    whole = find_conflicts(plan)
    assert whole.complete
    assert len(whole.sets) == 64
    assert as_sets(found.sets) < as_sets(whole.sets)


def test_malformed_plans_are_refused_with_every_problem(make_group):
    with pytest.raises(FeasibilityError) as caught:
        LinearPlan(
            variables=("x",),
            years=YEAR,
            groups=(
                make_group("wide", [1, 2], upper=1),
                make_group("nan", [np.nan], upper=1),
                make_group("idle", [1]),
                make_group("never", [1], lower=np.inf),
                make_group("idle", [1], upper=1),
            ),
        )
    text = str(caught.value)
    for part in (
        "5 problems",
        "group 'idle': the name is used more than once",
        "group 'wide': the matrix has shape (1, 2); expected (rows, 1)",
        "group 'nan': a coefficient or side is not a number",
        "group 'idle': a row limits nothing",
        "group 'never': a side is infinite in the direction that nothing can meet",
    ):
        assert part in text


def test_a_plan_without_demands_or_variables_is_refused(make_group):
    with pytest.raises(FeasibilityError, match="no target and no bound"):
        LinearPlan(variables=("x",), years=YEAR, groups=())
    with pytest.raises(FeasibilityError, match="no variable or no year"):
        LinearPlan(variables=(), years=YEAR, groups=())


def test_unknown_names_get_the_nearest(factory_plan):
    with pytest.raises(FeasibilityError, match="Did you mean 'demand'"):
        factory_plan.group("demnad")
    with pytest.raises(FeasibilityError, match="unknown plan variable 'z'"):
        factory_plan.columns("z")
