"""Where a target stands in a sentence or two: actual, what is left to do, the odds and what moved them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from haidong_sim.answers.monitoring.lights import STATUSES
from haidong_sim.words import (
    format_interval,
    format_margin,
    format_probability,
    format_rate,
    indicator_label,
    is_missing,
    label,
    say,
    threshold_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from haidong_sim.words import Language

_LEAST_CHANGE = 0.0005
"""A change of the odds that prints as 0.0 points explains nothing."""


def target_sentence(
    row: Mapping[str, Any], contributions: Sequence[Mapping[str, Any]], lang: Language
) -> str:
    """Say where one target stands.

    Parameters
    ----------
    row
        Of the frame of a `Monitoring`.
    contributions
        Changes of its probability by series.
    """
    name = row["name_zh"] if lang == "zh" and row["name_zh"] else row["name_en"] or row["target_id"]
    aim = ""
    if not is_missing(row["threshold"]) and row["unit"]:
        aim = " " + threshold_text(row, lang)
    head = say(lang, f"{name}{aim} by {row['deadline']}: ", f"{name}（{row['deadline']} 年{aim}）：")
    parts = [_standing(row, lang), _odds(row, contributions, lang), _trend(row, lang)]
    return head + say(lang, " ", "").join(part for part in parts if part)


def _standing(row: Mapping[str, Any], lang: Language) -> str:
    if row["outcome"]:
        word = label("status", row["outcome"], lang)
        return say(lang, f"{word} on the actual values.", f"按实际值{word}。")
    if row["last_year"] is None or is_missing(row["achieved_rate"]):
        return say(lang, f"{row['reason'] or 'no rate can be stated'}.", "未观测到可比实际值。")
    achieved = format_rate(row["achieved_rate"], lang)
    text = say(
        lang,
        f"{achieved} from {row['base_year']} to {row['last_year']}",
        f"{row['base_year']}—{row['last_year']} 年{achieved}",
    )
    if is_missing(row["needed_rate"]):
        return text + say(lang, ".", "。")
    needed = format_rate(row["needed_rate"], lang)
    return text + say(lang, f", needs {needed} from there.", f"，此后需{needed}。")


def _odds(row: Mapping[str, Any], contributions: Sequence[Mapping[str, Any]], lang: Language) -> str:
    if is_missing(row["probability"]):
        return ""
    before = format_probability(row["probability_before"], row["n"])
    after = format_probability(row["probability"], row["n_effective"])
    interval = format_interval(row["ci_low"], row["ci_high"])
    moved = sorted(contributions, key=lambda part: -abs(part["change"]))
    causes = say(lang, ", ", "，").join(
        f"{indicator_label(part['series'], lang)} {format_margin(part['change'], 'fraction', lang)}"
        for part in moved
        if abs(part["change"]) >= _LEAST_CHANGE
    )
    text = say(lang, f"Probability {before} → {after} {interval}", f"达成概率 {before} → {after} {interval}")
    return text + (say(lang, f" ({causes}).", f"（{causes}）。") if causes else say(lang, ".", "。"))


def _trend(row: Mapping[str, Any], lang: Language) -> str:
    if not row["china_midterm"]:
        return ""
    words = [STATUSES[row[name]][2 if lang == "zh" else 1] for name in ("china_midterm", "light")]
    text = say(lang, f"Trend: {words[0]}; model: {words[1]}", f"趋势：{words[0]}；模型：{words[1]}")
    if row["disagreement"]:
        text += say(lang, "; the two disagree", "；两者相反")
    return text + say(lang, ".", "。")
