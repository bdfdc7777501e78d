"""Sentences: every branch, in both languages, with the names and numbers that they must carry."""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.answers.conflicts.conflicts import Conflicts, find_conflicts
from haidong_sim.answers.conflicts.linear_plan import (
    LinearPlan,
    PlanBound,
    PlanningProblem,
    PlanTarget,
    StartingPoint,
)
from haidong_sim.answers.conflicts.relaxation import cheapest_relaxation
from haidong_sim.answers.conflicts.scenario_plan import build_plan
from haidong_sim.answers.conflicts.sentences import conflict_sentences, relaxation_sentences
from haidong_sim.errors import FeasibilityError


@pytest.fixture
def parity_plan():
    def build(gap_cap):
        return build_plan(
            PlanningProblem(
                start=StartingPoint(base_year=2020, share=0.171, per_capita_ratio=0.667),
                last_year=2035,
                targets=(
                    PlanTarget(name="share20", quantity="gdp_share_of_province", threshold=0.2, year=2030),
                    PlanTarget(
                        name="parity", quantity="gdp_per_capita_ratio_to_province", threshold=1.0, year=2035
                    ),
                ),
                bounds=(
                    PlanBound(name="gap_cap", variable="gap_to_province", upper=gap_cap),
                    PlanBound(name="drift_floor", variable="population_drift", lower=-0.005),
                ),
            )
        )

    return build


def test_one_conflict_in_english(parity_plan):
    found = conflict_sentences(find_conflicts(parity_plan(0.02)))
    assert found[0] == "There is exactly one minimal conflict."
    assert found[1] == (
        "Conflict 1: these 3 cannot all hold, but would without any one of them: "
        "GDP per head relative to the province at least 100% (2035); "
        "nominal growth gap to the province at most 2% a year (2021–2035); "
        "population growth relative to the province at least -0.5% a year (2021–2035)."
    )
    assert found[2].startswith("One of the smallest ways out is to give up: ")


def test_one_conflict_in_chinese(parity_plan):
    found = conflict_sentences(find_conflicts(parity_plan(0.02)), "zh")
    assert found[0] == "仅存在一组最小冲突。"
    assert found[1] == (
        "冲突1：以下3项不能同时成立，放弃其中任何一项后其余即可成立："
        "人均地区生产总值与全省之比不低于100%（2035年）；"
        "与全省的名义增速差每年不高于2%（2021–2035年）；"
        "人口相对全省变动率每年不低于-0.5%（2021–2035年）。"
    )
    assert found[2].startswith("最小的解决办法之一是放弃：")


def test_several_conflicts_are_counted_and_a_unique_way_out_is_called_so(parity_plan):
    conflicts = find_conflicts(parity_plan(0.015))
    english, chinese = conflict_sentences(conflicts), conflict_sentences(conflicts, "zh")
    assert english[0].startswith("There are exactly 2 minimal conflicts")
    assert chinese[0].startswith("共存在2组最小冲突")
    assert english[-1] == (
        "The smallest way out is to give up: "
        "nominal growth gap to the province at most 1.5% a year (2021–2035)."
    )
    assert chinese[-1] == "最小的解决办法是放弃：与全省的名义增速差每年不高于1.5%（2021–2035年）。"


def test_no_conflict(parity_plan):
    conflicts = find_conflicts(parity_plan(0.05))
    assert conflict_sentences(conflicts) == ["All 4 targets and bounds can hold together."]
    assert conflict_sentences(conflicts, "zh") == ["全部4项目标和约束可以同时成立。"]


def test_an_unfinished_search_never_claims_to_be_complete(parity_plan):
    plan = parity_plan(0.015)
    partial = Conflicts(
        plan=plan, sets=(("share20", "gap_cap"),), repairs=((),), complete=False, n_programs=1
    )
    english, chinese = conflict_sentences(partial), conflict_sentences(partial, "zh")
    assert english[0] == "At least 1 minimal conflict; the search was stopped, there may be more."
    assert chinese[0] == "至少存在1组最小冲突；搜索提前终止，可能还有其他冲突。"
    more = Conflicts(
        plan=plan,
        sets=(("share20", "gap_cap"), ("parity",)),
        repairs=((("gap_cap", "parity"),),),
        complete=False,
        n_programs=1,
    )
    assert conflict_sentences(more)[0].startswith("At least 2 minimal conflicts;")
    assert conflict_sentences(more)[-1].startswith("One of the smallest ways out")
    unknown = Conflicts(plan=plan, sets=(), repairs=(), complete=False, n_programs=1)
    assert conflict_sentences(unknown) == ["The search was stopped before a conflict was found or ruled out."]
    assert conflict_sentences(unknown, "zh") == ["搜索提前终止，尚不能判断是否存在冲突。"]


def test_a_demand_that_cannot_hold_alone(make_group):
    impossible = make_group("impossible", [[1.0], [1.0]], lower=[0.05, -np.inf], upper=[np.inf, 0.02])
    conflicts = find_conflicts(LinearPlan(variables=("x",), years=np.array([2021]), groups=(impossible,)))
    assert conflict_sentences(conflicts)[1] == "Conflict 1: this cannot hold by itself: impossible."
    assert conflict_sentences(conflicts, "zh")[1] == "冲突1：以下要求自身即不可能成立：impossible。"


def test_relaxation_says_what_is_within_reach_and_what_stands_in_the_way(parity_plan):
    relaxation = cheapest_relaxation(parity_plan(0.02))
    english, chinese = relaxation_sentences(relaxation), relaxation_sentences(relaxation, "zh")
    assert english[0] == (
        "GDP per head relative to the province at least 100% (2035): "
        "within reach is 97.05% instead of 100.00%."
    )
    assert english[1].startswith("What stands in the way: nominal growth gap to the province at most 2%")
    assert chinese[0] == "人均地区生产总值与全省之比不低于100%（2035年）：可达到97.05%，而非100.00%。"
    assert chinese[1].startswith("制约因素：与全省的名义增速差每年不高于2%")
    idle = cheapest_relaxation(parity_plan(0.05))
    assert relaxation_sentences(idle) == ["Nothing has to give way."]
    assert relaxation_sentences(idle, "zh") == ["无需放宽任何要求。"]


def test_a_group_without_a_threshold_just_gives_way(factory_plan):
    relaxation = cheapest_relaxation(factory_plan)
    assert relaxation_sentences(relaxation)[0] == "demand: has to give way."
    assert relaxation_sentences(relaxation, "zh")[0] == "demand：须放宽。"


def test_other_languages_are_refused(parity_plan):
    with pytest.raises(FeasibilityError, match="unknown language 'fr'"):
        conflict_sentences(find_conflicts(parity_plan(0.05)), "fr")
