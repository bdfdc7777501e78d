"""The checkpoint ladder: how far one must be in each year for a wanted chance of meeting a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from haidong_sim.errors import FeasibilityError, Problems
from haidong_sim.questions.pace import off_scale, on_scale

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from haidong_sim.indicators.catalogue import Scale


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
