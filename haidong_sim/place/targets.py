"""What the plans aim at: one row of targets.csv each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.errors import unknown_name
from haidong_sim.indicators import catalogue
from haidong_sim.place.rows import (
    ALLOWED_DIRECTIONS,
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
    model_unit,
    to_model_unit,
)
from haidong_sim.units import UNITS, is_convertible

if TYPE_CHECKING:
    from haidong_sim.place.rows import Row

TARGET_COLUMNS: Final = (
    "id", "indicator", "model_indicator", "not_modelled_reason", "name_en", "name_zh", "comparator",
    "direction", "value", "value_high", "unit", "value_missing_reason", "value_assumption_key",
    "functional", "statistic", "deadline", "deadline_basis", "period", "reference_indicator",
    "reference_region", "reference_year", "reference_value", "reference_note", "base_observation",
    "base_reason", "tolerance", "tolerance_unit", "tolerance_source", "price_basis", "population_basis",
    "energy_convention", "binding", "theme", "modelable", "region", "source", "locator", "vintage",
    "provenance", "confidence", "conflict", "note",
)  # fmt: skip


ASSUMPTION_TABLE: Final = "scenario.assumed_targets."
"""What `value_assumption_key` begins with: the table of a scenario that gives unprinted numbers."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A target as a test: `functional` of `model_indicator` `comparator` threshold, within `tolerance`.

    `value` and `value_high` are in `unit` (fractions, never percent); `printed_value` and `printed_unit`
    are what the page shows (empty for a derived reading). The threshold is `value` where there is one,
    for "multiple_of_base" `value` times the base; otherwise the reference (`reference_value`, or
    `reference_indicator` in `reference_year`: a year, "same" for the deadline year, "previous",
    "same_period"); or the number that a scenario assumes under `value_assumption_key`. `direction` says on
    which side it must lie: with "up" or "down" only the other side is a failure (7 percent does not miss
    "about 6"), "both" limits both sides (48 percent is not "40"). With functional "mean_growth" the reference
    is the mean growth of `reference_indicator` (a level or a yearly rate); with "every_year" and reference
    year "previous" it is the year before, otherwise the value is held in every year. "approx" a reference
    of the same year, with neither value nor tolerance, asks that the gap narrows. `tolerance` is in `unit`.
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
    def assumption_name(self) -> str:
        """Name of the scenario's assumption that gives the number to reach; empty if it is printed."""
        return self.value_assumption_key.removeprefix(ASSUMPTION_TABLE)

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
    tolerance, tolerance_unit = _read_tolerance(row, unit)
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


def _read_tolerance(row: Row, unit: str) -> tuple[float | None, str]:
    """Return the tolerance in the unit of the value, as the printed one converts to it, and that unit."""
    tolerance = row.number_or_none("tolerance")
    if tolerance is None:
        if row.text("tolerance_unit"):
            row.complain(
                "tolerance_unit", "is given without a tolerance; write the tolerance or leave both empty"
            )
        return None, ""
    printed = row.unit("tolerance_unit")
    if tolerance < 0.0:
        row.complain(
            "tolerance", f"{tolerance:g} is negative; a tolerance is how far off is still close enough"
        )
    is_rate = unit == "fraction per year" and UNITS[printed].kind == "fraction"
    if not is_rate and not is_convertible(printed, unit):
        if printed != "n/a":
            row.complain(
                "tolerance_unit",
                f"'{printed}' does not measure the value, which is in '{unit}'; write both in one unit",
            )
        return tolerance, unit
    return to_model_unit(tolerance, printed, unit), unit


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
    _check_sides(row)
    _check_times(row)
    _check_reference(row)
    if not row.text("base_observation") and not row.text("base_reason"):
        row.complain(
            "base_reason", "is empty, and so is base_observation; name the base or say why there is none"
        )


def _check_sides(row: Row) -> None:
    """Note a comparator, a direction and ends of a range that contradict each other."""
    comparator, direction = row.text("comparator"), row.text("direction")
    allowed = ALLOWED_DIRECTIONS.get(comparator, DIRECTIONS)
    if direction in DIRECTIONS and direction not in allowed:
        row.complain(
            "direction",
            f"'{direction}' contradicts the comparator '{comparator}'. Allowed: {', '.join(allowed)}",
        )
    if comparator == "between" and not row.text("value_high"):
        row.complain("value_high", "is empty; the comparator 'between' needs both value and value_high")
    if comparator != "between" and row.text("value_high"):
        row.complain("value_high", f"is given, but the comparator '{comparator}' has one threshold only")
    is_about = comparator in {"approx", "sync_with"} and direction == "both"
    if is_about and row.text("modelable") == "core" and not row.text("tolerance"):
        row.complain(
            "tolerance", f"is empty; '{comparator}' with direction 'both' needs a number for 'about'"
        )
    key = row.text("value_assumption_key")
    if key and (row.text("value") or not key.startswith(ASSUMPTION_TABLE)):
        row.complain(
            "value_assumption_key",
            f"'{key}' must begin with '{ASSUMPTION_TABLE}', and the value be empty that it stands for",
        )


def _check_times(row: Row) -> None:
    """Note a statistic, a period or a reference year that the functional cannot have."""
    functional, statistic = row.text("functional"), row.text("statistic")
    is_mean = functional == "mean_growth"
    if functional in FUNCTIONALS and is_mean != (statistic == "growth_annual_avg"):
        row.complain(
            "statistic",
            f"'{statistic}' contradicts the functional '{functional}': mean growth is growth_annual_avg",
        )
    first, _, last = row.text("period").partition("-")
    if first.isdecimal() and first <= last and last != row.text("deadline"):
        row.complain("period", f"ends in {last}, the deadline is {row.text('deadline')}")
    word = row.text("reference_year")
    functionals_of = {"previous": {"every_year"}, "same": {"level"}, "same_period": {"mean_growth"}}
    allowed = functionals_of.get(
        word, {"level", "ratio_to_base", "reduction", "increase"} if word else FUNCTIONALS
    )
    if functional in FUNCTIONALS and functional not in allowed:
        row.complain(
            "reference_year",
            f"'{word}' has no meaning for '{functional}', only for {', '.join(sorted(allowed))}",
        )


def _check_reference(row: Row) -> None:
    """Note what is said of a reference that is not there, is another place's, or would not be used."""
    name, regions = row.text("reference_indicator"), row.names("reference_region")
    for column in ("reference_region", "reference_year", "reference_value"):
        if row.text(column) and not name and row.text("modelable") != "qualitative":
            row.complain(column, "is given without a reference_indicator")
    known = catalogue().get(name)
    if known is not None and regions and regions != (known.region,):
        row.complain(
            "reference_region",
            f"'{row.text('reference_region')}' is not that of '{name}', which is '{known.region}'",
        )
    number = row.text("reference_value")
    is_multiple = row.text("comparator") == "multiple_of_base" or row.text("functional") == "ratio_to_base"
    if is_multiple and number not in {"", "1"}:
        row.complain(
            "reference_value",
            f"'{number}': a multiple counts from the base of the run, which is 1; name it as the base",
        )
    has_value = row.text("value") or row.text("value_assumption_key")
    is_read = known is not None and row.text("functional") in FUNCTIONALS
    if is_read and row.text("modelable") == "core" and has_value and not is_multiple:
        _check_beside_value(row, name)


def _check_beside_value(row: Row, name: str) -> None:
    """Note a core target with a number and a reference that has no part in it."""
    use = (row.text("functional"), row.text("reference_year"))
    if row.text("reference_value") or use not in {("level", "same"), ("every_year", "previous")}:
        row.complain(
            "reference_indicator",
            f"'{name}' stands beside a value; only the denominator of a share in the same year can, or the "
            "year before. Leave the value empty where the reference gives the threshold",
        )
