"""The score card: forecasts from earlier years against what happened, beside simple benchmarks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.ar1 import MINIMUM_YEARS, estimate_ar1
from haidong_sim.estimation.changes import difference
from haidong_sim.estimation.declaration import FILE
from haidong_sim.estimation.forecast import (
    HOUSE_PRIOR,
    SIMPLE_FORECASTERS,
    Mixture,
    gaussian,
    parent_plus_gap,
    parent_plus_shrunk_gap,
    posterior_trend,
)
from haidong_sim.estimation.gaps import SHARE_GAP_PRIOR, estimate_real_gap
from haidong_sim.estimation.growth_drivers import city_real_gaps
from haidong_sim.estimation.scores import (
    COVERAGES,
    central_coverage,
    diebold_mariano_1995,
    pit_counts,
    score_forecast,
    score_point,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from haidong_sim.estimation.ar1 import AR1Prior
    from haidong_sim.estimation.changes import Changes
    from haidong_sim.estimation.declaration import Aim, AverageCase, ScoreCase
    from haidong_sim.estimation.inputs import Inputs

HORIZONS: Final = (1, 3, 5)
HOUSE: Final = "posterior_trend"
"""Name of the library's own forecaster in the table."""

PARENT: Final = "parent_plus_gap"
PLAN: Final = "plan_target"

_COLUMNS: Final = (
    "region", "indicator", "exercise", "functional", "origin", "horizon", "year",
    "forecaster", "outcome", "median", "crps", "log_score", "pit",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Case:
    """One series to be predicted: yearly log changes of `indicator` in `region`.

    `parent` is the same change one level up (the province of the city, the nation of the province);
    `plan` the log change that a plan asked for, by year. With a `gap_prior` the library derives the series
    from its parent and the posterior of the gap between them, without one it forecasts the series alone.
    """

    region: str
    indicator: str
    changes: Changes
    parent: Changes | None = None
    plan: Mapping[int, float] | None = None
    gap_prior: AR1Prior | None = None


def score_rolling(case: Case, *, horizons: Iterable[int] = HORIZONS) -> pd.DataFrame:
    """Score forecasts from every origin with eight years behind it: growth in year h and averaged to it."""
    rows: list[dict[str, object]] = []
    for origin in case.changes.years[MINIMUM_YEARS - 1 : -1]:
        for horizon in horizons:
            rows.extend(_rows(case, "rolling", origin, horizon))
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def score_frozen(case: Case, *, origin: int, last: int) -> pd.DataFrame:
    """Score one set of forecasts made at the end of `origin` for the years to `last` that exist."""
    rows: list[dict[str, object]] = []
    if origin in case.changes.years:
        for horizon in range(1, last - origin + 1):
            rows.extend(_rows(case, f"frozen_{origin}", origin, horizon))
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def score_one(
    case: Case, *, exercise: str, functional: str, origin: int, horizon: int,
    outcome: float, forecasts: Mapping[str, Mixture | float],
) -> list[dict[str, object]]:  # fmt: skip
    """Return one row per forecaster; a bare number is scored as a point."""
    rows: list[dict[str, object]] = []
    for name, forecast in forecasts.items():
        score = (
            score_point(forecast, outcome)
            if isinstance(forecast, float)
            else score_forecast(forecast, outcome)
        )
        rows.append(
            {
                "region": case.region,
                "indicator": case.indicator,
                "exercise": exercise,
                "functional": functional,
                "origin": origin,
                "horizon": horizon,
                "year": origin + horizon,
                "forecaster": name,
                "outcome": outcome,
                "median": score.median,
                "crps": score.crps,
                "log_score": score.log_score,
                "pit": score.pit,
            }
        )
    return rows


def _rows(case: Case, exercise: str, origin: int, horizon: int) -> Iterator[dict[str, object]]:
    history = case.changes.between(0, origin)
    window = case.changes.between(origin + 1, origin + horizon)
    if len(history.years) < MINIMUM_YEARS or origin + horizon not in window.years:
        return
    for functional in ("year", "average"):
        is_average = functional == "average"
        if is_average and (horizon == 1 or len(window.years) < horizon):
            continue
        forecasts: dict[str, Mixture | float] = {
            HOUSE: posterior_trend(history, horizon, average=is_average),
            **{name: rule(history, horizon, average=is_average) for name, rule in SIMPLE_FORECASTERS.items()},
        }
        if (parent := _parent_history(case, origin)) is not None:
            gap = difference(history, parent, "gap to the parent")
            if len(gap.years) >= MINIMUM_YEARS:
                forecasts[PARENT] = parent_plus_gap(parent, gap, horizon, average=is_average)
                if case.gap_prior is not None:
                    forecasts[HOUSE] = parent_plus_shrunk_gap(
                        parent, gap, horizon, average=is_average, prior=case.gap_prior
                    )
        ahead = range(origin + 1 if is_average else origin + horizon, origin + horizon + 1)
        if case.plan is not None and all(year in case.plan for year in ahead):
            forecasts[PLAN] = float(sum(case.plan[year] for year in ahead) / len(ahead))
        outcome = float(window.steps.mean() if is_average else window.steps[-1])
        yield from score_one(
            case, exercise=exercise, functional=functional, origin=origin, horizon=horizon,
            outcome=outcome, forecasts=forecasts,
        )  # fmt: skip


def _parent_history(case: Case, origin: int) -> Changes | None:
    if case.parent is None:
        return None
    history = case.parent.between(0, origin)
    return history if len(history.years) >= MINIMUM_YEARS and history.years[-1] == origin else None


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


_CASE: Final = ["region", "indicator", "exercise", "functional", "horizon"]
_FEWEST_COMPARED: Final = 5


def summarize_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Return one row per case and forecaster: n, mean CRPS and log score, ratio to the house, DM p-value.

    `crps_ratio` is the house's mean CRPS over this forecaster's on the same outcomes (below 1: the house is
    better); `dm_p` is two-sided and NaN with fewer than five (or two horizons' worth of) outcomes.
    """
    rows = []
    for key, case in scores.groupby(_CASE, sort=True):
        house = case[case["forecaster"] == HOUSE].set_index("origin")
        for name, part in case.groupby("forecaster", sort=True):
            own = part.set_index("origin")
            paired = house.loc[own.index]
            rows.append(
                {
                    **dict(zip(_CASE, key, strict=True)),
                    "forecaster": name,
                    "n": len(own),
                    "crps": own["crps"].mean(),
                    "log_score": own["log_score"].mean(),
                    "crps_ratio": paired["crps"].mean() / own["crps"].mean()
                    if own["crps"].mean() > 0
                    else np.nan,
                    "dm_p": _p_value(paired["crps"], own["crps"], int(str(case["horizon"].iloc[0]))),
                }
            )
    return pd.DataFrame(rows)


def _p_value(house: pd.Series, other: pd.Series, horizon: int) -> float:
    n = len(house)
    if n < max(_FEWEST_COMPARED, 2 * horizon) or np.allclose(house, other):
        return float("nan")
    return diebold_mariano_1995(house.to_numpy(), other.to_numpy(), horizon=horizon).p_value


def summarize_coverage(scores: pd.DataFrame) -> pd.DataFrame:
    """Return, per exercise, horizon and forecaster, how many outcomes the central intervals held.

    The exact binomial interval treats outcomes as independent; overlapping ones are not, so for a horizon h
    the count that matters is about n/h.
    """
    rows = []
    probabilistic = scores[np.isfinite(scores["pit"].astype(float))]
    for key, part in probabilistic.groupby(["exercise", "functional", "horizon", "forecaster"], sort=True):
        for nominal in COVERAGES:
            found = central_coverage(part["pit"], nominal)
            rows.append(
                {
                    **dict(zip(("exercise", "functional", "horizon", "forecaster"), key, strict=True)),
                    "nominal": nominal,
                    "inside": found.inside,
                    "n": found.n,
                    "rate": found.inside / found.n,
                    "low": found.low,
                    "high": found.high,
                }
            )
    return pd.DataFrame(rows)


def summarize_pit(scores: pd.DataFrame) -> pd.DataFrame:
    """Return, per exercise and horizon, the house's PITs counted in five bins with exact intervals."""
    rows = []
    house = scores[scores["forecaster"] == HOUSE]
    for key, part in house.groupby(["exercise", "functional", "horizon"], sort=True):
        for i, found in enumerate(pit_counts(part["pit"])):
            rows.append(
                {
                    **dict(zip(("exercise", "functional", "horizon"), key, strict=True)),
                    "bin": f"{i / 5:.1f}-{(i + 1) / 5:.1f}",
                    "inside": found.inside,
                    "n": found.n,
                    "low": found.low,
                    "high": found.high,
                }
            )
    return pd.DataFrame(rows)


def summarize_against(scores: pd.DataFrame) -> pd.DataFrame:
    """Return, per exercise and simple forecaster, the geometric mean of CRPS ratios over all cases.

    Each case (series, functional, horizon) counts once, whatever its unit; `cases_won` counts those in which
    the house's mean CRPS is the smaller.
    """
    summary = summarize_scores(scores)
    others = summary[(summary["forecaster"] != HOUSE) & (summary["crps_ratio"] > 0.0)]
    rows = []
    for key, part in others.groupby(["exercise", "forecaster"], sort=True):
        ratio = part["crps_ratio"].astype(float)
        rows.append(
            {
                "exercise": key[0],
                "forecaster": key[1],
                "cases": len(part),
                "cases_won": int((ratio < 1.0).sum()),
                "crps_ratio": float(np.exp(np.log(ratio).mean())),
                "significantly_better": int(((part["dm_p"] < 0.05) & (ratio < 1.0)).sum()),
                "significantly_worse": int(((part["dm_p"] < 0.05) & (ratio > 1.0)).sum()),
            }
        )
    return pd.DataFrame(rows)
