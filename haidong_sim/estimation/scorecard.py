"""The score card: forecasts of years held back, by the library and by the simple rules that it must beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from haidong_sim.estimation.ar1 import MINIMUM_YEARS
from haidong_sim.estimation.changes import difference
from haidong_sim.estimation.forecasters import (
    SIMPLE_FORECASTERS,
    parent_plus_gap,
    parent_plus_shrunk_gap,
    posterior_trend,
)
from haidong_sim.estimation.scores import score_forecast, score_point

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from haidong_sim.estimation.ar1 import AR1Prior
    from haidong_sim.estimation.changes import Changes
    from haidong_sim.estimation.forecast import Mixture

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
