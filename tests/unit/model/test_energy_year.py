"""The energy step: a slow twin, dtypes, cost, options that cost nothing, states, conventions and controls."""

from __future__ import annotations

import copy
import pickle
import tomllib
from pathlib import Path

import numpy as np
import pytest

from haidong_sim.errors import ModelError, ScenarioError
from haidong_sim.model.energy import (
    EnergyConvention,
    advance_energy,
    all_conventions,
    check_controls,
    check_energy,
    compile_energy,
    initial_energy,
    results_by_convention,
)
from haidong_sim.model.energy.data_centres import computing_links
from haidong_sim.model.energy.supply import (
    advance_hydrology,
    hydrology_deviation,
    hydrology_factor,
    plan_capacity,
    roll_capacity,
)
from haidong_sim.registry import load_registry
from haidong_sim.scenario.energy import EnergySpec

FILE = Path(__file__).with_name("haidong_energy.toml")
BASE = {
    "value_added_primary_constant": 77.6,
    "value_added_secondary_constant": 194.8,
    "value_added_tertiary_constant": 241.6,
    "gdp_constant": 514.0,
    "resident_population": 135.85,
    "urban_population": 57.06,
}
CONVENTION = {"accounting": "coal_equivalent", "attribution": "production", "control": "gross"}


def number(value, points=None, **more):
    out = {"value": value, "low": value, "high": value, "provenance": "assumption"} | more
    return out | ({"points": points} if points else {})


@pytest.fixture
def table():
    return tomllib.loads(FILE.read_text(encoding="utf-8"))["energy"]


def parameters_of(table, *, by_user=False):
    spec = EnergySpec.model_validate(table)
    return compile_energy(spec, base=BASE, base_year=2020, last_year=2035, by_user=by_user)


def simple_table(table):
    """One electricity share for all, no optional piece."""
    simple = copy.deepcopy(table)
    for user in simple["demand"]["users"].values():
        user["electricity_share"] = number(0.5)
    del simple["aluminium"]
    del simple["supply"]["hydrology"]
    simple["carbon"]["fuels"]["coal"]["share"] = number(0.64)
    del simple["carbon"]["fuels"]["biomass"]
    return simple


def economy(draws, dtype=np.float64, seed=1):
    rng = np.random.default_rng(seed)
    factor = rng.uniform(1.2, 2.0, size=draws)
    out = {
        name: (value * factor).astype(dtype) for name, value in BASE.items() if name != "resident_population"
    }
    out["gdp_constant"] = sum(out[name] for name in out if name.startswith("value_added"))
    out["resident_population"] = np.full(draws, 130.0, dtype=dtype)
    out["urban_population"] = (130.0 * rng.uniform(0.45, 0.6, size=draws)).astype(dtype)
    return out


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


def test_attributions_differ_as_they_should(table):
    table["supply"]["certificates"] = number(0.0, points={2030: 3.0})
    parameters, current = parameters_of(table), economy(2)
    current |= advance_energy({}, current, {}, parameters, year=2030)
    results = results_by_convention(current, parameters=parameters, year=2030)
    assert len(results) == 18
    electricity, energy, fuel = (
        current[name] for name in ("electricity_consumption", "energy_consumption", "energy_non_electric")
    )
    clean = {
        "production": current["clean_energy_generation"],
        "consumption": electricity * 0.9,
        "certificate": 3.0,
    }
    for attribution, amount in clean.items():
        key = EnergyConvention(accounting="coal_equivalent", attribution=attribution, control="gross")
        np.testing.assert_allclose(results[key]["non_fossil_share"], (amount * 30.5 + 0.02 * fuel) / energy)
    calorific = EnergyConvention(accounting="calorific", attribution="production", control="gross")
    np.testing.assert_allclose(
        results[calorific]["energy_consumption"], energy - electricity * (30.5 - 12.29), rtol=1e-12
    )


def test_carbon_follows_attribution_scope_and_feedstock(table):
    table |= {"feedstock": number(20.0)}
    table["supply"]["certificates"] = number(0.0, points={2030: 3.0})
    parameters, current = parameters_of(table), economy(2)
    current |= advance_energy({}, current, {}, parameters, year=2030)
    results = results_by_convention(current, parameters=parameters, year=2030)
    burnt = (current["energy_non_electric"] - 20.0) * (0.62 * 2.66 + 0.22 * 1.73 + 0.14 * 1.56)
    grid = (0.1567 - 0.0567 * 10 / 15) * 100
    electricity, made = current["electricity_consumption"], current["clean_energy_generation"]
    # What the city may not claim it buys; what it makes beyond its use earns no credit.
    bought = {
        "production": np.maximum(electricity - made, 0.0),
        "consumption": electricity,
        "certificate": electricity - 3.0,
    }
    for attribution, amount in bought.items():
        key = EnergyConvention(**CONVENTION | {"attribution": attribution})
        np.testing.assert_allclose(
            results[key]["co2_emissions"], burnt + 45 * 1.6 + amount * grid, rtol=1e-12
        )
    table["carbon"]["scope"] = "direct"
    direct = advance_energy({}, economy(2), {}, parameters_of(table), year=2030)
    np.testing.assert_allclose(direct["co2_emissions"], burnt + 45 * 1.6, rtol=1e-12)


def test_curtailed_hours_make_no_electricity(table):
    table["supply"]["technologies"]["pv"]["curtailment"] = number(0.0, points={2030: 0.1})
    made = advance_energy({}, economy(1), {}, parameters_of(table), year=2030)["clean_energy_generation"]
    assert made == pytest.approx(3.35486 * 3.976 + (5.33 - 3.35486) * 1.5 * 0.9)


def test_controls_deduct_feedstock_and_new_clean_power(table):
    table["feedstock"] = number(20.0)
    parameters, current = parameters_of(table), economy(2)
    current |= advance_energy({}, current, {}, parameters, year=2030)
    results = results_by_convention(current, parameters=parameters, year=2030)
    energy = {
        control: results[EnergyConvention(**CONVENTION | {"control": control})]["energy_intensity"]
        * current["gdp_constant"]
        for control in ("gross", "ex_feedstock", "ex_feedstock_nonfossil")
    }
    np.testing.assert_allclose(energy["gross"] - energy["ex_feedstock"], 20.0)
    new = (current["clean_energy_generation"] - 14.27012336) * 30.5
    np.testing.assert_allclose(energy["ex_feedstock"] - energy["ex_feedstock_nonfossil"], new, rtol=1e-9)


def test_the_binding_control_is_the_one_with_the_smaller_margin(table):
    spec = EnergySpec.model_validate(table)
    parameters = parameters_of(table)
    start = {**BASE, **initial_energy(BASE, parameters)}
    growth = 1.06**5
    end = {name: np.full(3, value * (growth if "constant" in name else 1.0)) for name, value in BASE.items()}
    drivers = {"energy_intensity": np.array([0.95, 1.0, 1.05])}
    end |= advance_energy({}, end, drivers, parameters, year=2025)
    findings = check_controls(start, end, parameters=parameters, controls=spec.controls)
    finding = findings[parameters.convention]
    energy_cut = 1 - end["energy_consumption"] / 671.0 / growth
    np.testing.assert_allclose(finding.energy_cut, energy_cut)
    np.testing.assert_allclose(finding.energy_margin, np.log(0.865 / (1 - energy_cut)))
    carbon_cut = 1 - end["co2_emissions"] / start["co2_emissions"] / growth
    np.testing.assert_allclose(finding.carbon_margin, np.log(0.82 / (1 - carbon_cut)))
    tighter = np.mean(finding.energy_margin <= finding.carbon_margin)
    assert finding.energy_binds == tighter
    assert finding.binding == ("energy" if tighter >= 0.5 else "carbon")
    assert finding.binding == "carbon"
    table["controls"]["carbon_intensity_cut"] = number(0.0)
    lenient = EnergySpec.model_validate(table).controls
    assert (
        check_controls(start, end, parameters=parameters, controls=lenient)[parameters.convention].binding
        == "energy"
    )


def test_audit_finds_what_is_broken(table):
    parameters, current = parameters_of(table, by_user=True), economy(4)
    current |= advance_energy({}, current, {}, parameters, year=2030)
    broken = current | {"energy_primary": current["energy_primary"] * np.array([1, 1, 1.01, 1])}
    (finding,) = check_energy(broken, parameters, year=2030)
    assert finding.identity == "users = energy"
    assert finding.draws == 1
    broken = current | {"co2_emissions": current["co2_emissions"] * np.nan}
    assert {item.identity for item in check_energy(broken, parameters, year=2030)} == {
        "parts of CO2 = CO2",
        "CO2 intensity × GDP = CO2",
    }
    broken = current | {"non_fossil_share": current["non_fossil_share"] * np.array([1, 1, -0.01, 1])}
    unequal, outside = check_energy(broken, parameters, year=2030)
    assert (unequal.identity, unequal.draws) == ("non-fossil share × energy = non-fossil energy", 1)
    assert (outside.identity, outside.draws) == ("0 < non-fossil share", 1)


@pytest.mark.parametrize("attribution", ["production", "consumption"])
def test_only_what_is_made_in_the_city_can_pass_what_it_uses(table, attribution):
    table["convention"] = CONVENTION | {"attribution": attribution}
    table["supply"]["technologies"]["hydro"]["capacity"]["value"] = 30.0
    table["supply"]["grid_clean_share"] = number(1.0)
    del table["supply"]["milestones"]
    parameters, current = parameters_of(table), economy(4)
    current |= advance_energy({}, current, {}, parameters, year=2030)
    share = current["non_fossil_share"]
    assert check_energy(current, parameters, year=2030) == []
    assert np.all(share > 1) if attribution == "production" else np.all(share < 1)


def test_two_readings_of_the_capacity_target(table):
    supply = EnergySpec.model_validate(table).supply
    stock = plan_capacity(supply, base_year=2020, last_year=2030)
    assert sum(levels[5] for levels in stock.values()) == pytest.approx(5.33)
    assert sum(levels[10] for levels in stock.values()) == pytest.approx(5.33)
    np.testing.assert_allclose(np.diff(stock["pv"])[:5], (5.33 - 3.97566) / 5)
    table["supply"]["milestones"][0]["reading"] = "additions"
    other = plan_capacity(EnergySpec.model_validate(table).supply, base_year=2020, last_year=2030)
    assert sum(levels[5] for levels in other.values()) == pytest.approx(3.97566 + 5.33)


def test_a_stock_milestone_replaces_what_retires(table):
    technology = table["supply"]["technologies"]["pv"]
    technology["retirements"] = {"2023": 0.2}
    technology["additions"] = {"2022": 0.3}
    second = {"year": 2030, "value": 7.0, "mix": {"pv": 0.5, "hydro": 0.5}}
    table["supply"]["milestones"].append(table["supply"]["milestones"][0] | second)
    plan = plan_capacity(EnergySpec.model_validate(table).supply, base_year=2020, last_year=2032)
    assert sum(levels[5] for levels in plan.values()) == pytest.approx(5.33)
    assert sum(levels[10] for levels in plan.values()) == pytest.approx(7.0)
    assert plan["hydro"][10] - plan["hydro"][5] == pytest.approx((7.0 - 5.33) / 2)


def test_impossible_capacity_is_refused(table):
    table["supply"]["milestones"][0]["value"] = 3.0
    table["supply"]["milestones"].append(table["supply"]["milestones"][0] | {"year": 2019, "value": 2.0})
    with pytest.raises(ScenarioError, match=r"a stock of 3 GW is less than the 3.97566 GW there") as caught:
        plan_capacity(EnergySpec.model_validate(table).supply, base_year=2020, last_year=2030)
    assert "milestone 2019: must lie after 2020" in str(caught.value)
    with pytest.raises(ModelError, match=r"capacity goes negative: -0\.5 GW in year 2"):
        roll_capacity(1.0, [0.0, 0.5], [0.0, 2.0])


def test_compilation_reports_all_problems(table):
    table["aluminium"]["output"] = number(400)
    table["carbon"]["grid_factor"] = number(0.2, points={2015: 0.3})
    with pytest.raises(ScenarioError) as caught:
        parameters_of(table)
    text = str(caught.value)
    assert "energy.carbon.grid_factor: points [2015] are not after the base year 2020" in text
    assert "energy.demand.users.secondary: its 469.7 1e4 tce hold less than its own line of 1610" in text


@pytest.mark.parametrize("variation", [0.05, 0.12, 0.3])
def test_wet_years_have_mean_one_and_the_stated_variation(variation):
    deviation = hydrology_deviation(variation)
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    weights = weights / weights.sum()
    factor = hydrology_factor(nodes * deviation, deviation=deviation)
    mean = weights @ factor
    assert mean == pytest.approx(1.0, rel=1e-12)
    assert np.sqrt(weights @ (factor - mean) ** 2) == pytest.approx(variation, rel=1e-12)
    assert factor.min() > 0


def test_wet_years_persist():
    rng = np.random.default_rng(11)
    draws, persistence, deviation = 200_000, 0.6, 0.06
    state = advance_hydrology(None, rng.standard_normal(draws), deviation=deviation, persistence=persistence)
    following = advance_hydrology(
        state, rng.standard_normal(draws), deviation=deviation, persistence=persistence
    )
    error = 4 / np.sqrt(draws)
    assert np.corrcoef(state, following)[0, 1] == pytest.approx(persistence, abs=error)
    assert following.std() / deviation == pytest.approx(1.0, abs=error)
