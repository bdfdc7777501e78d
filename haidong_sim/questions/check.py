"""One row for every target: met, missed, on the edge, a pace to keep, or why it cannot be assessed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.questions.compiling import is_without_energy, pace_question
from haidong_sim.questions.margins import break_even
from haidong_sim.questions.question import MET, MISSED, ON_THE_EDGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.place import Observation, Registry, Target
    from haidong_sim.questions.question import Get, Question
    from haidong_sim.scenario import Scenario

PACE: Final = "pace"
NOT_ASSESSABLE: Final = "not_assessable"
STATUSES: Final = (MET, ON_THE_EDGE, MISSED, PACE, NOT_ASSESSABLE)

COLUMNS: Final = (
    "target_id", "indicator", "status", "value", "threshold", "margin", "unit", "needed_rate",
    "break_even_year", "probability", "ci_low", "ci_high", "n", "method", "reason", "needed_change",
    "threshold_high", "tolerance", "base_value", "base_year", "reading", "other_reading", "other_value",
    "other_status", "other_probability", "name_en", "name_zh", "theme", "binding", "modelable", "comparator",
    "deadline", "price_basis", "population_basis", "energy_convention", "region", "source", "locator",
    "provenance", "confidence", "conflict", "note",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Chance:
    """Probability that a target is met, with its interval, number of draws and method."""

    probability: float
    ci_low: float
    ci_high: float
    n: int
    method: str


def check_targets(
    registry: Registry,
    scenario: Scenario,
    questions: tuple[Question, ...],
    path: Get,
    chances: Mapping[str, Chance],
) -> list[dict[str, Any]]:
    """Return one row per target of the registry, in its order, keyed by `COLUMNS`.

    Parameters
    ----------
    questions
        Those of the run, other readings included.
    path
        The path without shocks: status, value and margin are judged on it.
    chances
        By name of the question; empty for a run of one draw.
    """
    by_target: dict[str, list[Question]] = {}
    for question in questions:
        by_target.setdefault(question.target_id, []).append(question)
    rows = []
    for target in registry.targets:
        found = by_target.get(target.id)
        if found:
            verdict = _projected(target, found, path, chances, registry.place.base_year)
            verdict["reading"] = verdict["reading"] or _energy_reading(target, scenario)
        else:
            verdict = _not_projected(target, registry, scenario)
        rows.append(dict.fromkeys(COLUMNS) | _identity(target) | verdict)
    return rows


def _projected(
    target: Target, found: list[Question], path: Get, chances: Mapping[str, Chance], base_year: int
) -> dict[str, Any]:
    question, *others = found
    value, bound, margin = (float(f(path)) for f in (question.value, question.bound, question.margin))
    row: dict[str, Any] = {
        "status": question.status(margin),
        "value": value,
        "threshold": bound,
        "margin": margin,
        "tolerance": question.tolerance,
        "reading": _reading(target),
        "reason": _words(question, target, margin),
        "method": "path without shocks",
        "n": 1,
        "base_value": float(path(question.indicator, question.first_year)),
        "base_year": question.first_year,
        "break_even_year": break_even(question, path, base_year=base_year),
        **question.needed(path),
    }
    if (chance := chances.get(question.name)) is not None:
        row |= {
            "probability": chance.probability,
            "ci_low": chance.ci_low,
            "ci_high": chance.ci_high,
            "n": chance.n,
            "method": chance.method,
        }
    if others:
        other = others[0]
        row |= {
            "other_reading": other.reading,
            "other_value": float(other.value(path)),
            "other_status": other.status(float(other.margin(path))),
        }
        if (chance := chances.get(other.name)) is not None:
            row["other_probability"] = chance.probability
    return row


def _words(question: Question, target: Target, margin: float) -> str:
    words = [question.remark] if question.remark else []
    if target.value_assumption_key:
        words.append("the number to reach is an assumption of the scenario: it is not printed")
    if question.status(margin) == ON_THE_EDGE:
        words.append(f"missed, but within the tolerance of {question.tolerance:g} that the wording leaves")
    return "; ".join(words)


def _energy_reading(target: Target, scenario: Scenario) -> str:
    """Return how the scenario counts what the target leaves unsaid: convention, and scope of CO2."""
    if scenario.energy is None:
        return ""
    convention = scenario.energy.convention
    counted = {
        "energy_intensity": (convention.accounting, convention.control),
        "co2_intensity": (convention.attribution, scenario.energy.carbon.scope),
        "non_fossil_share": (convention.accounting, convention.attribution),
    }
    return ", ".join(counted.get(target.model_indicator or "", ()))


def _reading(target: Target) -> str:
    if target.model_indicator == "gdp_per_capita_ratio_to_province":
        return "population vintage of the scenario"
    return "GDP" if target.comparator == "sync_with" else ""


def _not_projected(target: Target, registry: Registry, scenario: Scenario) -> dict[str, Any]:
    if target.is_core:
        if target.deadline > scenario.horizon:
            reason = f"due in {target.deadline}, after the horizon {scenario.horizon} of the scenario"
        elif is_without_energy(target.model_indicator, scenario):
            reason = "the scenario has no energy table"
        else:
            reason = f"no number to reach: {target.value_missing_reason or 'none is printed'}"
        return {"status": NOT_ASSESSABLE, "reason": reason}
    if target.modelable == "qualitative":
        return {"status": NOT_ASSESSABLE, "reason": target.not_modelled_reason, "threshold": target.value}
    return _pace(target, registry)


def _pace(target: Target, registry: Registry) -> dict[str, Any]:
    """Return the yearly pace that a target outside the model needs, where its base is known."""
    row: dict[str, Any] = {"threshold": target.value, "tolerance": target.tolerance}
    if target.value is None:
        return row | {
            "status": NOT_ASSESSABLE,
            "reason": f"no number to reach: {target.value_missing_reason or 'none is printed'}",
        }
    question = pace_question(target, base_year=registry.place.base_year)
    if target.functional in {"cumulative", "increase"}:
        if target.period is None:
            return row | {
                "status": NOT_ASSESSABLE,
                "reason": "a cumulative amount whose first year is not stated: no yearly pace follows",
            }
        n_years = question.last_year - question.first_year
        return row | {
            "status": PACE,
            "base_value": 0.0,
            "base_year": question.first_year,
            "reason": f"a total over {n_years} years, counted from zero; not projected by the model",
            **question.needed(lambda *_: 0.0),
        }
    if target.functional == "mean_growth":
        return row | {
            "status": PACE,
            "base_year": registry.place.base_year,
            "reason": "the target is itself a yearly pace; not projected by the model",
            **question.needed(lambda *_: 0.0),
        }
    if not target.base_observation:
        return row | {"status": NOT_ASSESSABLE, "reason": target.base_reason or "no base is printed"}
    return row | _pace_from(target, question, registry.observation(target.base_observation))


def _pace_from(target: Target, question: Question, base: Observation) -> dict[str, Any]:
    if base.value is None or base.unit != target.unit:
        return {
            "status": NOT_ASSESSABLE,
            "reason": f"its base {base.id} is only a bound or in another unit ({base.unit})",
        }
    value = base.value
    from_base = replace(question, first_year=base.year)
    at_base = from_base.at(base.year)
    is_reached = at_base.status(float(at_base.margin(lambda *_: value))) == MET
    return {
        "status": PACE,
        "base_value": value,
        "base_year": base.year,
        "reason": f"already reached in {base.year}: a level to keep; not projected by the model"
        if is_reached
        else f"pace from the {base.year} base {base.id}; not projected by the model",
        **from_base.needed(lambda *_: value),
    }


def _identity(target: Target) -> dict[str, Any]:
    return {
        "target_id": target.id,
        "indicator": target.model_indicator or target.indicator,
        "unit": target.unit,
        "threshold_high": target.value_high,
        "name_en": target.name_en,
        "name_zh": target.name_zh,
        "theme": target.theme,
        "binding": target.binding,
        "modelable": target.modelable,
        "comparator": target.comparator,
        "deadline": target.deadline,
        "price_basis": target.price_basis,
        "population_basis": target.population_basis,
        "energy_convention": target.energy_convention,
        "region": ";".join(target.region),
        "source": target.source,
        "locator": target.locator,
        "provenance": target.provenance,
        "confidence": target.confidence,
        "conflict": ";".join(target.conflict),
        "note": target.note,
    }
