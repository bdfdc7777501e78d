"""Which series the score card predicts, and what plans asked of them."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.ar1 import estimate_ar1
from haidong_sim.estimation.declaration import FILE
from haidong_sim.estimation.forecast import Mixture, gaussian
from haidong_sim.estimation.forecasters import HOUSE_PRIOR, posterior_trend
from haidong_sim.estimation.growth_drivers import city_real_gaps
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

    from haidong_sim.estimation.ar1 import AR1Prior
    from haidong_sim.estimation.declaration import Aim, AverageCase, ScoreCase
    from haidong_sim.estimation.inputs import Inputs


def score_cases(inputs: Inputs) -> tuple[Case, ...]:
    """Return every series that the place names for the score card."""
    return tuple(_case(inputs, declared) for declared in inputs.declaration.cases)


def _case(inputs: Inputs, declared: ScoreCase) -> Case:
    plan = None
    if declared.aim is not None:
        plan = _steps_to(inputs, declared.aim)
    elif declared.policy:
        plan = _five_year_plans(inputs, declared)
    return Case(
        region=declared.region,
        indicator=declared.indicator,
        changes=inputs.changes(declared.series),
        parent=inputs.changes(declared.parent) if declared.parent else None,
        plan=plan,
        gap_prior=_gap_prior(inputs) if declared.is_shrunk_to_parent else None,
    )


def _gap_prior(inputs: Inputs) -> AR1Prior:
    """Return the prior of the gap to the whole province, 1 - s times that of the log-odds of the share."""
    share = inputs.starting_value("gdp_share_of_province")
    prior = inputs.declaration.share_gap_prior or SHARE_GAP_PRIOR
    return replace(prior, mean_sd=(1.0 - share) * prior.mean_sd, annual_sd=(1.0 - share) * prior.annual_sd)


def _steps_to(inputs: Inputs, aim: Aim) -> Mapping[int, float]:
    """Return the yearly change of the log-odds that leads from the base year to the aim."""
    share, years = inputs.starting_value(aim.baseline), aim.last - aim.first + 1
    step = float(np.log(aim.value / (1 - aim.value)) - np.log(share / (1 - share))) / years
    return MappingProxyType(dict.fromkeys(range(aim.first, aim.last + 1), step))


def _five_year_plans(inputs: Inputs, declared: ScoreCase) -> Mapping[int, float]:
    """Return the yearly log change that the cuts of policy.csv over some years amount to."""
    path: dict[int, float] = {}
    for row in inputs.registry.policy:
        key = (row.region, row.indicator, row.kind)
        is_plan = key == (declared.region, declared.policy, "target") and row.period in declared.periods
        if is_plan and row.value is not None:
            first, last = (int(year) for year in row.period.split("-"))
            path |= dict.fromkeys(range(first, last + 1), float(np.log1p(row.value)) / (last - first + 1))
    return MappingProxyType(path)


def score_all(inputs: Inputs) -> pd.DataFrame:
    """Score every case from rolling origins and frozen ones, and the city's mean growth of a past plan.

    Raises
    ------
    EstimationError
        If the place names no series to be predicted.
    """
    declared = inputs.declaration
    if not declared.cases:
        raise EstimationError(f"{FILE}: no [[score]] names a series to predict; the score card has no case")
    parts = []
    for case in score_cases(inputs):
        parts += [
            score_rolling(case),
            *(score_frozen(case, origin=origin, last=last) for origin, last in declared.frozen),
        ]
    if declared.average_case is not None:
        parts.append(score_average(inputs, declared.average_case))
    return pd.concat([part for part in parts if not part.empty], ignore_index=True)


def score_average(inputs: Inputs, asked: AverageCase) -> pd.DataFrame:
    """Score the city's average real growth of some years as it could be foretold before the first.

    The library's own forecast is the province's posterior plus the lead of the years known by then.
    """
    origin, years = asked.first - 1, asked.last - asked.first + 1
    growth = inputs.used("province_growth").between(0, origin)
    city = [item for item in city_real_gaps(inputs, growth) if item.last <= origin]
    gap = estimate_real_gap(city)
    above = posterior_trend(growth, years, average=True)
    house = Mixture(
        weight=above.weight,
        location=above.location + gap.mean.value,
        scale=np.hypot(above.scale, np.hypot(gap.mean.standard_error, gap.annual_sd.value / np.sqrt(years))),
        dof=above.dof,
    )
    gaps = np.array([item.gap for item in city])
    last = city[-1].gap + float(growth.steps[growth.years.index(origin)])
    posterior = estimate_ar1(growth.steps, growth.years, prior=HOUSE_PRIOR)
    spread = float(np.sqrt(posterior.squares.mean() / posterior.dof))
    outcome = float(np.log1p(inputs.observation(asked.outcome)))
    lead = inputs.declaration.lead.part
    case = Case(region=lead.region, indicator=lead.indicator, changes=growth)
    rows = score_one(
        case,
        exercise=f"frozen_{origin}",
        functional="average",
        origin=origin,
        horizon=years,
        outcome=outcome,
        forecasts={
            HOUSE: house,
            # A random walk's mean over h years has (h + 1)(2h + 1)/(6h) times the variance of one step.
            "random_walk": gaussian(
                last, spread * float(np.sqrt((years + 1) * (2 * years + 1) / (6 * years)))
            ),
            PARENT: gaussian(float(above.location[:, 0] @ above.weight[:, 0] + gaps.mean()), spread),
            PLAN: float(np.log1p(inputs.observation(asked.target))),
        },
    )
    return pd.DataFrame(rows)
