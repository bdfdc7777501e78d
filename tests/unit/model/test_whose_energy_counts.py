"""Whose electricity, energy and carbon are counted: conventions, controls and the audit of a year."""

from __future__ import annotations

import numpy as np
import pytest
from energy_case import BASE, CONVENTION, economy, number, parameters_of

from haidong_sim.model.energy import (
    EnergyConvention,
    advance_energy,
    check_controls,
    check_energy,
    initial_energy,
    results_by_convention,
)
from haidong_sim.scenario.energy import EnergySpec


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


def test_clean_power_that_was_lost_since_the_base_year_deducts_nothing(table):
    table["supply"]["milestones"] = []
    table["supply"]["technologies"]["hydro"]["retirements"] = {2025: 2.0}
    parameters, current = parameters_of(table), economy(2)
    current |= advance_energy({}, current, {}, parameters, year=2030)
    assert current["clean_energy_generation"] < 14.27012336
    results = results_by_convention(current, parameters=parameters, year=2030)
    gross, without = (
        results[EnergyConvention(**CONVENTION | {"control": control})]["energy_intensity"]
        for control in ("gross", "ex_feedstock_nonfossil")
    )
    np.testing.assert_allclose(without, gross, rtol=1e-12)


def test_certificates_count_for_no_more_than_what_is_used(table):
    table["supply"]["certificates"] = number(0.0, points={2030: 1000.0})
    table["convention"] = CONVENTION | {"attribution": "certificate"}
    current = economy(2)
    found = advance_energy({}, current, {}, parameters_of(table), year=2030)
    fuel, electricity = found["energy_non_electric"], found["electricity_consumption"]
    clean = electricity * 30.5 + 0.02 * fuel
    np.testing.assert_allclose(found["non_fossil_share"], clean / found["energy_consumption"], rtol=1e-12)
    burnt = fuel * (0.62 * 2.66 + 0.22 * 1.73 + 0.14 * 1.56)
    np.testing.assert_allclose(found["co2_emissions"], burnt + 45 * 1.6, rtol=1e-12)


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
