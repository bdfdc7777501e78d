"""Numbers are compared on one price basis, or not at all; growth rates alone may cross."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haidong_sim import load_registry, load_scenario
from haidong_sim.errors import ScenarioError
from haidong_sim.questions import KINDS, ask_target, question_of


@pytest.fixture(scope="module")
def place():
    return load_registry()


@pytest.fixture(scope="module")
def plan():
    return load_scenario("plan")


def test_a_question_may_name_the_basis_of_its_number(place, plan):
    asked = ask_target("gdp_current@2030>=900;basis=current", place, plan)
    assert (asked.indicator, asked.threshold, asked.price_basis) == ("gdp_current", 900.0, "current")
    assert ask_target("gdp_constant@2030 >= 900 ; basis = comparable", place, plan).threshold == 900.0


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("gdp_constant@2030>=900;basis=current", "'gdp_constant' at 'constant'"),
        ("gdp_share_of_province@2030>=20%;basis=constant", "'gdp_share_of_province' at 'current'"),
        ("urbanization_rate@2025>=48%;basis=current", "'urbanization_rate' at 'n/a'"),
        ("gdp_current@2030>=900;basis=curent", "unknown price basis 'curent'. Did you mean 'current'"),
    ],
)
def test_the_wrong_basis_raises(place, plan, question, words):
    with pytest.raises(ScenarioError, match=words):
        ask_target(question, place, plan)


def test_a_row_of_the_registry_on_the_wrong_basis_raises(place, plan):
    row = replace(place.target("t35_gdp_doubling"), price_basis="current")
    with pytest.raises(ScenarioError, match=r"t35_gdp_doubling.*stated at price basis 'current'"):
        question_of(row, plan, base_year=2020)


def test_levels_of_two_bases_do_not_compare_but_growth_does():
    about = {
        "target_id": "x", "direction": 1, "indicator": "disposable_income_constant",
        "first_year": 2020, "last_year": 2025, "reference": "gdp_constant_per_capita",
    }  # fmt: skip
    with pytest.raises(ScenarioError, match="only growth rates compare across bases"):
        KINDS["level"](**about)
    assert KINDS["mean_growth"](**about).reference == "gdp_constant_per_capita"
