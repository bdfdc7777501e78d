"""Three targets against each other: the surface of what can be had together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from haidong_sim.answers.conflicts.scenario_plan import VINTAGES, scenario_plan
from haidong_sim.errors import FeasibilityError, Problems, public
from haidong_sim.questions import questions_of
from haidong_sim.run import Answer, case_of
from haidong_sim.words import require_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from haidong_sim.answers.conflicts.linear_plan import StartingPoint
    from haidong_sim.answers.conflicts.sentences import Language
    from haidong_sim.place import Registry
    from haidong_sim.run import RegistrySource, Subject
    from haidong_sim.scenario import Scenario


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


GAPS: Final = tuple(np.linspace(0.0, 0.03, 61).tolist())
DRIFTS: Final = tuple(np.linspace(-0.009, 0.001, 21).round(4).tolist())

_SHARE: Final = "gdp_share_of_province"
_RATIO: Final = "gdp_per_capita_ratio_to_province"


@dataclass(frozen=True, kw_only=True, repr=False)
class ThreeWayStudy(Answer):
    """What follows from constant gaps and drifts, by vintage.

    Attributes
    ----------
    surface
        One row per vintage, drift and gap; see `trade_off_surface`.
    after_share
        What parity still asks for once the share is met on time; see `parity_after_share`.
    """

    scenario: Scenario
    question: ThreeWayQuestion
    starts: Mapping[str, StartingPoint]
    surface: pd.DataFrame
    after_share: pd.DataFrame
    language: Language = "en"

    def frame(self) -> pd.DataFrame:
        """Return one row per vintage, drift and gap: `surface`."""
        return self.surface.copy()

    def __repr__(self) -> str:
        return f"<ThreeWayStudy of '{self.scenario.name}': {len(self.surface)} pairs of gap and drift>"

    def sentences(self, language: Language | None = None) -> list[str]:
        """Say, for each vintage, how far the share carries parity, and where incomes end."""
        words = require_language(language or self.language)
        return [self._sentence(vintage, words) for vintage in self.starts]

    def _sentence(self, vintage: str, language: Language) -> str:
        q, start = self.question, self.starts[vintage]
        rows = self.after_share[self.after_share["vintage"] == vintage].sort_values("population_drift")
        strong, none = rows.iloc[0], rows.iloc[int(np.abs(rows["population_drift"]).argmin())]
        own = self.surface[self.surface["vintage"] == vintage]
        both = own[own["share_met"] & own["parity_met"]]
        triple = both[both["income_total_within"]]
        years = q.parity_year - start.base_year
        income = relative_income(
            start, real_gap=float(none["mean_gap"]), drift=0.0, years=years, per_head=False
        )
        stopped = relative_income(
            start, real_gap=float(none["share_pace"]), drift=0.0, years=q.share_year - start.base_year,
            per_head=False,
        )  # fmt: skip
        ratio = start.per_capita_ratio or 0.0
        if language == "zh":
            head = {"plan": "规划口径人口", "census": "人口普查口径"}[vintage]
            return (
                f"{head}：人均地区生产总值现为全省的{ratio:.1%}。占比按匀速于{q.share_year}年达到{q.share:.0%}并延续，"
                f"{q.parity_year}年人均之比为{none['ratio_at_parity_year']:.1%}（人口相对变动为零）"
                f"至{strong['ratio_at_parity_year']:.1%}（每年{strong['population_drift']:.2%}）；"
                f"若仅靠增长在{q.parity_year}年达到全省水平，占比须为{none['parity_share']:.1%}，"
                f"居民收入与经济同步则升至全省的{income:.0%}（占比止于{q.share:.0%}时为{stopped:.1%}）。"
                f"所列{len(own)}种组合中，占比与人均同时达标{len(both)}种，"
                f"且收入不超过全省{q.income_ceiling:.0%}的{len(triple)}种。"
            )
        head = {"plan": "On the head count of the plan", "census": "On the head count of the census"}[vintage]
        return (
            f"{head} GDP per head starts at {ratio:.1%} of the province's. A share that rises evenly to "
            f"{q.share:.0%} in {q.share_year} and goes on brings it to {none['ratio_at_parity_year']:.1%} in "
            f"{q.parity_year} without population drift, to {strong['ratio_at_parity_year']:.1%} with a drift "
            f"of {strong['population_drift']:.2%} a year. Parity by growth alone asks for a share of "
            f"{none['parity_share']:.1%}; incomes in step with GDP would then stand at {income:.0%} of the "
            f"provincial mean, at {stopped:.1%} if the share stops at {q.share:.0%}. "
            f"Of {len(own)} pairs of gap and drift {len(both)} meet share and parity, "
            f"{len(triple)} of them with incomes at {q.income_ceiling:.0%} or less."
        )


@public
def study_three_way(
    subject: Subject,
    *,
    question: ThreeWayQuestion | None = None,
    gaps: ArrayLike = GAPS,
    drifts: ArrayLike = DRIFTS,
    registry: RegistrySource = None,
    language: Language = "en",
) -> ThreeWayStudy:
    """Study whether the share, parity per head and incomes in step can hold together, on both head counts.

    Parameters
    ----------
    subject
        Result, scenario, name or path whose place and targets are studied; its own paths play no part.
    question
        The demands; those of the registry, and incomes at most at the provincial mean, if None.
    gaps, drifts
        Nominal growth gaps to the province and relative population drifts, yearly log rates.
    registry
        The place; that of the subject if None.
    language
        "en" or "zh": of the sentences.

    Raises
    ------
    FeasibilityError
        If the registry has no such targets, or a starting level is missing.
    """
    case = case_of(subject, registry=registry)
    loaded, place = case.scenario, case.registry
    asked = question or _question(loaded, place)
    # Zero trend of relative prices: real and nominal gaps are then one number on the axis.
    starts = {
        vintage: _without_paths(scenario_plan(loaded, place, vintage=vintage).problem.start)
        for vintage in VINTAGES
    }
    return ThreeWayStudy(
        scenario=loaded,
        question=asked,
        starts=starts,
        surface=trade_off_surface(starts, asked, gaps=gaps, drifts=drifts),
        after_share=parity_after_share(starts, asked, drifts=drifts),
        language=require_language(language),
    )


def _question(scenario: Scenario, registry: Registry) -> ThreeWayQuestion:
    found = {
        f.indicator: f
        for f in questions_of(registry, scenario)
        if f.kind == "level" and f.direction > 0 and f.threshold is not None and not f.reading
    }
    if _SHARE not in found or _RATIO not in found:
        raise FeasibilityError(
            f"three-way study: the registry has no level target on '{_SHARE}' and '{_RATIO}' up to "
            f"{scenario.horizon}; give a question"
        )
    share, parity = found[_SHARE], found[_RATIO]
    assert share.threshold is not None
    assert parity.threshold is not None
    return ThreeWayQuestion(
        share=share.threshold,
        share_year=share.last_year,
        parity=parity.threshold,
        parity_near=parity.threshold - parity.tolerance,
        parity_year=parity.last_year,
        income_ceiling=1.0,
    )


def _without_paths(start: StartingPoint) -> StartingPoint:
    return replace(start, province_growth=None, relative_deflator_trend=0.0)
