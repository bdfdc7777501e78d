"""Drivers of people and incomes: population, urbanization, income beyond output, the urban–rural ratio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.estimation import record
from haidong_sim.estimation.ar1 import AR1Prior
from haidong_sim.estimation.data import select_sample
from haidong_sim.estimation.estimate import data_hash
from haidong_sim.estimation.income import estimate_elasticity, income_residual
from haidong_sim.estimation.inputs import horizon_after
from haidong_sim.estimation.quantity import from_trend, judged
from haidong_sim.estimation.trend import estimate_trend
from haidong_sim.estimation.urbanization import estimate_urbanization, logit_slope

if TYPE_CHECKING:
    from haidong_sim.estimation.estimate import Estimate
    from haidong_sim.estimation.inputs import Inputs
    from haidong_sim.estimation.quantity import Quantity
    from haidong_sim.estimation.trend import Trend

INCOME_PRIOR: Final = AR1Prior(mean=0.0, mean_sd=0.005, annual_sd=0.015, annual_sd_years=4.0)
POPULATION_PRIOR: Final = AR1Prior(
    mean=0.0, mean_sd=0.004, annual_sd=0.003, annual_sd_years=2.0, drift=(0.0, 0.2, 0.4)
)


@dataclass(frozen=True, kw_only=True)
class PeopleEstimates:
    """Trends of people and incomes, and the elasticity of income to output."""

    population: Trend
    urbanization: Trend
    income: Trend
    elasticity: Estimate
    drivers: tuple[Quantity, ...]


def estimate_people(inputs: Inputs) -> PeopleEstimates:
    """Estimate the drivers of people and incomes; where only census dates or plan dates exist, judge them.

    Raises
    ------
    EstimationError
        If a series that an estimate rests on is missing or too short.
    """
    people = record.province_population(inputs.series)
    population = estimate_trend(
        people, name="province_population", horizon=horizon_after(people.years), prior=POPULATION_PRIOR
    )
    slope = record.province_urbanization(inputs.series)
    urbanization = estimate_urbanization(
        slope, share=inputs.starting_value("province_urbanization_rate"), name="province_urbanization",
        horizon=horizon_after(slope.years),
    )  # fmt: skip
    real_income = record.province_income(inputs.series)
    output = record.province_real_growth(inputs.series)
    elasticity = estimate_elasticity(real_income, output)
    beyond = income_residual(real_income, output, elasticity.value)
    income = estimate_trend(
        beyond, name="income", horizon=horizon_after(beyond.years), prior=INCOME_PRIOR, needed=6
    )
    drivers = (
        _city_population(inputs),
        from_trend(population, "population_rest_of_province", note="province; the rest is 77% of it"),
        _city_urbanization(inputs),
        from_trend(urbanization, "province_urbanization"),
        from_trend(income, "income", note="province; beyond elasticity times real growth of output"),
        _urban_rural_ratio(inputs),
    )
    return PeopleEstimates(
        population=population,
        urbanization=urbanization,
        income=income,
        elasticity=elasticity,
        drivers=drivers,
    )


def _city_population(inputs: Inputs) -> Quantity:
    census = select_sample(inputs.series, region="city", indicator="resident_population_census")
    now, row = inputs.starting_value("resident_population"), inputs.starting_row("resident_population")
    then = float(census.levels[census.years.index(2010)])
    pace = record.yearly_rate(then, now, 10)
    return judged(
        "population",
        mean=pace,
        trend_sd=0.003,
        annual_sd=0.003,
        years=(2010, 2020),
        n=1,
        source=census.source,
        data_hash=data_hash({row, *census.rows[2010]}),
        note="pace between the censuses of 2010 and 2020; spread of the relative drift from METHOD 8",
    )


def _city_urbanization(inputs: Inputs) -> Quantity:
    sample = select_sample(inputs.series, region="city", indicator="urbanization_rate")
    share = dict(zip(sample.years, sample.levels, strict=True))
    pace = logit_slope(float(share[2015]), float(share[2020]), 5)
    target_pace = logit_slope(float(share[2020]), 0.48, 5)
    return judged(
        "urbanization",
        mean=0.5 * (pace + target_pace),
        trend_sd=0.012,
        annual_sd=0.010,
        years=(2015, 2020),
        n=1,
        source=sample.source,
        data_hash=data_hash(sample.rows[2015] | sample.rows[2020]),
        note="midway between the slope of 2015-20 (0.068) and that of the plan's 48% by 2025 (0.049)",
    )


def _urban_rural_ratio(inputs: Inputs) -> Quantity:
    paces: list[float] = []
    years: list[int] = []
    used: set[str] = set()
    for region, first, last in (("city", 2015, 2020), ("province", 2018, 2022)):
        sample = select_sample(inputs.series, region=region, indicator="urban_rural_income_ratio")
        level = dict(zip(sample.years, sample.levels, strict=True))
        paces.append(record.yearly_rate(float(level[first]), float(level[last]), last - first))
        years += [first, last]
        used |= sample.rows[first] | sample.rows[last]
    return judged(
        "urban_rural_ratio",
        mean=float(np.mean(paces)),
        trend_sd=0.008,
        annual_sd=0.010,
        years=tuple(sorted(years)),
        n=2,
        source="plan_14fyp; province as published",
        data_hash=data_hash(used),
        note="mean of the city's pace 2015-20 and the province's 2018-22; yearly rural income is missing",
    )
