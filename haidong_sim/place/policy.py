"""Policy targets and outcomes around the place, and dispersion statistics of wider panels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from haidong_sim.place.rows import (
    COMPARATORS,
    CONFIDENCE,
    POLICY_KINDS,
    PROVENANCE,
    model_unit,
    to_model_unit,
)

if TYPE_CHECKING:
    from haidong_sim.place.rows import Row

POLICY_COLUMNS: Final = (
    "indicator", "region", "period", "value", "unit", "kind", "comparator", "source", "provenance",
    "confidence", "note",
)  # fmt: skip
PRIOR_COLUMNS: Final = ("group", "statistic", "value", "n", "source", "provenance", "confidence", "note")


@dataclass(frozen=True, kw_only=True)
class PolicyRow:
    """A policy target or its outcome; `value` is a change where `indicator` is an intensity.

    `kind` "missing" marks a number that was looked for and not found: the user supplies it.
    """

    indicator: str
    region: str
    period: str
    value: float | None
    unit: str
    kind: str
    comparator: str
    source: str
    provenance: str
    confidence: str
    note: str


@dataclass(frozen=True, kw_only=True)
class PriorStatistic:
    """A statistic of a wider panel in percentage points, percent or as its name says; `n` observations."""

    group: str
    statistic: str
    value: float
    n: int
    source: str
    provenance: str
    confidence: str
    note: str


def read_policy(row: Row) -> PolicyRow:
    """Return the policy row of one row of policy.csv; percent becomes a fraction."""
    printed = row.unit("unit")
    unit = model_unit(printed, is_growth="growth" in row.text("indicator"), indicator_unit=None)
    return PolicyRow(
        indicator=row.required("indicator"),
        region=row.required("region"),
        period=row.required("period"),
        value=to_model_unit(row.number_or_none("value"), printed, unit),
        unit=unit,
        kind=row.choice("kind", POLICY_KINDS, "kind of policy row"),
        comparator=row.choice("comparator", ("", *COMPARATORS)),
        source=row.required("source"),
        provenance=row.choice("provenance", PROVENANCE),
        confidence=row.choice("confidence", CONFIDENCE),
        note=row.text("note"),
    )


def read_prior_statistic(row: Row) -> PriorStatistic:
    """Return the statistic of one row of prior_stats.csv, in the unit that its name states."""
    count = row.number_required("n")
    return PriorStatistic(
        group=row.required("group"),
        statistic=row.required("statistic"),
        value=row.number_required("value"),
        n=int(count) if count == count else 0,  # noqa: PLR0124 - NaN marks a problem already noted
        source=row.required("source"),
        provenance=row.choice("provenance", PROVENANCE),
        confidence=row.choice("confidence", CONFIDENCE),
        note=row.text("note"),
    )
