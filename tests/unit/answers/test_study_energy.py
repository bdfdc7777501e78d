"""The study of computing base, intensity control and non-fossil share, against arithmetic by hand."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from haidong_sim.answers.energy.energy import (
    EnergyGrid,
    study_energy,
    study_energy_grid,
)
from haidong_sim.errors import ScenarioError
from haidong_sim.scenario.energy import EnergySpec
from haidong_sim.scenario.projects import load_projects

FILE = Path(__file__).parents[1] / "model" / "haidong_energy.toml"
BASE = {
    "value_added_primary_constant": 77.6,
    "value_added_secondary_constant": 194.8,
    "value_added_tertiary_constant": 241.6,
    "gdp_constant": 514.0,
    "resident_population": 135.85,
    "urban_population": 57.06,
}
YEARS = {"base_year": 2020, "target_year": 2030}


@pytest.fixture
def table():
    return tomllib.loads(FILE.read_text(encoding="utf-8"))["energy"]


@pytest.fixture
def computing():
    return load_projects()["computing_base"]


def test_every_point_has_every_convention(table, computing):
    frame = study_energy_grid(
        EnergySpec.model_validate(table), computing, base=BASE, share_target=0.65, **YEARS
    )
    assert len(frame) == 3 * 5 * 2 * 3 * 18
    assert frame.groupby(["accounting", "attribution", "control"]).size().eq(90).all()
    assert not frame.drop(columns="missing_capacity").isna().to_numpy().any()
    assert frame["missing_capacity"].notna().eq(frame["attribution"] == "production").all()
    assert frame["asked_cut"].iloc[0] == pytest.approx(1 - 0.865**2)
    # Neither always nor never: the convention and the density of the racks decide.
    assert 0 < frame["both_hold"].mean() < 1
    assert (frame["both_hold"] == (frame["intensity_holds"] & frame["share_holds"])).all()


def test_computing_base_against_arithmetic(table, computing):
    grid = EnergyGrid(
        gdp_growth=(0.05,), kw_per_rack=(0.0, 10.0), extra_decline=(0.0,), added_capacity=(0.0, 2.0)
    )
    frame = study_energy_grid(
        EnergySpec.model_validate(table), computing, base=BASE, share_target=0.65, grid=grid, **YEARS
    )
    chosen = frame.query(
        "accounting == 'coal_equivalent' and attribution == 'production' and control == 'gross'"
    )
    chosen = chosen.set_index(["kw_per_rack", "added_capacity"])
    without, built = chosen.loc[(0.0, 0.0)], chosen.loc[(10.0, 0.0)]
    assert built["computing_electricity"] == pytest.approx(50_000 * 10 * 0.65 * 1.2 * 8.76e-6)
    extra = built["computing_electricity"] * 30.5
    assert built["energy_consumption"] - without["energy_consumption"] == pytest.approx(extra)
    gdp = 514.0 * 1.05**10
    value_added = 50_000 * 5.5 * 0.72 / 1e4 * 0.52
    expected = (without["energy_consumption"] + extra) / (gdp + value_added) / (671 / 514)
    assert built["energy_intensity_cut"] == pytest.approx(1 - expected)
    more = chosen.loc[(10.0, 2.0)]
    gained = (more["non_fossil_share"] - built["non_fossil_share"]) * built["energy_consumption"]
    assert gained == pytest.approx(2.0 * 1.5 * 30.5)
    np.testing.assert_allclose(
        built["missing_generation"],
        (0.65 - built["non_fossil_share"]) * built["energy_consumption"] / 30.5,
    )
    assert built["missing_capacity"] == pytest.approx(built["missing_generation"] / 1.5)


def test_what_other_firms_lose_is_no_gain(table, computing):
    grid = EnergyGrid(gdp_growth=(0.05,), kw_per_rack=(0.0, 2.5), extra_decline=(0.0,), added_capacity=(0.0,))
    value_added = 50_000 * 5.5 * 0.72 / 1e4 * 0.52
    half = computing.displacement.model_copy(update={"value": 0.5, "high": 0.5})
    frame = study_energy_grid(
        EnergySpec.model_validate(table),
        computing.model_copy(update={"displacement": half}),
        base=BASE,
        share_target=0.65,
        grid=grid,
        **YEARS,
    )
    chosen = frame.query(
        "accounting == 'coal_equivalent' and attribution == 'production' and control == 'gross'"
    )
    without, built = (chosen.query("kw_per_rack == @kw").iloc[0] for kw in (0.0, 2.5))
    # Half of its value added goes missing elsewhere in the tertiary sector, with the energy that made it.
    tertiary = 671 * 0.12 / 241.6 * 0.98**10
    energy = without["energy_consumption"] + 0.8541 * 30.5 - 0.5 * value_added * tertiary
    assert built["energy_consumption"] == pytest.approx(energy)
    gdp = 514.0 * 1.05**10 + 0.5 * value_added
    assert built["energy_intensity_cut"] == pytest.approx(1 - energy / gdp / (671 / 514))


def test_local_capacity_does_not_help_a_consumer(table, computing):
    frame = study_energy_grid(
        EnergySpec.model_validate(table), computing, base=BASE, share_target=0.65, **YEARS
    )
    consumer = frame.query("attribution == 'consumption' and control == 'gross'")
    keys = ["accounting", "gdp_growth", "kw_per_rack", "extra_decline"]
    assert (consumer.groupby(keys)["non_fossil_share"].nunique() == 1).all()


def test_missing_inputs_are_all_named(table, computing):
    del table["controls"]
    with pytest.raises(ScenarioError) as caught:
        study_energy_grid(
            EnergySpec.model_validate(table),
            computing,
            base=BASE,
            share_target=0.65,
            grid=EnergyGrid(technology="pw"),
            **YEARS,
        )
    assert "energy.controls" in str(caught.value)
    assert "unknown technology 'pw'. Did you mean 'pv'?" in str(caught.value)


@pytest.fixture(scope="module")
def parks():
    return study_energy("parks")


def test_the_shipped_study_answers_for_every_convention(parks):
    assert parks.groupby(["accounting", "attribution", "control"]).size().eq(90).all()
    assert len(parks) == 18 * 90
    # The goals go together only where electricity made here counts at the coal that it saves.
    together = parks[parks["both_hold"]][["accounting", "attribution"]].drop_duplicates()
    assert together.to_numpy().tolist() == [["coal_equivalent", "production"]]
    at_once = parks.query("accounting == 'coal_equivalent' and attribution == 'production'")
    # More power per rack, all else equal, never helps the gross intensity nor the share.
    gross = at_once[at_once["control"] == "gross"].sort_values("kw_per_rack")
    for _, part in gross.groupby(["gdp_growth", "extra_decline", "added_capacity"]):
        built = part[part["kw_per_rack"] > 0]
        assert (np.diff(built["energy_intensity_cut"]) < 0).all()
        assert (np.diff(built["non_fossil_share"]) < 0).all()


def test_the_shipped_study_takes_the_scenarios_targets(parks):
    # The cut of the plan period, 13.5% by 2025, at the same pace to 2030; CO2 18%.
    np.testing.assert_allclose(parks["asked_cut"], 1 - 0.865**2)
    np.testing.assert_allclose(parks["asked_co2_cut"], 1 - 0.82**2)
    np.testing.assert_allclose(
        parks["computing_electricity"], parks["kw_per_rack"] * 50_000 * 0.65 * 1.2 * 8.76e-6
    )
    factor = parks["accounting"].map({"calorific": 12.29, "coal_equivalent": 30.5})
    gap = (0.65 - parks["non_fossil_share"]) * parks["energy_consumption"] / factor
    np.testing.assert_allclose(parks["missing_generation"], gap, atol=1e-9)


def test_other_growth_and_capacity_can_be_asked():
    grid = EnergyGrid(gdp_growth=(0.05,), kw_per_rack=(0.0, 2.5), extra_decline=(0.0,), added_capacity=(0.0,))
    assert len(study_energy("parks", grid=grid, target_year=2035)) == 2 * 18


def test_a_scenario_without_a_computing_base_is_refused():
    with pytest.raises(ScenarioError, match=r"needs one computing base .* there are 0"):
        study_energy("plan")


def test_what_cannot_go_up_is_named(computing):
    with pytest.raises(ScenarioError, match="Did you mean 'pv'"):
        study_energy("parks", grid=EnergyGrid(technology="pw"))
