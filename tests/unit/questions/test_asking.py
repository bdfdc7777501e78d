"""Questions of a user's own: what a line of text may say, and what the refusal of another one explains."""

from __future__ import annotations

import pytest

import haidong_sim as hs
from haidong_sim.errors import ScenarioError
from haidong_sim.questions import KINDS, ask_target


@pytest.fixture(scope="module")
def ask():
    place, plan = hs.load_registry(), hs.load_scenario("plan")
    return lambda text: ask_target(text, place, plan)


@pytest.mark.parametrize(
    ("text", "threshold"),
    [
        ("gdp_current@2030>=1000亿元", 1000.0),
        ("gdp_current@2030>=1,000亿元", 1000.0),
        ("gdp_current@2030>=1e3 1e8 CNY", 1000.0),
        ("gdp_current@2030>=10000000万元", 1000.0),
        ("gdp_current@2030>=1000", 1000.0),
        ("gdp_current＠2030≥１０００亿元", 1000.0),
        ("gdp_current：2030＞＝1000亿元", 1000.0),
        ("gdp_share_of_province@2030≥20%", 0.2),
        ("gdp_share_of_province@2030＞=20％", 0.2),
        ("gdp_share_of_province@2030>=0.2", 0.2),
        ("gdp_share_of_province @ 2030 >= 20 percent", 0.2),
        ("clean_energy_capacity@2030>=533万千瓦", 5.33),
        ("gdp_growth@2030>=5%", 0.05),
        ("gdp_growth@2030>=5 percent a year", 0.05),
        ("gdp_per_capita_ratio_to_province@2035>=1.1", 1.1),
        ("resident_population@2030<=150万人", 150.0),
        ("resident_population@2030≤1,500,000 persons", 150.0),
        ("disposable_income_current@2030>30,000元", 30000.0),
        ("gdp_current@2030>=1000;basis=current", 1000.0),
        ("gdp_current@2030>=1000亿元；basis：current", 1000.0),
    ],
)
def test_numbers_are_read_with_their_units(ask, text, threshold):
    asked = ask(text)
    assert (asked.kind, asked.last_year in {2030, 2035}) == ("level", True)
    assert asked.threshold == pytest.approx(threshold, rel=1e-12)
    assert asked.direction == (-1 if "<" in asked.name else 1)
    assert asked.is_strict is (">=" not in asked.name and "<=" not in asked.name)
    # What a question is called by can be asked again.
    assert ask(asked.name) == asked


def test_a_multiple_mean_growth_and_a_ratio(ask):
    double = ask("gdp_volume_index@2035/2020>=2")
    assert (double.kind, double.first_year, double.last_year, double.threshold) == (
        "ratio_to_base",
        2020,
        2035,
        2.0,
    )
    growth = ask("gdp_volume_index@2026-2030≥4.5%")
    assert (growth.kind, growth.first_year, growth.last_year) == ("mean_growth", 2025, 2030)
    assert growth.threshold == pytest.approx(0.045)
    share = ask("gdp_current/province_gdp_current@2030>=20%")
    assert (share.kind, share.reference, share.threshold) == ("ratio_to_another", "province_gdp_current", 0.2)


def test_exactly_and_about(ask):
    exact, about = ask("urbanization_rate@2025=40%"), ask("urbanization_rate@2025＝48% ± 1%")
    assert (exact.direction, exact.tolerance, exact.threshold) == (0, 0.0, 0.4)
    assert exact.status(exact.margin(lambda *_: 0.48)) == "missed"
    assert (about.direction, about.threshold) == (0, 0.48)
    assert about.tolerance == pytest.approx(0.01)
    statuses = [
        about.status(about.margin(lambda *_, share=share: share)) for share in (0.465, 0.475, 0.48, 0.5)
    ]
    assert statuses == ["missed", "on_the_edge", "met", "missed"]


def test_the_two_ways_of_asking_for_a_share_have_one_answer():
    names = ["gdp_share_of_province@2030>=20%", "gdp_current/province_gdp_current@2030>=20%"]
    place, plan = hs.load_registry(), hs.load_scenario("plan")
    asked = [ask_target(name, place, plan) for name in names]
    result = hs.project(plan)
    one, other = (float(question.margin(lambda *key: result.path[key])) for question in asked)
    assert one == pytest.approx(other, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gdp_share_of_province@2030>=20", "20 would be 2000%; write 20% or 0.2"),
        ("gdp_growth@2030>=5", "5 would be 500%; write 5% or 0.05"),
        ("gdp_curent@2030>=1000", "unknown indicator 'gdp_curent'. Did you mean 'gdp_current'"),
        ("gdp_current@2030>=1000万人", "'万人' does not measure what is asked, which is in 1e8 CNY"),
        ("gdp_current@2030>=1000亿圆", "unknown unit '亿圆'. Did you mean '亿元'"),
        ("gdp_current@2030>=many", "'many' is not a number"),
        ("gdp_current@2030>=1,00", "'1,00' is not a number"),
        ("gdp_current@2030>=1e", "unknown unit 'e'"),
        ("gdp_current@2030=>1000", "'>1000' is not a number"),
        ("gdp_current@2030", "there is not one sign"),
        ("gdp_current>=1000", "'gdp_current' is not an indicator with its years"),
        ("gdp_current@203>=1000", "203 is outside 2021 … 2035"),
        ("gdp_current@2020>=1000", "2020 is outside 2021 … 2035"),
        ("gdp_volume_index@2030/2035>=2", "it counts from 2035, which is not in 2020 … 2029"),
        ("gdp_volume_index@2030/2032>=2", "it counts from 2032, which is not in 2020 … 2029"),
        ("gdp_current/resident_population@2030>=2", "are no two levels of one unit"),
        ("gdp_current@2030>=1000±10", "'±' stands behind '=' only"),
        ("gdp_current@2030>=1000;basis=real", "unknown price basis 'real'"),
        (
            "a30_gdp_share_qinghay",
            "unknown projected target 'a30_gdp_share_qinghay'. Did you mean 'a30_gdp_share",
        ),
        ("t2_03_nonpublic_share", "target 't2_03_nonpublic_share' is not projected: no equation"),
    ],
)
def test_the_refusal_says_what_is_wrong(ask, text, words):
    with pytest.raises(ScenarioError) as caught:
        ask(text)
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["gdp_current@2030", "gdp_current>=1000", "no_such_target", "gdp@2030>=x"])
def test_the_grammar_is_explained_by_examples_that_work(ask, text):
    with pytest.raises(ScenarioError) as caught:
        ask(text)
    examples = [kind.example for kind in KINDS.values() if kind.example]
    assert len(examples) == 4
    for example in examples:
        assert f'"{example}"' in str(caught.value)
        assert ask(example).name == example
