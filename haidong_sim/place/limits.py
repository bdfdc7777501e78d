"""What the past of a place says of a path: limits worth a flag, and the statistics that cap a plan.

Both files may be missing: a place whose history nobody has written down has no limit, and an answer says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, cast

from haidong_sim.place.rows import CAP_NAMES, CAP_REGIONS, PROVENANCE

if TYPE_CHECKING:
    from haidong_sim.place.rows import Row

Side = Literal["above", "below"]
Form = Literal["rate", "log"]

LIMITS_FILE: Final = "limits.csv"
CAPS_FILE: Final = "caps.csv"

LIMIT_COLUMNS: Final = (
    "name", "quantity", "side", "value", "unit", "consecutive_years", "window_years", "provenance", "source",
    "statement_en", "statement_zh",
)  # fmt: skip
CAP_COLUMNS: Final = ("cap", "region", "group", "statistic", "factor", "form", "note")
FORMS: Final = ("rate", "log")


@dataclass(frozen=True, kw_only=True)
class HistoricalRange:
    """One limit: `quantity` beyond `value` on `side` for `consecutive_years` in a row is worth a flag.

    With `window_years` above 1 the mean over that many years is compared; growth rates are averaged
    in logs.
    """

    name: str
    quantity: str
    side: Side
    value: float
    unit: str
    consecutive_years: int
    window_years: int
    provenance: str
    source: str
    statement_en: str
    statement_zh: str


@dataclass(frozen=True, kw_only=True)
class CapStatistic:
    """The statistic of prior_stats.csv that caps one rate of a plan: `factor` times it is a fraction a year.

    `form` says what the fraction is: a plain yearly "rate", or a difference of yearly "log"s (or log-odds).

    `region` says whose history it is: a role of place.toml, or "panel" for a panel of other places.
    """

    cap: str
    region: str
    group: str
    statistic: str
    factor: float
    form: Form
    note: str


def read_limit(row: Row) -> HistoricalRange:
    """Return the limit of one row of limits.csv."""
    return HistoricalRange(
        name=row.required("name"),
        quantity=row.required("quantity"),
        side=cast("Side", row.choice("side", ("above", "below"))),
        value=row.number_required("value"),
        unit=row.required("unit"),
        consecutive_years=_count(row, "consecutive_years"),
        window_years=_count(row, "window_years"),
        provenance=row.choice("provenance", PROVENANCE),
        source=row.required("source"),
        statement_en=row.required("statement_en"),
        statement_zh=row.required("statement_zh"),
    )


def read_cap(row: Row) -> CapStatistic:
    """Return the cap of one row of caps.csv."""
    return CapStatistic(
        cap=row.choice("cap", CAP_NAMES),
        region=row.choice("region", CAP_REGIONS),
        group=row.required("group"),
        statistic=row.required("statistic"),
        factor=row.number_required("factor"),
        form=cast("Form", row.choice("form", FORMS)),
        note=row.text("note"),
    )


def _count(row: Row, column: str) -> int:
    text = row.text(column)
    if not text.isdecimal() or int(text) < 1:
        row.complain(column, f"'{text}' is not a number of years; write 1 or more")
        return 1
    return int(text)
