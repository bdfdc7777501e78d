"""The rows of a verdict: margin, needed pace and chance of each target beside the record of the past."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.questions.margins import break_even
from haidong_sim.questions.pace import catch_up_factor, required_rate
from haidong_sim.questions.question import is_growth_rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from haidong_sim.answers.verdict.actuals import Actual
    from haidong_sim.answers.verdict.past_record import PastRecord
    from haidong_sim.questions import Question
    from haidong_sim.questions.question import Get
    from haidong_sim.run import Result

_NO_PACE: Final = dict.fromkeys(("needed_rate", "achieved_rate", "catch_up_factor"), math.nan)


def verdict_rows(
    result: Result,
    functionals: Iterable[Question],
    *,
    actuals: Mapping[str, Actual],
    record: PastRecord,
    classes: Mapping[str, Sequence[str]],
) -> list[dict[str, Any]]:
    """Return one row per target.

    Parameters
    ----------
    actuals
        Last actual value by indicator.
    record
        Of the previous plan; the same in every row, so that no probability is read without it.
    classes
        Names of targets by class (binding, expected ...).
    """
    everything, economic = record.reference(), record.reference(economic_only=True)
    past = {
        "past_record": f"{everything.met} of {everything.n}",
        "past_rate": everything.mean,
        "past_record_economic": f"{economic.met} of {economic.n}",
        "past_rate_economic": economic.mean,
    }
    class_of = {name: kind for kind, names in classes.items() for name in names}

    def path(name: str, year: int) -> float:
        return result.path[name, year]

    rows = []
    for f in functionals:
        row = {"target": f.name, "indicator": f.indicator, "class": class_of[f.name], "deadline": f.last_year}
        row |= _distance(f, path)
        row |= _pace(f, actuals[f.indicator], path)
        row["break_even_year"] = break_even(f, path, base_year=int(result.years[0]))
        chance = result.chances.get(f.name)
        rows.append(row | ({} if chance is None else vars(chance)) | past)
    return rows


def _distance(f: Question, path: Get) -> dict[str, Any]:
    value, bound, distance = float(f.value(path)), float(f.bound(path)), float(f.margin(path))
    return {
        "status": f.status(distance),
        "value": value,
        "threshold": bound,
        "threshold_high": f.upper,
        "margin": distance,
        "margin_on_scale": float(f.margin_on_scale(value, bound, distance)),
    }


def _pace(f: Question, actual: Actual, path: Get) -> dict[str, Any]:
    """Return the rate needed from the last actual year, the rate achieved since the base, and their ratio."""
    found = {"last_actual_year": actual.year, "last_actual": actual.value} | _NO_PACE
    base, goal = float(path(f.indicator, f.first_year)), f.level_to_reach(path)
    if goal is None or goal <= 0.0 or actual.value <= 0.0 or is_growth_rate(f.indicator):
        return found
    needed = float(required_rate(goal, actual.value, years=f.last_year - actual.year))
    found["needed_rate"] = needed
    if actual.year > f.first_year and base > 0.0:
        achieved = float(required_rate(actual.value, base, years=actual.year - f.first_year))
        # Between two ends the way leads to the nearer one.
        direction = f.level_direction or (1 if goal >= base else -1)
        factor = float(catch_up_factor(needed, achieved, direction=direction))
        found |= {"achieved_rate": achieved, "catch_up_factor": factor}
    return found
