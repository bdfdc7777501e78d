"""Rows of the CSV files of a place: cells read by type, against the words that are allowed."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from haidong_sim.errors import Problems, unknown_name
from haidong_sim.units import UNITS, convert, is_convertible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2100


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a CSV file. Its readers note problems instead of raising and return a placeholder.

    The placeholder never escapes: whoever reads a file raises its problems before using the rows.
    """

    file: str
    number: int
    cells: dict[str, str]
    problems: Problems

    def complain(self, column: str, what: str) -> None:
        """Note a problem of this row; `column` may be empty when the whole row is meant."""
        self.problems.add(f"{self.file} row {self.number}" + (f", column {column}" if column else ""), what)

    def text(self, column: str) -> str:
        """Return the cell, which may be empty."""
        return self.cells[column].strip()

    def required(self, column: str) -> str:
        """Return the cell, which may not be empty."""
        value = self.text(column)
        if not value:
            self.complain(column, "is empty; a value is required")
        return value

    def choice(self, column: str, allowed: Collection[str], kind: str | None = None) -> str:
        """Return the cell, which must be one of `allowed`."""
        value = self.text(column)
        if value not in allowed:
            self.complain(column, unknown_name(kind or column.replace("_", " "), value, allowed))
        return value

    def names(self, column: str) -> tuple[str, ...]:
        """Return the names in the cell, separated by semicolons."""
        return tuple(part.strip() for part in self.text(column).split(";") if part.strip())

    def number_or_none(self, column: str) -> float | None:
        """Return the number in the cell, or None if it is empty."""
        value = self.text(column)
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self.complain(column, f"'{value}' is not a finite number")
            return None
        return number

    def number_required(self, column: str) -> float:
        """Return the number in the cell, which may not be empty."""
        number = self.number_or_none(column)
        if number is None:
            if not self.text(column):
                self.complain(column, "is empty; a number is required")
            return math.nan
        return number

    def year(self, column: str) -> int:
        """Return the calendar year in the cell."""
        value = self.text(column)
        if not value:
            self.complain(column, f"is empty; a year from {FIRST_YEAR} to {LAST_YEAR} is required")
            return FIRST_YEAR
        if not value.isdecimal() or not FIRST_YEAR <= int(value) <= LAST_YEAR:
            self.complain(column, f"'{value}' is not a year from {FIRST_YEAR} to {LAST_YEAR}")
            return FIRST_YEAR
        return int(value)

    def period(self, column: str) -> tuple[int, int] | None:
        """Return first and last year of a cell such as 2021-2025, or None if it is empty."""
        value = self.text(column)
        if not value:
            return None
        first, dash, last = value.partition("-")
        if not (dash and first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
            self.complain(column, f"'{value}' is not a period such as 2021-2025")
            return None
        return int(first), int(last)

    def unit(self, column: str) -> str:
        """Return the unit in the cell, or "n/a" with a problem noted if it is not in the table of units."""
        value = self.text(column)
        if value not in UNITS:
            self.complain(column, unknown_name("unit", value, UNITS))
            return "n/a"
        return value


def require_rows(
    path: Path, columns: Sequence[str], problems: Problems, *, is_optional: bool = False
) -> Iterator[Row]:
    """Yield the rows of a CSV file that must have exactly `columns`; problems are noted, not raised.

    A file that `is_optional` has no rows where it does not exist.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        if is_optional:
            return
        problems.add(
            path.name,
            f"the file is missing; a registry folder needs it with the columns {', '.join(columns)}",
        )
        return
    except UnicodeDecodeError as error:
        problems.add(path.name, f"is not UTF-8 text (byte {error.start})")
        return
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    if not _header_is_complete(path.name, header, columns, problems):
        return
    for number, cells in enumerate(reader, start=2):
        if len(cells) != len(header):
            problems.add(f"{path.name} row {number}", f"has {len(cells)} cells; the header has {len(header)}")
            continue
        yield Row(
            file=path.name, number=number, cells=dict(zip(header, cells, strict=True)), problems=problems
        )


def _header_is_complete(file: str, header: list[str], columns: Sequence[str], problems: Problems) -> bool:
    missing = [column for column in columns if column not in header]
    for column in missing:
        problems.add(
            f"{file} row 1", f"the column '{column}' is missing; the columns are {', '.join(columns)}"
        )
    for column in header:
        if column not in columns:
            problems.add(f"{file} row 1", unknown_name("column", column, columns))
    if len(set(header)) != len(header):
        problems.add(f"{file} row 1", "a column stands twice")
        return False
    return not missing


def model_unit(printed: str, *, is_growth: bool, indicator_unit: str | None) -> str:
    """Return the unit in which the library holds a value printed in unit `printed`.

    Percent becomes a fraction, growth in percent a fraction per year, and a level of an indicator of the
    catalogue takes the unit of the catalogue (1e4 kW becomes GW). Anything else keeps its unit.
    """
    if is_growth and UNITS[printed].kind == "fraction":
        return "fraction per year"
    if indicator_unit is not None and is_convertible(printed, indicator_unit):
        return indicator_unit
    return "fraction" if UNITS[printed].kind == "fraction" else printed


def to_model_unit(value: float | None, printed: str, target: str) -> float | None:
    """Return `value` in the unit chosen by `model_unit`, or None if there is no value."""
    if value is None:
        return None
    if target == "fraction per year" and UNITS[printed].kind == "fraction":
        return convert(value, printed, "fraction")
    return convert(value, printed, target)


PRICE_BASES: Final = ("current", "constant", "comparable", "consumer_prices", "unstated", "n/a")
"""`comparable` is the official growth convention; `unstated` means that the document names none."""

PROVENANCE: Final = ("document", "official", "derived", "calibrated", "assumption")
CONFIDENCE: Final = ("low", "medium", "high")
"""In rising order; `low` is never a default."""

STATISTICS: Final = ("level", "share", "ratio", "cumulative", "growth_annual", "growth_annual_avg")
GROWTH_STATISTICS: Final = ("growth_annual", "growth_annual_avg")

COMPARATORS: Final = (
    "ge", "le", "gt", "lt", "eq", "approx", "between", "multiple_of_base", "sync_with", "rank_above",
)  # fmt: skip
DIRECTIONS: Final = ("up", "down", "both")
"""Which way is better: "up" and "down" make "approx" and "sync_with" one-sided, "both" limits both sides."""

ALLOWED_DIRECTIONS: Final = {
    "ge": ("up",), "gt": ("up",), "rank_above": ("up",), "le": ("down",), "lt": ("down",),
    "between": ("both",), "eq": ("both",), "multiple_of_base": ("up", "down"),
}  # fmt: skip
"""What leaves no choice of direction; the other comparators take any."""

BOUNDS: Final = ("", "ge", "gt", "le", "lt")

FUNCTIONALS: Final = (
    "level", "mean_growth", "ratio_to_base", "reduction", "increase", "every_year", "cumulative",
)  # fmt: skip
"""What is compared with the threshold: the value in the deadline year, the geometric mean growth over the
period, x_T / x_base, 1 - x_T / x_base, x_T - x_base, the value of every year, or the sum over the period."""

MODELABLE: Final = ("core", "pace", "qualitative")
BINDING: Final = ("binding", "expected", "action_plan", "unspecified")
POPULATION_BASES: Final = (
    "resident_average", "resident_year_end", "urban_core_resident", "household_survey", "n/a",
)  # fmt: skip
ENERGY_CONVENTIONS: Final = (
    "coal_equivalent_production", "coal_equivalent_consumption", "calorific_production",
    "calorific_consumption", "installed_total", "unstated", "n/a",
)  # fmt: skip
REFERENCE_YEARS: Final = ("", "same", "previous", "same_period")
"""Words that may stand instead of a calendar year: the deadline year, the year before, the same period."""

BASELINE_CHOICES: Final = ("plan", "census")
VINTAGE_CHOICES: Final = (*BASELINE_CHOICES, "both")
SOURCE_KINDS: Final = ("document", "official", "assumption")
SEEN: Final = ("original", "via repost", "not recorded")
STATUSES: Final = ("outcome", "past_target")
DEADLINE_BASES: Final = ("printed", "assumed")
POLICY_KINDS: Final = ("target", "outcome", "missing")
CONFLICT_DEFAULTS: Final = ("a", "b", "c", "both", "none")
REGION_ROLES: Final = ("city", "rest_of_province", "province", "nation")
"""The places that an equation may speak of; which places they are is data."""
CAP_NAMES: Final = ("growth", "gap", "gap_to_rest", "drift", "urbanization", "intensity", "income")
"""The yearly rates of a plan that history, or a user, can cap."""
CAP_REGIONS: Final = (*REGION_ROLES, "panel")
"""Whose history a cap comes from; "panel" is one of other places."""
