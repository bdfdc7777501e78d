"""The checkpoint ladder: how far one must be in each year for a wanted chance of meeting a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtri

from haidong_sim.errors import FeasibilityError, Problems
from haidong_sim.targets.pace import off_scale, on_scale

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.indicators.catalogue import Scale


def cumulative_shock_variance(horizon: ArrayLike, *, sd: float, persistence: float) -> NDArray[np.float64]:
    """Return the variance of a sum of AR(1) shocks that start at zero, after `horizon` years.

    sd^2 sum over j = 1..horizon of ((1 - phi^j) / (1 - phi))^2, in closed form.
    """
    years = np.asarray(horizon, dtype=np.float64)
    if persistence == 0.0:
        return sd**2 * years
    phi = persistence
    once = phi * (1.0 - phi**years) / (1.0 - phi)
    twice = phi**2 * (1.0 - phi ** (2.0 * years)) / (1.0 - phi**2)
    return np.asarray(sd**2 * (years - 2.0 * once + twice) / (1.0 - phi) ** 2)


def checkpoint_ladder(
    *,
    threshold: float,
    deadline: int,
    years: ArrayLike,
    probabilities: ArrayLike,
    drift: float,
    shock_sd: float,
    persistence: float,
    trend_sd: float = 0.0,
    direction: int = 1,
    scale: Scale,
) -> pd.DataFrame:
    """Return the level needed in each year for each wanted probability of meeting the target.

    With h years to go the needed level is threshold - h drift + z sqrt(V_h) on the indicator's scale.

    Parameters
    ----------
    threshold, deadline, direction, scale
        The target.
    years, probabilities
        Checkpoint years, not after the deadline; wanted chances, each between 0 and 1.
    drift, shock_sd, trend_sd
        Per year, on the scale of the indicator (0.016 for 1.6 log points).
    persistence
        AR(1) coefficient of the shocks, between -1 and 1.

    Returns
    -------
    DataFrame
        Levels in natural units, index year, one column per probability.

    Raises
    ------
    FeasibilityError
        Listing every unusable input.
    """
    calendar = np.atleast_1d(np.asarray(years, dtype=np.int64))
    wanted = np.atleast_1d(np.asarray(probabilities, dtype=np.float64))
    problems = Problems("checkpoint ladder")
    if (calendar > deadline).any():
        problems.add("years", f"a checkpoint lies after the deadline {deadline}")
    if not ((wanted > 0.0) & (wanted < 1.0)).all():
        problems.add("probabilities", "each must lie between 0 and 1; certainty needs an infinite lead")
    if not -1.0 < persistence < 1.0:
        problems.add("persistence", f"{persistence} must lie between -1 and 1")
    if shock_sd < 0.0 or trend_sd < 0.0:
        problems.add("shock_sd, trend_sd", "a standard deviation is not negative")
    problems.raise_if_any(FeasibilityError)
    left = (deadline - calendar).astype(np.float64)
    variance = cumulative_shock_variance(left, sd=shock_sd, persistence=persistence) + (trend_sd * left) ** 2
    lead = np.sqrt(variance)[:, np.newaxis] * ndtri(wanted)
    needed = on_scale(threshold, scale) - drift * left[:, np.newaxis] + direction * lead
    return pd.DataFrame(
        off_scale(needed, scale),
        index=pd.Index(calendar, name="year"),
        columns=pd.Index(wanted, name="probability"),
    )


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
