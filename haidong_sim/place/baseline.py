"""The starting values of the base year, in two vintages that are never mixed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from haidong_sim.errors import RegistryError, unknown_name
from haidong_sim.indicators import catalogue
from haidong_sim.place.rows import (
    BASELINE_CHOICES,
    CONFIDENCE,
    PRICE_BASES,
    PROVENANCE,
    VINTAGE_CHOICES,
    model_unit,
    to_model_unit,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from haidong_sim.place.rows import Row

BASELINE_COLUMNS: Final = (
    "vintage_choice", "name", "value", "unit", "year", "price_basis", "provenance", "source", "locator",
    "vintage", "confidence", "low", "high", "conflict", "note",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class BaselineValue:
    """One starting value, in the unit of the catalogue. `low` and `high` are the range of an assumption.

    `vintage_choice` is "plan", "census" or "both"; `conflict` names the other readings of the number.
    """

    vintage_choice: str
    name: str
    value: float
    unit: str
    year: int
    price_basis: str
    provenance: str
    source: str
    locator: str
    vintage: str
    confidence: str
    low: float | None
    high: float | None
    conflict: tuple[str, ...]
    note: str


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The starting values of one vintage, by indicator name.

    Examples
    --------
    >>> from haidong_sim.place import load_registry
    >>> load_registry().baseline("census")["tertiary_share"].value
    0.47
    """

    vintage: str
    entries: tuple[BaselineValue, ...]

    @cached_property
    def _by_name(self) -> dict[str, BaselineValue]:
        return {value.name: value for value in self.entries}

    def __getitem__(self, name: str) -> BaselineValue:
        try:
            return self._by_name[name]
        except KeyError:
            raise RegistryError(
                f"{unknown_name('baseline value', name, self._by_name)} (vintage '{self.vintage}')"
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self.entries)

    def value(self, name: str) -> float:
        """Return the number called `name`, in the unit of the catalogue.

        Raises
        ------
        RegistryError
            If this vintage has no such value.
        """
        return self[name].value

    def numbers(self) -> dict[str, float]:
        """Return every number by name, in the units of the catalogue."""
        return {entry.name: entry.value for entry in self.entries}


def require_baseline(rows: tuple[BaselineValue, ...], vintage: str) -> Baseline:
    """Return the baseline of one vintage: its own rows and those that serve both.

    Raises
    ------
    RegistryError
        If there is no such vintage.
    """
    if vintage not in BASELINE_CHOICES:
        raise RegistryError(unknown_name("baseline vintage", vintage, BASELINE_CHOICES))
    return Baseline(
        vintage=vintage, entries=tuple(row for row in rows if row.vintage_choice in {vintage, "both"})
    )


def read_baseline_value(row: Row) -> BaselineValue:
    """Return the starting value of one row."""
    printed = row.unit("unit")
    name = row.required("name")
    known = catalogue().get(name)
    unit = model_unit(printed, is_growth=False, indicator_unit=known.unit if known else None)
    if known and unit != known.unit and printed != "n/a":
        row.complain("unit", f"'{printed}' cannot be turned into '{known.unit}', the unit of '{name}'")
    provenance = row.choice("provenance", PROVENANCE)
    value, low, high = row.number_required("value"), row.number_or_none("low"), row.number_or_none("high")
    if provenance == "assumption" and (low is None or high is None):
        row.complain("low" if low is None else "high", "is empty; an assumption needs a range low to high")
    if low is not None and high is not None and not low <= value <= high:
        row.complain("value", f"{value} lies outside its range {low} to {high}")
    confidence = row.choice("confidence", CONFIDENCE)
    if confidence == "low":
        row.complain("confidence", "'low' is never a default: a baseline value needs medium or high")
    return BaselineValue(
        vintage_choice=row.choice("vintage_choice", VINTAGE_CHOICES),
        name=name,
        value=to_model_unit(value, printed, unit) or 0.0,
        unit=unit,
        year=row.year("year"),
        price_basis=row.choice("price_basis", PRICE_BASES),
        provenance=provenance,
        source=row.required("source"),
        locator=row.required("locator"),
        vintage=row.required("vintage"),
        confidence=confidence,
        low=to_model_unit(low, printed, unit),
        high=to_model_unit(high, printed, unit),
        conflict=row.names("conflict"),
        note=row.text("note"),
    )
