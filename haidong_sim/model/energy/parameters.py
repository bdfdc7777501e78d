"""The energy side of a scenario, compiled once: plain floats per year, so the year loop only multiplies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.scenario import Accounting, Attribution, EnergyConvention, Scope


@dataclass(frozen=True, kw_only=True)
class EnergyYear:
    """Everything about energy that is the same in every draw of one year.

    `non_electric` and `electric` are 1e4 tce of fuel and heat, and TWh, per unit of what drives each user
    (1e8 CNY of value added at base-year prices, 1e4 persons); `electricity_per_fuel` is their TWh per 1e4
    tce where all users share it, else None. `separate_electricity` is TWh by line (aluminium, data centres).
    `factors` are 1e4 tce per TWh in each accounting. `capacity` (GW, end of year) and `generation` (TWh,
    average year) go by technology; `certificates` are TWh held. `fuel_emission_factor` is t CO2 per tce of
    the fuel mix, `grid_emission_factor` 1e4 t CO2 per TWh. `process_emissions` are 1e4 t CO2, `feedstock`
    1e4 tce. `separate_activity` is what the separate lines follow (1e4 t of aluminium, racks in use). `racks`
    outside projects, `computing_power` and `computing_power_increase` (PFLOPS) are None where the scenario
    has none.
    """

    year: int
    non_electric: Mapping[str, float]
    electric: Mapping[str, float]
    electricity_per_fuel: float | None
    separate_electricity: Mapping[str, float]
    separate_activity: Mapping[str, float]
    factors: Mapping[Accounting, float]
    capacity: Mapping[str, float]
    generation: Mapping[str, float]
    certificates: float
    fuel_emission_factor: float
    non_fossil_fuel_share: float
    grid_clean_share: float
    grid_emission_factor: float
    process_emissions: float
    feedstock: float
    racks: float | None
    computing_power: float | None
    computing_power_increase: float | None


@dataclass(frozen=True, kw_only=True)
class HydrologyParameters:
    """Wet and dry years: the technology, sd of the root state, its yearly persistence (see `supply`)."""

    technology: str
    deviation: float
    persistence: float


@dataclass(frozen=True, kw_only=True)
class EnergyParameters:
    """The compiled energy side of one scenario; picklable.

    `base_attributed` is the clean electricity of the base year (TWh) under each attribution: what counts as
    new is measured from it. `by_user` asks for the lines of each user, at two operations a line.
    """

    convention: EnergyConvention
    scope: Scope
    base_year: int
    years: tuple[EnergyYear, ...]
    base_attributed: Mapping[Attribution, float]
    hydrology: HydrologyParameters | None
    by_user: bool

    def at(self, year: int) -> EnergyYear:
        """Return the numbers of `year`, which lies between the base year and the last compiled year."""
        position = year - self.base_year
        if not 0 <= position < len(self.years):
            raise IndexError(f"{year} is outside {self.base_year} … {self.years[-1].year}")
        return self.years[position]
