"""From registry rows to functionals: which rows a scenario's path can be asked, and how."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from haidong_sim.indicators import catalogue
from haidong_sim.scenario.energy import ENERGY_INDICATORS
from haidong_sim.targets.functionals import Functional, Kind, Sense
from haidong_sim.units import convert

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from haidong_sim.registry import Registry, Target
    from haidong_sim.scenario import Scenario

OTHER_VINTAGE = "other population vintage"
PER_HEAD = "GDP per head"

_AT_LEAST = frozenset({"ge", "gt", "approx", "eq", "multiple_of_base", "sync_with", "rank_above"})
_STRICT = frozenset({"gt", "lt", "rank_above"})


def functionals_of(
    registry: Registry, scenario: Scenario, links: Mapping[str, str] | None = None
) -> tuple[Functional, ...]:
    """Return the functionals of every target that the model answers within the scenario's horizon.

    `links` names the quantity that answers a target by id where a project is meant to meet it.

    A target with a second established reading (the other population vintage; growth per head) is followed by
    the functional of that reading, so that neither verdict is told without the other.
    """
    found: list[Functional] = []
    for target in registry.targets:
        if target.deadline > scenario.horizon:
            continue
        if target.id in (links or {}) and target.value is not None:
            found.append(_linked(target, (links or {})[target.id], registry.place.base_year))
            continue
        if not target.is_core or is_without_energy(target.model_indicator, scenario):
            continue
        functional = compile_target(target, scenario, base_year=registry.place.base_year)
        if functional is not None:
            found += [functional, *_other_readings(functional, target)]
    return tuple(found)


def is_without_energy(indicator: str | None, scenario: Scenario) -> bool:
    """Whether an indicator is one of energy and the scenario has no energy table to answer it."""
    return scenario.energy is None and indicator in ENERGY_INDICATORS


def compile_target(target: Target, scenario: Scenario, *, base_year: int) -> Functional | None:
    """Return the functional of one core target, or None where the number to reach is nowhere given."""
    first_year = target.period[0] - 1 if target.period else base_year
    kind: Kind = "ratio_to_base" if target.comparator == "multiple_of_base" else _kind_of(target)
    threshold = _threshold(target, scenario)
    reference = None
    if threshold is None and kind != "every_year":
        reference = _reference(target)
        if reference is None:
            return None
        if kind == "level":
            kind = "gap"
    return Functional(
        target_id=target.id,
        kind=kind,
        sense=_sense(target),
        indicator=target.model_indicator,
        first_year=first_year,
        last_year=target.deadline,
        threshold=0.0 if kind == "every_year" else threshold,
        upper=target.value_high,
        reference=reference,
        tolerance=target.tolerance or 0.0,
        is_strict=target.comparator in _STRICT,
        price_basis=target.price_basis,
    )


def _linked(target: Target, indicator: str, base_year: int) -> Functional:
    assert target.value is not None
    return Functional(
        target_id=target.id,
        kind="level",
        sense=_sense(target),
        indicator=indicator,
        first_year=base_year,
        last_year=target.deadline,
        # A quantity of the catalogue has its unit there; the gross output of one park keeps the target's.
        threshold=convert(target.value, target.unit, catalogue()[indicator].unit)
        if indicator in catalogue()
        else target.value,
        tolerance=target.tolerance or 0.0,
        is_strict=target.comparator in _STRICT,
        price_basis=target.price_basis,
    )


def _kind_of(target: Target) -> Kind:
    kinds: dict[str, Kind] = {
        "level": "level",
        "mean_growth": "mean_growth",
        "ratio_to_base": "ratio_to_base",
        "every_year": "every_year",
        "reduction": "reduction",
    }
    return kinds[target.functional]


def _sense(target: Target) -> Sense:
    if target.comparator == "between":
        return "within"
    return "at_least" if target.comparator in _AT_LEAST else "at_most"


def _threshold(target: Target, scenario: Scenario) -> float | None:
    if target.value is not None:
        return target.value
    if target.value_assumption_key:
        assumed = scenario.assumed_targets.get(target.id)
        return None if assumed is None else assumed.value
    return target.reference_value


def _reference(target: Target) -> str | None:
    return target.reference_indicator or None


def _other_readings(functional: Functional, target: Target) -> Iterator[Functional]:
    if functional.indicator == "gdp_per_capita_ratio_to_province":
        # A per-head ratio stands on a head count, and two head counts are in print.
        yield replace(
            functional, indicator="gdp_per_capita_ratio_to_province_other_vintage", reading=OTHER_VINTAGE
        )
    elif target.comparator == "sync_with" and functional.reference == "gdp_volume_index":
        # "In step with growth" is said of GDP, and read by some as GDP per head.
        yield replace(functional, reference="gdp_constant_per_capita", reading=PER_HEAD)
