"""Are we on track: lights of the trend beside odds that know what has happened, target by target."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, get_args

from haidong_sim.answers.monitoring.lights import (
    Course,
    Light,
    china_midterm,
    ndrc_2020,
    probability_light,
    statistics_canada_2021,
    united_nations_2023,
)
from haidong_sim.answers.monitoring.observed import gather_facts, read_observed
from haidong_sim.answers.monitoring.updating import Method, Updater, choose_method, gather_evidence
from haidong_sim.errors import MonitoringError, public, unknown_name
from haidong_sim.indicators import catalogue
from haidong_sim.questions import catch_up_factor, required_rate
from haidong_sim.run import Answer, case_of, project, simulate
from haidong_sim.words import require_language

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from haidong_sim.answers.monitoring.observed import Facts
    from haidong_sim.answers.monitoring.updating import Evidence
    from haidong_sim.engine import Rng
    from haidong_sim.questions import Question
    from haidong_sim.run import RegistrySource, Result, Subject
    from haidong_sim.words import Language

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


COLUMNS: Final = (
    "target_id", "name_en", "name_zh", "indicator", "binding", "deadline", "comparator", "unit", "threshold",
    "threshold_high", "base_year", "base_value", "last_year", "last_value", "level_to_reach", "achieved_rate",
    "needed_rate", "needed_change", "catch_up_factor", *TREND_RULES, "probability_before", "ci_low_before",
    "ci_high_before", "n", "probability", "ci_low", "ci_high", "n_effective", "method", "probability_half_sd",
    "probability_double_sd", "light", "colour", "is_decided", "light_before", "disagreement", "outcome",
    "reason",
)  # fmt: skip


def odds_rows(updater: Updater, method: Method) -> list[dict[str, Any]]:
    """Return the odds of each target before and after, and at half and at double the measurement sd."""
    before, after = updater.before(), updater.probabilities(method)
    half, double = (updater.probabilities(method, factor=factor) for factor in (0.5, 2.0))
    return [
        {
            "probability_before": float(before.probability[n]),
            "ci_low_before": float(before.low[n]),
            "ci_high_before": float(before.high[n]),
            "n": int(before.n[n]),
            "probability": float(after.probability[n]),
            "ci_low": float(after.low[n]),
            "ci_high": float(after.high[n]),
            "n_effective": float(after.n[n]),
            "method": method,
            "probability_half_sd": float(half.probability[n]),
            "probability_double_sd": float(double.probability[n]),
        }
        for n in range(len(after.n))
    ]


def board_row(
    result: Result,
    functional: Question,
    known: Mapping[tuple[str, int], float],
    odds: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return one line of the board, keyed by `COLUMNS`; without odds for a target that cannot be followed."""
    target = next((row for row in result.registry.targets if row.id == functional.target_id), None)
    standing = standing_of(functional, known)
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {
        "target_id": functional.target_id,
        "indicator": functional.indicator,
        "deadline": functional.last_year,
        "threshold": functional.threshold,
        "threshold_high": functional.upper,
        "outcome": standing.outcome,
        "reason": standing.reason,
        "disagreement": "",
    }
    if target is not None:
        row |= {
            name: getattr(target, name) for name in ("name_en", "name_zh", "binding", "comparator", "unit")
        }
    row |= left_to_do(standing.course) | {rule: light.status for rule, light in standing.lights.items()}
    if odds is None:
        return row | {"reason": "; ".join(filter(None, [row["reason"], "its draws cannot be followed"]))}
    now, then = (
        probability_light(odds[f"probability{when}"], low=odds[f"ci_low{when}"], high=odds[f"ci_high{when}"])
        for when in ("", "_before")
    )
    return row | {
        **odds,
        "light": now.status,
        "colour": now.colour,
        "is_decided": now.is_decided,
        "light_before": then.status,
        "disagreement": disagreement(standing.lights, now),
    }


def contribution_rows(
    updater: Updater, method: Method, followed: Sequence[Question], series: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield the change of each target's probability that each observed series makes."""
    changes, split = updater.contributions(method)
    for column, functional in enumerate(followed):
        for row, name in enumerate(series):
            yield {
                "target_id": functional.target_id,
                "series": name,
                "change": float(changes[row, column]),
                "split": split,
            }


def observation_rows(result: Result, evidence: Evidence) -> Iterator[dict[str, Any]]:
    """Yield the values used, beside the scenario's median, and how many sd they are off it."""
    off, _ = evidence.surprise()
    for n, value in enumerate(evidence.values):
        yield {
            "indicator": value.indicator,
            "year": value.year,
            "value": value.value,
            "unit": catalogue()[value.indicator].unit,
            "median": result.statistics(value.indicator, value.year)["median"],
            "sd_off": float(off[n]),
            "measurement_sd": float(evidence.sd[n]),
            "source": value.source,
        }


def certain_series(evidence: Evidence) -> Iterator[str]:
    """Name what was observed of quantities that the scenario takes for certain: it teaches nothing."""
    certain = evidence.draws.std(axis=1) < 1e-6
    names = dict.fromkeys(
        value.indicator for value, is_fixed in zip(evidence.values, certain, strict=True) if is_fixed
    )
    for name in names:
        yield f"{name} is certain in this scenario: observing it moves no odds"


METHODS: Final = ("auto", *get_args(Method))
DEFAULT_DRAWS: Final = 65_536
MEASUREMENT_SD: Final = 0.01
"""Assumption, range half to double: first figures are revised by tenths of a percent, by 2 in a census."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Monitoring(Answer):
    """What the observed years say about each target.

    Attributes
    ----------
    result
        The run before anything was observed.
    rows
        One mapping a target, keyed by `COLUMNS`.
    contribution_rows
        Change of each probability by observed series; adds up to the whole change.
    method
        How the odds were updated: "weights" (exact) or "linear" (exact for normal logs).
    weighed_draws
        How many draws plain weights leave of `result.draws`.
    chance_of_observed
        Chance that the scenario gives to values at least as far off as the observed ones.
    language
        Of the sentences, unless they are asked for in another.
    notes
        What was done to the file's values without being asked for in so many words.
    """

    result: Result
    rows: tuple[Mapping[str, Any], ...]
    contribution_rows: tuple[Mapping[str, Any], ...]
    observation_rows: tuple[Mapping[str, Any], ...]
    last_year: int
    method: Method
    measurement_sd: float
    weighed_draws: float
    chance_of_observed: float
    notes: tuple[str, ...]
    language: Language = "en"

    def frame(self) -> pd.DataFrame:
        """Return one row a target: course, lights of the trend, odds before and after."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=list(COLUMNS))

    def contributions(self) -> pd.DataFrame:
        """Return by how much each observed series moved each probability, and by which rule it was split."""
        import pandas as pd

        return pd.DataFrame(self.contribution_rows, columns=["target_id", "series", "change", "split"])

    def observations(self) -> pd.DataFrame:
        """Return the values used: spliced, beside the scenario's median, and how many sd they are off it."""
        import pandas as pd

        return pd.DataFrame(self.observation_rows)

    def sentences(
        self, target_ids: Sequence[str] | None = None, *, language: Language | None = None
    ) -> list[str]:
        """Return a sentence or two a target, in "en" or "zh"; those with an observed course if None."""
        from haidong_sim.answers.monitoring.sentences import target_sentence

        words = require_language(language or self.language)
        known = {row["target_id"]: row for row in self.rows}
        if target_ids is None:
            target_ids = [name for name, row in known.items() if row["last_year"] is not None]
        if unknown := [name for name in target_ids if name not in known]:
            raise MonitoringError(unknown_name("monitored target", unknown[0], known))
        return [
            target_sentence(
                known[name],
                [part for part in self.contribution_rows if part["target_id"] == name],
                words,
            )
            for name in target_ids
        ]

    def __repr__(self) -> str:
        moved = [row for row in self.rows if row["probability"] is not None]
        expected = [sum(row[name] for row in moved) for name in ("probability_before", "probability")]
        return (
            f"<Monitoring of '{self.result.scenario.name}' to {self.last_year}: "
            f"{len(self.observation_rows)} values, {len(self.rows)} targets, expected to be met "
            f"{expected[0]:.1f} → {expected[1]:.1f}, updated by {self.method}>"
        )


@public
def monitor(
    subject: Subject,
    observed: str | Path | pd.DataFrame,
    *,
    as_of: int | None = None,
    method: str = "auto",
    measurement_sd: float = MEASUREMENT_SD,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
    language: Language = "en",
    progress: bool | None = None,
) -> Monitoring:
    """Return where each target stands after the observed years, and how its odds moved.

    Parameters
    ----------
    subject
        What was expected: a result, a scenario, the name of a bundled one, or a path to a TOML file.
    observed
        Published values, a CSV file or a table with at least indicator, year, value, unit and source.
    as_of
        Last year to take account of; all years of the file if None.
    method
        "weights", "linear", or "auto": weights where enough draws are left by them, else linear.
    measurement_sd
        Measurement error of levels and shares as a part of the value; growth rates have half of it, in
        fractions a year. Probabilities are also told at half and at double it.
    draws
        Futures: those of a result, else 65 536, if None.
    rng, registry, progress
        As in `simulate`.
    language
        "en" or "zh": of the sentences.

    Raises
    ------
    MonitoringError
        If the file is malformed, contradicts the scenario, or leaves too few draws for the method wanted.
    ScenarioError
        If the scenario is not valid.
    """
    if method not in METHODS:
        raise MonitoringError(unknown_name("method", str(method), METHODS))
    if not 0.0 < measurement_sd <= 0.2:
        raise MonitoringError(
            f"measurement sd: {measurement_sd:g} is not in 0 … 0.2; write 0.01 for 1 percent"
        )
    words = require_language(language)
    case = case_of(subject, registry=registry, rng=rng)
    start = project(case.scenario, registry=case.registry)
    facts = _facts(start, observed, as_of=as_of or case.scenario.horizon)
    asked = [functional for functional in start.functionals if not functional.reading]
    # The output of one park is no indicator of the catalogue: its draws cannot be kept.
    followed = [f for f in asked if all(name in catalogue() for name in f.indicators)]
    names = dict.fromkeys([v.indicator for v in facts.used] + [n for f in followed for n in f.indicators])
    result = simulate(
        case.scenario,
        indicators=list(names),
        keep=list(names),
        draws=draws if draws is not None else case.draws or DEFAULT_DRAWS,
        rng=case.entropy,
        registry=case.registry,
        progress=progress,
    )
    found = _judged(result, asked, followed, facts, method=method, measurement_sd=measurement_sd)
    return replace(found, language=words)


def _judged(
    result: Result,
    asked: Sequence[Question],
    followed: Sequence[Question],
    facts: Facts,
    *,
    method: str,
    measurement_sd: float,
) -> Monitoring:
    evidence = gather_evidence(result, facts.used, measurement_sd=measurement_sd)
    updater = Updater(result, followed, evidence)
    chosen, left = choose_method(updater, evidence, draws=result.draws, wanted=method)
    odds = dict(zip([f.name for f in followed], odds_rows(updater, chosen), strict=True))
    return Monitoring(
        result=result,
        rows=tuple(board_row(result, f, facts.known, odds.get(f.name)) for f in asked),
        contribution_rows=tuple(contribution_rows(updater, chosen, followed, evidence.series)),
        observation_rows=tuple(observation_rows(result, evidence)),
        last_year=max(value.year for value in facts.used),
        method=chosen,
        measurement_sd=measurement_sd,
        weighed_draws=left,
        chance_of_observed=evidence.surprise()[1],
        notes=(*facts.notes, *certain_series(evidence)),
    )


def _facts(start: Result, observed: str | Path | pd.DataFrame, *, as_of: int) -> Facts:
    base_year = start.registry.place.base_year
    given = read_observed(
        observed, registry=start.registry, allowed=start.indicators, last_year=start.scenario.horizon
    )
    base = {name: start.path[name, base_year] for name in start.indicators}
    return gather_facts(given, base=base, base_year=base_year, as_of=as_of)
