"""Numbers of a path: rates, shares and years as they are read, refused and told."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from numbers import Integral, Real
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

LARGEST_RATE: Final = 0.5
"""Largest yearly rate accepted, in absolute value; beyond it a percentage was written as a fraction."""

FIRST_YEAR, LAST_YEAR = 1900, 2200

Basis = Literal["rate", "level"]
"""What the numbers of a path are: fractions per year, or levels in the driver's own unit."""


def refusal(text: str) -> PydanticCustomError:
    """Return the error that pydantic reports word for word."""
    return PydanticCustomError("path", "{text}", {"text": text})


def rate_problem(value: float) -> str | None:
    """Say why `value` is no yearly rate, or return None if it is one."""
    if abs(value) <= LARGEST_RATE:
        return None
    if 1.0 <= abs(value) <= 100.0 * LARGEST_RATE:
        return f"{value:g} is not a yearly rate; write {value / 100.0:g}"
    return f"{value:g} is not a yearly rate; allowed are fractions from -{LARGEST_RATE:g} to {LARGEST_RATE:g}"


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise refusal(f"{value!r} is not a number; write a plain number, a rate as a fraction such as 0.06")
    if not math.isfinite(value):
        raise refusal(f"{value!r} is not a finite number")
    return float(value)


def _rate(value: float) -> float:
    problem = rate_problem(value)
    if problem is not None:
        raise refusal(problem)
    return value


def _year(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise refusal(f"{value!r} is not a year; write a whole number such as 2025")
    year = int(value)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise refusal(f"{year} is not a year from {FIRST_YEAR} to {LAST_YEAR}")
    return year


Number = Annotated[float, BeforeValidator(_number)]
"""A finite number; text and truth values are refused."""

Positive = Annotated[Number, Field(gt=0.0)]
NotNegative = Annotated[Number, Field(ge=0.0)]
Fraction = Annotated[Number, Field(ge=0.0, le=1.0)]

Rate = Annotated[Number, AfterValidator(_rate)]
"""A fraction per year between -0.5 and 0.5."""

Speed = Annotated[Number, Field(gt=0.0, lt=2.0)]
"""A speed of adjustment per year (lambda of an exponential)."""

Year = Annotated[int, BeforeValidator(_year)]
"""A calendar year."""


def _entries(data: Any) -> list[tuple[Any, ...]]:
    """Bring a table, or a list of rows, to a list of rows."""
    if isinstance(data, Mapping):
        return list(data.items())
    if isinstance(data, Iterable) and not isinstance(data, str):
        rows = list(data)
        if all(isinstance(row, Iterable) and not isinstance(row, str) for row in rows):
            return [tuple(row) for row in rows]
    raise refusal(f"{data!r} is not a table; write one entry per key such as 2021 = 0.06")


def _checked_value(key: str, value: Any, problems: list[str]) -> float:
    try:
        return float(_number(value))
    except PydanticCustomError as error:
        problems.append(f"{key}: {error}")
        return math.nan


def _year_table(data: Any) -> tuple[tuple[int, float], ...]:
    problems: list[str] = []
    found: dict[int, float] = {}
    for key, value in _entries(data):
        text = str(key).strip()
        if not re.fullmatch(r"\d{4}", text) or not FIRST_YEAR <= int(text) <= LAST_YEAR:
            problems.append(f"{key!r} is not a year; write keys such as 2021")
            continue
        if int(text) in found:
            problems.append(f"{text} is given twice")
        found[int(text)] = _checked_value(text, value, problems)
    if not problems and not found:
        problems.append("no year is given; write at least one entry such as 2021 = 0.06")
    if problems:
        raise refusal("; ".join(problems))
    return tuple(sorted(found.items()))


def _period_of(key: Any, problems: list[str]) -> tuple[int, int] | None:
    match = re.fullmatch(r"(\d{4})(?:\s*[-–]\s*(\d{4}))?", str(key).strip())
    if match is None:
        problems.append(f"{key!r} is not a period; write keys such as '2021-2025'")
        return None
    first, last = int(match[1]), int(match[2] or match[1])
    if not FIRST_YEAR <= first <= last <= LAST_YEAR:
        problems.append(f"{key!r} is not a period; it must run forward between {FIRST_YEAR} and {LAST_YEAR}")
        return None
    return first, last


def _period_table(data: Any) -> tuple[tuple[int, int, float], ...]:
    problems: list[str] = []
    rows: list[tuple[int, int, float]] = []
    for *head, value in _entries(data):
        period = _period_of("-".join(str(part) for part in head), problems)
        if period is not None:
            rows.append((*period, _checked_value(f"{period[0]}-{period[1]}", value, problems)))
    rows.sort(key=lambda row: row[:2])
    for (first, last, _), (next_first, next_last, _) in pairwise(rows):
        names = f"{first}-{last} and {next_first}-{next_last}"
        if (first, last) == (next_first, next_last):
            problems.append(f"{first}-{last} is given twice")
        elif next_first <= last:
            problems.append(f"{names} overlap")
        elif next_first > last + 1:
            problems.append(f"{names} leave a gap")
    if not problems and not rows:
        problems.append("no period is given; write at least one entry such as '2021-2025' = 0.06")
    if problems:
        raise refusal("; ".join(problems))
    return tuple(rows)


_TABLE_SCHEMA = WithJsonSchema({"type": "object", "additionalProperties": {"type": "number"}})

YearTable = Annotated[
    tuple[tuple[int, float], ...],
    BeforeValidator(_year_table),
    PlainSerializer(lambda rows: {str(year): value for year, value in rows}),
    _TABLE_SCHEMA,
]
"""Pairs (year, value) in order of year; written as a table with one key per year."""

PeriodTable = Annotated[
    tuple[tuple[int, int, float], ...],
    BeforeValidator(_period_table),
    PlainSerializer(lambda rows: {f"{first}-{last}": value for first, last, value in rows}),
    _TABLE_SCHEMA,
]
"""Triples (first year, last year, value), both years included, without gap or overlap."""


Provenance = Literal["document", "official", "derived", "calibrated", "assumption"]
"""Printed in a source document, other published statistics, arithmetic, estimated, or judged."""


class Sourced(BaseModel):
    """Provenance of a path's numbers; `low` and `high` are the range of its leading parameter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provenance: Provenance | None = None
    source: str | None = None
    low: Number | None = None
    high: Number | None = None
    note: str | None = None
    price_basis: Literal["constant", "current"] | None = None

    @model_validator(mode="after")
    def _ordered_range(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise refusal("low and high belong together; give both or neither")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise refusal(f"low = {self.low:g} is above high = {self.high:g}")
        return self


def percent(fraction: float) -> str:
    """Return a fraction as a percentage with one decimal, or two where they say more ('4.1 %', '6.25 %')."""
    text = f"{100.0 * fraction:.2f}"
    return f"{text.removesuffix('0')} %"


def amount(value: float, *, is_level: bool) -> str:
    """Return a level as a plain number, a rate as '6.0 %/yr'."""
    return f"{value:g}" if is_level else f"{percent(value)}/yr"


def enclosed(text: str) -> str:
    """Put a description that has parts of its own in brackets."""
    return f"({text})" if ", " in text or " + " in text else text
