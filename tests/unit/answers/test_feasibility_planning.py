"""Rows of the log-linear planning problem: coefficients, links, labels and refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from haidong_sim.answers.conflicts.conflicts import find_conflicts
from haidong_sim.answers.conflicts.linear_plan import (
    QUANTITIES,
    VARIABLES,
    PlanBound,
    PlanningProblem,
    PlanTarget,
    StartingPoint,
)
from haidong_sim.answers.conflicts.relaxation import Lever, best_attainable, minimum_effort
from haidong_sim.answers.conflicts.scenario_plan import build_plan, consistent_plan, share_path
from haidong_sim.errors import FeasibilityError

START = StartingPoint(
    base_year=2020, share=0.171, per_capita_ratio=0.7457, urbanization_rate=0.42, relative_income=0.835
)


def problem(*targets, bounds=(), start=START, last_year=2035, **more):
    return PlanningProblem(start=start, last_year=last_year, targets=targets, bounds=tuple(bounds), **more)


def target(quantity, threshold, year=2035, **more):
    return PlanTarget(name=quantity, quantity=quantity, threshold=threshold, year=year, **more)


def test_only_needed_variables_become_columns():
    plan = build_plan(problem(target("urbanization_rate", 0.48, 2025)))
    assert plan.variables == ("urbanization_slope",)
    assert plan.n_columns == 15
    group = plan.group("urbanization_rate")
    assert group.matrix[0].tolist() == [1.0] * 5 + [0.0] * 10
    assert group.lower == pytest.approx([5 * 0.0485461369], abs=1e-9)


def test_a_mean_rate_counts_its_own_years():
    plan = build_plan(problem(target("gdp_growth", 0.05, 2030, since=2025)))
    group = plan.group("gdp_growth")
    assert group.matrix[0].tolist() == [0.0] * 5 + [1.0] * 5 + [0.0] * 5
    assert group.lower == pytest.approx([5 * np.log(1.05)])
    assert group.relaxed_level(5 * np.log(1.05) - 5 * np.log(1.04)) == pytest.approx(0.04)
    assert group.label_en == "mean real GDP growth at least 5% (2026–2030)"


def test_energy_targets_tie_growth_and_intensity():
    plan = build_plan(
        problem(
            target("energy_intensity", 0.865, 2025, direction=-1),
            target("energy_consumption", 1.10, 2025, direction=-1),
            target("gdp_growth", 0.06, 2025),
            bounds=[PlanBound(name="pace", variable="intensity_decline", upper=0.03)],
        )
    )
    assert {frozenset(part) for part in find_conflicts(plan).sets} == {
        frozenset({"energy_consumption", "gdp_growth", "pace"})
    }
    # 6 percent growth for five years, at most 3 log percent less energy per unit each year
    best = best_attainable(plan, "energy_consumption", keep=["gdp_growth"])
    assert best == pytest.approx(1.06**5 * np.exp(-0.15))


def test_income_in_step_moves_relative_income():
    # The share to 20 percent lifts real GDP by ln(.2/.171); in step, income follows: .835 x .2 / .171 = .977.
    question = problem(
        target("gdp_share_of_province", 0.2, 2030),
        PlanTarget(name="in_step", quantity="income_in_step_total", threshold=0.0, year=2030),
        PlanTarget(name="ceiling", quantity="relative_income", threshold=0.9, year=2030, direction=-1),
        last_year=2030,
    )
    found = find_conflicts(build_plan(question))
    assert {frozenset(part) for part in found.sets} == {
        frozenset({"gdp_share_of_province", "in_step", "ceiling"})
    }
    least = 0.835 * 0.2 / 0.171
    for level, holds in ((least * 1.0001, True), (least * 0.9999, False)):
        moved = replace(
            question, targets=(*question.targets[:2], replace(question.targets[2], threshold=level))
        )
        assert find_conflicts(build_plan(moved)).is_feasible is holds


def test_per_head_reading_counts_population():
    question = problem(
        target("gdp_per_capita_ratio_to_province", 1.0),
        PlanTarget(name="in_step", quantity="income_in_step_per_head", threshold=0.0, year=2035),
        PlanTarget(name="ceiling", quantity="relative_income", threshold=1.0, year=2035, direction=-1),
    )
    # Parity lifts income per head by 1 / .7457 whatever the mix of growth and migration: .835 / .7457 = 1.12.
    assert find_conflicts(build_plan(question)).sets == (
        ("gdp_per_capita_ratio_to_province", "in_step", "ceiling"),
    )
    eased = replace(question, targets=(*question.targets[:2], replace(question.targets[2], threshold=1.1199)))
    assert find_conflicts(build_plan(eased)).is_feasible


def test_a_relative_deflator_trend_separates_nominal_and_real():
    question = problem(
        target("gdp_share_of_province", 0.2, 2030),
        PlanTarget(name="in_step", quantity="income_in_step_total", threshold=0.0, year=2030),
        PlanTarget(name="ceiling", quantity="relative_income", threshold=0.835, year=2030, direction=-1),
        start=replace(START, relative_deflator_trend=np.log(0.2 / 0.171) / 10),
        last_year=2030,
    )
    # All of the share's rise is price: real growth is in step with the province, income needs not move.
    assert find_conflicts(build_plan(question)).is_feasible


def test_the_price_link_needs_provincial_growth():
    bounds = [PlanBound(name="real_cap", variable="real_growth", upper=float(np.log(1.06)))]
    free = problem(target("gdp_share_of_province", 0.2, 2030), bounds=bounds)
    assert find_conflicts(build_plan(free)).is_feasible
    tied = replace(free, start=replace(START, province_growth=0.05))
    assert find_conflicts(build_plan(tied)).sets == (("gdp_share_of_province", "real_cap"),)
    # ln(1.06) against ln(1.05) + 1.5665 percent: a relative deflator of .62 percent a year closes it
    inflation = [*bounds, PlanBound(name="prices", variable="relative_deflator", upper=0.0063)]
    assert find_conflicts(build_plan(replace(tied, bounds=tuple(inflation)))).is_feasible
    inflation[1] = PlanBound(name="prices", variable="relative_deflator", upper=0.0061)
    assert find_conflicts(build_plan(replace(tied, bounds=tuple(inflation)))).sets == (
        ("gdp_share_of_province", "real_cap", "prices"),
    )


def test_the_share_link_converges_quadratically():
    question = problem(
        target("gdp_per_capita_ratio_to_province", 1.0),
        bounds=[
            PlanBound(name="stay", variable="population_drift", lower=0.0, upper=0.0),
            PlanBound(name="rest_cap", variable="gap_to_rest", upper=0.05),
        ],
    )
    errors = []
    for rounds in (0, 1, 2):
        plan = consistent_plan(question, rounds=rounds)
        path = minimum_effort(plan, levers={"gap_to_rest": Lever()}).paths["gap_to_rest"]
        errors.append(abs(share_path(question, path)[-1] - 0.171 / 0.7457))
    assert errors[0] > 1e-3
    assert errors[1] < 1e-5
    assert errors[2] < 1e-9


def test_consistent_plan_works_for_contradictory_plans_and_single_gaps():
    question = problem(
        target("gdp_share_of_province", 0.2, 2030),
        bounds=[PlanBound(name="rest_cap", variable="gap_to_rest", upper=0.018)],
    )
    # 20 percent needs 1.9226 percent against the rest
    assert find_conflicts(consistent_plan(question)).sets == (("gdp_share_of_province", "rest_cap"),)
    eased = replace(question, bounds=(PlanBound(name="rest_cap", variable="gap_to_rest", upper=0.01923),))
    assert find_conflicts(consistent_plan(eased)).is_feasible
    single = problem(target("gdp_share_of_province", 0.2, 2030))
    assert consistent_plan(single).identities == ()


def test_pins_say_their_value():
    plan = build_plan(
        problem(
            target("gdp_volume_index", 2.0),
            bounds=[
                PlanBound(
                    name="pin",
                    variable="real_growth",
                    lower=np.log(1.05),
                    upper=np.log(1.05),
                    first=2021,
                    last=2022,
                ),
                PlanBound(
                    name="band", variable="real_growth", lower=np.log(1.02), upper=np.log(1.07), first=2023
                ),
            ],
        )
    )
    assert plan.group("pin").label_en == "real GDP growth within 5% a year (2021–2022)"
    assert plan.group("band").label_zh == "实际增速每年限于2–7%（2023–2035年）"
    assert plan.group("pin").matrix.shape == (2, 15)
    assert plan.group("gdp_volume_index").label_en == "real GDP (base year = 1) at least 2 (2035)"


def test_every_quantity_rests_on_known_variables_and_both_languages():
    for name, quantity in QUANTITIES.items():
        assert set(quantity.terms) <= set(VARIABLES), name
        assert quantity.label_en
        assert quantity.label_zh


def test_everything_wrong_is_listed_at_once():
    with pytest.raises(FeasibilityError) as caught:
        build_plan(
            problem(
                PlanTarget(name="a", quantity="gdp_share", threshold=0.2, year=2030),
                target("urbanization_rate", 48, 2025),
                target("gdp_volume_index", -1.0),
                target("gdp_growth", 6, 2025),
                target("gdp_per_capita_ratio_to_province", 1.0, 2040),
                target("energy_intensity", 0.9, 2030, since=2025),
                target("relative_income", 1.0),
                bounds=[
                    PlanBound(name="b", variable="gap", upper=0.02),
                    PlanBound(name="c", variable="real_growth"),
                    PlanBound(name="d", variable="real_growth", upper=6.0),
                    PlanBound(name="e", variable="real_growth", upper=0.06, first=2030, last=2025),
                ],
                start=replace(START, relative_income=None),
            )
        )
    text = str(caught.value)
    for part in (
        "11 problems",
        "Did you mean 'gdp_share_of_province'",
        "write 0.48 for 48 percent",
        "threshold -1.0 must be positive",
        "write 0.06 for six percent",
        "its years 2021-2040 must lie in 2021-2035",
        "`since` is for mean rates",
        "the starting point has no 'relative_income'",
        "unknown plan variable 'gap'",
        "bound 'c': give lower, upper or both",
        "write 0.02 for two percent",
        "its years must lie in 2021-2035, in order",
    ):
        assert part in text, part


def test_an_empty_target_list_and_an_empty_horizon_are_refused():
    with pytest.raises(FeasibilityError, match="the list is empty; name at least one target"):
        build_plan(problem())
    with pytest.raises(FeasibilityError, match="2020 is not after the base year 2020"):
        build_plan(problem(target("gdp_volume_index", 2.0, 2020), last_year=2020))


def test_bad_share_paths_are_refused():
    question = problem(
        target("gdp_share_of_province", 0.2, 2030),
        bounds=[PlanBound(name="cap", variable="gap_to_rest", upper=0.1)],
    )
    with pytest.raises(FeasibilityError, match="expected 16 shares between 0 and 1"):
        build_plan(question, shares=np.full(15, 0.2))
    lone = replace(
        question,
        start=StartingPoint(base_year=2020, per_capita_ratio=0.7457),
        targets=(target("gdp_per_capita_ratio_to_province", 1.0),),
    )
    with pytest.raises(FeasibilityError, match=r"give start\.share"):
        build_plan(lone)
    with pytest.raises(FeasibilityError, match="has no 'share'"):
        share_path(lone, np.zeros(15))
