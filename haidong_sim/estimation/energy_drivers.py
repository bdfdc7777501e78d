"""Drivers of energy: intensity of energy and of carbon, each from the series that the place names."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from haidong_sim.estimation.single_drivers import estimate_single, trend_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.estimation.inputs import Inputs
    from haidong_sim.estimation.quantity import Quantity
    from haidong_sim.estimation.trend import Trend

ENERGY: Final = ("energy_intensity", "co2_intensity")


@dataclass(frozen=True, kw_only=True)
class EnergyEstimates:
    """Trends of energy and carbon per unit of real output, by the series that they come from."""

    trends: Mapping[str, Trend]
    drivers: tuple[Quantity, ...]


def estimate_energy(inputs: Inputs) -> EnergyEstimates:
    """Estimate intensity drivers, and the trends that the place names beside them for comparison.

    Raises
    ------
    EstimationError
        If a series is missing or too short.
    """
    declared = inputs.declaration
    drivers, trends = [], {}
    for name in ENERGY:
        quantity, trend = estimate_single(inputs, name)
        drivers.append(quantity)
        if trend is not None:
            trends[declared.drivers[name].series["changes"]] = trend
    for driver in declared.comparisons.values():
        trends[driver.series["changes"]] = trend_of(inputs, driver)
    return EnergyEstimates(trends=MappingProxyType(trends), drivers=tuple(drivers))
