"""What `conflicts` refuses, and what it says."""

from __future__ import annotations

import math

import pytest

from haidong_sim.answers.conflicts.plan_conflicts import conflicts
from haidong_sim.errors import FeasibilityError, ScenarioError

PARITY = "t35_gdp_pc_near_qinghai"
TIGHT = {"gap": 0.015, "drift": -0.005}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"targets": []}, "the list is empty"),
        ({"vintages": []}, "at least one vintage"),
        ({"vintages": ["censuz"]}, "Did you mean 'census'"),
        ({"caps": {"gapp": 0.02}}, "Did you mean 'gap'"),
        ({"caps": {"gap": 2.0, "drift": (0.01, 0.0)}}, r"2 problems(.|\n)*write 0\.02(.|\n)*out of order"),
        ({"targets": ["t2_02_labour_productivity"]}, "'labour_productivity' is not linear in growth rates"),
        ({"targets": ["gdp_share_of_province@2030=20%±1%"]}, "asks for a number on both sides"),
        (
            {"targets": ["gdp_volume_index@2035/2025>=2"]},
            "counts from 2025, the planning problem from its base",
        ),
    ],
)
def test_bad_input_is_refused(arguments, words):
    with pytest.raises(FeasibilityError, match=words):
        conflicts("plan", **arguments)


def test_unknown_targets_name_the_nearest():
    with pytest.raises(ScenarioError, match=f"Did you mean '{PARITY}'"):
        conflicts("plan", targets=["t35_gdp_pc_near_qinghay"])


def test_pins_may_contradict_and_are_named():
    # Both gaps pinned: 1 percent over the province is 1.2 over the rest, not 3.
    found = conflicts(
        "plan", caps={"gap": (0.01, 0.01), "gap_to_rest": (0.03, 0.03)}, targets=[PARITY], vintages=["census"]
    )["census"]
    assert ("gap_cap", "gap_to_rest_cap") in [tuple(sorted(names)) for names in found.found.sets]
    assert found.relaxation is None
    assert any("cannot all hold" in sentence for sentence in found.sentences())


def test_a_target_that_nothing_limits_has_no_best_level():
    found = conflicts("plan", targets=["t25_income_in_step"], vintages=["census"])["census"]
    assert found.best["t25_income_in_step"] == float("inf")
    capped = conflicts(
        "plan", targets=["t25_income_in_step"], caps={"income": 0.0, "gap": (0.02, 0.02)}, vintages=["census"]
    )["census"]
    assert not capped.found.is_feasible


@pytest.mark.parametrize(
    ("cap", "rate", "variable", "log_rate", "label"),
    [
        ("growth", 0.04, "real_growth", math.log(1.04), "real GDP growth at most 4% a year"),
        (
            "intensity",
            0.03,
            "intensity_decline",
            -math.log(0.97),
            "decline of energy intensity at most 3% a year",
        ),
        ("gap", 0.02, "gap_to_province", 0.02, "gap to the province at most 2% a year"),
        ("gap_to_rest", 0.02, "gap_to_rest", 0.02, "gap to the rest of the province at most 2% a year"),
        ("drift", -0.005, "population_drift", -0.005, "relative to the province at least -0.5% a year"),
        ("urbanization", 0.05, "urbanization_slope", 0.05, "log-odds of urbanization at most 5% a year"),
        (
            "income",
            0.01,
            "relative_income_growth",
            0.01,
            "income growth relative to the province at most 1% a year",
        ),
    ],
)
def test_a_cap_limits_what_it_says_and_is_told_as_given(cap, rate, variable, log_rate, label):
    found = conflicts("plan", caps={cap: rate}, targets=["t35_gdp_doubling"], vintages=["census"])["census"]
    (bound,) = [bound for bound in found.source.problem.bounds if bound.variable == variable]
    side = bound.lower if bound.upper is None else bound.upper
    assert side == pytest.approx(log_rate, rel=1e-12)
    (row,) = [row for row in found.rows() if row["name"] == bound.name]
    assert row["asked"] == pytest.approx(rate, rel=1e-12)
    assert label in row["label"]


def test_growth_capped_at_four_percent_brings_no_more_than_four():
    asked = ["t35_gdp_doubling", "t2_01_gdp_growth"]
    found = conflicts("plan", caps={"growth": 0.04}, targets=asked, vintages=["census"])["census"]
    assert found.best["t35_gdp_doubling"] == pytest.approx(1.04**15, rel=1e-6)
    assert found.best["t2_01_gdp_growth"] == pytest.approx(0.04, abs=1e-7)
    assert "within reach is 4.00% instead of 6.00%" in " ".join(found.sentences())
    both = conflicts("plan", caps={"growth": (0.03, 0.04)}, targets=asked, vintages=["census"])["census"]
    assert any("within 3–4% a year" in row["label"] for row in both.rows())


def test_sentences_in_both_languages():
    found = conflicts("plan", caps=TIGHT, targets=[PARITY, "a30_gdp_share_qinghai"], vintages=["plan"])
    english, chinese = found.sentences()["plan"], found.sentences("zh")["plan"]
    assert len(english) == len(chinese)
    assert "There are exactly 2 minimal conflicts" in english[0]
    assert "within reach is 90.04% instead of 100.00%" in "\n".join(english)
    assert "可达到90.04%，而非100.00%" in "\n".join(chinese)
    assert not any(word in "".join(chinese) for word in ("target", "bound", "at least"))


def test_targets_outside_the_linear_problem_are_listed_with_the_reason():
    left_out = conflicts("plan", vintages=["census"])["census"].source.left_out
    assert "not linear" in left_out["a30_nonfossil_share"]
    assert left_out["t2_16_income_growth"] == "says the same as t25_income_in_step"
