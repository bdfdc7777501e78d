"""Drivers of people and incomes: population, urbanization, income beyond output, the urban–rural ratio."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from haidong_sim.estimation.ar1 import MINIMUM_YEARS, AR1Prior
from haidong_sim.estimation.income import estimate_elasticity, income_residual
from haidong_sim.estimation.inputs import horizon_after
from haidong_sim.estimation.quantity import from_trend
from haidong_sim.estimation.single_drivers import estimate_single
from haidong_sim.estimation.trend import estimate_trend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.estimation.estimate import Estimate
    from haidong_sim.estimation.inputs import Inputs
    from haidong_sim.estimation.quantity import Quantity
    from haidong_sim.estimation.trend import Trend

PEOPLE: Final = (
    "population", "population_rest_of_province", "urbanization", "province_urbanization", "income",
    "urban_rural_ratio",
)  # fmt: skip
_SINGLE: Final = tuple(name for name in PEOPLE if name != "income")

INCOME_PRIOR: Final = AR1Prior(mean=0.0, mean_sd=0.005, annual_sd=0.015, annual_sd_years=4.0)


@dataclass(frozen=True, kw_only=True)
class PeopleEstimates:
    """Trends of people and incomes, and the elasticity of income to output.

    `trends` holds those of the drivers that are estimated from a yearly series of their own.
    """

    trends: Mapping[str, Trend]
    income: Trend
    elasticity: Estimate
    drivers: tuple[Quantity, ...]


def estimate_people(inputs: Inputs) -> PeopleEstimates:
    """Estimate the drivers of people and incomes, each as the place declares it.

    Raises
    ------
    EstimationError
        If a series that an estimate rests on is missing or too short.
    """
    singles = {name: estimate_single(inputs, name) for name in _SINGLE}
    driver = inputs.declaration.drivers["income"]
    real_income = inputs.changes(driver.series["income"])
    output = inputs.used("province_growth")
    elasticity = estimate_elasticity(real_income, output)
    beyond = income_residual(real_income, output, elasticity.value)
    income = estimate_trend(
        beyond, name="income", horizon=horizon_after(beyond.years), prior=INCOME_PRIOR,
        needed=driver.needed or MINIMUM_YEARS,
    )  # fmt: skip
    quantities = {name: quantity for name, (quantity, _) in singles.items()}
    quantities["income"] = from_trend(income, "income", note=driver.note)
    return PeopleEstimates(
        trends=MappingProxyType({name: trend for name, (_, trend) in singles.items() if trend is not None}),
        income=income,
        elasticity=elasticity,
        drivers=tuple(quantities[name] for name in PEOPLE),
    )
