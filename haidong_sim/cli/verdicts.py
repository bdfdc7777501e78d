"""The check table on a screen: one line for each target, the most urgent first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from haidong_sim.cli.screen import STATUS_STYLES, print_table
from haidong_sim.report.sentences import ASSESSED, STATUS_ORDER, STATUS_SYMBOLS
from haidong_sim.words.formatting import (
    format_margin,
    format_probability,
    format_rate,
    format_value,
    format_year,
    is_missing,
    threshold_text,
)
from haidong_sim.words.labels import label

if TYPE_CHECKING:
    import pandas as pd


def print_verdicts(check: pd.DataFrame) -> None:
    """Print the rows of a check table, missed ones first, then by deadline."""
    rank = {status: number for number, status in enumerate(STATUS_ORDER)}
    order = check.assign(_rank=check["status"].map(rank)).sort_values(["_rank", "deadline"], kind="stable")
    records = [{str(key): value for key, value in row.items()} for row in order.to_dict("records")]
    right = {"justify": "right"}
    columns: dict[str, dict[str, Any]] = {
        "": {}, "Target": {"ratio": 4}, "Due": {}, "Aim": {"ratio": 2}, "Path": {"ratio": 2}, "Margin": right,
        "Needs a year": right, "Chance": right,
    }  # fmt: skip
    has_chance = any(not is_missing(row["probability"]) for row in records)
    if not has_chance:
        del columns["Chance"]
    legend = "  ".join(f"{STATUS_SYMBOLS[status]} {label('status', status, 'en')}" for status in STATUS_ORDER)
    print_table([_cells(row)[: len(columns)] for row in records], columns, note=legend)


def _cells(row: dict[str, Any]) -> list[Any]:
    status, unit = str(row["status"]), str(row["unit"])
    is_projected = status in ASSESSED
    return [
        Text(STATUS_SYMBOLS[status], style=STATUS_STYLES.get(status, "")),
        str(row["target_id"]),
        format_year(row["deadline"]),
        threshold_text(row, "en"),
        format_value(row["value"], unit, "en") if is_projected else "",
        format_margin(row["margin"], unit, "en") if is_projected else "",
        ""
        if is_missing(row["needed_rate"])
        else format_rate(row["needed_rate"], "en").removesuffix(" a year"),
        "" if is_missing(row["probability"]) else chance_text(float(row["probability"]), int(row["n"])),
    ]


def chance_text(probability: float, n: int) -> str:
    """Return a probability for a narrow column; none is ever 0% or 100%."""
    if n >= 1000 and probability in {0.0, 1.0}:
        return ">99.9%" if probability else "<0.1%"
    return format_probability(probability, n)
