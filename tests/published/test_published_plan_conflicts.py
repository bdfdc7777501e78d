"""Conflicts of the shipped plan, from its registry and both baselines, against the printed study.

With a yearly nominal gap to the province of at most 2 percent and a relative population drift of at least
-0.5 percent: on the head count of the plan {parity, gap, drift} is the only conflict and the best ratio
.9705; at 1.5 percent {share, gap} joins it. On the census of 2020 the best ratio is 1.085, and 1.007 without
drift; at 1.6 percent .948, .989 and 1.022 for drifts of 0, -.28 and -.5 percent. With -.79 percent and a cap
of 1.2 percent {share, gap} is alone.
"""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim import load_scenario
from haidong_sim.answers.conflicts.plan_conflicts import conflicts
from haidong_sim.answers.conflicts.scenario_plan import scenario_plan
from haidong_sim.place import load_registry

SHARE, DOUBLING, PARITY = "a30_gdp_share_qinghai", "t35_gdp_doubling", "t35_gdp_pc_near_qinghai"
THREE = (SHARE, DOUBLING, PARITY)
WITH_SHARE = {SHARE, "gap_cap"}
WITH_PARITY = {PARITY, "gap_cap", "drift_floor"}


@pytest.mark.parametrize(
    ("vintage", "gap", "drift", "expected", "best"),
    [
        ("plan", 0.020, -0.0050, [WITH_PARITY], 0.9705),
        ("plan", 0.015, -0.0050, [WITH_SHARE, WITH_PARITY], None),
        ("census", 0.020, 0.0, [], 1.007),
        ("census", 0.020, -0.0050, [], 1.085),
        ("census", 0.016, 0.0, [WITH_PARITY], 0.948),
        ("census", 0.016, -0.0028, [WITH_PARITY], 0.989),
        ("census", 0.016, -0.0050, [], 1.022),
        ("census", 0.015, -0.0050, [WITH_SHARE], None),
        ("census", 0.012, -0.0079, [WITH_SHARE], None),
    ],
)
def test_conflicts_of_the_shipped_plan(vintage, gap, drift, expected, best):
    found = conflicts("plan", caps={"gap": gap, "drift": drift}, targets=THREE, vintages=[vintage])[vintage]
    assert found.found.complete
    assert sorted(map(sorted, found.found.sets)) == sorted(map(sorted, expected))
    if best is not None:
        assert found.best[PARITY] == pytest.approx(best, abs=5e-4)
    if expected == [WITH_PARITY]:
        assert found.relaxation.levels[PARITY] == pytest.approx(found.best[PARITY], abs=1e-6)


def test_all_targets_find_the_conflict_that_three_do_not_show():
    # 6 percent to 2025 over a province that published 5.7, 2.3, 5.3, 2.7, 4.1: a mean gap of 1.9 percent.
    need = (5 * np.log(1.06) - np.log1p([0.057, 0.023, 0.053, 0.027, 0.041]).sum()) / 5
    assert 0.015 < need < 0.02
    found = conflicts("plan", caps={"gap": 0.015, "drift": -0.005}, vintages=["census"])["census"]
    assert {"t2_01_gdp_growth", "gap_cap"} in [set(names) for names in found.found.sets]
    assert found.best["t2_01_gdp_growth"] == pytest.approx(np.expm1(np.log(1.06) - need + 0.015), abs=1e-4)
    granted = conflicts(
        "plan", caps={"gap": 0.015, "drift": -0.005}, vintages=["census"], with_tolerance=True
    )["census"]
    assert not any("t2_01_gdp_growth" in names for names in granted.found.sets)


def test_limits_of_history_carry_their_source_and_let_the_plan_hold():
    found = conflicts("plan")
    assert found.is_feasible
    assert set(found.by_vintage) == {"plan", "census"}
    bounds = found.frame().query("kind == 'bound' and vintage == 'census'").set_index("name")
    assert bounds["asked"]["drift_floor"] == pytest.approx(-0.0079, abs=1e-4)
    assert bounds["asked"]["growth_cap"] == pytest.approx(0.0878, abs=1e-6)
    assert (bounds["source"].str.len() > 10).all()


def test_starting_points_are_those_of_the_registry():
    place, plan = load_registry(), load_scenario("plan")
    for vintage, ratio in (("plan", 0.667), ("census", 0.7457)):
        start = scenario_plan(plan, place, vintage=vintage).problem.start
        assert start.share == pytest.approx(0.171)
        assert start.per_capita_ratio == pytest.approx(ratio, abs=5e-5)
        assert start.relative_income == pytest.approx(20066 / 24037)


def test_own_paths_of_a_scenario_cost_no_effort_where_they_meet_everything():
    # The plan doubles and urbanizes as asked by construction: least effort leaves both paths alone.
    targets, caps = [DOUBLING, "t2_04_urbanization"], {"gap": 0.1, "intensity": 0.1}
    found = conflicts("plan", targets=targets, caps=caps, vintages=["census"])["census"]
    assert found.effort.effort == pytest.approx(0.0, abs=1e-9)
    assert found.effort.paths["real_growth"] == pytest.approx(found.source.baselines["real_growth"], abs=1e-6)
