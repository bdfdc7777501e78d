"""Energy and carbon as they are counted: accounting, attribution and control, and emissions by fuel."""

from __future__ import annotations

from functools import reduce
from itertools import product
from operator import add
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from haidong_sim.scenario import Accounting, Attribution, Control, EnergyConvention

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.model.arrays import Year
    from haidong_sim.model.energy.parameters import EnergyParameters, EnergyYear
    from haidong_sim.scenario import Scope


def net_purchased_electricity(electricity: Any, own: Any) -> Any:
    """Return the TWh bought from the grid net of `own` supply; an exporter buys none, it is not credited."""
    return np.maximum(electricity - own, 0.0)


def _own_supply(attribution: Attribution, attributed: Any) -> Any:
    """Return the clean TWh that the city may set against its purchases.

    Under "consumption" it owns none of it: what it uses comes from the grid, at the grid's average factor.
    """
    return None if attribution == "consumption" else attributed


def emissions_by_part(
    *,
    fuel: Any,
    electricity: Any,
    attribution: Attribution,
    attributed: Any,
    numbers: EnergyYear,
    scope: Scope,
) -> dict[str, Any]:
    """Return CO2 by part, 1e4 t a year, shape (draw,).

    Parameters
    ----------
    fuel
        Non-electric energy, 1e4 tce.
    electricity
        Consumption, TWh.
    attribution, attributed
        Whose clean electricity counts, and the clean electricity that counts as the city's, TWh.
    numbers
        Factors of the year.
    scope
        "direct" leaves purchased power out.
    """
    burnt = fuel - numbers.feedstock if numbers.feedstock else fuel
    parts = {"fuel": burnt * numbers.fuel_emission_factor}
    if numbers.process_emissions:
        parts["process"] = numbers.process_emissions
    if scope == "with_purchased_power":
        own = _own_supply(attribution, attributed)
        bought = electricity if own is None else net_purchased_electricity(electricity, own)
        parts["purchased_power"] = bought * numbers.grid_emission_factor
    return parts


__all__ = [
    "EnergyConvention",
    "all_conventions",
    "attributed_generation",
    "controlled_energy",
    "measure_energy",
    "results_by_convention",
]


def all_conventions() -> tuple[EnergyConvention, ...]:
    """Return the 18 conventions."""
    return tuple(
        EnergyConvention(accounting=accounting, attribution=attribution, control=control)
        for accounting, attribution, control in product(
            get_args(Accounting), get_args(Attribution), get_args(Control)
        )
    )


def attributed_generation(
    attribution: Attribution, *, electricity: Any, generation: Any, numbers: EnergyYear
) -> Any:
    """Return the clean electricity that counts as the city's, TWh.

    "production": all that is made in the city, also what leaves it, so that an exporter's share can pass one.
    "consumption": the clean part of the grid times what the city uses. "certificate": what it holds
    certificates for, up to what it uses.
    """
    if attribution == "production":
        return generation
    if attribution == "consumption":
        return electricity * numbers.grid_clean_share
    return np.minimum(electricity, numbers.certificates)


def controlled_energy(control: Control, energy: Any, *, feedstock: float, new_non_fossil: Any) -> Any:
    """Return the energy that the intensity target is set on, 1e4 tce.

    "gross" is all of it; "ex_feedstock" leaves out fuel that becomes product; "ex_feedstock_nonfossil" leaves
    out, besides, the clean electricity added since the base year (never less than none).
    """
    if control == "gross":
        return energy
    without = energy - feedstock if feedstock else energy
    if control == "ex_feedstock":
        return without
    return without - np.maximum(new_non_fossil, 0.0)


def measure_energy(
    physical: Year,
    *,
    numbers: EnergyYear,
    convention: EnergyConvention,
    parameters: EnergyParameters,
    gdp_constant: Any,
) -> dict[str, Any]:
    """Return the published quantities of one year under one convention.

    Parameters
    ----------
    physical
        `energy_non_electric` (1e4 tce), `electricity_consumption`, `clean_energy_generation` (TWh), (draw,).
    numbers
        The year's factors.
    convention
        How to count.
    parameters
        For the scope of CO2 and what counts as new.
    gdp_constant
        1e8 CNY at base-year prices.

    Returns
    -------
    dict
        `energy_consumption` (gross, 1e4 tce), `energy_intensity` (of the controlled energy, tce per 1e4 CNY),
        `non_fossil_share` (of gross energy), `co2_emissions` (1e4 t), `co2_intensity` (t per 1e4 CNY).
    """
    fuel, electricity = physical["energy_non_electric"], physical["electricity_consumption"]
    factor = numbers.factors[convention.accounting]
    energy = fuel + electricity * factor
    made = physical["clean_energy_generation"]
    attributed = attributed_generation(
        convention.attribution, electricity=electricity, generation=made, numbers=numbers
    )
    non_fossil = attributed * factor
    if numbers.non_fossil_fuel_share:
        non_fossil = non_fossil + fuel * numbers.non_fossil_fuel_share
    controlled = energy
    if convention.control != "gross":
        new = (attributed - parameters.base_attributed[convention.attribution]) * factor
        controlled = controlled_energy(
            convention.control, energy, feedstock=numbers.feedstock, new_non_fossil=new
        )
    parts = emissions_by_part(
        fuel=fuel,
        electricity=electricity,
        attribution=convention.attribution,
        attributed=attributed,
        numbers=numbers,
        scope=parameters.scope,
    )
    emissions = reduce(add, parts.values())
    return {
        "energy_consumption": energy,
        "energy_intensity": controlled / gdp_constant,
        "non_fossil_share": non_fossil / energy,
        "co2_emissions": emissions,
        "co2_intensity": emissions / gdp_constant,
    }


def results_by_convention(
    current: Year, *, parameters: EnergyParameters, year: int
) -> Mapping[EnergyConvention, dict[str, Any]]:
    """Return what `measure_energy` gives for one year under every convention, from one physical balance."""
    numbers = parameters.at(year)
    return {
        convention: measure_energy(
            current,
            numbers=numbers,
            convention=convention,
            parameters=parameters,
            gdp_constant=current["gdp_constant"],
        )
        for convention in all_conventions()
    }
