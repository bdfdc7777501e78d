"""Demand by user: what each unit of output or each person uses, as fuel and as electricity (METHOD 5.1)."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.model.arrays import Year
    from haidong_sim.model.energy.parameters import EnergyYear
    from haidong_sim.scenario.energy import Accounting

_SECTORS: Final = ("primary", "secondary", "tertiary")


def user_volumes(current: Year, drivers: Year) -> dict[str, Any]:
    """Return what drives each user: value added at base-year prices without metered projects, and persons."""
    volumes = {sector: _sector_volume(current, drivers, sector) for sector in _SECTORS}
    volumes["urban"] = current["urban_population"]
    volumes["rural"] = current["resident_population"] - current["urban_population"]
    return volumes


def _sector_volume(current: Year, drivers: Year, sector: str) -> Any:
    volume = current[f"value_added_{sector}_constant"]
    metered = drivers.get(f"project_metered_{sector}")
    return volume if metered is None else volume - metered


def weighted_demand(current: Year, drivers: Year, weights: Mapping[str, float]) -> Any:
    """Return Σ weight·volume over the users, shape (draw,), skipping what has no weight.

    Rural persons are residents less urban ones: a weight on residents and one on urban persons do for both.
    """
    terms = [
        _sector_volume(current, drivers, sector) * weights[sector] for sector in _SECTORS if weights[sector]
    ]
    if weights["rural"]:
        terms.append(current["resident_population"] * weights["rural"])
    if difference := weights["urban"] - weights["rural"]:
        terms.append(current["urban_population"] * difference)
    return reduce(add, terms) if terms else 0.0


def physical_demand(current: Year, drivers: Year, level: Any, numbers: EnergyYear) -> tuple[Any, Any]:
    """Return fuel and heat (1e4 tce) and electricity (TWh) of all users, shape (draw,).

    Parameters
    ----------
    current
        Value added by sector at base-year prices, resident and urban population.
    drivers
        `project_electricity` (TWh) and `project_metered_<sector>` (1e8 CNY) of projects with a line of their
        own, where there are any.
    level
        Common deviation of intensities from their paths, cumulated since the base year; None for none.
    numbers
        The year's coefficients.
    """
    fuel = weighted_demand(current, drivers, numbers.non_electric)
    if level is not None:
        fuel = fuel * level
    if numbers.electricity_per_fuel is not None:
        electricity = fuel * numbers.electricity_per_fuel
    else:
        electricity = weighted_demand(current, drivers, numbers.electric)
        if level is not None:
            electricity = electricity * level
    if separate := sum(numbers.separate_electricity.values()):
        electricity = electricity + separate
    if (projects := drivers.get("project_electricity")) is not None:
        electricity = electricity + projects
    return fuel, electricity


def demand_by_user(
    current: Year, drivers: Year, level: Any, numbers: EnergyYear, *, accounting: Accounting
) -> dict[str, Any]:
    """Return the lines `energy_<user>` (1e4 tce in `accounting`), which sum to `energy_consumption`.

    Beside each stands `activity_<user>`, what it follows: value added at base-year prices (1e8 CNY; of
    projects, that which is metered), persons (1e4), 1e4 t of aluminium, racks in use.
    """
    factor = numbers.factors[accounting]
    lines: dict[str, Any] = {}
    for user, volume in user_volumes(current, drivers).items():
        line = volume * (numbers.non_electric[user] + factor * numbers.electric[user])
        lines[f"energy_{user}"] = line if level is None else line * level
        lines[f"activity_{user}"] = volume
    for name, electricity in numbers.separate_electricity.items():
        lines[f"energy_{name}"] = electricity * factor
        lines[f"activity_{name}"] = numbers.separate_activity[name]
    if (projects := drivers.get("project_electricity")) is not None:
        lines["energy_projects"] = projects * factor
        lines["activity_projects"] = sum(drivers.get(f"project_metered_{sector}", 0.0) for sector in _SECTORS)
    return lines
