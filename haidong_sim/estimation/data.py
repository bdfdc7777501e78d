"""The sample of an estimator: the levels of one series in one measurement, as known at one date."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from haidong_sim.errors import EstimationError, Problems, unknown_name

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_PUBLISHED: Final = re.compile(r"pub\. (\d{4})")
_YEAR: Final = re.compile(r"\d{4}")
_FOLLOWING_YEAR: Final = ("own", "as first", "as published annually", "mixed", "pre-7th-census")

_FIRST_PUBLIC: Final[Mapping[str, int]] = MappingProxyType(
    {"post-7th-census": 2021, "post-4th-census": 2020, "post-5th-census": 2025, "pre-4th-census": 2018}
)

_BREAKS: Final = (
    ("4th_economic_census", "the fourth economic census revised output from 2018 on and back to 2005"),
    ("5th_economic_census", "the fifth economic census revised output again"),
    ("7th_population_census", "the 2020 census re-based the resident population and its urban share"),
)


def published_in(vintage: str, year: int) -> int | None:
    """Return the calendar year in which a figure for `year` of this `vintage` was first public.

    Returns None where the record does not say, in which case no as-of selection admits the figure.
    """
    if match := _PUBLISHED.search(vintage):
        return max(int(match.group(1)), year + 1)
    for beginning, first in _FIRST_PUBLIC.items():
        if vintage.startswith(beginning):
            return max(first, year + 1)
    if vintage.startswith(_FOLLOWING_YEAR):
        return year + 1
    if match := _YEAR.search(vintage):
        return max(int(match.group()), year)
    return None


def why_apart(groups: set[str]) -> str:
    """Return the reason why figures of these vintage groups form no chain and no ratio."""
    reasons = [reason for key, reason in _BREAKS if any(group.endswith(key) for group in groups)]
    return "; ".join(reasons) or "they measure differently"


SERIES_COLUMNS: Final = (
    "indicator",
    "region",
    "year",
    "value",
    "unit",
    "price_basis",
    "vintage",
    "vintage_group",
    "source",
    "confidence",
)
"""Columns that the estimators read; a file of the user's own has the same (others are carried along)."""

DEFAULT_CONFIDENCE: Final = frozenset({"high", "medium"})
"""What is used without being asked for; a low-confidence figure must be named."""

OWN: Final = "own"
"""Vintage of a figure that the user supplied; it takes the place of a published one of the same year."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Levels of one indicator of one region, `levels` of shape (year,), in `unit` at `price_basis`.

    `group` is the measurement that the figures share, the vintage group of the registry. `rows` holds, by
    year, the text of the published rows that a figure comes from; empty where they come from no file.
    """

    region: str
    indicator: str
    unit: str
    price_basis: str
    group: str
    years: tuple[int, ...]
    levels: NDArray[np.float64]
    source: str
    rows: Mapping[int, frozenset[str]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Region, indicator and measurement, for messages."""
        return f"{self.region} {self.indicator} [{self.group}]"


def read_series(path: str | Path) -> pd.DataFrame:
    """Read a file of series with the columns of `SERIES_COLUMNS`.

    Raises
    ------
    EstimationError
        If a column is missing, a number is none, or a basis is empty; all problems at once.
    """
    return require_series(pd.read_csv(path, keep_default_na=False), str(path))


def require_series(frame: pd.DataFrame, subject: str = "series") -> pd.DataFrame:
    """Return `frame` with numeric years and values if it is a well-formed table of series.

    Raises
    ------
    EstimationError
        Naming every missing column and every bad row.
    """
    problems = Problems(subject)
    for column in SERIES_COLUMNS:
        if column not in frame.columns:
            problems.add("columns", f"'{column}' is missing; needed: {', '.join(SERIES_COLUMNS)}")
    problems.raise_if_any(EstimationError)
    checked = frame.copy()
    for column in ("year", "value"):
        checked[column] = pd.to_numeric(frame[column], errors="coerce")
        for row in checked.index[checked[column].isna()]:
            problems.add(f"row {row}", f"{column} '{frame.loc[row, column]}' is not a number")
    for column, allowed in (
        ("price_basis", "current, comparable or n/a"),
        ("vintage_group", "the measurement, such as after_7th_population_census, or not_revised"),
    ):
        empty = checked[column].fillna("").astype(str).str.strip() == ""
        for row in checked.index[empty]:
            problems.add(f"row {row}", f"{column} is empty; write {allowed}")
    problems.raise_if_any(EstimationError)
    return checked.astype({"year": int})


def with_own_series(published: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Return the published series and a user's own, which carry the vintage "own" from here on.

    Raises
    ------
    EstimationError
        If the user's table is malformed.
    """
    mine = require_series(own, "own series").assign(vintage=OWN)
    return pd.concat([published, mine], ignore_index=True)


def select_sample(
    frame: pd.DataFrame,
    *,
    region: str,
    indicator: str,
    group: str | None = None,
    vintage: str | None = None,
    as_of: int | None = None,
    first: int = 0,
    last: int = 9999,
    confidence: Collection[str] = DEFAULT_CONFIDENCE,
) -> Sample:
    """Select one series of one measurement, as it was known at the end of year `as_of`.

    `group` selects a vintage group, `vintage` the beginning of a vintage ("post-5th-census"); both may be
    left out only where a single measurement is left. A user's own figures replace published ones of their
    years.

    Raises
    ------
    EstimationError
        If nothing is left, if vintages would be mixed, or if one year has two unlike values.
    """
    rows = frame[(frame["region"] == region) & (frame["indicator"] == indicator)]
    where = f"{region} {indicator}"
    if rows.empty:
        known = sorted(set(frame.loc[frame["region"] == region, "indicator"]))
        raise EstimationError(unknown_name(f"series of the {region}", indicator, known))
    rows = rows[rows["year"].between(first, last) & rows["confidence"].isin(list(confidence))]
    if group is not None:
        rows = rows[rows["vintage_group"] == group]
    is_own = rows["vintage"] == OWN
    if vintage is not None:
        rows = rows[rows["vintage"].str.startswith(vintage) | is_own]
    if as_of is not None:
        public = [published_in(v, y) for v, y in zip(rows["vintage"], rows["year"], strict=True)]
        rows = rows[[day is not None and day <= as_of for day in public]]
    if rows.empty:
        raise EstimationError(
            f"{where}: no figure of group {group!r}, vintage {vintage!r}, as of {as_of}, years {first}-{last}"
        )
    return _sample(_one_per_year(rows, where), where)


def _sample(rows: pd.DataFrame, where: str) -> Sample:
    for column, what in (("vintage_group", "vintage"), ("price_basis", "price basis"), ("unit", "unit")):
        found = sorted(set(rows[column]))
        if len(found) > 1:
            reason = f" ({why_apart(set(found))})" if column == "vintage_group" else ""
            raise EstimationError(f"{where}: more than one {what} in a sample: {', '.join(found)}{reason}")
    return Sample(
        region=str(rows["region"].iloc[0]),
        indicator=str(rows["indicator"].iloc[0]),
        group=str(rows["vintage_group"].iloc[0]),
        unit=str(rows["unit"].iloc[0]),
        price_basis=str(rows["price_basis"].iloc[0]),
        years=tuple(int(y) for y in rows["year"]),
        levels=rows["value"].to_numpy(np.float64),
        source="; ".join(sorted({str(source) for source in rows["source"]})),
        rows={int(row["year"]): frozenset({_published_text(row)}) for row in rows.to_dict("records")},
    )


def _published_text(row: Mapping[Hashable, object]) -> str:
    """Return a row as its file has it: a published value as printed, before any unit is changed."""
    cells = {name: row[name] for name in SERIES_COLUMNS}
    if row["vintage"] != OWN and "printed_value" in row:
        cells |= {"value": row["printed_value"], "unit": row["printed_unit"]}
    return row_text(*cells.values())


def row_text(*cells: object) -> str:
    """Return the cells that decide what a row says as one line of text, for the hash of an estimate."""
    return "\t".join(str(cell) for cell in cells)


def rows_of(years: Iterable[int], *parts: Mapping[int, frozenset[str]]) -> dict[int, frozenset[str]]:
    """Return by year the rows that any of `parts` rests on in that year."""
    return {year: frozenset().union(*(part.get(year, ()) for part in parts)) for year in years}


def _one_per_year(rows: pd.DataFrame, where: str) -> pd.DataFrame:
    is_own = rows["vintage"] == OWN
    replaced = rows["year"].isin(set(rows.loc[is_own, "year"])) & ~is_own
    rows = rows[~replaced].drop_duplicates(["year", "value"]).sort_values("year")
    twice = rows[rows["year"].duplicated(keep=False)]
    if not twice.empty:
        shown = ", ".join(f"{y}: {v:g} [{n}]" for y, v, n in twice[["year", "value", "vintage"]].to_numpy())
        raise EstimationError(
            f"{where}: two values for one year ({shown}); name a vintage or narrow the years"
        )
    return rows
