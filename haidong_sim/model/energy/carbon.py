"""CO2: fuels burnt, net purchased electricity at the grid's factor, and process emissions (METHOD 5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from haidong_sim.model.energy.parameters import EnergyYear
    from haidong_sim.scenario.energy import Attribution, Scope


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
