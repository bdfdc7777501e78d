"""Energy, one year forward: demand, supply, and the published quantities under the scenario's convention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from haidong_sim.model.energy.conventions import measure_energy
from haidong_sim.model.energy.demand import demand_by_user, physical_demand
from haidong_sim.model.energy.supply import advance_hydrology, clean_generation, hydrology_factor

if TYPE_CHECKING:
    from haidong_sim.model.arrays import Year
    from haidong_sim.model.energy.parameters import EnergyParameters


def advance_energy(
    previous: Year, current: Year, drivers: Year, parameters: EnergyParameters, *, year: int
) -> dict[str, Any]:
    """Return the energy quantities of `year`, shape (draw,) or a plain float where all draws agree.

    Parameters
    ----------
    previous
        The year before; `energy_intensity_level` and `hydrology_state` are states, where they exist.
    current
        `value_added_{primary,secondary,tertiary}_constant` and `gdp_constant` (1e8 CNY at base-year prices),
        `resident_population`, `urban_population` (1e4 persons).
    drivers
        All optional: `energy_intensity` (factor of this year on every intensity, 1 for none), `hydrology`
        (standard normals), `hours_<technology>` (factor on an average year's hours), `project_electricity`
        (TWh), `project_metered_<sector>` (1e8 CNY).

    Returns
    -------
    dict
        `energy_consumption`, `energy_intensity`, `electricity_consumption`, `clean_energy_capacity`,
        `clean_energy_generation`, `non_fossil_share`, `co2_emissions`, `co2_intensity`, the fuel behind them
        (`energy_non_electric`), states, and on request a line per user.
    """
    numbers = parameters.at(year)
    out: dict[str, Any] = {}
    level = previous.get("energy_intensity_level")
    if (factor := drivers.get("energy_intensity")) is not None:
        level = factor if level is None else level * factor
    if level is not None:
        out["energy_intensity_level"] = level

    fuel, electricity = physical_demand(current, drivers, level, numbers)
    out["energy_non_electric"] = fuel
    out["electricity_consumption"] = electricity
    out |= _advance_supply(previous, drivers, parameters, year=year)
    out |= measure_energy(
        out,
        numbers=numbers,
        convention=parameters.convention,
        parameters=parameters,
        gdp_constant=current["gdp_constant"],
    )
    if numbers.racks is not None:
        out["data_centre_racks"] = numbers.racks
    if numbers.computing_power is not None:
        out["computing_power"] = numbers.computing_power
        out["computing_power_increase"] = numbers.computing_power_increase
    if parameters.by_user:
        out |= demand_by_user(current, drivers, level, numbers, accounting=parameters.convention.accounting)
    return out


def _advance_supply(
    previous: Year, drivers: Year, parameters: EnergyParameters, *, year: int
) -> dict[str, Any]:
    numbers = parameters.at(year)
    out: dict[str, Any] = {"clean_energy_capacity": sum(numbers.capacity.values())}
    factors = {name: drivers[f"hours_{name}"] for name in numbers.generation if f"hours_{name}" in drivers}
    hydrology = parameters.hydrology
    if hydrology is not None and (normal := drivers.get("hydrology")) is not None:
        state = advance_hydrology(
            previous.get("hydrology_state"),
            normal,
            deviation=hydrology.deviation,
            persistence=hydrology.persistence,
        )
        wet = hydrology_factor(state, deviation=hydrology.deviation)
        hours = factors.get(hydrology.technology)
        factors[hydrology.technology] = wet if hours is None else wet * hours
        out["hydrology_state"] = state
    out["clean_energy_generation"] = clean_generation(numbers.generation, factors)
    return out


def initial_energy(base: Year, parameters: EnergyParameters) -> dict[str, Any]:
    """Return the energy quantities of the base year, an average year of hydrology with no deviation."""
    return advance_energy({}, base, {}, parameters, year=parameters.base_year)
