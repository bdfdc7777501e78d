"""The methods asked about real runs: inputs are those of the run, and the methods agree with each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import haidong_sim.answers.sensitivity
from haidong_sim.answers.sensitivity import analyze_sensitivity, discover
from haidong_sim.answers.sensitivity.analysis import METHODS
from haidong_sim.answers.sensitivity.replay import evaluate, replay, set_up_questions
from haidong_sim.answers.sensitivity.uncertain import factors_of
from haidong_sim.errors import EstimationError
from haidong_sim.run import project, simulate
from haidong_sim.scenario import load_scenario

SHARE = "gdp_share_of_province"
TARGET = "a30_gdp_share_qinghai"


@pytest.fixture(scope="module")
def run():
    return simulate(load_scenario("trend"), draws=16_384, rng=0, sampler="mc", keep=[SHARE], progress=False)


def test_the_draws_of_the_run_come_again_bit_for_bit(run):
    setting = set_up_questions(run, [SHARE, TARGET], [2025, 2030], draws=16_384, rng=None)
    years = {drawn.year: drawn for drawn in replay(setting).by_year()}
    kept = run[SHARE]
    assert (years[2025].found[0] == kept[5]).all()
    assert (years[2030].found[0] == kept[10]).all()
    position = [functional.name for functional in run.functionals].index(TARGET)
    counted = sum(count for mask, count in run.part.masks.items() if mask >> position & 1)
    assert years[2030].met.mean() == pytest.approx(counted / run.draws, abs=1e-12)


def test_draws_of_a_quasi_random_run_are_drawn_again_independently():
    scenario = load_scenario("trend")
    means = []
    for seed in range(60):
        quasi = simulate(scenario, draws=256, rng=seed, indicators=(), progress=False)
        (drawn,) = replay(set_up_questions(quasi, [TARGET], None, draws=256, rng=None)).by_year()
        trend = drawn.inputs[drawn.names.index("secondary.trend")]
        means.append(np.sqrt(256) * trend.mean() / scenario.uncertainty["secondary"].trend_sd)
    # The sum of 60 squared standard normals; that of an even net would be next to nothing.
    assert stats.chi2.ppf(0.0005, 60) < np.sum(np.square(means)) < stats.chi2.ppf(0.9995, 60)


def test_years_asked_together_give_what_each_gives_by_itself(run):
    together = analyze_sensitivity(run, [SHARE, TARGET], years=[2025, 2035], draws=4096).frame()
    assert len(set(together.groupby(["outcome", "year"]).size())) == 1
    for (outcome, year), table in together.groupby(["outcome", "year"]):
        alone = analyze_sensitivity(run, [outcome], years=[year], draws=4096).frame()
        pd.testing.assert_frame_equal(table.reset_index(drop=True), alone)


def test_inputs_have_the_spread_that_the_scenario_states():
    stated = {
        "trend_sd": 0.01,
        "annual_sd": 0.03,
        "persistence": 0.4,
        "provenance": "assumption",
        "note": "test",
    }
    plain = load_scenario("plan").derive("plain", {"uncertainty.secondary": stated})
    (drawn,) = replay(set_up_questions(plain, [TARGET], None, draws=16_384, rng=0)).by_year()
    spec = plain.uncertainty["secondary"]
    trend = drawn.inputs[drawn.names.index("secondary.trend")]
    # The standard error of an sd over 16384 draws is 0.55%, that of a mean 0.8% of an sd.
    assert trend.std() == pytest.approx(spec.trend_sd, rel=0.02)
    assert trend.mean() == pytest.approx(0, abs=0.03 * spec.trend_sd)
    shocks = drawn.inputs[drawn.names.index("secondary.shocks")]
    lags = np.subtract.outer(np.arange(10), np.arange(10))
    mean_weights = np.where(lags >= 0, spec.persistence ** np.maximum(lags, 0), 0).mean(axis=0)
    assert shocks.std() == pytest.approx(spec.annual_sd * np.linalg.norm(mean_weights), rel=0.02)


def test_moving_nothing_gives_the_path_without_shocks():
    scenario = load_scenario("trend")
    setting = set_up_questions(scenario, [SHARE, TARGET], [2030], draws=1024, rng=0)
    factors = factors_of(setting.program)
    found = evaluate(setting, factors.along(np.zeros((len(factors.leading), 3))), 3)
    path = project(scenario, indicators=[SHARE])
    assert np.allclose(found[0], path.path[SHARE, 2030], rtol=1e-12)
    margin = next(row["margin"] for row in path.verdicts if row["target_id"] == TARGET)
    assert np.allclose(found[1], margin, rtol=0, atol=1e-12)


@pytest.mark.parametrize("method", [name for name in METHODS if name not in {"spider", "conventions"}])
def test_every_method_answers_with_a_tidy_table(run, method):
    options = {"base_points": 256} if method == "sobol" else {}
    found = analyze_sensitivity(run, [TARGET], method=method, draws=4096, **options)
    table = found.frame()
    assert table.columns[0] == "scenario"
    assert {"year", "input", "method"} <= set(table.columns)
    assert (table["year"] == 2030).all()
    assert not table["input"].duplicated().any()
    again = analyze_sensitivity(run, [TARGET], method=method, draws=4096, **options)
    pd.testing.assert_frame_equal(table, again.frame())


def test_design_and_draws_agree_where_no_factor_is_shared():
    # Without shared factors drivers are independent, and both methods estimate the same shares.
    scenario = load_scenario("trend")
    alone = scenario.derive("alone", {"dependence": {}})
    given = analyze_sensitivity(alone, [TARGET], rng=0).frame().set_index("input")
    design = analyze_sensitivity(alone, [TARGET], method="sobol", rng=0).frame().set_index("input")
    trends = [name for name in given.index if name.endswith(".trend")]
    error = np.hypot(given.loc[trends, "S1_conf"], design.loc[trends, "S1_conf"])
    difference = np.abs(given.loc[trends, "S1"] - design.loc[trends, "S1"])
    # Some twenty comparisons: 3.5 standard errors.
    assert (difference <= 3.5 / 1.96 * error).all()
    assert not given["note"].str.contains("correlated inputs").any()
    # All yearly shocks of a driver as one factor are worth at least their mean.
    shocks = [name for name in given.index if name.endswith(".shocks")]
    assert (given.loc[shocks, "S1"] <= design.loc[shocks, "ST"] + 0.02).all()
    # Shares of their own add up to at most the whole, shares with interactions to at least the whole.
    assert design["S1"].sum() < 1.05
    assert design["ST"].sum() > 0.95
    assert given.loc[trends, "S1"].idxmax() == design.loc[trends, "S1"].idxmax()
    assert not design.loc["urban_core.trend", "distinguishable"]
    assert not given.loc["urban_core.trend", "distinguishable"]


def test_targets_indicators_and_years_are_found_by_name(run):
    table = haidong_sim.sensitivity(run, [SHARE], years=[2025, 2035], draws=2048).frame()
    assert sorted(table["year"].unique()) == [2025, 2035]
    assert set(table["outcome"]) == {SHARE}
    with pytest.raises(EstimationError, match=f"Did you mean '{SHARE}'"):
        analyze_sensitivity(run, ["gdp_share_of_provnce"])
    with pytest.raises(EstimationError, match="not projected; allowed: 2021 to 2035"):
        analyze_sensitivity(run, [SHARE], years=[2050])
    with pytest.raises(EstimationError, match="Did you mean 'sobol'"):
        analyze_sensitivity(run, method="sobl")
    with pytest.raises(EstimationError, match="about targets"):
        analyze_sensitivity(run, [SHARE], years=[2030], method="flips")


def test_a_box_is_found_for_one_target_and_for_several(run):
    found = discover(run, TARGET, resamples=5)
    leading = analyze_sensitivity(run, [TARGET]).frame().set_index("input")["S1"].idxmax()
    assert leading in found.frame()["input"].tolist()
    assert found.box.density > 1.5 * run.chances[TARGET].probability
    both = discover(run, [TARGET, "t35_gdp_pc_near_qinghai"], resamples=5)
    # Draws are counted here, and weighed there by as little as their own error.
    share = both.box.wanted / both.box.total
    joint = run.joint_probability([TARGET, "t35_gdp_pc_near_qinghai"])
    assert share == pytest.approx(joint, abs=3 * (share * (1 - share) / run.draws) ** 0.5)
    with pytest.raises(EstimationError, match="unknown projected target"):
        discover(run, "a30_gdp_share")
