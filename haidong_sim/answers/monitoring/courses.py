"""The lights of one target: where it stood, where it stands, and what the published rules make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.answers.monitoring.lights import (
    Course,
    Light,
    china_midterm,
    ndrc_2020,
    statistics_canada_2021,
    united_nations_2023,
)
from haidong_sim.questions.pace import catch_up_factor, required_rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.questions import Question

TREND_RULES: Final = ("ndrc_2020", "statistics_canada_2021", "united_nations_2023", "china_midterm")

_OPPOSITE: Final = {"green": "red", "red": "green"}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known of a target: its course to the last actual year, the lights, what became of it.

    `course` is None where no trend can be judged and `reason` says why; `outcome` is met, on_the_edge or
    missed once everything that the target asks for is known.
    """

    course: Course | None
    lights: Mapping[str, Light]
    outcome: str
    reason: str


def standing_of(question: Question, known: Mapping[tuple[str, int], float]) -> Standing:
    """Return how a target stands, given actual values by (indicator, year), the base year included."""
    outcome = _outcome(question, known)
    course, reason = _course(question, known)
    if course is None:
        return Standing(course=None, lights={}, outcome=outcome, reason=reason)
    lights = {
        "statistics_canada_2021": statistics_canada_2021(course),
        "united_nations_2023": united_nations_2023(course),
        "china_midterm": china_midterm(course, scale=question.scale),
    }
    if question.kind == "reduction":
        assert question.threshold is not None
        barometer = ndrc_2020(
            achieved=1.0 - course.current / course.base,
            target=question.threshold,
            years_elapsed=course.current_year - course.base_year,
            years_total=course.target_year - course.base_year,
        )
        lights = {"ndrc_2020": barometer, **lights}
    return Standing(course=course, lights=lights, outcome=outcome, reason="")


def _outcome(question: Question, known: Mapping[tuple[str, int], float]) -> str:
    if not question.requires <= known.keys():
        return ""
    return question.status(float(question.margin(lambda *key: known[key])))


def _course(question: Question, known: Mapping[tuple[str, int], float]) -> tuple[Course | None, str]:
    name, first = question.indicator, question.first_year
    if question.threshold is None or not question.leads_to_level:
        return None, "compared with another quantity or year by year: no trend to a number"
    if not question.level_direction:
        return None, "a band, not a number to reach"
    years = [year for year in range(first + 1, question.last_year + 1) if (name, year) in known]
    if not years or (name, first) not in known:
        return None, "not observed"
    return (
        Course(
            base=known[name, first],
            base_year=first,
            current=known[name, years[-1]],
            current_year=years[-1],
            target=question.level_to_reach(lambda *key: known[key]),
            target_year=question.last_year,
            direction=question.level_direction,
        ),
        "",
    )


def left_to_do(course: Course | None) -> dict[str, Any]:
    """Return last actual value, the rate needed from there, the rate so far, and how many times that is."""
    if course is None or course.target is None:
        return {}
    found: dict[str, Any] = {
        "base_year": course.base_year,
        "base_value": course.base,
        "last_year": course.current_year,
        "last_value": course.current,
        "level_to_reach": course.target,
    }
    if min(course.base, course.current, course.target) <= 0.0:
        return found
    found["achieved_rate"] = float(
        required_rate(course.current, course.base, years=course.current_year - course.base_year)
    )
    if course.current_year < course.target_year:
        left = course.target_year - course.current_year
        found["needed_rate"] = float(required_rate(course.target, course.current, years=left))
        found["needed_change"] = (course.target - course.current) / left
        found["catch_up_factor"] = float(
            catch_up_factor(found["needed_rate"], found["achieved_rate"], direction=course.direction)
        )
    return found


def disagreement(lights: Mapping[str, Light], model: Light) -> str:
    """Name the trend rules whose colour is the opposite of the model's; yellow and grey oppose nothing."""
    opposite = _OPPOSITE.get(model.colour)
    against = [rule for rule, light in lights.items() if light.colour == opposite]
    if not against:
        return ""
    return f"{', '.join(against)} {opposite}, model {model.colour}"
