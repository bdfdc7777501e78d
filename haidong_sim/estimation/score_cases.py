"""Which series the score card predicts, and what plans asked of them."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from haidong_sim.estimation import record
from haidong_sim.estimation.ar1 import estimate_ar1
from haidong_sim.estimation.forecast import Mixture, gaussian
from haidong_sim.estimation.forecasters import HOUSE_PRIOR, posterior_trend
from haidong_sim.estimation.growth_drivers import PLAN_AVERAGE, city_real_gaps
from haidong_sim.estimation.real_gap import estimate_real_gap
from haidong_sim.estimation.scorecard import (
    HOUSE,
    PARENT,
    PLAN,
    Case,
    score_frozen,
    score_one,
    score_rolling,
)
from haidong_sim.estimation.share_gap import SHARE_GAP_PRIOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.estimation.changes import Changes
    from haidong_sim.estimation.inputs import Inputs

_GOAL_SHARE, _GOAL_YEARS = 0.2, 10


def score_cases(inputs: Inputs) -> tuple[Case, ...]:
    """Return every series of the record that is long enough to be predicted."""
    frame = inputs.series
    province, nation = record.province_real_growth(frame), record.nation_real_growth(frame)
    output = record.province_output(frame)
    return (
        Case(region="nation", indicator="gdp_growth", changes=nation),
        Case(region="province", indicator="gdp_growth", changes=province, parent=nation),
        Case(region="province", indicator="gdp_current", changes=output),
        *_city_cases(inputs, output),
        Case(region="province", indicator="urbanization_rate", changes=record.province_urbanization(frame)),
        Case(
            region="nation",
            indicator="energy_intensity",
            changes=record.nation_energy_intensity(frame),
            plan=_five_year_plans(inputs, "energy_intensity"),
        ),
        Case(
            region="nation",
            indicator="co2_intensity",
            changes=record.nation_carbon_intensity(frame),
            plan=_five_year_plans(inputs, "co2_intensity"),
        ),
        Case(region="province", indicator="co2_intensity", changes=record.province_carbon_intensity(frame)),
    )


def _city_cases(inputs: Inputs, province: Changes) -> tuple[Case, ...]:
    frame = inputs.series
    share = inputs.starting_value("gdp_share_of_province")
    goal = float(np.log(_GOAL_SHARE / (1 - _GOAL_SHARE)) - np.log(share / (1 - share))) / _GOAL_YEARS
    return (
        # As the trend scenario has it: the province's output, and the gap to it shrunk to the panel. The gap
        # to the whole province is 1 - s times the change of the log odds that the panel's prior is about.
        Case(
            region="city",
            indicator="gdp_current",
            changes=record.city_output(frame),
            parent=province,
            gap_prior=replace(
                SHARE_GAP_PRIOR,
                mean_sd=(1.0 - share) * SHARE_GAP_PRIOR.mean_sd,
                annual_sd=(1.0 - share) * SHARE_GAP_PRIOR.annual_sd,
            ),
        ),
        Case(
            region="city",
            indicator="gdp_share_of_province",
            changes=record.share_gap_changes(frame),
            plan=MappingProxyType(dict.fromkeys(range(2021, 2031), goal)),
        ),
        Case(
            region="city",
            indicator="disposable_income_urban_current",
            changes=record.city_urban_income(frame),
        ),
    )


def _five_year_plans(inputs: Inputs, indicator: str) -> Mapping[int, float]:
    """Return the yearly log change that the nation's five-year cuts amount to."""
    path: dict[int, float] = {}
    for row in inputs.registry.policy:
        is_plan = row.region == "nation" and row.indicator == indicator and row.kind == "target"
        if is_plan and row.value is not None and row.period in {"2016-2020", "2021-2025"}:
            first, last = (int(year) for year in row.period.split("-"))
            path |= dict.fromkeys(range(first, last + 1), float(np.log1p(row.value)) / (last - first + 1))
    return MappingProxyType(path)


def score_all(inputs: Inputs) -> pd.DataFrame:
    """Score every case from rolling origins, frozen at 2015, frozen at 2020, and the city's 13th plan."""
    parts = []
    for case in score_cases(inputs):
        parts += [
            score_rolling(case),
            score_frozen(case, origin=2015, last=2020),
            score_frozen(case, origin=2020, last=2024),
        ]
    parts.append(score_city_plan(inputs))
    return pd.concat([part for part in parts if not part.empty], ignore_index=True)


def score_city_plan(inputs: Inputs) -> pd.DataFrame:
    """Score the city's average real growth of 2016–20 as it could be foretold at the end of 2015.

    The library's own forecast is the province's posterior plus the lead of the years known by then.
    """
    frame = inputs.series
    growth = record.province_real_growth(frame).between(0, 2015)
    city = [item for item in city_real_gaps(inputs, growth) if item.last <= 2015]
    gap = estimate_real_gap(city)
    above = posterior_trend(growth, 5, average=True)
    house = Mixture(
        weight=above.weight,
        location=above.location + gap.mean.value,
        scale=np.hypot(above.scale, np.hypot(gap.mean.standard_error, gap.annual_sd.value / np.sqrt(5.0))),
        dof=above.dof,
    )
    gaps = np.array([item.gap for item in city])
    last = city[-1].gap + float(growth.steps[growth.years.index(2015)])
    posterior = estimate_ar1(growth.steps, growth.years, prior=HOUSE_PRIOR)
    spread = float(np.sqrt(posterior.squares.mean() / posterior.dof))
    outcome = float(np.log1p(inputs.observation(PLAN_AVERAGE)))
    case = Case(region="city", indicator="gdp_growth", changes=growth)
    rows = score_one(
        case,
        exercise="frozen_2015",
        functional="average",
        origin=2015,
        horizon=5,
        outcome=outcome,
        forecasts={
            HOUSE: house,
            "random_walk": gaussian(last, spread * float(np.sqrt(11.0 / 5.0))),
            PARENT: gaussian(float(above.location[:, 0] @ above.weight[:, 0] + gaps.mean()), spread),
            PLAN: float(np.log1p(inputs.observation("o_t1_gdp_growth_target"))),
        },
    )
    return pd.DataFrame(rows)
