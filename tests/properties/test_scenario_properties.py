"""Scenarios: what a derivation, a difference and a round trip through TOML must keep."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import haidong_sim as hs
from haidong_sim.scenario import DRIVERS, build_scenario

PLAN = hs.load_scenario("plan")
REGISTRY = hs.load_registry("haidong")
RATES = [name for name, path in PLAN.paths.items() if path.kind == "constant"]
SECTORS = ("primary", "secondary", "tertiary")


def changes():
    """Draw valid changes of the plan by dotted key."""
    rates = st.dictionaries(
        st.sampled_from([f"paths.{name}.growth" for name in RATES]), st.floats(-0.02, 0.06), max_size=4
    )
    spreads = st.dictionaries(
        st.sampled_from([f"uncertainty.{name}.annual_sd" for name in PLAN.uncertainty]),
        st.floats(0.0, 0.05),
        max_size=3,
    )
    persistence = st.dictionaries(
        st.sampled_from([f"uncertainty.{name}.persistence" for name in PLAN.uncertainty]),
        st.floats(-0.5, 0.9),
        max_size=2,
    )
    whole = st.fixed_dictionaries(
        {},
        optional={
            "horizon": st.integers(2026, 2045),
            "baseline": st.sampled_from(["plan", "census"]),
            "conventions.price_base_interval": st.integers(1, 10),
            "conventions.mean_preserving": st.booleans(),
            "assumptions.baumol_coefficient.value": st.floats(0.0, 0.6),
            "events.recession.probability": st.floats(0.0, 0.2),
        },
    )
    return st.tuples(rates, spreads, persistence, whole).map(
        lambda parts: {k: v for d in parts for k, v in d.items()}
    )


@settings(max_examples=60, deadline=None)
@given(changes())
def test_round_trip_through_toml(changed):
    scenario = PLAN.derive("changed", changed)
    again = build_scenario(tomllib.loads(scenario.to_toml()))
    assert again == scenario
    assert again.diff(scenario) == {}


@settings(max_examples=60, deadline=None)
@given(changes())
def test_a_difference_names_what_changed_and_undoes_it(changed):
    scenario = PLAN.derive("changed", changed)
    differences = PLAN.diff(scenario)
    # What is said of a change follows from it and is nobody's to set.
    said = differences.pop("notes", None)
    assert (said is not None) == bool(scenario.notes)
    for key, (before, after) in differences.items():
        assert key in changed
        assert after == changed[key] != before
    for key, (after, before) in scenario.diff(PLAN).items():
        if key == "notes":
            continue
        assert differences[key] == (before, after)
    undone = scenario.derive("plan", {key: before for key, (before, _) in differences.items()})
    # A derivation may carry a note on what it touched, though every value is as it was.
    assert set(undone.diff(PLAN)) <= {"notes"}


@pytest.mark.parametrize("name", hs.bundled_scenarios())
def test_a_scenario_equal_to_its_parent_gives_its_result(name):
    parent = hs.load_scenario(name)
    twin = parent.derive("twin", {})
    assert twin.diff(parent) == {}
    assert hs.project(twin).path == hs.project(parent).path
    one, two = (hs.simulate(s, draws=1024, rng=1, keep=["gdp_growth"]) for s in (parent, twin))
    np.testing.assert_array_equal(one["gdp_growth"], two["gdp_growth"])
    assert one.part.masks == two.part.masks


def test_a_file_that_only_extends_is_its_parent(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('extends = "plan"\n', encoding="utf-8")
    mine = hs.load_scenario(file)
    assert mine.name == "mine"
    assert mine.diff(PLAN) == {}


def test_a_written_scenario_loads_again(tmp_path):
    for name in hs.bundled_scenarios():
        scenario = hs.load_scenario(name)
        file = tmp_path / f"{name}.toml"
        file.write_text(scenario.to_toml(), encoding="utf-8")
        assert hs.load_scenario(file) == scenario


def test_none_takes_a_key_out():
    less = PLAN.derive("less", {"uncertainty.tertiary": None, "events": None, "paths.total": None})
    assert "tertiary" not in less.uncertainty
    assert less.events == {}
    assert PLAN.diff(less)["uncertainty.tertiary.annual_sd"] == (PLAN.uncertainty["tertiary"].annual_sd, None)
    assert "total" not in less.paths


def test_a_derivation_leaves_its_parent_alone():
    before = PLAN.to_toml()
    PLAN.derive("changed", {"paths.tertiary.growth": 0.05, "energy.demand.total.value": 640.0})
    assert PLAN.to_toml() == before


def test_a_later_horizon_changes_no_earlier_year():
    short = hs.project(PLAN).path
    long = hs.project(PLAN.derive("long", {"horizon": 2050})).path
    for key, value in short.items():
        assert long[key] == pytest.approx(value, rel=1e-12), key


@settings(max_examples=25, deadline=None)
@given(
    rate=st.floats(-0.03, 0.09),
    prices=st.floats(-0.02, 0.06),
    interval=st.integers(1, 10),
)
def test_the_price_base_does_not_matter_to_sectors_that_grow_alike(rate, prices, interval):
    """With one growth and one inflation for all, weights stay as they are: any switch is invisible."""
    alike = {f"paths.{sector}.growth": rate for sector in SECTORS} | {
        "paths.rest_of_province.growth": rate,
        "paths.deflator.growth": prices,
        "paths.deflator_primary.growth": 0.0,
        "paths.deflator_tertiary.growth": 0.0,
        "paths.deflator_rest_of_province.growth": prices,
    }
    reference = hs.load_scenario("reference")
    chained = reference.derive("chained", alike | {"conventions.price_base_interval": interval})
    fixed = reference.derive("fixed", alike | {"conventions.real_basis": "fixed_base"})
    one, two = (hs.project(s, registry=REGISTRY).path for s in (chained, fixed))
    for key, value in one.items():
        assert value == pytest.approx(two[key], rel=1e-10), key
    assert one["gdp_volume_index", 2035] == pytest.approx((1 + rate) ** 15, rel=1e-11)
    assert one["gdp_deflator", 2035] == pytest.approx((1 + prices) ** 15, rel=1e-11)
    assert one["gdp_share_of_province", 2035] == pytest.approx(0.171, rel=1e-11)


@settings(max_examples=25, deadline=None)
@given(changes())
def test_prices_move_no_volume_within_a_price_base_and_shares_stay_on_the_simplex(changed):
    scenario = PLAN.derive("changed", changed)
    path = hs.project(scenario, registry=REGISTRY).path
    dearer = scenario.derive("dearer", {"paths.deflator.growth": 0.05})
    other = hs.project(dearer, registry=REGISTRY).path
    for year in range(2020, scenario.horizon + 1):
        shares = [path[f"{sector}_share", year] for sector in SECTORS]
        assert sum(shares) == pytest.approx(1.0, abs=1e-12)
        assert all(0.0 < share < 1.0 for share in shares)
        assert 0.0 < path["gdp_share_of_province", year] < 1.0
        # A common inflation moves every sector alike, hence neither weights nor volumes.
        assert other["gdp_volume_index", year] == pytest.approx(path["gdp_volume_index", year], rel=1e-9)


def test_every_driver_moves_something():
    """No driver is read by nothing: each changes the path without shocks of the reference."""
    reference = hs.load_scenario("reference")
    base = hs.project(reference).path
    for name in DRIVERS:
        if name in {"total", "province"}:
            continue
        moved = hs.project(
            reference.derive("moved", {f"paths.{name}": {"kind": "constant", "growth": 0.0123}})
        )
        assert any(moved.path[key] != pytest.approx(value, rel=1e-9) for key, value in base.items()), name
