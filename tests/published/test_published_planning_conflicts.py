"""Known answers of the log-linear planning problem, for both population vintages.

The two-product conflict and its elastic answers: SAS/OR documentation of irreducible infeasible sets;
HiGHS marginals as computed with scipy. Everything about shares and parity is arithmetic on a GDP share
of 17.1 percent and ratios of GDP per head of 66.7 percent (plan) and 74.57 percent (2020 census); the
expected values are written out in each test.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from haidong_sim.answers.conflicts.conflicts import find_conflicts
from haidong_sim.answers.conflicts.linear_plan import PlanBound, PlanningProblem, PlanTarget, StartingPoint
from haidong_sim.answers.conflicts.relaxation import (
    Lever,
    best_attainable,
    cheapest_relaxation,
    minimum_effort,
)
from haidong_sim.answers.conflicts.scenario_plan import build_plan, consistent_plan, share_path

PLAN, CENSUS = 0.667, 0.7457
SHARE = 0.171
BOTH_GAPS = ("province", "rest")


def question(ratio, *, gap_cap, drift_floor, share_gap="province", more_targets=(), more_bounds=(), **start):
    return PlanningProblem(
        start=StartingPoint(base_year=2020, share=SHARE, per_capita_ratio=ratio, **start),
        last_year=2035,
        targets=(
            PlanTarget(name="share20", quantity="gdp_share_of_province", threshold=0.2, year=2030),
            PlanTarget(name="double", quantity="gdp_volume_index", threshold=2.0, year=2035),
            PlanTarget(name="parity", quantity="gdp_per_capita_ratio_to_province", threshold=1.0, year=2035),
            *more_targets,
        ),
        bounds=(
            PlanBound(name="gap_cap", variable="gap_to_province", upper=gap_cap),
            PlanBound(name="drift_floor", variable="population_drift", lower=drift_floor),
            *more_bounds,
        ),
        share_gap=share_gap,
    )


PARITY_CONFLICT = {"parity", "gap_cap", "drift_floor"}
SHARE_CONFLICT = {"share20", "gap_cap"}


@pytest.mark.parametrize("share_gap", BOTH_GAPS)
@pytest.mark.parametrize(
    ("ratio", "gap_cap", "drift_floor", "expected"),
    [
        (PLAN, 0.020, -0.0050, [PARITY_CONFLICT]),
        (PLAN, 0.015, -0.0050, [SHARE_CONFLICT, PARITY_CONFLICT]),
        (CENSUS, 0.020, 0.0, []),
        (CENSUS, 0.020, -0.0050, []),
        (CENSUS, 0.016, 0.0, [PARITY_CONFLICT]),
        (CENSUS, 0.016, -0.0028, [PARITY_CONFLICT]),
        (CENSUS, 0.016, -0.0050, []),
        (CENSUS, 0.015, -0.0050, [SHARE_CONFLICT]),
        (CENSUS, 0.012, -0.0079, [SHARE_CONFLICT]),
        (CENSUS, 0.0116, -0.0079, [SHARE_CONFLICT, PARITY_CONFLICT]),
    ],
)
def test_conflict_sets_of_both_vintages(ratio, gap_cap, drift_floor, expected, share_gap):
    problem = question(ratio, gap_cap=gap_cap, drift_floor=drift_floor, share_gap=share_gap)
    found = find_conflicts(consistent_plan(problem))
    assert found.complete
    assert {frozenset(part) for part in found.sets} == {frozenset(part) for part in expected}


@pytest.mark.parametrize(
    ("ratio", "gap_cap", "drift_floor", "printed"),
    [
        (PLAN, 0.020, -0.0050, 0.9705),
        (CENSUS, 0.020, 0.0, 1.007),
        (CENSUS, 0.020, -0.0050, 1.085),
        (CENSUS, 0.016, 0.0, 0.948),
        (CENSUS, 0.016, -0.0028, 0.989),
        (CENSUS, 0.016, -0.0050, 1.022),
    ],
)
def test_best_reachable_ratio(ratio, gap_cap, drift_floor, printed):
    plan = build_plan(question(ratio, gap_cap=gap_cap, drift_floor=drift_floor))
    best = best_attainable(plan, "parity")
    assert best == pytest.approx(ratio * np.exp(15 * (gap_cap - drift_floor)), rel=1e-9)
    assert best == pytest.approx(printed, abs=5e-4 if printed > 0.9706 or printed < 0.97 else 5e-5)


def test_cheapest_relaxation_of_the_plan_vintage():
    found = cheapest_relaxation(build_plan(question(PLAN, gap_cap=0.02, drift_floor=-0.005)))
    assert dict(found.slacks) == pytest.approx({"parity": -np.log(PLAN) - 0.375}, abs=1e-8)
    assert found.levels["parity"] == pytest.approx(0.9705, abs=5e-5)
    # Fifteen yearly rows lose one unit each; the share is no obstacle.
    assert dict(found.prices) == pytest.approx(
        {"share20": 0, "double": 0, "parity": 1, "gap_cap": 15, "drift_floor": 15}, abs=1e-7
    )


def test_parity_needs_a_gap_of_1_17_percent_at_the_drift_of_2010_to_2020():
    need = (-np.log(CENSUS) - 15 * 0.0079) / 15
    assert need == pytest.approx(0.0117, abs=5e-5)
    for cap, holds in ((need + 1e-6, True), (need - 1e-6, False)):
        plan = build_plan(question(CENSUS, gap_cap=cap, drift_floor=-0.0079)).keeping(
            ["parity", "gap_cap", "drift_floor"]
        )
        assert find_conflicts(plan).is_feasible is holds


def test_real_growth_cap_and_price_link_give_another_conflict():
    # Province +5% real, no relative deflator: a real cap of 7% leaves a nominal gap of ln(1.07/1.05) = 1.89%.
    problem = question(
        PLAN,
        gap_cap=0.10,
        drift_floor=0.0,
        more_bounds=(PlanBound(name="growth_cap", variable="real_growth", upper=float(np.log(1.07))),),
        province_growth=0.05,
    )
    found = find_conflicts(build_plan(problem))
    assert {frozenset(part) for part in found.sets} == {frozenset({"parity", "drift_floor", "growth_cap"})}


@pytest.mark.parametrize(
    ("ratio", "later_printed", "flat_printed", "share_printed"),
    [(PLAN, 0.0497, 0.0270, 0.224), (CENSUS, 0.0274, 0.0196, 0.208)],
)
def test_least_effort_with_and_without_the_share_as_an_equality(
    ratio, later_printed, flat_printed, share_printed
):
    problem = replace(
        question(ratio, gap_cap=0.1, drift_floor=0.0),
        bounds=(PlanBound(name="no_drift", variable="population_drift", lower=0.0, upper=0.0),),
    )
    problem = replace(problem, targets=tuple(t for t in problem.targets if t.name != "double"))
    plan, levers = build_plan(problem), {"gap_to_province": Lever()}

    hit = minimum_effort(plan, levers=levers, exactly=["share20", "parity"])
    first, later = np.log(0.2 / SHARE) / 10, (-np.log(ratio) - np.log(0.2 / SHARE)) / 5
    assert hit.paths["gap_to_province"] == pytest.approx(np.repeat([first, later], [10, 5]), abs=1e-12)
    assert first == pytest.approx(0.0157, abs=5e-5)
    assert later == pytest.approx(later_printed, abs=5e-5)
    assert hit.prices["share20"] < 0.0

    met = minimum_effort(plan, levers=levers)
    assert met.paths["gap_to_province"] == pytest.approx(np.full(15, -np.log(ratio) / 15), abs=1e-12)
    assert -np.log(ratio) / 15 == pytest.approx(flat_printed, abs=5e-5)
    assert met.prices["share20"] == 0.0
    assert met.levels["share20"] == pytest.approx(SHARE * ratio ** (-10 / 15))
    assert met.levels["share20"] == pytest.approx(share_printed, abs=5e-4)


@pytest.mark.parametrize("ratio", [PLAN, CENSUS])
def test_least_effort_on_the_gap_to_the_rest_is_flat_and_reaches_parity_exactly(ratio):
    problem = PlanningProblem(
        start=StartingPoint(base_year=2020, share=SHARE, per_capita_ratio=ratio),
        last_year=2035,
        targets=(
            PlanTarget(name="share20", quantity="gdp_share_of_province", threshold=0.2, year=2030),
            PlanTarget(name="parity", quantity="gdp_per_capita_ratio_to_province", threshold=1.0, year=2035),
        ),
        bounds=(PlanBound(name="no_drift", variable="population_drift", lower=0.0, upper=0.0),),
        share_gap="rest",
    )
    path = minimum_effort(consistent_plan(problem), levers={"gap_to_rest": Lever()}).paths["gap_to_rest"]
    # Without drift parity is a GDP share equal to the population share, share / ratio.
    parity_share = SHARE / ratio
    log_odds = np.log(parity_share / (1 - parity_share)) - np.log(SHARE / (1 - SHARE))
    assert path == pytest.approx(np.full(15, log_odds / 15), abs=1e-8)
    assert share_path(problem, path)[-1] == pytest.approx(parity_share, abs=1e-8)


def test_requirements_of_the_linear_problem():
    rows = {
        g.name: g for g in build_plan(question(PLAN, gap_cap=0.02, drift_floor=0.0, share_gap="rest")).groups
    }
    assert rows["share20"].lower == pytest.approx([0.19226223751], abs=1e-10)
    assert rows["double"].lower == pytest.approx([0.69314718056], abs=1e-10)
    assert rows["parity"].lower == pytest.approx([0.40497], abs=5e-6)
    census = {g.name: g for g in build_plan(question(CENSUS, gap_cap=0.02, drift_floor=0.0)).groups}
    # Printed as .29345; -ln(.7457) is .293432, -ln(.74568883) with the unrounded ratio .293447.
    assert census["parity"].lower == pytest.approx([0.293432], abs=5e-7)
