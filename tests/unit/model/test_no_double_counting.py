"""Projects enter once: value added and not output into GDP, electricity beside its sector and not in it."""

from __future__ import annotations

import numpy as np
import pytest

import haidong_sim as hs
from haidong_sim.model.projects import project_drivers, realize_projects
from haidong_sim.run.replaying import replay_years

SECTORS = ("primary", "secondary", "tertiary")


def fixed(value):
    return {"value": value, "low": value, "high": value, "provenance": "assumption"}


def park(**changes):
    table = {
        "kind": "park",
        "label": "A park",
        "sector": "secondary",
        "gross_output": fixed(100),
        "value_added_rate": fixed(0.25),
        "displacement": fixed(0),
        "in_baseline": fixed(0),
        "start_year": 2022,
        "ramp_years": 3,
        "delay": {"0": 1.0},
        "success": fixed(1.0),
        "source": "made up",
    }
    return table | {name: fixed(value) for name, value in changes.items()}


@pytest.fixture(scope="module")
def plan():
    return hs.load_scenario("plan")


def with_projects(plan, **projects):
    return plan.derive("with", {f"projects.{name}": table for name, table in projects.items()})


def gdp(scenario):
    years = replay_years(scenario).years
    return np.array([years[year]["gdp_constant"] for year in range(2020, 2036)])


def test_gross_output_enters_gdp_only_through_the_rate(plan):
    """Ten times the output at a tenth of the rate is the same economy, and another park."""
    one = with_projects(plan, park=park())
    other = with_projects(plan, park=park(gross_output=1000, value_added_rate=0.025))
    left, right = (replay_years(scenario).years[2030] for scenario in (one, other))
    for name in left:
        if "output" not in name:
            assert right[name] == pytest.approx(left[name], rel=1e-12), name
    assert right["park_gross_output"] == pytest.approx(10 * left["park_gross_output"])
    # In the years that it comes on line GDP gains the value added, 25 of 100, and the growth since.
    gained = gdp(one) - gdp(plan)
    assert gained[:2].max() == 0
    assert 25 <= gained[4] < 30
    nothing = with_projects(plan, park=park(value_added_rate=0))
    np.testing.assert_allclose(gdp(nothing), gdp(plan), rtol=1e-14)


@pytest.mark.parametrize("name", ["parks", "plan"])
def test_taking_the_projects_out_restores_the_path_bit_for_bit(name):
    scenario = hs.load_scenario(name)
    bare = scenario.derive("bare", {"shipped_projects": []})
    again = with_projects(bare, park=park()).derive("again", {"projects": {}})
    left, right = replay_years(bare).years, replay_years(again).years
    for year in left:
        assert left[year] == right[year]
    if name == "parks":
        assert gdp(bare)[-1] < gdp(scenario)[-1]


def test_what_the_baseline_holds_is_not_added_again(plan):
    half, none = (with_projects(plan, park=park(in_baseline=share)) for share in (0.5, 1.0))
    np.testing.assert_allclose(gdp(none), gdp(plan), rtol=1e-14)
    whole = gdp(with_projects(plan, park=park())) - gdp(plan)
    np.testing.assert_allclose((gdp(half) - gdp(plan))[:5], 0.5 * whole[:5], rtol=1e-9)


def energy_of(scenario, year=2030):
    current = replay_years(scenario).years[year]
    lines = {
        name.removeprefix("energy_"): float(value)
        for name, value in current.items()
        if name.startswith("energy_")
    }
    return current, lines


def test_a_metered_park_is_beside_its_sector_and_an_unmetered_one_in_it(plan):
    _, before = energy_of(plan)
    held, plain = energy_of(with_projects(plan, park=park()))
    current, metered = energy_of(with_projects(plan, park=park(electricity=2.0)))
    # The same value added either way.
    assert current["gdp_constant"] == pytest.approx(held["gdp_constant"], rel=1e-12)
    assert metered["projects"] == pytest.approx(2.0 * 30.5)
    assert "projects" not in plain
    assert plain["secondary"] > before["secondary"]
    # Metered, the sector's line follows what is left once the park's own value added is out.
    per_unit = plain["secondary"] / held["value_added_secondary_constant"]
    left = current["value_added_secondary_constant"] - 25.0
    assert metered["secondary"] == pytest.approx(per_unit * left, rel=1e-9)
    assert current["activity_projects"] == pytest.approx(25.0)


def test_racks_of_the_table_and_racks_of_a_project_add_and_do_not_overlap(plan):
    centres = {
        "racks": fixed(0) | {"points": {2030: 10_000}},
        "kw_per_rack": fixed(2.5),
        "load": fixed(0.65),
        "power_usage_effectiveness": fixed(1.2),
        "utilization": fixed(1.0),
    }
    sure = {
        "projects.base": hs.project("parks")
        .program.projects.projects["computing_base"]
        .model_dump(exclude_none=True)
        | {"success": fixed(1.0), "delay": {0: 1.0}, "kind": "computing_base"}
    }
    table = {"energy.data_centres": centres}
    runs = {
        name: energy_of(plan.derive(name, changes))
        for name, changes in {"table": table, "project": sure, "both": table | sure}.items()
    }
    racks = {name: run[0]["data_centre_racks"] for name, run in runs.items()}
    assert racks == pytest.approx({"table": 10_000, "project": 50_000, "both": 60_000})
    both = runs["both"][1]
    per_rack = 2.5 * 0.65 * 1.2 * 8.76e-6 * 30.5
    assert both["data_centres"] == pytest.approx(10_000 * per_rack) == runs["table"][1]["data_centres"]
    assert both["projects"] == pytest.approx(50_000 * per_rack) == runs["project"][1]["projects"]
    # Value added of the base itself drives no energy of the services; what grows on it since does.
    held, alone = runs["both"][0], runs["table"][0]
    per_unit = runs["table"][1]["tertiary"] / alone["value_added_tertiary_constant"]
    grown = held["value_added_tertiary_constant"] - held["activity_projects"]
    assert both["tertiary"] == pytest.approx(per_unit * grown, rel=1e-9)
    assert 0 <= grown - alone["value_added_tertiary_constant"] < 0.1 * held["activity_projects"]


def test_drivers_of_gdp_never_hold_output():
    program = hs.project("parks").program
    realized = realize_projects(program.projects)
    for year in range(2021, 2036):
        drivers = project_drivers(realized, year=year)
        assert set(drivers) <= {
            *(f"project_{s}" for s in SECTORS),
            "project_metered_tertiary",
            "project_electricity",
        }
        added = sum(drivers.get(f"project_{sector}", 0.0) for sector in SECTORS)
        assert added <= 0.32 * 300 + 13.0


@pytest.mark.parametrize("name", hs.bundled_scenarios())
def test_users_add_up_and_nothing_is_negative_in_every_draw_and_year(name):
    replay = replay_years(name, draws=256, rng=4)
    for year, current in replay.years.items():
        lines = [name for name in current if f"activity_{name.removeprefix('energy_')}" in current]
        assert len(lines) >= 6
        total = sum(current[line] for line in lines)
        np.testing.assert_allclose(total, current["energy_consumption"], rtol=1e-10, err_msg=str(year))
        assert all(np.all(current[line] >= 0) for line in lines)
        fuel = current["energy_non_electric"] + 30.5 * current["electricity_consumption"]
        np.testing.assert_allclose(fuel, current["energy_consumption"], rtol=1e-10)
        numbers = replay.energy.at(year)
        capacity = sum(numbers.capacity.values())
        np.testing.assert_allclose(current["clean_energy_capacity"], capacity, rtol=1e-12)
