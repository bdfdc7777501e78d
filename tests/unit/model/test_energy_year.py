"""The energy step: a slow twin, dtypes, cost, options that cost nothing, states and its users."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from energy_case import BASE, CONVENTION, economy, number, parameters_of, simple_table

from haidong_sim.errors import ScenarioError
from haidong_sim.model.energy import (
    advance_energy,
    all_conventions,
    check_energy,
    initial_energy,
)
from haidong_sim.model.energy.demand import computing_links
from haidong_sim.place import load_registry


class Counted(np.ndarray):
    """An array that counts the operations done on it."""

    operations = 0

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        Counted.operations += 1
        plain = [np.asarray(value) if isinstance(value, Counted) else value for value in inputs]
        return np.asarray(getattr(ufunc, method)(*plain, **kwargs)).view(Counted)


def operations(table, drivers, convention=CONVENTION):
    parameters = parameters_of(table | {"convention": convention})
    current = {name: value.view(Counted) for name, value in economy(4).items()}
    drivers = {name: np.asarray(value).view(Counted) for name, value in drivers.items()}
    level = {"energy_intensity_level": np.ones(4).view(Counted), "hydrology_state": np.zeros(4).view(Counted)}
    Counted.operations = 0
    advance_energy(level if drivers else {}, current, drivers, parameters, year=2030)
    return Counted.operations


def test_base_year_reproduces_the_total_in_its_own_accounting(table):
    start = initial_energy(BASE, parameters_of(table, by_user=True))
    assert start["energy_consumption"] == pytest.approx(671.0, rel=1e-12)
    assert start["energy_aluminium"] == pytest.approx(45 * 13.2 / 100 * 30.5)
    # The separate line comes out of its sector: no double counting.
    assert start["energy_secondary"] + start["energy_aluminium"] == pytest.approx(0.70 * 671)
    assert start["energy_primary"] == pytest.approx(0.03 * 671)
    assert start["energy_urban"] + start["energy_rural"] == pytest.approx(0.15 * 671)
    assert start["clean_energy_capacity"] == pytest.approx(3.97566)
    assert check_energy({**BASE, **start}, parameters_of(table, by_user=True), year=2020) == []


def slow_twin(current, draw, level, wet):
    """The year 2030 of the Haidong table for one draw, written out in plain numbers."""
    years = 10
    share = {"primary": 0.03, "tertiary": 0.12, "urban": 0.08, "rural": 0.07}
    energy = {user: 671.0 * part for user, part in share.items()}
    energy["secondary"] = 671.0 * 0.70 - 5.94 * 30.5
    decline = {"primary": 0.02, "secondary": 0.0286, "tertiary": 0.02, "urban": -0.01, "rural": -0.01}
    start = {"primary": 0.3, "secondary": 0.5, "tertiary": 0.4, "urban": 0.5, "rural": 0.35}
    end = {"primary": 0.3, "secondary": 0.58, "tertiary": 0.5, "urban": 0.6, "rural": 0.5}
    now = {name: float(values[draw]) for name, values in current.items()}
    volume = {
        sector: now[f"value_added_{sector}_constant"] for sector in ("primary", "secondary", "tertiary")
    }
    volume |= {
        "urban": now["urban_population"],
        "rural": now["resident_population"] - now["urban_population"],
    }
    base = {sector: BASE[f"value_added_{sector}_constant"] for sector in ("primary", "secondary", "tertiary")}
    base |= {"urban": 57.06, "rural": 135.85 - 57.06}
    fuel = electricity = 0.0
    for user, before in energy.items():
        used = before * volume[user] / base[user] * (1 - decline[user]) ** years * level
        electric = start[user] + (end[user] - start[user]) * 10 / 15
        fuel += used * (1 - electric)
        electricity += used * electric / 30.5
    electricity += 45 * (13.2 - 0.4 * 10 / 15) / 100
    generation = 3.35486 * 3.976 * wet + (5.33 - 3.35486) * 1.5
    total = fuel + electricity * 30.5
    carbon = fuel * (0.62 * 2.66 + 0.22 * 1.73 + 0.14 * 1.56) + 45 * 1.6
    carbon += max(0.0, electricity - generation) * (0.1567 - 0.0567 * 10 / 15) * 100
    return {
        "energy_consumption": total,
        "electricity_consumption": electricity,
        "energy_intensity": total / now["gdp_constant"],
        "clean_energy_generation": generation,
        "non_fossil_share": (generation * 30.5 + 0.02 * fuel) / total,
        "co2_emissions": carbon,
        "co2_intensity": carbon / now["gdp_constant"],
        "clean_energy_capacity": 5.33,
    }


def test_the_slow_twin_agrees(table):
    current = economy(5)
    level = np.array([0.8, 0.9, 1.0, 1.1, 1.2])
    hours = np.array([0.7, 0.9, 1.0, 1.1, 1.3])
    drivers = {"energy_intensity": level, "hours_hydro": hours}
    result = advance_energy({}, current, drivers, parameters_of(table), year=2030)
    for draw in range(5):
        expected = slow_twin(current, draw, level[draw], hours[draw])
        got = {name: float(np.broadcast_to(result[name], 5)[draw]) for name in expected}
        assert got == pytest.approx(expected, rel=1e-12)


def test_a_factor_that_moves_values_electricity_anew_and_leaves_its_amount(table):
    current = economy(3)
    before = advance_energy({}, current, {}, parameters_of(table), year=2030)
    table["coal_equivalent_factor"] |= {"points": {2030: 0.29}, "low": 0.28}
    after = advance_energy({}, current, {}, parameters_of(table), year=2030)
    fuel, electricity = before["energy_non_electric"], before["electricity_consumption"]
    np.testing.assert_allclose(after["electricity_consumption"], electricity, rtol=1e-12)
    np.testing.assert_allclose(after["energy_consumption"], fuel + 29.0 * electricity, rtol=1e-12)


def test_each_year_declines_by_its_own_rate_from_the_year_after_the_base(table):
    decline = number(0.01, points={2022: 0.05}, low=0.0, high=0.1)
    table["demand"]["users"]["primary"]["intensity_decline"] = decline
    found = advance_energy({}, BASE, {}, parameters_of(table, by_user=True), year=2023)
    # 2021 lies half way from 1% to 5%; 2023 keeps the last point.
    assert found["energy_primary"] == pytest.approx(0.03 * 671.0 * 0.97 * 0.95 * 0.95, rel=1e-12)


def test_intensity_level_cumulates(table):
    parameters = parameters_of(table)
    current, factor = economy(3), np.array([0.99, 1.0, 1.02])
    first = advance_energy({}, current, {"energy_intensity": factor}, parameters, year=2021)
    second = advance_energy(first, current, {"energy_intensity": factor}, parameters, year=2022)
    np.testing.assert_allclose(second["energy_intensity_level"], factor**2)
    kept = advance_energy(second, current, {}, parameters, year=2023)
    np.testing.assert_allclose(kept["energy_intensity_level"], factor**2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("convention", all_conventions(), ids=str)
def test_dtype_is_preserved(table, dtype, convention):
    table |= {"convention": convention.model_dump(), "feedstock": number(5.0)}
    table["supply"]["certificates"] = number(0.0, points={2030: 20.0})
    parameters = parameters_of(table, by_user=True)
    draws = 7
    drivers = {
        "energy_intensity": np.full(draws, 0.99, dtype=dtype),
        "hydrology": np.linspace(-3, 3, draws).astype(dtype),
        "hours_pv": np.full(draws, 1.05, dtype=dtype),
        "project_electricity": np.full(draws, 0.4, dtype=dtype),
        "project_metered_tertiary": np.full(draws, 3.0, dtype=dtype),
    }
    previous = initial_energy(
        {name: np.full(draws, value, dtype=dtype) for name, value in BASE.items()}, parameters
    )
    for year in (2021, 2022):
        previous = advance_energy(previous, economy(draws, dtype), drivers, parameters, year=year)
        assert {np.asarray(value).dtype for value in previous.values() if not isinstance(value, float)} == {
            np.dtype(dtype)
        }
        assert (
            check_energy({**economy(draws, dtype), **previous}, parameters, year=year, tolerance=1e-5) == []
        )


def test_cost_of_a_year(table):
    simple = simple_table(table)
    factor = {"energy_intensity": np.ones(4)}
    direct = copy.deepcopy(simple)
    direct["carbon"]["scope"] = "direct"
    # Demand of five users 9, electricity 1, total 2, its intensity, the share, CO2 and its intensity 1 each.
    assert operations(direct, {}) == 16
    assert operations(direct, factor) == 18
    assert operations(simple, factor) == 22
    assert operations(table, factor) == 35


def test_what_is_absent_costs_nothing(table):
    full = operations(table, {"energy_intensity": np.ones(4)})
    without = copy.deepcopy(table)
    del without["aluminium"]
    del without["supply"]["hydrology"]
    bare = operations(without, {"energy_intensity": np.ones(4)})
    # Aluminium is one addition to electricity and one to emissions; hydrology without shocks is none.
    assert full - bare == 2
    assert operations(table, {"energy_intensity": np.ones(4), "hydrology": np.zeros(4)}) == full + 9


def test_deterministic_supply_stays_a_plain_number(table):
    result = advance_energy({}, economy(3), {}, parameters_of(table), year=2030)
    assert type(result["clean_energy_capacity"]) is float
    assert type(result["clean_energy_generation"]) is float
    assert "energy_intensity_level" not in result
    assert not any(name.startswith(("energy_primary", "data_centre")) for name in result)


def test_parameters_travel_to_workers(table):
    parameters = parameters_of(table)
    assert pickle.loads(pickle.dumps(parameters)) == parameters  # noqa: S301  made here
    with pytest.raises(IndexError, match=r"2036 is outside 2020 … 2035"):
        parameters.at(2036)


def test_uniform_and_separate_electricity_shares_agree(table):
    simple = simple_table(table)
    nearly = copy.deepcopy(simple)
    nearly["demand"]["users"]["urban"]["electricity_share"] = number(0.5 + 1e-13)
    one, other = parameters_of(simple), parameters_of(nearly)
    assert one.at(2030).electricity_per_fuel is not None
    assert other.at(2030).electricity_per_fuel is None
    current, drivers = economy(6), {"energy_intensity": np.linspace(0.8, 1.2, 6)}
    left = advance_energy({}, current, drivers, one, year=2030)
    right = advance_energy({}, current, drivers, other, year=2030)
    for name, values in left.items():
        np.testing.assert_allclose(values, right[name], rtol=1e-11)


def test_data_centres_are_a_line_of_their_own(table):
    table["data_centres"] = {
        "racks": number(0, points={2030: 50_000}),
        "kw_per_rack": number(2.5),
        "load": number(0.65),
        "power_usage_effectiveness": number(1.2),
        "utilization": number(0.0, points={2030: 1.0}),
    }
    parameters = parameters_of(table, by_user=True)
    without = parameters_of({key: value for key, value in table.items() if key != "data_centres"})
    current = economy(3)
    result = advance_energy({}, current, {}, parameters, year=2030)
    plain = advance_energy({}, current, {}, without, year=2030)
    assert result["energy_data_centres"] == pytest.approx(0.8541 * 30.5)
    np.testing.assert_allclose(result["energy_consumption"] - plain["energy_consumption"], 0.8541 * 30.5)
    assert result["data_centre_racks"] == 50_000
    table["data_centres"]["utilization"] = number(0.4)
    used = advance_energy({}, current, {}, parameters_of(table, by_user=True), year=2030)
    assert used["energy_data_centres"] == pytest.approx(0.4 * 0.8541 * 30.5)
    assert used["data_centre_racks"] == 50_000


def test_computing_power_is_a_path_of_its_own_with_two_readings(table):
    targets = load_registry("haidong").targets
    assert computing_links(parameters_of(table), targets) == {}
    table["computing"] = {
        "power": number(0, points={2024: 200, 2030: 10_000}),
        "increase_since": 2024,
        "benchmark_density": number(0.09),
    }
    parameters = parameters_of(table)
    assert computing_links(parameters, targets) == {
        "a30_compute_total": "computing_power",
        "a30_compute_increment": "computing_power_increase",
    }
    plain = advance_energy({}, economy(3), {}, parameters_of(table | {"computing": None}), year=2030)
    result = advance_energy({}, economy(3), {}, parameters, year=2030)
    assert set(result) - set(plain) == {"computing_power", "computing_power_increase"}
    np.testing.assert_array_equal(result["electricity_consumption"], plain["electricity_consumption"])
    increases = [parameters.at(year).computing_power_increase for year in (2020, 2022, 2024, 2027, 2030)]
    assert increases == pytest.approx([0, 0, 0, 4900, 9800])


def test_metered_projects_leave_their_sector(table):
    parameters, current = parameters_of(table, by_user=True), economy(2)
    metered = {"project_metered_tertiary": np.array([10.0, 0.0]), "project_electricity": np.array([0.5, 0.0])}
    with_project = advance_energy({}, current, metered, parameters, year=2030)
    without = advance_energy({}, current, {}, parameters, year=2030)
    intensity = without["energy_tertiary"][0] / current["value_added_tertiary_constant"][0]
    difference = with_project["energy_consumption"] - without["energy_consumption"]
    np.testing.assert_allclose(difference, [0.5 * 30.5 - 10.0 * intensity, 0.0], rtol=1e-9, atol=1e-9)
    assert check_energy({**current, **with_project}, parameters, year=2030) == []


def test_compilation_reports_all_problems(table):
    table["aluminium"]["output"] = number(400)
    table["carbon"]["grid_factor"] = number(0.2, points={2015: 0.3})
    with pytest.raises(ScenarioError) as caught:
        parameters_of(table)
    text = str(caught.value)
    assert "energy.carbon.grid_factor: points [2015] are not after the base year 2020" in text
    assert "energy.demand.users.secondary: its 469.7 1e4 tce hold less than its own line of 1610" in text
