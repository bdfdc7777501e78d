"""What must not change a run, and what fixes it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

import haidong_sim as hs
from haidong_sim.run.samplers import BLOCK_DRAWS

DRAWS = 3 * BLOCK_DRAWS
NAMES = ["gdp_share_of_province", "gdp_growth", "disposable_income_constant"]


def counts(result):
    """Everything that a run counted, as comparable values."""
    part = result.part
    histograms = {key: h.values(flow=True).tobytes() for key, h in part.histograms.items()}
    blocks = {block: met.tobytes() for block, met in part.met_by_block.items()}
    return part.draws, histograms, part.constants, part.masks, blocks


@pytest.fixture(scope="module")
def whole():
    return hs.simulate("plan", draws=DRAWS, rng=7, keep=NAMES, workers=1)


@pytest.mark.parametrize(
    "how",
    [
        {"executor": "threads", "workers": 2},
        {"executor": "threads", "workers": 5},
        {"executor": "processes", "workers": 2},
    ],
)
def test_workers_change_no_bit(whole, how):
    again = hs.simulate("plan", draws=DRAWS, rng=7, keep=NAMES, **how)
    assert counts(again) == counts(whole)
    for name in NAMES:
        np.testing.assert_array_equal(again[name], whole[name])


def test_a_run_leaves_the_linear_algebra_as_it_was():
    before = {i["filepath"]: i["num_threads"] for i in threadpool_info()}
    hs.simulate("plan", draws=4 * BLOCK_DRAWS, rng=7, indicators=["gdp_growth"], workers=3)
    after = {i["filepath"]: i["num_threads"] for i in threadpool_info()}
    assert {path: after[path] for path in before} == before


def test_same_randomness_same_bits(whole):
    assert counts(hs.simulate("plan", draws=DRAWS, rng=whole.entropy, keep=NAMES)) == counts(whole)
    assert counts(hs.simulate("plan", draws=DRAWS, rng=8, keep=NAMES)) != counts(whole)


@pytest.mark.parametrize("sampler", ["mc", "antithetic", "lhs", "sobol"])
def test_recorded_entropy_repeats_a_run(sampler):
    for rng in (None, 0, 2**100, np.random.SeedSequence(5), np.random.default_rng(5)):
        first = hs.simulate("plan", draws=512, rng=rng, sampler=sampler, keep=["gdp_growth"], indicators=[])
        again = hs.simulate(
            "plan", draws=512, rng=first.entropy, sampler=sampler, keep=["gdp_growth"], indicators=[]
        )
        np.testing.assert_array_equal(first["gdp_growth"], again["gdp_growth"])


def test_kinds_of_randomness():
    def entropy(rng):
        return hs.simulate("plan", draws=16, rng=rng, indicators=[]).entropy

    assert entropy(0) == 0
    assert entropy(np.int64(3)) == 3
    assert entropy(np.random.default_rng(1)) == entropy(np.random.default_rng(1))
    assert entropy(np.random.SeedSequence(1)) == entropy(np.random.SeedSequence(1))
    children = np.random.SeedSequence(1).spawn(2)
    assert len({entropy(child) for child in children} | {entropy(np.random.SeedSequence(1))}) == 3
    assert entropy(None) != entropy(None)
    generator = np.random.default_rng(1)
    assert entropy(generator) != entropy(generator)


def test_global_random_state_is_untouched():
    np.random.seed(3)  # noqa: NPY002  the state that must not move
    before = np.random.get_state()  # noqa: NPY002
    hs.simulate("plan", draws=256, rng=None, sampler="lhs")
    after = np.random.get_state()  # noqa: NPY002
    assert before[0] == after[0]
    np.testing.assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]


@pytest.mark.parametrize("sampler", ["mc", "antithetic", "lhs", "sobol"])
def test_a_new_uncertain_quantity_moves_no_other(sampler):
    # Indicators that prices do not reach, not even through the weights of a new price base.
    keep = ["nation_gdp_growth", "resident_population", "consumer_price_index", "urbanization_rate"]
    plan = hs.load_scenario("plan")

    def drawn(scenario):
        return hs.simulate(scenario, draws=1024, rng=3, sampler=sampler, keep=keep, indicators=[])

    first = drawn(plan)
    more = {
        "uncertainty.deflator_primary": {"annual_sd": 0.02, "trend_sd": 0.01},
        "uncertainty.province_urbanization.annual_sd": 0.01,
        "events.drought": {"probability": 0.2, "loss": 0.05, "weights": {"deflator_tertiary": 1.0}},
        "dependence.factors.weather": {"provenance": "assumption", "loadings": {"deflator_primary": 0.5}},
    }
    second = drawn(plan.derive("more", more))
    for name in keep:
        np.testing.assert_array_equal(first[name], second[name])
    fewer = {"uncertainty.energy_intensity": {}, "uncertainty.urban_rural_ratio": {}}
    third = drawn(plan.derive("fewer", fewer))
    for name in keep:
        np.testing.assert_array_equal(first[name], third[name])


def test_another_indicator_changes_no_other_number(whole):
    one = hs.simulate("plan", draws=DRAWS, rng=7, indicators=["gdp_share_of_province"])
    two = hs.simulate("plan", draws=DRAWS, rng=7, indicators=["energy_intensity", "gdp_share_of_province"])
    for result in (one, two):
        for year in (2021, 2030, 2035):
            found = result.statistics("gdp_share_of_province", year)
            assert found == whole.statistics("gdp_share_of_province", year)
        assert result.chances == whole.chances


def test_scenarios_share_their_random_numbers():
    """A common change moves every draw alike: the difference of two runs has almost no noise."""
    plan = hs.load_scenario("plan")
    faster = plan.derive("faster", {"paths.nation.after.growth": 0.055})
    one, two = (
        hs.simulate(s, draws=4096, rng=1, keep=["nation_gdp_growth"], indicators=[], precision="double")
        for s in (plan, faster)
    )
    ratio = (1 + two["nation_gdp_growth"][-1]) / (1 + one["nation_gdp_growth"][-1])
    np.testing.assert_allclose(ratio, 1.055 / 1.045, rtol=1e-6)


def test_single_precision_is_precise_enough():
    one, two = (
        hs.simulate("plan", draws=16_384, rng=2, keep=NAMES, precision=precision)
        for precision in ("single", "double")
    )
    for name in NAMES:
        np.testing.assert_allclose(one[name], two[name], rtol=0, atol=2e-5 * np.abs(two[name]).max())
    for target, chance in one.chances.items():
        assert chance.probability == pytest.approx(two.chances[target].probability, abs=5e-4), target


def test_samplers_agree_on_the_distribution():
    found = {}
    for sampler in ("mc", "antithetic", "lhs", "sobol"):
        result = hs.simulate(
            "plan", draws=65_536, rng=4, sampler=sampler, indicators=["gdp_share_of_province"]
        )
        found[sampler] = result.quantiles("gdp_share_of_province", [0.05, 0.5, 0.95]).loc[2030].to_numpy()
    spread = 0.033
    for quantiles in found.values():
        np.testing.assert_allclose(quantiles, found["sobol"], atol=4 * spread * 2.2 / 256)


@settings(max_examples=8, deadline=None)
@given(
    n_blocks=st.integers(1, 2),
    rest=st.integers(0, 3),
    seed=st.integers(0, 2**64),
    sampler=st.sampled_from(["mc", "antithetic", "lhs", "sobol"]),
)
def test_any_run_repeats_itself_whatever_the_workers(n_blocks, rest, seed, sampler):
    draws = n_blocks * BLOCK_DRAWS - 1024 * rest
    one, two = (
        hs.simulate(
            "plan", draws=draws, rng=seed, sampler=sampler, indicators=["gdp_growth"], workers=workers
        )
        for workers in (1, 2)
    )
    assert counts(one) == counts(two)
    assert one.draws == draws
    assert sum(one.part.masks.values()) == draws


def test_dask_workers_change_no_bit(whole):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0"
        ) as c,
        distributed.Client(c) as client,
    ):
        again = hs.simulate("plan", draws=DRAWS, rng=7, keep=NAMES, executor=client)
    assert counts(again) == counts(whole)
