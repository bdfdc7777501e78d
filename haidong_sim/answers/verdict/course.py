"""The course to a target: what to aim at each year, and how far one must be for a wanted chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from haidong_sim.answers.verdict.record import last_actuals
from haidong_sim.errors import FeasibilityError, Problems, unknown_name
from haidong_sim.indicators import indicator as declared
from haidong_sim.questions import annual_milestones, off_scale, on_scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from haidong_sim.indicators import Scale
    from haidong_sim.questions import Question
    from haidong_sim.run import Result


def ladder_of_draws(
    values: ArrayLike,
    *,
    years: ArrayLike,
    threshold: float,
    deadline: int,
    probabilities: ArrayLike,
    direction: int = 1,
    scale: Scale,
) -> pd.DataFrame:
    """Return the checkpoint ladder of an ensemble: the needed level given how far its draws still travel.

    A path at level x in year t arrives where the way from t to the deadline, drawn from the ensemble, takes
    it; the level needed for a chance p is the threshold less the quantile of that way. No normal law is
    assumed. Where shocks persist a path that is ahead is likely to gain further; that is left out, so the
    ladder is a little steep.

    Parameters
    ----------
    values
        Draws of the indicator, shape (year, draw).
    years
        Calendar years of `values`, shape (year,); those up to the deadline are checkpoints.
    threshold, deadline, direction, scale
        The target.
    probabilities
        Wanted chances, each between 0 and 1.

    Raises
    ------
    FeasibilityError
        If the deadline is not among the years, or a chance not between 0 and 1.
    """
    calendar = np.asarray(years, dtype=np.int64)
    wanted = np.atleast_1d(np.asarray(probabilities, dtype=np.float64))
    problems = Problems("checkpoint ladder")
    if deadline not in calendar:
        problems.add("deadline", f"{deadline} is not among the years {calendar[0]}-{calendar[-1]}")
    if not ((wanted > 0.0) & (wanted < 1.0)).all():
        problems.add("probabilities", "each must lie between 0 and 1; certainty needs an infinite lead")
    problems.raise_if_any(FeasibilityError)
    until = calendar <= deadline
    path = on_scale(values, scale)[until]
    ways = direction * (path[-1] - path)
    needed = on_scale(threshold, scale) - direction * np.quantile(ways, 1.0 - wanted, axis=1).T
    return pd.DataFrame(
        off_scale(needed, scale),
        index=pd.Index(calendar[until], name="year"),
        columns=pd.Index(wanted, name="probability"),
    )


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
    question = _require_level(result, target)
    name = question.indicator
    scale = declared(name).scale
    goal = question.level_to_reach(lambda *key: result.path[key])
    assert goal is not None
    actual = last_actuals(result, [question], {})[name]
    years = np.arange(actual.year + 1, question.last_year + 1)
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
            result[name][1:].astype(np.float64),
            years=result.years[1:],
            threshold=goal,
            deadline=question.last_year,
            probabilities=probabilities,
            direction=question.level_direction,
            scale=scale,
        )
        for chance in ladder.columns:
            table[f"at_{chance:.0%}"] = ladder[chance].reindex(years)
    return table


def _require_level(result: Result, target: str) -> Question:
    known = {question.name: question for question in result.functionals}
    if target not in known:
        raise FeasibilityError(unknown_name("target of this run", target, known))
    if not known[target].has_milestones:
        raise FeasibilityError(f"'{target}' asks for no level; it has no yearly targets of its own")
    return known[target]
