"""The order of a year, and the only loop over years (METHOD 1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from haidong_sim.indicators import derived
from haidong_sim.model.economy import advance_prices, advance_production
from haidong_sim.model.energy import advance_energy
from haidong_sim.model.people import advance_income, advance_population

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from haidong_sim.model.arrays import Year
    from haidong_sim.model.start import Parameters

CARRIED = ("base_gdp_current", "survey_weight_odds_ratio")
"""Constants of a run that derived indicators read from the year."""


def advance_year(previous: Year, drivers: Year, parameters: Parameters, year: int) -> dict[str, Any]:
    """Return the quantities of `year` from those of the year before and the year's drivers.

    Parameters
    ----------
    previous
        The year before, arrays of shape (draw,) or floats.
    drivers
        Growth factors and log changes of the year by driver name; see `DriverYears` in the ensemble.
    parameters
        Fixed numbers and choices.
    year
        Calendar year being projected.
    """
    is_switch = parameters.is_switch(year)
    current: dict[str, Any] = {name: previous[name] for name in CARRIED}
    current["nation"] = drivers["nation"]
    current |= advance_production(previous, drivers, is_switch=is_switch)
    current |= advance_prices(previous, current, drivers, baumol_coefficient=parameters.baumol_coefficient)
    current |= advance_population(previous, drivers)
    current |= advance_income(
        previous,
        current,
        drivers,
        elasticity=parameters.income_elasticity,
        basis=parameters.income_basis,
    )
    current["gdp_constant"] = derived.gdp_constant(current["gdp_volume_index"], current["base_gdp_current"])
    current["urbanization_rate"] = derived.urbanization_rate(current["urban_odds"])
    current["urban_population"] = derived.urban_population(
        current["urbanization_rate"], current["resident_population"]
    )
    if parameters.energy is not None:
        current |= advance_energy(previous, current, drivers, parameters.energy, year=year)
    return current


def project_years(
    start: Mapping[str, Any], drivers: Iterable[tuple[int, Year]], parameters: Parameters
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each year with its quantities: the only loop over years in the library."""
    current = dict(start)
    for year, driver_year in drivers:
        current = advance_year(current, driver_year, parameters, year)
        yield year, current
