"""What the documents state about the past: one row of observations.csv each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.indicators import catalogue
from haidong_sim.place.rows import (
    BOUNDS,
    CONFIDENCE,
    GROWTH_STATISTICS,
    PRICE_BASES,
    PROVENANCE,
    STATISTICS,
    STATUSES,
    model_unit,
    to_model_unit,
)

if TYPE_CHECKING:
    from haidong_sim.place.rows import Row

OBSERVATION_COLUMNS: Final = (
    "id", "indicator", "name_en", "name_zh", "value", "value_low", "value_high", "bound", "unit", "year",
    "period", "statistic", "price_basis", "price_basis_convention", "region", "status", "source", "locator",
    "vintage", "provenance", "confidence", "conflict", "note",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Observation:
    """A printed figure. `value` is in `unit`; `printed_value` and `printed_unit` are what the page shows.

    `year` is the year, or the last year of `period`. `bound` says that only a bound is known ("ge" …).
    `status` is "past_target" for what an earlier plan aimed at: never an outcome.
    `price_basis` is what the page states; `price_basis_convention` is the usual reading where it is silent.
    """

    id: str
    indicator: str
    name_en: str
    name_zh: str
    value: float | None
    value_low: float | None
    value_high: float | None
    bound: str
    unit: str
    printed_value: str
    printed_unit: str
    year: int
    period: tuple[int, int] | None
    statistic: str
    price_basis: str
    price_basis_convention: str
    region: tuple[str, ...]
    status: str
    source: str
    locator: str
    vintage: str
    provenance: str
    confidence: str
    conflict: tuple[str, ...]
    note: str


def read_observation(row: Row) -> Observation:
    """Return the observation of one row."""
    printed = row.unit("unit")
    indicator = row.required("indicator")
    statistic = row.choice("statistic", STATISTICS)
    known = catalogue().get(indicator)
    unit = model_unit(
        printed, is_growth=statistic in GROWTH_STATISTICS, indicator_unit=known.unit if known else None
    )
    value, low, high = (
        to_model_unit(row.number_or_none(column), printed, unit)
        for column in ("value", "value_low", "value_high")
    )
    if value is None and low is None and high is None and not row.text("value"):
        row.complain(
            "value", "is empty, and so are value_low and value_high; an observation needs one of them"
        )
    return Observation(
        id=row.required("id"),
        indicator=indicator,
        name_en=row.required("name_en"),
        name_zh=row.text("name_zh"),
        value=value,
        value_low=low,
        value_high=high,
        bound=row.choice("bound", BOUNDS),
        unit=unit,
        printed_value=row.text("value"),
        printed_unit=printed,
        year=row.year("year"),
        period=row.period("period"),
        statistic=statistic,
        price_basis=row.choice("price_basis", PRICE_BASES),
        price_basis_convention=row.choice("price_basis_convention", ("", *PRICE_BASES), "price basis"),
        region=row.names("region"),
        status=row.choice("status", STATUSES),
        **_read_origin(row),
    )


def _read_origin(row: Row) -> dict[str, Any]:
    return {
        "source": row.required("source"),
        "locator": row.required("locator"),
        "vintage": row.required("vintage"),
        "provenance": row.choice("provenance", PROVENANCE),
        "confidence": row.choice("confidence", CONFIDENCE),
        "conflict": row.names("conflict"),
        "note": row.text("note"),
    }
