"""All conventions from one run: the same as runs of their own, and as the check table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import haidong_sim as hs
from haidong_sim.answers.energy.energy import computing_density, energy_conventions
from haidong_sim.errors import ScenarioError

TOY = Path(__file__).parents[2] / "toy_district" / "toy.toml"
CONVENTION = ["accounting", "attribution", "control"]


@pytest.fixture(scope="module")
def plan():
    return hs.load_scenario("plan")


@pytest.fixture(scope="module")
def table():
    return energy_conventions("parks", draws=1024, rng=5)


def test_every_convention_has_one_row_and_one_is_the_scenarios(table):
    assert len(table) == len(table[CONVENTION].drop_duplicates()) == 18
    (stated,) = table[table["is_stated"]].to_dict("records")
    assert [stated[name] for name in CONVENTION] == ["coal_equivalent", "production", "gross"]
    assert set(table["scope"]) == {"with_purchased_power"}
    assert set(table["year"]) == {2030}


def test_one_run_says_what_a_run_of_each_convention_says():
    """The slow way: derive the scenario with the convention, run it, read its check table."""
    parks = hs.load_scenario("parks")
    early = energy_conventions(parks, 2025).set_index(CONVENTION)
    late = energy_conventions(parks, 2030).set_index(CONVENTION)
    for key in [
        ("calorific", "consumption", "ex_feedstock_nonfossil"),
        ("coal_equivalent", "certificate", "gross"),
        ("calorific", "production", "ex_feedstock_nonfossil"),
    ]:
        changes = {f"energy.convention.{name}": value for name, value in zip(CONVENTION, key, strict=True)}
        verdicts = hs.project(parks.derive("other", changes)).check().set_index("target_id")
        for row, target, value in (
            (early, "t2_12_energy_intensity", "energy_cut"),
            (early, "t2_13_co2_intensity", "co2_cut"),
            (late, "a30_nonfossil_share", "non_fossil_share"),
        ):
            assert row.loc[key, value] == pytest.approx(verdicts.loc[target, "value"], rel=1e-12)
            status = value.removesuffix("_cut").removeprefix("non_fossil_") + "_status"
            assert row.loc[key, status] == verdicts.loc[target, "status"]
        asked = verdicts.loc["t2_12_energy_intensity", "threshold"]
        assert early.loc[key, "asked_energy_cut"] == pytest.approx(asked, rel=1e-12)


def test_probabilities_are_those_of_the_ordinary_run(plan):
    """Other numbers of other draws: within four standard errors of the difference."""
    stated = energy_conventions(plan, 2025, draws=4096, rng=1).query("is_stated").iloc[0]
    result = hs.simulate(plan, draws=16_384, rng=2, indicators=())
    for target, question in (("t2_12_energy_intensity", "energy"), ("t2_13_co2_intensity", "co2")):
        p = result.chances[target].probability
        error = np.sqrt(p * (1 - p) * (1 / 4096 + 1 / 16_384))
        assert abs(stated[f"{question}_probability"] - p) < 4 * error
        assert (
            stated[f"{question}_ci_low"] < stated[f"{question}_probability"] < stated[f"{question}_ci_high"]
        )


def test_missing_generation_closes_the_gap(table):
    factor = table["accounting"].map({"calorific": 12.29, "coal_equivalent": 30.5})
    clean = table["non_fossil_share"] * table["energy_consumption"] + table["missing_generation"] * factor
    np.testing.assert_allclose(clean / table["energy_consumption"], 0.65)


def test_the_pace_of_the_period_goes_on(plan):
    early, late = (energy_conventions(plan, year).iloc[0] for year in (2025, 2035))
    assert early["asked_energy_cut"] == pytest.approx(0.135)
    assert early["asked_co2_cut"] == pytest.approx(0.18)
    assert late["asked_energy_cut"] == pytest.approx(1 - 0.865**3)
    assert late["asked_co2_cut"] == pytest.approx(1 - 0.82**3)


def test_the_binding_control_is_the_one_that_leaves_less_room(table):
    room = {
        name: np.log((1 - table[f"asked_{name}_cut"]) / (1 - table[f"{name}_cut"]))
        for name in ("energy", "co2")
    }
    expected = np.where(room["energy"] <= room["co2"], "energy", "carbon")
    assert list(table["binding"]) == list(expected)
    assert set(table["binding"]) == {"energy", "carbon"}
    assert table["energy_binds"].between(0, 1).all()


def test_scope_and_attribution_decide_what_purchased_power_adds(table):
    bought = table.groupby("attribution")["co2_purchased_power"].first()
    # The city makes more clean power than it uses, so it buys none; as a consumer it buys all it uses.
    assert bought["production"] == 0
    assert bought["consumption"] > 0
    direct = hs.load_scenario("parks").derive("direct", {"energy.carbon.scope": "direct"})
    again = energy_conventions(direct)
    assert set(again["scope"]) == {"direct"}
    consumer = again["attribution"] == "consumption"
    assert (again.loc[consumer, "co2_cut"] != table.loc[consumer, "co2_cut"]).all()


def test_a_controls_table_serves_a_place_without_such_targets():
    toy = hs.load_scenario(TOY)
    given = {
        "start_year": 2020,
        "end_year": 2025,
        "energy_intensity_cut": {"value": 0.1, "provenance": "document", "source": "made up"},
        "carbon_intensity_cut": {"value": 0.2, "provenance": "document", "source": "made up"},
    }
    bare = toy.derive("bare", {"energy.controls": None, "assumed_targets": {}})
    with pytest.raises(ScenarioError, match=r"\[energy.controls\]"):
        energy_conventions(bare, 2025)
    frame = energy_conventions(bare.derive("given", {"energy.controls": given}), 2025)
    assert frame["asked_energy_cut"].iloc[0] == pytest.approx(0.1)
    assert frame["asked_co2_cut"].iloc[0] == pytest.approx(0.2)


@pytest.mark.parametrize("year", [2020, 2036])
def test_a_year_outside_the_run_is_refused(plan, year):
    with pytest.raises(ScenarioError, match="2021 … 2035"):
        energy_conventions(plan, year)
    with pytest.raises(ScenarioError, match="draws: -1 is no number of futures"):
        energy_conventions(plan, draws=-1)


def test_density_is_power_over_racks():
    result = hs.project("parks")
    finding = computing_density(result, 2030)
    racks = result.path["data_centre_racks", 2030]
    assert finding.density == pytest.approx(10_000 / racks)
    assert finding.benchmark == pytest.approx(8400 / 93_000, rel=1e-3)
    assert finding.status == "ordinary"
    assert computing_density("plan", 2030) is None
