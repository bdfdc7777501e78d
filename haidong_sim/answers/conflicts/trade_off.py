"""Whether the provincial share, parity per head and incomes in step can hold together: exact arithmetic.

Everything follows from two yearly log rates, the nominal growth gap to the province and the drift of the
population relative to the province, and is exact:

* share = share_0 exp(sum of gaps);
* GDP per head over the province's = ratio_0 exp(sum of gaps - sum of drifts);
* relative income, if both regions keep income in step with GDP, = income_0 exp(sum of real gaps), and
  less the drifts if "in step" is read per head. The real gap is the nominal one less the relative
  deflator trend.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from haidong_sim.errors import FeasibilityError, Problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from haidong_sim.answers.conflicts.planning import StartingPoint


@dataclass(frozen=True, kw_only=True)
class ThreeWayQuestion:
    """The three demands: a share by one date, parity per head by another, relative income within a ceiling.

    `parity_near` is the ratio that passes as "close to parity". `income_ceiling` is the relative
    income per head above which "in step" is taken as implausible.
    """

    share: float
    share_year: int
    parity: float
    parity_near: float
    parity_year: int
    income_ceiling: float


def trade_off_surface(
    starts: Mapping[str, StartingPoint], question: ThreeWayQuestion, *, gaps: ArrayLike, drifts: ArrayLike
) -> pd.DataFrame:
    """Return the trade-off surface over constant gaps and drifts, for each vintage.

    Parameters
    ----------
    starts
        Starting point by vintage name, each with share, ratio per head and relative income.
    question
        What is asked.
    gaps
        Nominal growth gaps to the province, yearly log rates, shape (gap,).
    drifts
        Relative population drifts, yearly log rates, shape (drift,).

    Returns
    -------
    DataFrame
        One row per vintage, drift and gap: share, ratio_per_head, relative_income_total,
        relative_income_per_head at their dates; parity_year (decimal, inf if never); booleans
        share_met, parity_met, parity_near_met, income_total_within, income_per_head_within; and
        demands_met, the names of the demands that hold (income read on total GDP), joined by "+".

    Raises
    ------
    FeasibilityError
        If a starting point lacks a level, or a date lies in its past.
    """
    _require_levels(starts, question)
    rows = [
        _surface_row(vintage, start, question, gap=float(gap), drift=float(drift))
        for (vintage, start), drift, gap in product(
            starts.items(), np.atleast_1d(drifts), np.atleast_1d(gaps)
        )
    ]
    return pd.DataFrame(rows)


def parity_after_share(
    starts: Mapping[str, StartingPoint], question: ThreeWayQuestion, *, drifts: ArrayLike
) -> pd.DataFrame:
    """Return what parity still asks for when the share target is met exactly on time and at an even pace.

    Returns
    -------
    DataFrame
        One row per vintage and drift: share_pace (log gap per year up to the share date),
        ratio_at_parity_year and parity_year if that pace goes on, gap_after_share (log gap per year
        then needed until the parity date), mean_gap (needed over the whole period), parity_share (the
        GDP share at which parity holds without drift).
    """
    _require_levels(starts, question)
    rows = []
    for (vintage, start), drift in product(starts.items(), np.atleast_1d(drifts)):
        share, ratio, _ = _levels(start)
        whole, early = question.parity_year - start.base_year, question.share_year - start.base_year
        rise = float(np.log(question.share / share))
        need = float(np.log(question.parity / ratio)) + whole * float(drift)
        pace = rise / early
        rows.append(
            {
                "vintage": vintage,
                "population_drift": float(drift),
                "share_pace": pace,
                "ratio_at_parity_year": ratio * float(np.exp(whole * (pace - float(drift)))),
                "parity_year": _year_of_parity(start.base_year, question.parity / ratio, pace - float(drift)),
                "gap_after_share": (need - rise) / (whole - early),
                "mean_gap": need / whole,
                "parity_share": question.parity * share / ratio,
            }
        )
    return pd.DataFrame(rows)


def relative_income(
    start: StartingPoint, *, real_gap: float, drift: float, years: int, per_head: bool
) -> float:
    """Return relative income per head after `years`, if income keeps step with real GDP (or GDP per head)."""
    _, _, income = _levels(start)
    return income * float(np.exp(years * (real_gap - (drift if per_head else 0.0))))


def _surface_row(
    vintage: str, start: StartingPoint, question: ThreeWayQuestion, *, gap: float, drift: float
) -> dict[str, object]:
    share_0, ratio_0, _ = _levels(start)
    years = question.parity_year - start.base_year
    real_gap = gap - float(np.mean(start.relative_deflator_trend))
    share = share_0 * float(np.exp(gap * (question.share_year - start.base_year)))
    ratio = ratio_0 * float(np.exp((gap - drift) * years))
    incomes = [
        relative_income(start, real_gap=real_gap, drift=drift, years=years, per_head=per_head)
        for per_head in (False, True)
    ]
    met = {
        "share": share >= question.share,
        "parity": ratio >= question.parity,
        "income": incomes[0] <= question.income_ceiling,
    }
    return {
        "vintage": vintage,
        "population_drift": drift,
        "gap_to_province": gap,
        "share": share,
        "ratio_per_head": ratio,
        "relative_income_total": incomes[0],
        "relative_income_per_head": incomes[1],
        "parity_year": _year_of_parity(start.base_year, question.parity / ratio_0, gap - drift),
        "share_met": met["share"],
        "parity_met": met["parity"],
        "parity_near_met": ratio >= question.parity_near,
        "income_total_within": met["income"],
        "income_per_head_within": incomes[1] <= question.income_ceiling,
        "demands_met": "+".join(name for name, holds in met.items() if holds),
    }


def _year_of_parity(base_year: int, way: float, pace: float) -> float:
    if way <= 1.0:
        return float(base_year)
    return base_year + float(np.log(way)) / pace if pace > 0.0 else float("inf")


def _levels(start: StartingPoint) -> tuple[float, float, float]:
    assert start.share is not None
    assert start.per_capita_ratio is not None
    assert start.relative_income is not None
    return start.share, start.per_capita_ratio, start.relative_income


def _require_levels(starts: Mapping[str, StartingPoint], question: ThreeWayQuestion) -> None:
    problems = Problems("three-way study")
    if not starts:
        problems.add("starts", "give at least one starting point")
    if not question.share_year < question.parity_year:
        problems.add("question", "the share date must lie before the parity date")
    for vintage, start in starts.items():
        for name in ("share", "per_capita_ratio", "relative_income"):
            value = getattr(start, name)
            if value is None or not value > 0.0:
                problems.add(f"starts['{vintage}']", f"'{name}' is {value}; a positive level is needed")
        if start.base_year >= question.share_year:
            problems.add(
                f"starts['{vintage}']", f"the base year {start.base_year} is not before the share date"
            )
    problems.raise_if_any(FeasibilityError)
