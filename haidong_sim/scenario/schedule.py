"""A sourced number, and a sourced number that changes over the years."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    from collections.abc import Iterable

_T = TypeVar("_T")
_MIX_TOLERANCE: Final = 1e-9

Provenance = Literal["document", "official", "derived", "calibrated", "assumption"]


class Table(BaseModel):
    """A table of a scenario file: frozen, and closed to keys that mean nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Quantity(Table):
    """One number with the range a user may move it in and where it comes from.

    An assumption needs its range, every other class its source: a number with neither cannot be judged.
    """

    value: float
    low: float | None = None
    high: float | None = None
    provenance: Provenance
    source: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _sourced(self) -> Quantity:
        problems = []
        if self.provenance == "assumption":
            if self.low is None or self.high is None:
                problems.append("an assumption needs its range: give low and high")
        elif not self.source:
            problems.append(f"provenance '{self.provenance}' needs a source")
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        if not low <= self.value <= high:
            problems.append(f"value {self.value} lies outside its own range {self.low} … {self.high}")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def numbers(self) -> list[float]:
        """Return every number that the table holds, for checks of bounds."""
        return [number for number in (self.value, self.low, self.high) if number is not None]


class Schedule(Quantity):
    """A number that changes over the years: `value` in the base year, then the `points` {year: value}.

    Between points it moves in a straight line or along the S-curve of `s_curve`; after the last it stays.
    """

    points: dict[int, float] = Field(default_factory=dict)
    shape: Literal["linear", "s_curve"] = "linear"
    width: Annotated[float, Field(gt=0.0, le=1.0)] = 0.6

    def numbers(self) -> list[float]:
        """Return every number that the table holds, for checks of bounds."""
        return [*super().numbers(), *self.points.values()]

    def at(self, year: int, base_year: int) -> float:
        """Return the value in `year`, as a plain float so that it never widens a float32 array."""
        previous_year, previous = base_year, self.value
        for point_year, point in sorted(self.points.items()):
            if year < point_year:
                part = (year - previous_year) / (point_year - previous_year)
                if self.shape == "s_curve":
                    part = s_curve(part, self.width)
                return previous + (point - previous) * part
            previous_year, previous = point_year, point
        return previous


def s_curve(part: float, width: float) -> float:
    """Return the logistic share reached after `part` of an interval: exactly 0 at its start and 1 at its end.

    Parameters
    ----------
    part
        Elapsed part of the interval; below 0 gives 0, above 1 gives 1.
    width
        Time from 10% to 90% of the underlying logistic, as a part of the interval: k = 2 ln 9 / width.
    """
    if part <= 0.0:
        return 0.0
    if part >= 1.0:
        return 1.0
    steepness = 2.0 * math.log(9.0) / width
    start = 1.0 / (1.0 + math.exp(0.5 * steepness))
    here = 1.0 / (1.0 + math.exp(-steepness * (part - 0.5)))
    return (here - start) / (1.0 - 2.0 * start)


Rule: TypeAlias = tuple[str, Quantity, float, float, str]
"""Name, quantity, least and greatest value, and the unit as it is said in a message."""


def bound_problems(*rules: Rule) -> list[str]:
    """Say which numbers of which quantities lie outside their bounds."""
    problems = []
    for name, quantity, low, high, unit in rules:
        wrong = [number for number in quantity.numbers() if not low <= number <= high]
        if wrong:
            shown = ", ".join(f"{number:g}" for number in wrong)
            problems.append(f"{name}: {shown} outside {low:g} … {high:g} {unit}")
    return problems


def mix_problems(name: str, parts: Iterable[float]) -> list[str]:
    """Say that the parts of a mix do not sum to one."""
    total = math.fsum(parts)
    return [] if abs(total - 1.0) <= _MIX_TOLERANCE else [f"{name} sums to {total:.6g}, not to one"]


def require_none(table: _T, problems: list[str]) -> _T:
    """Return `table`, or raise one ValueError that names every problem (pydantic collects it)."""
    if problems:
        raise ValueError("; ".join(problems))
    return table


def require_bounds(table: _T, *rules: Rule) -> _T:
    """Return `table` if every quantity lies inside its bounds; raise ValueError otherwise."""
    return require_none(table, bound_problems(*rules))
