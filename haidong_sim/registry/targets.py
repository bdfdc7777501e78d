"""What the plans aim at: one row of targets.csv each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.errors import unknown_name
from haidong_sim.indicators.catalogue import catalogue
from haidong_sim.registry.rows import model_unit, to_model_unit
from haidong_sim.registry.vocabulary import (
    BINDING,
    COMPARATORS,
    CONFIDENCE,
    DEADLINE_BASES,
    DIRECTIONS,
    ENERGY_CONVENTIONS,
    FUNCTIONALS,
    GROWTH_STATISTICS,
    MODELABLE,
    POPULATION_BASES,
    PRICE_BASES,
    PROVENANCE,
    REFERENCE_YEARS,
    STATISTICS,
)

if TYPE_CHECKING:
    from haidong_sim.registry.rows import Row

TARGET_COLUMNS: Final = (
    "id", "indicator", "model_indicator", "not_modelled_reason", "name_en", "name_zh", "comparator",
    "direction", "value", "value_high", "unit", "value_missing_reason", "value_assumption_key",
    "functional", "statistic", "deadline", "deadline_basis", "period", "reference_indicator",
    "reference_region", "reference_year", "reference_value", "reference_note", "base_observation",
    "base_reason", "tolerance", "tolerance_unit", "tolerance_source", "price_basis", "population_basis",
    "energy_convention", "binding", "theme", "modelable", "region", "source", "locator", "vintage",
    "provenance", "confidence", "conflict", "note",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Target:
    """A target as a test: `functional` of `model_indicator` `comparator` threshold, within `tolerance`.

    `value` and `value_high` are in `unit` (fractions, never percent); `printed_value` and `printed_unit`
    are what the page shows (empty for a derived reading). The threshold is `value` where there is one,
    for "multiple_of_base" `value` times the base; otherwise the reference (`reference_value`, or
    `reference_indicator` in `reference_year`: a year, "same" for the deadline year, "previous",
    "same_period"); or the number that a scenario assumes under `value_assumption_key`. With `direction`
    "up" or "down" only the other side is a failure (7 percent does not miss "about 6"); "both" limits
    both sides. With functional "mean_growth" the reference is the mean growth of `reference_indicator` (a
    level or a yearly rate).
    """

    id: str
    indicator: str
    model_indicator: str
    not_modelled_reason: str
    name_en: str
    name_zh: str
    comparator: str
    direction: str
    value: float | None
    value_high: float | None
    unit: str
    printed_value: str
    printed_value_high: str
    printed_unit: str
    value_missing_reason: str
    value_assumption_key: str
    functional: str
    statistic: str
    deadline: int
    deadline_basis: str
    period: tuple[int, int] | None
    reference_indicator: str
    reference_region: tuple[str, ...]
    reference_year: int | str
    reference_value: float | None
    reference_note: str
    base_observation: str
    base_reason: str
    tolerance: float | None
    tolerance_unit: str
    tolerance_source: str
    price_basis: str
    population_basis: str
    energy_convention: str
    binding: str
    theme: str
    modelable: str
    region: tuple[str, ...]
    source: str
    locator: str
    vintage: str
    provenance: str
    confidence: str
    conflict: tuple[str, ...]
    note: str

    @property
    def is_core(self) -> bool:
        """Whether the projected model answers this target."""
        return self.modelable == "core"


def read_target(row: Row) -> Target:
    """Return the target of one row."""
    _check_consistency(row)
    return Target(
        **_read_identity(row),
        **_read_threshold(row),
        **_read_reference(row),
        **_read_classes(row),
    )


def _read_identity(row: Row) -> dict[str, Any]:
    model = row.text("model_indicator")
    if model and model not in catalogue():
        row.complain("model_indicator", unknown_name("indicator", model, catalogue()))
    return {
        "id": row.required("id"),
        "indicator": row.required("indicator"),
        "model_indicator": model,
        "name_en": row.required("name_en"),
        "source": row.required("source"),
        "locator": row.required("locator"),
        "vintage": row.required("vintage"),
        "theme": row.required("theme"),
        **{
            column: row.text(column)
            for column in (
                "not_modelled_reason",
                "name_zh",
                "reference_note",
                "base_observation",
                "base_reason",
                "note",
            )
        },
    }


def _read_threshold(row: Row) -> dict[str, Any]:
    printed = row.unit("unit")
    statistic = row.choice("statistic", STATISTICS)
    functional = row.choice("functional", FUNCTIONALS)
    known = catalogue().get(row.text("model_indicator") or row.text("indicator"))
    unit = model_unit(
        printed,
        is_growth=statistic in GROWTH_STATISTICS,
        indicator_unit=known.unit if known and functional in {"level", "every_year"} else None,
    )
    is_printed = row.text("provenance") == "document"
    tolerance = row.number_or_none("tolerance")
    tolerance_unit = row.unit("tolerance_unit") if tolerance is not None else ""
    return {
        "value": to_model_unit(row.number_or_none("value"), printed, unit),
        "value_high": to_model_unit(row.number_or_none("value_high"), printed, unit),
        "reference_value": to_model_unit(row.number_or_none("reference_value"), printed, unit),
        "unit": unit,
        "printed_value": row.text("value") if is_printed else "",
        "printed_value_high": row.text("value_high") if is_printed else "",
        "printed_unit": printed,
        "value_missing_reason": row.text("value_missing_reason"),
        "value_assumption_key": row.text("value_assumption_key"),
        "functional": functional,
        "statistic": statistic,
        "comparator": row.choice("comparator", COMPARATORS),
        "direction": row.choice("direction", DIRECTIONS),
        "tolerance": tolerance,
        "tolerance_unit": tolerance_unit,
        "tolerance_source": row.text("tolerance_source"),
    }


def _read_reference(row: Row) -> dict[str, Any]:
    word = row.text("reference_year")
    return {
        "reference_indicator": row.text("reference_indicator"),
        "reference_region": row.names("reference_region"),
        "reference_year": word if word in REFERENCE_YEARS else row.year("reference_year"),
        "deadline": row.year("deadline"),
        "deadline_basis": row.choice("deadline_basis", DEADLINE_BASES),
        "period": row.period("period"),
    }


def _read_classes(row: Row) -> dict[str, Any]:
    return {
        "price_basis": row.choice("price_basis", PRICE_BASES),
        "population_basis": row.choice("population_basis", POPULATION_BASES),
        "energy_convention": row.choice("energy_convention", ENERGY_CONVENTIONS),
        "binding": row.choice("binding", BINDING, "class of target"),
        "modelable": row.choice("modelable", MODELABLE),
        "provenance": row.choice("provenance", PROVENANCE),
        "confidence": row.choice("confidence", CONFIDENCE),
        "region": row.names("region"),
        "conflict": row.names("conflict"),
    }


def _check_consistency(row: Row) -> None:
    """Note what single cells cannot show: a missing value without reason, a core target without indicator."""
    is_core = row.text("modelable") == "core"
    if is_core and not row.text("model_indicator"):
        row.complain(
            "model_indicator", "is empty, but the target is core; name an indicator of the catalogue"
        )
    if not is_core and not row.text("not_modelled_reason"):
        row.complain(
            "not_modelled_reason", "is empty, but the target is not core; say why it is not modelled"
        )
    if not row.text("value") and not row.text("value_missing_reason"):
        row.complain("value_missing_reason", "is empty, but there is no value; say why none is given")
    if row.text("comparator") == "between" and not row.text("value_high"):
        row.complain("value_high", "is empty; the comparator 'between' needs both value and value_high")
    if not row.text("base_observation") and not row.text("base_reason"):
        row.complain(
            "base_reason", "is empty, and so is base_observation; name the base or say why there is none"
        )
