"""The answer on screen: headline and verdicts as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from haidong_sim.cli.screen import STATUS_STYLES, print_line, print_table
from haidong_sim.report import (
    ASSESSED,
    STATUS_ORDER,
    STATUS_SYMBOLS,
    assumption_sentence,
    count_sentence,
    headline_rows,
    target_name,
    verdict_sentence,
)
from haidong_sim.words import (
    format_margin,
    format_probability,
    format_rate,
    format_value,
    format_year,
    is_missing,
    label,
    say,
    threshold_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from haidong_sim.words import Language

HEADLINE_INDICATORS = (
    "gdp_volume_index",
    "gdp_share_of_province",
    "gdp_per_capita_ratio_to_province",
    "urbanization_rate",
    "disposable_income_constant",
    "energy_intensity",
)
"""What a plan is first asked about; the last target on each of them opens the answer."""


def headline_targets(check: pd.DataFrame) -> list[str]:
    """Return the ids of the targets that open the answer: on each headline indicator the one due last."""
    assessed = check[check["status"].isin(ASSESSED) & check["indicator"].isin(HEADLINE_INDICATORS)]
    last = assessed.sort_values("deadline", kind="stable").groupby("indicator").tail(1)
    return [str(name) for name in last["target_id"]]


def print_answer(check: pd.DataFrame, assumptions: pd.DataFrame, lang: Language) -> None:
    """Print the verdict on each headline target, the counts, and the assumptions that matter most."""
    for row in headline_rows(check, headline_targets(check)):
        print_line(verdict_line(row, lang))
    print_line()
    print_line(count_sentence(check, lang))
    print_line(assumption_sentence(assumptions, lang))


def verdict_line(row: Mapping[str, Any], lang: Language) -> Text:
    """Return one verdict: sign, name of the target, and what becomes of it."""
    status = str(row["status"])
    line = Text(f"{STATUS_SYMBOLS[status]} ", style=STATUS_STYLES.get(status, ""))
    line.append(target_name(row, lang), style="bold default")
    line.append(say(lang, ": ", "：") + verdict_sentence(row, lang) + _own_pace(row, lang), style="default")
    return line


def _own_pace(row: Mapping[str, Any], lang: Language) -> str:
    """Say at what pace a level that misses its target moves, beside the pace that it needs."""
    numbers = [row[name] for name in ("value", "threshold", "base_value", "base_year", "needed_change")]
    if row["status"] != "missed" or any(is_missing(number) for number in numbers):
        return ""
    value, threshold, base, base_year, needed_change = (float(number) for number in numbers)
    n_years = float(row["deadline"]) - base_year
    if base <= 0 or value <= 0 or abs((threshold - base) / n_years - needed_change) > 1e-9 * abs(threshold):
        return ""
    pace = format_rate((value / base) ** (1.0 / n_years) - 1.0, lang)
    return say(lang, f" The path makes {pace}.", f"路径为{pace}。")


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
