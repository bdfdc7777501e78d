"""Quantiles and moments from bins, against the draws themselves; parts of a run, against the whole."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

import haidong_sim as hs
from haidong_sim.errors import ModelError, ScenarioError
from haidong_sim.run.merging import merge_results
from haidong_sim.run.samplers import BLOCK_DRAWS
from haidong_sim.run.summary import Moments

NAMES = (
    "gdp_share_of_province",
    "gdp_growth",
    "disposable_income_current",
    "energy_intensity",
    "gdp_current",
)


SCATTER = {
    "primary": {"trend_sd": 0.005, "annual_sd": 0.015, "persistence": 0.3},
    "secondary": {"trend_sd": 0.012, "annual_sd": 0.035, "persistence": 0.35},
    "tertiary": {"trend_sd": 0.010, "annual_sd": 0.022, "persistence": 0.35},
    "rest_of_province": {"trend_sd": 0.008, "annual_sd": 0.018, "persistence": 0.35},
    "deflator": {"trend_sd": 0.007, "annual_sd": 0.034, "persistence": 0.35},
    "deflator_rest_of_province": {"trend_sd": 0.007, "annual_sd": 0.030, "persistence": 0.35},
    "population": {"trend_sd": 0.003, "annual_sd": 0.004, "persistence": 0.3},
    "income": {"trend_sd": 0.008, "annual_sd": 0.010, "persistence": 0.3},
    "energy_intensity": {"trend_sd": 0.010, "annual_sd": 0.020, "persistence": 0.2},
}


@pytest.fixture(scope="module")
def normal():
    """The plan's medians with normal shocks of the tests' own."""
    factor = {"provenance": "assumption", "loadings": {"secondary": 0.6, "rest_of_province": 0.7}}
    changes = {"uncertainty": SCATTER, "dependence": {"factors": {"activity": factor}}}
    return hs.load_scenario("plan").derive("normal", changes)


@pytest.fixture(scope="module")
def run(normal):
    return hs.simulate(normal, draws=65_536, rng=12, keep=NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_quantiles_from_bins(run, name):
    """A bin is 1/64 of a standard deviation; inside it the line is nearer than the Monte Carlo error."""
    probabilities = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95]
    found = run.quantiles(name, probabilities)
    draws = run[name].astype(float)
    for index, year in list(enumerate(run.years.tolist()))[1:]:
        exact = np.quantile(draws[index], probabilities)
        spread = draws[index].std()
        np.testing.assert_allclose(found.loc[year], exact, atol=0.004 * spread)


@pytest.mark.parametrize("name", NAMES)
def test_moments_are_those_of_the_draws(run, name):
    draws = run[name].astype(float)
    for index, year in ((1, 2021), (10, 2030), (15, 2035)):
        found = run.statistics(name, year)
        # What is derived in double precision is kept in single.
        assert found["mean"] == pytest.approx(draws[index].mean(), rel=1e-7)
        assert found["sd"] == pytest.approx(draws[index].std(), rel=1e-6)
        assert found["median"] == found["q50"]
        ends = [draws[index].min(), draws[index].max()]
        assert run.quantiles(name, [0, 1]).loc[year].tolist() == pytest.approx(ends, rel=2.0**-23)


def test_heavy_tails_are_measured_and_not_only_counted(normal):
    """Draws beyond the bins, eight standard deviations out, count with their own values."""
    heavy = {f"uncertainty.{name}.degrees_of_freedom": 5.0 for name in ("deflator", "secondary")}
    result = hs.simulate(normal.derive("heavy", heavy), draws=65_536, rng=12, keep=["gdp_current"])
    draws = result["gdp_current"].astype(float)
    for index, year in ((1, 2021), (15, 2035)):
        found = result.statistics("gdp_current", year)
        spread = draws[index].std()
        assert found["mean"] == pytest.approx(draws[index].mean(), rel=1e-7)
        assert found["sd"] == pytest.approx(spread, rel=1e-6)
        np.testing.assert_allclose(found["q05"], np.quantile(draws[index], 0.05), atol=0.01 * spread)


def test_probabilities_are_counts_of_draws(run):
    share = run["gdp_share_of_province"][10]
    counted = (share >= 0.2).mean()
    # A control variate moves the count, by a part of the count's own error.
    chance = run.chances["a30_gdp_share_qinghai"]
    error = np.sqrt(counted * (1 - counted) / run.draws)
    assert chance.probability == pytest.approx(counted, abs=2 * error)
    assert chance.n == run.draws == 65_536


def test_joint_probability_is_counted_together(run):
    both = ["a30_gdp_share_qinghai", "t35_gdp_pc_near_qinghai"]
    single = [run.joint_probability([name]) for name in both]
    joint = run.joint_probability(both)
    assert max(0.0, sum(single) - 1) <= joint <= min(single)
    # The two move together: the product is far below the count.
    assert joint > 1.3 * single[0] * single[1]
    assert run.joint_probability([]) == 1.0


def test_the_sd_of_the_shipped_trend_is_that_of_its_draws():
    """With bins that end eight pilot sds out it was 7% short."""
    result = hs.simulate("trend", draws=65_536, rng=1, keep=["gdp_current"], indicators=["gdp_current"])
    draws = result["gdp_current"][-1].astype(float)
    found = result.statistics("gdp_current", 2035)
    assert found["sd"] == pytest.approx(draws.std(), rel=1e-6)
    assert found["mean"] == pytest.approx(draws.mean(), rel=1e-7)
    # Far out the quantile lies between the last bin and the greatest draw.
    far = result.quantiles("gdp_current", [0.9999, 1.0]).loc[2035]
    assert far[1.0] == draws.max()
    assert np.sort(draws)[-40] < far[0.9999] < draws.max()


def test_moments_add_up_exactly_in_any_order():
    """Against whole fractions; numbers whose squares differ in the last bits of what a double can hold."""
    rng = np.random.default_rng(3)
    blocks = [1e6 + rng.standard_normal(size) * 1e-3 for size in (100, 1000, 37)]
    sums = []
    for order in itertools.permutations(range(3)):
        whole = Moments(centre=1e6)
        for position in order:
            part = Moments(centre=1e6)
            part.add(blocks[position], np.empty(1000))
            whole.merge(part)
        sums.append(whole)
    assert all(other == sums[0] for other in sums)
    values = [Fraction(value) for value in np.concatenate(blocks).tolist()]
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    assert sums[0].mean == pytest.approx(float(mean), rel=1e-15)
    assert sums[0].sd == pytest.approx(float(variance) ** 0.5, rel=1e-12)
    assert (sums[0].least, sums[0].greatest) == (float(min(values)), float(max(values)))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([5, 50, 95], r"5 is no probability\. Allowed: from 0 to 1\. Did you mean 0\.05"),
        (50, r"Did you mean 0\.5\?"),
        (-0.1, r"-0\.1 is no probability\. Allowed: from 0 to 1\.$"),
        (float("nan"), "nan is no probability"),
        ("median", "'median' is no number"),
    ],
)
def test_only_probabilities_have_quantiles(run, wrong, message):
    with pytest.raises(ModelError, match=message):
        run.quantiles("gdp_growth", wrong)


def test_one_probability_makes_one_column(run):
    one, several = run.quantiles("gdp_growth", 0.5), run.quantiles("gdp_growth", [0.25, 0.5])
    assert one.columns.tolist() == [0.5]
    assert one[0.5].equals(several[0.5])


def test_base_year_and_what_every_draw_shares(run):
    found = run.statistics("gdp_current", 2020)
    assert found == dict.fromkeys(
        ("median", "mean", "q05", "q10", "q25", "q50", "q75", "q90", "q95"), 514.01232
    ) | {"sd": 0.0}
    capacity = run.statistics("clean_energy_capacity", 2025)
    assert capacity["q05"] == capacity["q95"] == pytest.approx(5.33)


def same(one, other):
    """Whether two parts hold the same counts, bit for bit."""
    assert one.draws == other.draws
    assert one.masks == other.masks
    assert one.constants == other.constants
    assert one.histograms.keys() == other.histograms.keys()
    assert one.moments == other.moments
    for key, histogram in one.histograms.items():
        np.testing.assert_array_equal(histogram.values(flow=True), other.histograms[key].values(flow=True))
    assert one.met_by_block.keys() == other.met_by_block.keys()
    for block, counts in one.met_by_block.items():
        np.testing.assert_array_equal(counts, other.met_by_block[block])
    for block, kept in one.kept.items():
        for name, values in kept.items():
            np.testing.assert_array_equal(values, other.kept[block][name])
    return True


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_split_runs_merge_to_the_whole_in_any_order(run, order):
    last = -(-run.draws // BLOCK_DRAWS)
    cuts = ((0, 1), (1, last - 1), (last - 1, last))
    parts = [hs.simulate(run.scenario, draws=run.draws, rng=12, keep=NAMES, blocks=blocks) for blocks in cuts]
    assert all(part.is_partial for part in parts)
    merged = merge_results([parts[position] for position in order])
    assert not merged.is_partial
    assert same(merged.part, run.part)
    for name in NAMES:
        np.testing.assert_array_equal(merged[name], run[name])


def test_draws_not_kept_cannot_be_asked(run):
    with pytest.raises(ModelError, match=r"keep=\['employment'\]"):
        run["employment"]
    with pytest.raises(
        ModelError, match=r"unknown indicator of this run 'gdp_curent'\. Did you mean 'gdp_current'"
    ):
        run.statistics("gdp_curent", 2030)
    with pytest.raises(ModelError, match="unknown projected target"):
        run.joint_probability(["a30_gdp_share"])
    with pytest.raises(ModelError, match="a path without shocks has no probabilities"):
        hs.project("plan").joint_probability([])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"draws": 0}, "draws: 0 is not a positive whole number"),
        ({"draws": -5}, "draws: -5 is not a positive whole number"),
        ({"draws": 10.5}, "draws: 10.5 is not a positive whole number"),
        ({"draws": True}, "draws: True is not a positive whole number"),
        ({"workers": 0}, "workers: 0 is not a positive whole number"),
        ({"sampler": "sobool"}, "unknown sampler 'sobool'. Did you mean 'sobol'"),
        ({"precision": "singel"}, "unknown precision 'singel'. Did you mean 'single'"),
        ({"executor": "thread"}, "unknown executor 'thread'. Did you mean 'threads'"),
        ({"rng": -1}, "rng: -1 is negative"),
        ({"rng": 1.5}, "rng: 1.5 is no source of randomness"),
        ({"rng": True}, "rng: True is no source of randomness"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ScenarioError, match=message):
        hs.simulate("plan", **({"draws": 64, "rng": 0} | arguments))


@pytest.mark.parametrize("keyword", ["indicators", "keep"])
def test_unknown_indicator(keyword):
    with pytest.raises(
        hs.HaidongSimError, match=r"unknown indicator 'gdp_curent'\. Did you mean 'gdp_current'"
    ):
        hs.simulate("plan", draws=64, rng=0, **{keyword: ["gdp_curent"]})


def test_overflow_raises_before_any_statistic():
    changes = {"uncertainty.secondary.trend_sd": 0.5, "paths.secondary.growth": 0.4, "horizon": 2150}
    changes |= {"paths.total": {"kind": "constant", "growth": 0.4}}
    scenario = hs.load_scenario("reference").derive("explosion", changes)
    with pytest.raises(ModelError, match=r"is not finite in \d{4} in \d+ of \d+ draws"):
        hs.simulate(scenario, draws=1024, rng=0, sampler="mc")


def test_frame_is_tidy(run):
    frame = run.frame()
    assert list(frame.columns) == [
        "scenario",
        "indicator",
        "unit",
        "price_basis",
        "region",
        "year",
        "statistic",
        "value",
    ]
    assert not frame.duplicated(["indicator", "year", "statistic"]).any()
    assert frame.value.notna().all()
    one = frame[(frame.indicator == "gdp_growth") & (frame.year == 2025)].set_index("statistic").value
    assert list(one.index) == ["median", "mean", "sd", "q05", "q10", "q25", "q75", "q90", "q95"]
    assert one.q05 < one.q25 < one["median"] < one.q75 < one.q95
    assert set(hs.project("plan").frame().statistic) == {"without_shocks"}
