"""From rows of the registry to questions: which rows a scenario's path can be asked, and how."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from haidong_sim.errors import ScenarioError
from haidong_sim.indicators import catalogue
from haidong_sim.questions.kinds import KINDS
from haidong_sim.scenario import ENERGY_INDICATORS
from haidong_sim.units import convert

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from haidong_sim.place import Registry, Target
    from haidong_sim.questions.question import Question
    from haidong_sim.scenario import Scenario

OTHER_VINTAGE: Final = "other population vintage"
PER_HEAD: Final = "GDP per head"


def questions_of(
    registry: Registry, scenario: Scenario, links: Mapping[str, str] | None = None
) -> tuple[Question, ...]:
    """Return the question of every target that the model answers within the scenario's horizon.

    `links` names the quantity that answers a target by id where a project is meant to meet it.

    A target with a second established reading (the other population vintage; growth per head) is followed by
    the question of that reading, so that neither verdict is told without the other.
    """
    found: list[Question] = []
    for target in registry.targets:
        if target.deadline > scenario.horizon:
            continue
        if target.id in (links or {}) and target.value is not None:
            found.append(_linked(target, (links or {})[target.id], registry.place.base_year))
            continue
        if not target.is_core or is_without_energy(target.model_indicator, scenario):
            continue
        question = question_of(target, scenario, base_year=registry.place.base_year)
        if question is not None:
            found += [question, *_other_readings(question, target)]
    return tuple(found)


def is_without_energy(indicator: str | None, scenario: Scenario) -> bool:
    """Whether an indicator is one of energy and the scenario has no energy table to answer it."""
    return scenario.energy is None and indicator in ENERGY_INDICATORS


def question_of(target: Target, scenario: Scenario, *, base_year: int) -> Question | None:
    """Return the question of one core target, or None where the number to reach is nowhere given.

    Raises
    ------
    ScenarioError
        If no kind of question, or more than one, reads the row; if it counts from a year before the base
        year; if its threshold stands on another price basis.
    """
    threshold = _threshold(target, scenario)
    kind = _kind_of(target)
    if threshold is None and not target.reference_indicator:
        return None
    is_relation = threshold is None or kind.kind == "ratio_to_another"
    question = kind.from_row(
        target,
        indicator=target.model_indicator,
        threshold=threshold,
        reference=target.reference_indicator if is_relation else None,
        base_year=base_year,
        price_basis=target.price_basis,
    )
    if early := sorted(year for _, year in question.requires if year < base_year):
        raise ScenarioError(
            f"target '{target.id}': it is compared with {early[0]}, before the run's base year {base_year}"
        )
    return question


def pace_question(target: Target, *, base_year: int) -> Question:
    """Return the question of a target that no equation projects, to be asked of what is published.

    It is about the registry's own indicator; what its threshold is stated in, its base has to be in as well.
    """
    return _kind_of(target).from_row(
        target, indicator=target.indicator, threshold=target.value, reference=None, base_year=base_year
    )


def _linked(target: Target, indicator: str, base_year: int) -> Question:
    def in_unit_of_indicator(number: float | None) -> float | None:
        # A quantity of the catalogue has its unit there; the gross output of one park keeps the target's.
        if number is None or indicator not in catalogue():
            return number
        return convert(number, target.unit, catalogue()[indicator].unit)

    return KINDS["level"].from_row(
        target,
        indicator=indicator,
        threshold=in_unit_of_indicator(target.value),
        reference=None,
        base_year=base_year,
        upper=in_unit_of_indicator(target.value_high),
        tolerance=in_unit_of_indicator(target.tolerance) or 0.0,
        price_basis=target.price_basis,
    )


def _kind_of(target: Target) -> type[Question]:
    reading = [kind for kind in KINDS.values() if kind.reads(target)]
    best = [kind for kind in reading if kind.rank == max(one.rank for one in reading)]
    if len(best) != 1:
        names = " and ".join(kind.kind for kind in best) or "no"
        raise ScenarioError(
            f"target '{target.id}': {names} kind of question reads a row with functional "
            f"'{target.functional}' and comparator '{target.comparator}'"
        )
    return best[0]


def _threshold(target: Target, scenario: Scenario) -> float | None:
    if target.value is not None:
        return target.value
    if target.value_assumption_key:
        assumed = scenario.assumed_targets.get(target.assumption_name)
        return None if assumed is None else assumed.value
    return target.reference_value


def _other_readings(question: Question, target: Target) -> Iterator[Question]:
    if question.indicator == "gdp_per_capita_ratio_to_province":
        # A per-head ratio stands on a head count, and two head counts are in print.
        yield replace(
            question, indicator="gdp_per_capita_ratio_to_province_other_vintage", reading=OTHER_VINTAGE
        )
    elif target.comparator == "sync_with" and question.reference == "gdp_volume_index":
        # "In step with growth" is said of GDP, and read by some as GDP per head.
        yield replace(question, reference="gdp_constant_per_capita", reading=PER_HEAD)
