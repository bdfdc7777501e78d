"""The answer in sentences: what becomes of each target, with what probability, and what it would need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from haidong_sim.errors import RegistryError, unknown_name
from haidong_sim.words import (
    format_interval,
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
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from haidong_sim.words import Language

STATUS_ORDER: Final = ("missed", "on_the_edge", "met", "pace", "not_assessable")
STATUS_SYMBOLS: Final = {"met": "✓", "on_the_edge": "≈", "missed": "✕", "pace": "→", "not_assessable": "?"}
"""A sign beside each colour and word: a status is never told by colour alone."""

ASSESSED: Final = frozenset({"met", "missed", "on_the_edge"})


def headline_rows(check: pd.DataFrame, headline: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of the check table that are the answer, by deadline.

    Raises
    ------
    RegistryError
        If a target id named in `headline` is not in the table.
    """
    for name in headline:
        if name not in set(check["target_id"]):
            raise RegistryError(unknown_name("target", name, check["target_id"].tolist()))
    chosen = check["target_id"].isin(headline) if headline else check["status"].isin(ASSESSED)
    rows = check[chosen].sort_values("deadline", kind="stable").to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def target_name(row: Mapping[str, Any], lang: Language) -> str:
    """Return the name of a target, in English where it has no Chinese one."""
    chinese = row.get("name_zh")
    return say(
        lang, str(row["name_en"]), chinese if chinese and isinstance(chinese, str) else str(row["name_en"])
    )


def verdict_sentence(row: Mapping[str, Any], lang: Language) -> str:
    """Say in one or two sentences what becomes of a target.

    Examples
    --------
    "≥ 20% by 2030: missed on the path without shocks, 18.1% (−1.9 pp). Probability 31.4% [29.8–32.2%].
    It needs 1.58% a year."
    """
    status, year = label("status", str(row["status"]), lang), format_year(row["deadline"])
    aim = threshold_text(row, lang)
    if row["status"] not in ASSESSED:
        reason = row["reason"] if isinstance(row["reason"], str) else ""
        stated = not is_missing(row["threshold"])
        head = say(
            lang,
            f"{aim} by {year}: {status}" if stated else f"By {year}: {status}",
            f"{year} 年 {aim}：{status}" if stated else f"{year} 年：{status}",
        )
        return head + (say(lang, f" ({reason}).", f"（{reason}）。") if reason else say(lang, ".", "。"))
    value = format_value(row["value"], str(row["unit"]), lang)
    margin = format_margin(row["margin"], str(row["unit"]), lang)
    head = say(
        lang,
        f"{aim} by {year}: {status} on the path without shocks, {value} ({margin}).",
        f"{year} 年 {aim}：无冲击路径{status}，为 {value}（{margin}）。",
    )
    return head + _probability_clause(row, lang) + _need_clause(row, lang)


def _probability_clause(row: Mapping[str, Any], lang: Language) -> str:
    if is_missing(row["probability"]):
        return ""
    number = format_probability(row["probability"], row["n"])
    interval = format_interval(row["ci_low"], row["ci_high"])
    return say(lang, f" Probability {number} {interval}", f"达成概率 {number} {interval}").rstrip() + say(
        lang, ".", "。"
    )


def _need_clause(row: Mapping[str, Any], lang: Language) -> str:
    # A target on growth is its own needed rate, and a level to keep needs none.
    if is_missing(row["needed_rate"]) or row["unit"] == "fraction per year" or row["needed_rate"] == 0.0:
        return ""
    rate = format_rate(row["needed_rate"], lang)
    need = say(lang, f" It needs {rate}", f"所需速度{rate}")
    if row["status"] == "missed" and not is_missing(row["break_even_year"]):
        year = format_year(row["break_even_year"])
        need += say(lang, f"; at its pace it is reached in {year}", f"，按此路径 {year} 年达到")
    return need + say(lang, ".", "。")


def count_sentence(check: pd.DataFrame, lang: Language) -> str:
    """Say how many of all targets have which status."""
    counts = {status: int((check["status"] == status).sum()) for status in STATUS_ORDER}
    return say(
        lang,
        f"Of {len(check)} targets the path without shocks meets {counts['met']}, leaves "
        f"{counts['on_the_edge']} on the edge and misses {counts['missed']}; for {counts['pace']} only the "
        f"needed pace can be stated, and {counts['not_assessable']} cannot be assessed.",
        f"全部 {len(check)} 项目标中，无冲击路径达到 {counts['met']} 项，临界 {counts['on_the_edge']} 项，"
        f"未达到 {counts['missed']} 项；{counts['pace']} 项只能给出所需速度，"
        f"{counts['not_assessable']} 项无法评估。",
    )


def assumption_sentence(assumptions: pd.DataFrame | None, lang: Language) -> str:
    """Say on how many assumptions the answer rests, and name the three that matter most."""
    if assumptions is None or assumptions.empty:
        return ""
    names = assumptions.sort_values("rank", kind="stable")["name"].astype(str).head(3)
    listed = say(lang, ", ", "、").join(names)
    return say(
        lang,
        f"The answer rests on {len(assumptions)} assumptions; those that matter most: {listed}.",
        f"结论依赖 {len(assumptions)} 项假设，影响最大的是：{listed}。",
    )
