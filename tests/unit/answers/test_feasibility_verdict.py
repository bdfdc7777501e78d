"""Verdicts: paces from the last actual year, joint chances and their bounds, crossing years, the record."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from haidong_sim import load_registry, load_scenario, project, simulate
from haidong_sim.answers.verdict.record import past_record
from haidong_sim.answers.verdict.verdict import NONE, verdict
from haidong_sim.errors import FeasibilityError
from haidong_sim.questions import ask_target

SHARE, PARITY, DOUBLING = "a30_gdp_share_qinghai", "t35_gdp_pc_near_qinghai", "t35_gdp_doubling"
QUESTION = "gdp_share_of_province@2027>=18.5%"


@pytest.fixture(scope="module")
def run():
    place, plan = load_registry(), load_scenario("plan")
    asked = ask_target(QUESTION, place, plan)
    return simulate(plan, draws=4096, rng=5, keep=["gdp_share_of_province"], questions=[asked])


@pytest.fixture(scope="module")
def draws(run):
    return run["gdp_share_of_province"].astype(np.float64)


def test_every_target_of_the_run_gets_a_row(run):
    table = verdict(run).frame()
    assert set(table["target"]) == {f.name for f in run.functionals if not f.reading}
    assert table["probability"].between(0, 1).all()
    assert (table["ci_low"] <= table["probability"]).all()


def test_the_share_needs_2_11_percent_from_the_published_year_2021(run):
    # 554.71 of 3346.63 in 2021; (.2 / .16575)^(1/9) - 1 = 2.109 percent, after a fall of 3.07 percent.
    row = verdict(run, SHARE).frame().iloc[0]
    assert row["last_actual_year"] == 2021
    assert row["last_actual"] == pytest.approx(554.71 / 3346.63, rel=1e-9)
    assert row["needed_rate"] == pytest.approx((0.2 / (554.71 / 3346.63)) ** (1 / 9) - 1, rel=1e-12)
    assert row["achieved_rate"] == pytest.approx(554.71 / 3346.63 / 0.171 - 1, rel=1e-9)
    assert row["catch_up_factor"] == np.inf
    value = row["value"]
    assert row["margin_on_scale"] == pytest.approx(np.log(value / (1 - value)) - np.log(0.2 / 0.8))


def test_given_actuals_take_the_place_of_published_ones(run):
    row = verdict(run, SHARE, actuals={"gdp_share_of_province": (2024, 0.175)}).frame().iloc[0]
    # printed for a share of 17.5 percent in 2024: 2.25 percent a year
    assert row["needed_rate"] == pytest.approx(0.0225, abs=5e-5)
    assert row["catch_up_factor"] == pytest.approx(row["needed_rate"] / ((0.175 / 0.171) ** 0.25 - 1))


def test_a_pace_never_runs_through_a_revision(run):
    # Residents of 2021 exist on the census level only; the plan's own base is 16 thousand higher.
    plan_vintage = run.scenario.derive("plan vintage", {"baseline": "plan"})
    about = verdict(project(plan_vintage, indicators=()), [PARITY, "a35_urban_core_population"])
    assert {actual.year for actual in about.actuals.values()} == {2020}


def test_joint_chances_are_counted_and_lie_within_their_bounds(run, draws):
    both = verdict(run, [SHARE, QUESTION])
    met = np.stack([draws[10] >= 0.2, draws[7] >= 0.185])
    # Weighed so that each has its own corrected probability: that moves both by less than their errors.
    error = 3 * np.sqrt(0.25 / draws.shape[1])
    assert both.joint.probability == pytest.approx(met.all(axis=0).mean(), abs=error)
    chances = run.chances
    assert both.attainment.probabilities() == pytest.approx(
        [chances[name].probability for name in both.names], abs=1e-12
    )
    assert both.joint.probability == pytest.approx(run.joint_probability([SHARE, QUESTION]), abs=1e-12)
    low, high = both.joint.frechet
    assert low <= both.joint.probability <= high
    assert both.joint.ci_low <= both.joint.probability <= both.joint.ci_high
    assert both.expected_met() == pytest.approx(met.mean(axis=1).sum(), abs=2 * error)
    assert both.number_met().sum() == pytest.approx(1.0)
    assert both.conditional().loc[SHARE, QUESTION] == pytest.approx(met[1][met[0]].mean(), abs=2 * error)
    # Being on course in 2027 and arriving in 2030 help each other.
    assert both.lift().loc[SHARE, QUESTION] > 1.2


def test_first_to_fail_and_none_add_up(run):
    found = verdict(run, [SHARE, PARITY, DOUBLING]).first_to_fail()
    assert found.sum() == pytest.approx(1.0)
    # Of these only the share is due before 2035: whenever it fails it fails first.
    alone = verdict(run, SHARE)
    assert found[SHARE] == pytest.approx(1.0 - alone.joint.probability)
    assert found[NONE] == pytest.approx(verdict(run, [SHARE, PARITY, DOUBLING]).joint.probability)


def test_binding_and_expected_targets_are_summed_apart(run):
    table = verdict(run).by_class().set_index("class")
    assert {"binding", "expected", "action_plan", "own question"} <= set(table.index)
    assert table["targets"].sum() == len(verdict(run).names)
    assert table["expected_met"].sum() == pytest.approx(verdict(run).expected_met())
    assert (table["joint_probability"] <= table["frechet_high"] + 1e-12).all()


def test_crossing_years_against_the_kept_draws(run, draws):
    found = verdict(run, SHARE).crossing(SHARE)
    met = draws[1:] >= 0.2
    first = np.where(met.any(axis=0), 2021 + met.argmax(axis=0), 0)
    expected = [(first == year).mean() for year in range(2021, 2036)]
    assert found.probability == pytest.approx(expected, abs=1e-3)
    assert found.never == pytest.approx((first == 0).mean(), abs=1e-3)
    assert found.probability.sum() + found.never == pytest.approx(1.0)
    stays = np.logical_and.accumulate(met[::-1], axis=0)[::-1]
    lasting = verdict(run, SHARE).crossing(SHARE, is_sustained=True)
    assert lasting.never == pytest.approx(1 - stays.any(axis=0).mean(), abs=1e-3)
    assert lasting.never > found.never


def test_a_crossing_without_kept_draws_is_asked_of_the_same_futures(run):
    plain = simulate("plan", draws=4096, rng=5, indicators=())
    kept, asked = (verdict(result, SHARE).crossing(SHARE) for result in (run, plain))
    assert asked.probability == pytest.approx(kept.probability, abs=1e-3)
    assert asked.never == pytest.approx(kept.never, abs=1e-3)


def test_crossings_of_many_years_need_more_than_one_word_of_bits():
    far = load_scenario("plan").derive("far", {"horizon": 2065})
    runs = (
        simulate(far, draws=1024, rng=5, indicators=(), keep=keep, sampler="mc")
        for keep in (["gdp_share_of_province"], [])
    )
    kept, asked = (verdict(run, SHARE).crossing(SHARE) for run in runs)
    assert len(asked.years) == 45
    assert asked.probability == pytest.approx(kept.probability, abs=1.5e-3)
    assert asked.never == pytest.approx(kept.never, abs=1.5e-3)


def test_what_cannot_be_asked_is_refused(run):
    with pytest.raises(FeasibilityError, match="list is empty"):
        verdict(run, [])
    with pytest.raises(FeasibilityError, match=r"2 problems(.|\n)*Did you mean 'a30_gdp_share_qinghai'"):
        verdict(run, ["a30_gdp_share_qinghay", "nothing"])
    with pytest.raises(FeasibilityError, match="no level that is reached"):
        verdict(run).crossing("t2_01_gdp_growth")
    with pytest.raises(FeasibilityError, match="unknown target of this verdict"):
        verdict(run, SHARE).crossing(PARITY)
    with pytest.raises(FeasibilityError, match="2030 is not before the deadline 2030"):
        verdict(run, SHARE, actuals={"gdp_share_of_province": (2030, 0.2)})
    with pytest.raises(FeasibilityError, match="unknown indicator of the targets"):
        verdict(run, SHARE, actuals={"gdp_current": (2021, 500.0)})


def test_a_path_without_shocks_has_a_verdict_without_chances():
    about = verdict(project("plan", indicators=()), SHARE)
    assert "probability" not in about.frame()
    assert "path without shocks only" in repr(about)
    with pytest.raises(FeasibilityError, match="a path without shocks has no probabilities"):
        about.expected_met()


def test_sentences_in_both_languages(run):
    about = verdict(run)
    english, chinese = about.sentences(), about.sentences("zh")
    assert len(english) == len(chinese) == 3
    assert f"Of {len(about.names)} targets {about.expected_met():.1f} are expected to be met" in english[0]
    assert "15 of 20 numeric targets (57% to 87%), 1 of 4 on economic quantities" in english[2]
    assert "约束性2项" in chinese[1]
    # One target has no classes to tell apart.
    assert len(verdict(run, SHARE).sentences()) == 2


def test_record_of_the_previous_plan_is_counted_from_the_registry(run):
    # Table 1 of the plan: 15 of 20 numeric targets met (90% Wilson .57-.87), 1 of 4 on economic quantities.
    record = past_record(load_registry())
    everything, economic = record.reference(), record.reference(economic_only=True)
    assert (everything.met, everything.n) == (15, 20)
    assert everything.interval == pytest.approx((0.57, 0.87), abs=5e-3)
    assert (economic.met, economic.n) == (1, 4)
    assert economic.mean == pytest.approx(0.30)
    fates = record.frame().set_index("indicator")["fate"]
    # 16.9 in the text and 17.5 in the table, against 17.5: no verdict is made of that.
    assert fates["poor_population_exited"] == "disputed"
    assert fates["hightech_share_of_industrial_va"] == "unknown"
    assert (verdict(run).frame()["past_rate_economic"] == economic.mean).all()


def test_a_place_without_past_targets_has_an_empty_record():
    place = load_registry()
    outcomes = tuple(row for row in place.observations if row.status == "outcome")
    record = past_record(replace(place, observations=outcomes))
    assert record.reference().n == 0
    assert record.reference().mean == 0.5
    assert record.reference().interval == (0.0, 1.0)
