"""Drivers of people: population, urbanization, and income against output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.estimation.ar1 import MINIMUM_YEARS, AR1Prior
from haidong_sim.estimation.changes import difference
from haidong_sim.estimation.estimate import (
    Estimate,
    require_changes,
    require_varying,
    require_years,
    student_t,
)
from haidong_sim.estimation.inputs import horizon_after
from haidong_sim.estimation.quantity import from_trend
from haidong_sim.estimation.single_drivers import estimate_single
from haidong_sim.estimation.trend import estimate_trend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.estimation.changes import Changes
    from haidong_sim.estimation.inputs import Inputs
    from haidong_sim.estimation.quantity import Quantity
    from haidong_sim.estimation.trend import Trend


def estimate_elasticity(
    income: Changes,
    output: Changes,
    *,
    prior_mean: float = 1.0,
    prior_sd: float = 0.15,
    residual_sd: float = 0.015,
    residual_years: float = 4.0,
    name: str = "elasticity_disposable_income_constant_to_gdp_constant",
) -> Estimate:
    """Estimate η in Δln income = η·Δln output + e, both real, through the origin.

    Normal–inverse-gamma prior: η ~ N(1, 0.15²) (METHOD 4.4), residual sd 1.5% worth four years.

    Raises
    ------
    EstimationError
        With fewer than five common years, levels, or output that does not vary.
    """
    both = difference(income, output, "income less output")
    y = require_years([income.steps[income.years.index(t)] for t in both.years], 5, "income elasticity")
    x = require_years([output.steps[output.years.index(t)] for t in both.years], 5, "income elasticity")
    for table in (y, x):
        require_changes(table, "income elasticity")
    require_varying(x, "output in the income elasticity")
    strength = (residual_sd / prior_sd) ** 2
    precision = float(x @ x) + strength
    value = (float(x @ y) + strength * prior_mean) / precision
    dof = len(y) + residual_years
    squares = float(y @ y) + strength * prior_mean**2 + residual_years * residual_sd**2 - precision * value**2
    distribution = student_t(value, float(np.sqrt(squares / dof / precision)), dof)
    return Estimate(
        name=name,
        value=value,
        standard_error=distribution.standard_deviation(),
        unit="dimensionless",
        distribution=distribution,
        years=both.years,
        n=len(y),
        method="conjugate normal regression through the origin, prior N(1, 0.15)",
        source=both.source,
        data_hash=both.data_hash,
        diagnostics=MappingProxyType(
            {"least_squares": float(x @ y) / float(x @ x), "residual_sd": float(np.sqrt(squares / dof))}
        ),
    )


def income_residual(income: Changes, output: Changes, elasticity: float) -> Changes:
    """Return real income growth beyond elasticity times real output growth, in the years of both."""
    scaled = replace(output, steps=elasticity * output.steps)
    return difference(income, scaled, f"{income.label} beyond {elasticity:.2f} times {output.label}")


def price_wedge(consumer_prices: Changes, deflator: Changes) -> Changes:
    """Return consumer-price growth less deflator growth: what parts real income from output."""
    return difference(consumer_prices, deflator, f"{consumer_prices.label} less {deflator.label}")


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
