"""The rows of the page's tables, as texts ready to show; escaping is left to the template."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.indicators.catalogue import catalogue
from haidong_sim.report.sentences import (
    ASSESSED,
    STATUS_ORDER,
    STATUS_SYMBOLS,
    target_name,
)
from haidong_sim.words.formatting import (
    MISSING,
    format_change,
    format_interval,
    format_margin,
    format_number,
    format_probability,
    format_rate,
    format_threshold_value,
    format_value,
    format_year,
    is_missing,
    threshold_text,
)
from haidong_sim.words.labels import central_statistic, indicator_label, label, measure_label

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from haidong_sim.words.labels import Language

LANGUAGES: Final[tuple[Language, Language]] = ("en", "zh")

Wording = dict[str, str]
"""A text in both languages, by "en" and "zh"."""


def text(cell: Any) -> str:
    """Return a cell of words; an empty one, whatever pandas holds in it, is empty."""
    return cell if isinstance(cell, str) else ""


def worded(write: Callable[[Language], str]) -> Wording:
    """Return what `write` says in each language."""
    return {lang: write(lang) for lang in LANGUAGES}


def target_rows(check: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one row of texts for each target, the most urgent status first, then by deadline."""
    rank = {status: number for number, status in enumerate(STATUS_ORDER)}
    order = check.assign(_rank=check["status"].map(rank)).sort_values(["_rank", "deadline"], kind="stable")
    records = order.drop(columns="_rank").to_dict("records")
    return [_target_row({str(key): value for key, value in record.items()}) for record in records]


def _target_row(row: dict[str, Any]) -> dict[str, Any]:
    unit, status = str(row["unit"]), str(row["status"])
    known = status in ASSESSED
    return {
        "id": str(row["target_id"]),
        "status": status,
        "symbol": STATUS_SYMBOLS[status],
        "status_word": worded(lambda lang: label("status", status, lang)),
        "theme": str(row["theme"]),
        "theme_word": worded(lambda lang: label("theme", str(row["theme"]), lang)),
        "binding": worded(lambda lang: label("binding", str(row["binding"]), lang)),
        "name": worded(lambda lang: target_name(row, lang)),
        "place": " · ".join(part for part in (text(row["source"]), text(row["locator"])) if part),
        "reason": text(row["reason"]),
        "deadline": format_year(row["deadline"]),
        "threshold": worded(lambda lang: threshold_text(row, lang)),
        "value": worded(lambda lang: format_value(row["value"], unit, lang)) if known else None,
        "margin": worded(lambda lang: format_margin(row["margin"], unit, lang)) if known else None,
        "needed": _needed(row),
        "break_even": format_year(row["break_even_year"]) if status == "missed" else MISSING,
        "probability": format_probability(row["probability"], row["n"]),
        "interval": format_interval(row["ci_low"], row["ci_high"]),
    }


def _needed(row: Mapping[str, Any]) -> list[Wording]:
    """Return the needed pace as a rate, as a change in natural units, or both where both are known."""
    rate, change = row["needed_rate"], row.get("needed_change")
    found = [] if is_missing(rate) else [worded(lambda lang: format_rate(rate, lang))]
    known = catalogue().get(str(row["indicator"]))
    # The change is one of the level: of a target on a reduction or a rate it is not in the target's unit.
    if not is_missing(change) and (row["status"] not in ASSESSED or (known and known.unit == row["unit"])):
        found.append(worded(lambda lang: format_change(change, str(row["unit"]), lang)))
    return found


def count_rows(check: pd.DataFrame) -> list[dict[str, Any]]:
    """Return each status with its sign, its word and its number of targets."""
    return [
        {
            "status": status,
            "symbol": STATUS_SYMBOLS[status],
            "word": worded(lambda lang, status=status: label("status", status, lang)),  # type: ignore[misc]
            "count": int((check["status"] == status).sum()),
        }
        for status in STATUS_ORDER
    ]


def theme_rows(check: pd.DataFrame) -> list[tuple[str, Wording]]:
    """Return the themes of the targets with their words, by name."""
    return [
        (str(theme), worded(lambda lang, theme=theme: label("theme", str(theme), lang)))  # type: ignore[misc]
        for theme in sorted(check["theme"].unique())
    ]


def key_numbers(frame: pd.DataFrame, n_years: int = 4) -> tuple[list[int], list[dict[str, Any]]]:
    """Return evenly spaced years and, for each indicator, median (or one path) and 90% band in them."""
    years = sorted({int(year) for year in frame["year"]})
    steps = max(1, n_years - 1)
    chosen = sorted({years[round(number * (len(years) - 1) / steps)] for number in range(steps + 1)})
    rows = []
    for name, group in frame.groupby("indicator", sort=False):
        first = group.iloc[0]
        table = group.pivot_table(index="year", columns="statistic", values="value", aggfunc="first")
        unit, basis = str(first["unit"]), str(first["price_basis"])
        rows.append(
            {
                "name": worded(lambda lang, name=name: indicator_label(str(name), lang)),  # type: ignore[misc]
                "measure": worded(
                    lambda lang, unit=unit, basis=basis: measure_label(unit, basis, lang)  # type: ignore[misc]
                ),
                "cells": [_key_cell(table, year, unit) for year in chosen],
            }
        )
    return chosen, rows


def _key_cell(table: pd.DataFrame, year: int, unit: str) -> tuple[str, str]:
    """Return the median or one path, and the band from the 5% to the 95% quantile where it has a width."""
    if year not in table.index:
        return "–", ""
    row = {str(name): float(table[name].loc[year]) for name in table.columns}
    central = format_number(row[central_statistic(row)], unit)
    low, high = row.get("q05"), row.get("q95")
    if low is None or high is None or low == high:
        return central, ""
    return central, f"{format_number(low, unit)} – {format_number(high, unit)}"


def assumption_rows(assumptions: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Return the assumptions by rank, each with its range, provenance and source."""
    if assumptions is None:
        return []
    rows = []
    for row in assumptions.sort_values("rank", kind="stable").to_dict("records"):
        unit = str(row["unit"])
        low, high = row["low"], row["high"]
        ranged = not (is_missing(low) or is_missing(high))
        rows.append(
            {
                "rank": "" if is_missing(row["rank"]) else f"{row['rank']:.0f}",
                "name": str(row["name"]),
                "value": worded(
                    lambda lang, row=row, unit=unit: format_threshold_value(row["value"], unit, lang)  # type: ignore[misc]
                ),
                "range": f"{format_number(low, unit)} – {format_number(high, unit)}" if ranged else "",
                "provenance": str(row["provenance"]),
                "source": text(row["source"]),
            }
        )
    return rows


def reading_rows(check: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the targets that can be read in two ways, with the result of either reading."""
    if "other_reading" not in check:
        return []
    return [
        _two_readings({str(key): value for key, value in row.items()})
        for row in check[check["other_status"].notna()].to_dict("records")
    ]


def _two_readings(row: dict[str, Any]) -> dict[str, Any]:
    other = dict.fromkeys(("margin", "ci_low", "ci_high")) | {
        "status": row["other_status"],
        "value": row["other_value"],
        "probability": row["other_probability"],
    }
    return {
        "name": worded(lambda lang: target_name(row, lang)),
        "deadline": format_year(row["deadline"]),
        "threshold": worded(lambda lang: threshold_text(row, lang)),
        "sides": [
            _target_row(side) | {"reading": worded(lambda lang, word=word: label("reading", word, lang))}  # type: ignore[misc]
            for side, word in ((row, text(row["reading"])), (row | other, text(row["other_reading"])))
        ],
    }


def vintage_rows(vintages: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Return the targets whose result depends on the population vintage, one cell for each vintage."""
    tables = {name: check.set_index("target_id") for name, check in vintages.items()}
    if len(tables) < 2:
        return []
    first = next(iter(tables.values()))
    rows = []
    for target in first.index:
        sides = [
            {str(key): value for key, value in table.loc[target].to_dict().items()}
            for table in tables.values()
            if target in table.index
        ]
        if len(sides) == len(tables) and _differ(sides):
            rows.append(
                {
                    "name": worded(lambda lang, row=sides[0]: target_name(row, lang)),  # type: ignore[misc]
                    "deadline": format_year(sides[0]["deadline"]),
                    "threshold": worded(lambda lang, row=sides[0]: threshold_text(row, lang)),  # type: ignore[misc]
                    "sides": [
                        _target_row({"target_id": target, **side}) | {"reading": {"en": name, "zh": name}}
                        for name, side in zip(tables, sides, strict=True)
                    ],
                }
            )
    return rows


def _differ(sides: list[dict[str, Any]]) -> bool:
    shown = {
        (
            side["status"],
            format_number(side["value"], str(side["unit"])),
            format_probability(side["probability"], side["n"]),
        )
        for side in sides
    }
    return len(shown) > 1


def conflict_rows(conflicts: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Return the conflicts between sources: each reading with its letter, the default marked."""
    if conflicts is None:
        return []
    return [_conflict(row) for row in conflicts.to_dict("records")]


def _conflict(row: Mapping[Any, Any]) -> dict[str, Any]:
    default = text(row["default"])
    readings = [("a", text(row["reading_a"])), ("b", text(row["reading_b"]))]
    return {
        "id": str(row["id"]),
        "subject": text(row["subject"]),
        "readings": [
            {"letter": letter, "words": words, "is_default": letter == default}
            for letter, words in [*readings, ("", text(row["more_readings"]))]
            if words
        ],
        "default": "" if default in {"a", "b"} else default,
        "reason": text(row["reason"]),
    }


def manifest_rows(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the entries of the manifest as texts; nested ones as JSON."""
    return [
        (
            str(key),
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1, default=str),
        )
        for key, value in manifest.items()
    ]
