"""Drivers of energy: intensity of energy and of carbon, from the nation and the province."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from haidong_sim.estimation import record
from haidong_sim.estimation.ar1 import AR1Prior
from haidong_sim.estimation.energy import INTENSITY_PRIOR, estimate_intensity
from haidong_sim.estimation.inputs import horizon_after
from haidong_sim.estimation.quantity import composed, from_trend

if TYPE_CHECKING:
    from haidong_sim.estimation.inputs import Inputs
    from haidong_sim.estimation.quantity import Quantity
    from haidong_sim.estimation.trend import Trend

CARBON_PRIOR: Final = AR1Prior(
    mean=-0.039, mean_sd=0.02, annual_sd=0.03, annual_sd_years=2.0, drift=(0.0, 0.1, 0.2)
)
"""Before the data: a five-year cut of 18% (−3.9% a year), two points wide."""

_SMALLER_PLACE: Final = 1.5
"""A city's intensity scatters more than the nation's: half as much again (judgement; one closure in 2019
moved it by 17%)."""


@dataclass(frozen=True, kw_only=True)
class EnergyEstimates:
    """Trends of energy and carbon per unit of real output."""

    nation_energy: Trend
    nation_carbon: Trend
    province_carbon: Trend
    drivers: tuple[Quantity, ...]


def estimate_energy(inputs: Inputs, *, first: int = 2006) -> EnergyEstimates:
    """Estimate intensity drivers from `first` on, when intensity became a binding target.

    Raises
    ------
    EstimationError
        If a series is missing or too short.
    """
    energy = record.nation_energy_intensity(inputs.series).between(first, 9999)
    carbon = record.nation_carbon_intensity(inputs.series).between(first, 9999)
    province = record.province_carbon_intensity(inputs.series).between(first, 9999)
    nation_energy = estimate_intensity(
        energy, name="nation_energy_intensity", horizon=horizon_after(energy.years), prior=INTENSITY_PRIOR
    )
    nation_carbon = estimate_intensity(
        carbon, name="nation_co2_intensity", horizon=horizon_after(carbon.years), prior=CARBON_PRIOR
    )
    province_carbon = estimate_intensity(
        province, name="province_co2_intensity", horizon=horizon_after(province.years), prior=CARBON_PRIOR
    )
    city = composed(
        "energy_intensity",
        nation_energy,
        mean=nation_energy.mean.value,
        trend_sd=_SMALLER_PLACE * nation_energy.mean.standard_error,
        annual_sd=_SMALLER_PLACE * nation_energy.annual_sd.value,
        method="the nation's posterior, scatter half as large again for a smaller place",
        note="no energy series of the city is published; whole decline, not what exceeds sector paths",
    )
    return EnergyEstimates(
        nation_energy=nation_energy,
        nation_carbon=nation_carbon,
        province_carbon=province_carbon,
        drivers=(city, from_trend(province_carbon, "co2_intensity", note="province, energy and cement")),
    )
