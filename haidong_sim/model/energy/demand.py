"""Demand for energy: elasticities of sectors and households, and data centres on top."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, Final, Literal

from haidong_sim.scenario import TWH_PER_KW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from haidong_sim.model.arrays import Year
    from haidong_sim.model.energy.parameters import EnergyParameters, EnergyYear
    from haidong_sim.place import Target
    from haidong_sim.scenario import Accounting


def electricity_twh(
    *, racks: Any, kw_per_rack: Any, load: Any, effectiveness: Any, utilization: Any = 1.0
) -> Any:
    """Return TWh a year; `load` is the part of rated power drawn, `utilization` the part of racks in use."""
    return racks * utilization * kw_per_rack * load * effectiveness * TWH_PER_KW


def computing_links(parameters: EnergyParameters, targets: Iterable[Target]) -> dict[str, str]:
    """Return the quantity that answers each target of computing power or racks, by target id.

    A level is asked of the total; an amount that accumulates is asked of the increase since the year that the
    scenario counts from. Both readings of one printed number get their verdict. What the energy table does
    not describe has no answer.
    """
    numbers = parameters.years[0]
    links: dict[str, str] = {}
    for target in targets:
        if target.indicator == "computing_power" and numbers.computing_power is not None:
            is_increase = target.functional in {"cumulative", "increase"}
            links[target.id] = "computing_power_increase" if is_increase else "computing_power"
        elif target.indicator == "data_centre_racks" and numbers.racks is not None:
            links[target.id] = "data_centre_racks"
    return links


@dataclass(frozen=True, kw_only=True)
class DensityFinding:
    """PFLOPS per rack against a known place."""

    density: float
    benchmark: float
    ratio: float
    status: Literal["ordinary", "dense", "sparse"]


def check_density(*, pflops: float, racks: float, benchmark: float, tolerance: float = 5.0) -> DensityFinding:
    """Compare PFLOPS per rack with a benchmark: outside a factor `tolerance` it is "dense" or "sparse".

    A dense plan has other hardware in mind than the benchmark, or counts at a lower precision.
    """
    density = pflops / racks
    ratio = density / benchmark
    status: Literal["ordinary", "dense", "sparse"] = "ordinary"
    if ratio > tolerance:
        status = "dense"
    elif ratio < 1.0 / tolerance:
        status = "sparse"
    return DensityFinding(density=density, benchmark=benchmark, ratio=ratio, status=status)


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
