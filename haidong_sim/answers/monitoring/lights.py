"""Traffic lights: published rules that turn progress, or a probability, into a status.

Every rule is a pure function of numbers. Two kinds are shown side by side elsewhere: trend rules, which look
back, and the light of a model probability, which looks ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from haidong_sim.errors import MonitoringError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.indicators import Scale

Colour = Literal["green", "yellow", "red", "grey"]
Progress = Literal["geometric", "linear"]


@dataclass(frozen=True, kw_only=True)
class Light:
    """A status and the number behind it.

    `status` is a key of `STATUSES`. `measure` is what the rule compares (a shortfall, a ratio, a
    probability), nan if there is nothing to compare; `required` the progress asked for by now, where
    the rule has one. `is_decided` is False when the confidence interval spans a boundary.
    """

    rule: str
    status: str
    measure: float
    required: float = float("nan")
    is_decided: bool = True

    @property
    def colour(self) -> Colour:
        """The colour of the status."""
        return STATUSES[self.status][0]

    @property
    def label_en(self) -> str:
        """The status in English."""
        return STATUSES[self.status][1]

    @property
    def label_zh(self) -> str:
        """The status in Chinese."""
        return STATUSES[self.status][2]


STATUSES: Final[Mapping[str, tuple[Colour, str, str]]] = MappingProxyType(
    {
        "level_1": ("red", "level 1: shortfall above a tenth", "一级（红色）"),
        "level_2": ("yellow", "level 2: shortfall up to a tenth", "二级（黄色）"),
        "level_3": ("green", "level 3: on schedule", "三级（绿色）"),
        "likely": ("green", "likely", "较可能实现"),
        "uncertain": ("yellow", "uncertain", "不确定"),
        "unlikely": ("red", "unlikely", "较难实现"),
        "achieved": ("green", "target achieved", "已实现"),
        "on_track": ("green", "on track", "进展顺利"),
        "acceleration_needed": ("yellow", "progress made, acceleration needed", "有进展，需加快"),
        "limited": ("red", "limited progress", "进展有限"),
        "deterioration": ("red", "deterioration", "倒退"),
        "not_assessable": ("grey", "unable to assess", "无法评估"),
        "achieved_early": ("green", "achieved early", "提前实现"),
        "ahead": ("green", "faster than expected", "快于预期"),
        "in_line": ("green", "broadly in line with expectations", "基本符合预期"),
        "behind": ("red", "behind schedule", "滞后"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Course:
    """A target's course: base, latest and target value with their years; direction +1 up, -1 down.

    `target` may be None for the rules that also judge indicators without a target.
    """

    base: float
    base_year: int
    current: float
    current_year: int
    target: float | None
    target_year: int
    direction: Literal[1, -1] = 1

    def __post_init__(self) -> None:
        if not self.base_year < self.current_year:
            raise MonitoringError("course: the latest value must be later than the base value")
        if not self.base_year < self.target_year:
            raise MonitoringError("course: the target year must be later than the base year")

    @property
    def is_met(self) -> bool:
        """Whether the latest value meets the target."""
        return self.target is not None and self.direction * (self.current - self.target) >= 0.0


def ndrc_2020(
    *,
    achieved: float,
    target: float,
    years_elapsed: float,
    years_total: float,
    progress: Progress = "geometric",
    tolerance: float = 0.10,
) -> Light:
    """Judge a cumulative reduction by the National Development and Reform Commission's barometer.

    Document 901 of 2020: on schedule is level 3 (green), a shortfall of up to a tenth of the progress
    target level 2 (yellow), more level 1 (red). It does not fix how the target is spread over years:
    the "geometric" progress target is 1 - (1 - target)^(elapsed / total), the "linear" one
    target * elapsed / total; the two can differ in colour, so the convention belongs with the light.

    Parameters
    ----------
    achieved, target
        Cumulative reductions since the base year, fractions (0.135 for 13.5 percent).

    Raises
    ------
    MonitoringError
        If the target is no reduction or the years are out of order.
    """
    if not 0.0 < target < 1.0:
        raise MonitoringError(f"barometer: target {target} must be a reduction between 0 and 1; write 0.135")
    if not 0.0 < years_elapsed <= years_total:
        raise MonitoringError("barometer: the years elapsed must lie within the plan period")
    part = years_elapsed / years_total
    required = 1.0 - (1.0 - target) ** part if progress == "geometric" else target * part
    shortfall = (required - achieved) / required
    status = "level_3" if shortfall <= 0.0 else "level_2" if shortfall <= tolerance else "level_1"
    return Light(rule=f"ndrc_2020_{progress}", status=status, measure=shortfall, required=required)


def probability_light(
    probability: float, *, low: float, high: float, green_from: float = 0.7, red_below: float = 0.3
) -> Light:
    """Judge a model probability with its confidence interval.

    The boundaries are judgements. The light is undecided when the interval spans one of them.

    Raises
    ------
    MonitoringError
        If the numbers are not 0 <= low <= probability <= high <= 1, or the boundaries are out of order.
    """
    if not 0.0 <= low <= probability <= high <= 1.0:
        raise MonitoringError(f"probability {probability} with interval [{low}, {high}] is out of order")
    if not 0.0 < red_below <= green_from < 1.0:
        raise MonitoringError(f"boundaries {red_below} and {green_from} are out of order")
    status = (
        "likely" if probability >= green_from else "uncertain" if probability >= red_below else "unlikely"
    )
    spans = any(low < boundary <= high for boundary in (red_below, green_from))
    return Light(rule="probability", status=status, measure=probability, is_decided=not spans)


def statistics_canada_2021(course: Course, *, limit: float | None = None) -> Light:
    """Judge by the ratio of the observed to the required compound growth (Statistics Canada, Open SDG).

    At least 0.95 is on track, at least 0.6 needs acceleration, at least 0 is limited; an achieved
    target comes first. Without a target the growth itself is compared with 1.5 and 0.5 percent, scaled
    down near a natural `limit`. Zero base and target values count as 0.001; values of both signs
    cannot be assessed, and neither can an indicator whose own unit is a growth rate.
    """
    rule = "statistics_canada_2021"
    base = course.base or 0.001
    if base * course.current <= 0.0:
        return Light(rule=rule, status="not_assessable", measure=float("nan"))
    if course.is_met:
        return Light(rule=rule, status="achieved", measure=float("nan"))
    sign = course.direction * (1.0 if base > 0.0 else -1.0)
    observed = _compound(base, course.current, course.current_year - course.base_year)
    if course.target is None:
        ease = 1.0 if limit is None else natural_limit_factor(base, limit)
        return Light(
            rule=rule, status=_graded(sign * observed, 0.015 * ease, 0.005 * ease), measure=sign * observed
        )
    target = course.target or 0.001
    if base * target < 0.0:
        return Light(rule=rule, status="not_assessable", measure=float("nan"))
    needed = abs(_compound(base, target, course.target_year - course.base_year))
    ratio = sign * observed / needed if needed > 0.0 else float(np.copysign(np.inf, sign * observed))
    return Light(rule=rule, status=_graded(ratio, 0.95, 0.60), measure=ratio)


def natural_limit_factor(base: float, limit: float) -> float:
    """Return the factor by which Statistics Canada lowers thresholds for a base near a natural limit."""
    size, bound = abs(base), abs(limit)
    if size >= 2.0 * bound:
        return 1.0
    nearness = size / bound if size <= bound else (2.0 * bound - size) / bound
    # The exponent is the one in their published program; it lets "on track" be reached within 15 years.
    return float(1.0 - nearness**4.44)


def united_nations_2023(course: Course, *, is_growth_rate: bool = False) -> Light:
    """Judge by how much of the way the present trend covers (United Nations Statistics Division).

    With a target: (value expected in the target year - base) / (target - base) of at least 0.95 is on
    track, at least 0.10 needs acceleration, less is limited or, below zero, deterioration. The value is
    expected by compound growth, for an indicator that is itself a growth rate by a straight line.
    Without a target, compound growth of 2 and 0.5 percent takes the place of the two thresholds.
    """
    rule = "united_nations_2023"
    span, left = course.current_year - course.base_year, course.target_year - course.current_year
    if not is_growth_rate and course.base * course.current <= 0.0:
        return Light(rule=rule, status="not_assessable", measure=float("nan"))
    if course.is_met:
        return Light(rule=rule, status="achieved", measure=float("nan"))
    pace = float("nan") if is_growth_rate else _compound(course.base, course.current, span)
    if course.target is None:
        if is_growth_rate:
            return Light(rule=rule, status="not_assessable", measure=float("nan"))
        rate = course.direction * pace
        return Light(rule=rule, status=_graded(rate, 0.02, 0.005), measure=rate)
    step = (course.current - course.base) / span
    expected = course.current + step * left if is_growth_rate else course.current * (1.0 + pace) ** left
    way = course.target - course.base
    if course.direction * way <= 0.0:
        # The base was already at the target, and the latest value no longer is.
        return Light(rule=rule, status="deterioration", measure=float("-inf"))
    covered = (expected - course.base) / way
    return Light(rule=rule, status=_graded(covered, 0.95, 0.10), measure=covered)


def china_midterm(course: Course, *, scale: Scale, tolerance: float = 0.10) -> Light:
    """Judge by the four classes of China's mid-term reviews of five-year plans.

    提前实现 (met already), 快于预期, 基本符合预期, 滞后: the part of the way covered over the part of the
    time elapsed, both from the base year. The reviews publish classes, not boundaries; `tolerance`
    around 1 is a judgement, by default the tenth of the energy barometer.

    Parameters
    ----------
    scale
        Scale on which the way is measured: "log" for levels, "logit" for shares, "identity" for rates.

    Raises
    ------
    MonitoringError
        Without a target, for a latest year after the target year, or values off the scale.
    """
    if course.target is None:
        raise MonitoringError("mid-term classes: they judge progress towards a target, and there is none")
    if course.current_year > course.target_year:
        raise MonitoringError("mid-term classes: the target year has passed")
    rule = "china_midterm"
    if course.is_met:
        return Light(rule=rule, status="achieved_early", measure=float("inf"))
    base, current, target = (_scaled(value, scale) for value in (course.base, course.current, course.target))
    schedule = (course.current_year - course.base_year) / (course.target_year - course.base_year)
    if course.direction * (target - base) <= 0.0:
        return Light(rule=rule, status="behind", measure=float("-inf"), required=schedule)
    ratio = (current - base) / (target - base) / schedule
    status = "ahead" if ratio >= 1.0 + tolerance else "in_line" if ratio >= 1.0 - tolerance else "behind"
    return Light(rule=rule, status=status, measure=ratio, required=schedule)


def _compound(first: float, last: float, years: int) -> float:
    return float((last / first) ** (1.0 / years) - 1.0)


def _graded(measure: float, on_track: float, acceleration: float) -> str:
    if measure >= on_track:
        return "on_track"
    if measure >= acceleration:
        return "acceleration_needed"
    return "limited" if measure >= 0.0 else "deterioration"


def _scaled(value: float, scale: Scale) -> float:
    if scale == "identity":
        return value
    if not value > 0.0 or (scale == "logit" and not value < 1.0):
        raise MonitoringError(f"{value} has no place on the {scale} scale")
    return float(np.log(value) - (np.log1p(-value) if scale == "logit" else 0.0))
