"""The course to a target: what to aim at each year, and how far one must be for a wanted chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from haidong_sim.errors import FeasibilityError, unknown_name
from haidong_sim.feasibility.actuals import last_actuals
from haidong_sim.feasibility.ladder import ladder_of_draws
from haidong_sim.indicators import indicator as declared
from haidong_sim.targets.pace import annual_milestones, on_scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haidong_sim.ensemble import Result
    from haidong_sim.targets import Functional

CHANCES: Final = (0.3, 0.5, 0.7, 0.9)


def course(result: Result, target: str, *, probabilities: Sequence[float] = CHANCES) -> pd.DataFrame:
    """Split a level target into yearly targets, and say how far one must be for each wanted chance.

    Parameters
    ----------
    result
        Of `project` or `simulate`; for the ladder keep the draws of the target's indicator.
    target
        Name of a target of the run that asks for a level, a multiple of the base or a reduction.
    probabilities
        Wanted chances of the ladder.

    Returns
    -------
    DataFrame
        One row a year after the last actual one: even (equal steps on the indicator's scale), along_path
        (steps as the path without shocks takes them, where it never turns back), without_shocks, and one
        column "at_30%" for each chance: the level of that year from which the target is met with this chance.

    Raises
    ------
    FeasibilityError
        If the target is unknown or asks for no level.
    """
    functional = _require_level(result, target)
    name = functional.indicator
    scale = declared(name).scale
    goal = _goal(functional, result)
    actual = last_actuals(result, [functional], {})[name]
    years = np.arange(actual.year + 1, functional.last_year + 1)
    path = np.array([result.path[name, year] for year in years.tolist()])
    table = pd.DataFrame(index=pd.Index(years, name="year"))
    table["even"] = annual_milestones(start=actual.value, threshold=goal, years=years, scale=scale)
    steps = np.diff(on_scale([result.path[name, actual.year], *path], scale))
    steps *= np.sign(on_scale(goal, scale) - on_scale(actual.value, scale))
    if (steps >= 0.0).all() and steps.any():
        table["along_path"] = annual_milestones(
            start=actual.value, threshold=goal, years=years, scale=scale, profile=steps
        )
    table["without_shocks"] = path
    if result.part is not None and name in result.program.keep:
        ladder = ladder_of_draws(
            result[name].astype(np.float64),
            years=result.years[1:],
            threshold=goal,
            deadline=functional.last_year,
            probabilities=probabilities,
            direction=_direction(functional),
            scale=scale,
        )
        for chance in ladder.columns:
            table[f"at_{chance:.0%}"] = ladder[chance].reindex(years)
    return table


def is_level(functional: Functional) -> bool:
    """Return whether a target asks for a level that a path can be measured against each year."""
    return functional.kind in {"level", "ratio_to_base", "reduction"} and functional.sense != "within"


def _require_level(result: Result, target: str) -> Functional:
    known = {functional.name: functional for functional in result.functionals}
    if target not in known:
        raise FeasibilityError(unknown_name("target of this run", target, known))
    if not is_level(known[target]):
        raise FeasibilityError(f"'{target}' asks for no level; it has no yearly targets of its own")
    return known[target]


def _goal(functional: Functional, result: Result) -> float:
    def path(name: str, year: int) -> float:
        return result.path[name, year]

    bound = float(functional.bound(path))
    base = path(functional.indicator, functional.first_year)
    goals: dict[str, float] = {"ratio_to_base": bound * base, "reduction": (1.0 - bound) * base}
    return goals.get(functional.kind, bound)


def _direction(functional: Functional) -> int:
    return 1 if (functional.sense == "at_least") != (functional.kind == "reduction") else -1
