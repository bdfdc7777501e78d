"""The board of lights: rules of the trend and the model side by side, the odds before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from haidong_sim.answers.monitoring import STATUSES
from haidong_sim.figures.canvas import (
    BLUE,
    FAINT,
    GRID,
    INK,
    MUTED,
    STATUS_COLOURS,
    add_footnote,
    font,
    new_chart,
    shorten,
    usable_language,
)
from haidong_sim.indicators import catalogue
from haidong_sim.words import (
    format_number,
    format_probability,
    format_rate,
    is_missing,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from haidong_sim.words import Language

_LIGHTS: Final = {
    "green": (STATUS_COLOURS["met"], "o"),
    "yellow": (STATUS_COLOURS["on_the_edge"], "D"),
    "red": (STATUS_COLOURS["missed"], "X"),
    "grey": (STATUS_COLOURS["not_assessable"], "s"),
}
_RULES: Final = {
    "ndrc_2020": ("NDRC", "发改委"),
    "statistics_canada_2021": ("StatCan", "加拿大"),
    "united_nations_2023": ("UN", "联合国"),
    "china_midterm": ("mid-term", "中期"),
    "light": ("model", "模型"),
}
# Columns of the list, in widths of the probability axis, which runs from 0 to 1.
_AT_NAME, _AT_RULE, _STEP, _AT_NUMBER = -2.35, -0.98, 0.2, 1.08
_NAME_WIDTH: Final = 58


def plot_lights(board: pd.DataFrame, *, ax: Axes | None = None, lang: Language = "en") -> Axes:
    """List monitored targets: actual and needed pace, a light for each rule, odds before and after.

    Parameters
    ----------
    board
        The frame of `monitor`.
    """
    lang = usable_language(lang)
    rows = [
        {str(key): value for key, value in row.items()}
        for row in board.sort_values("deadline", kind="stable").to_dict("records")
    ]
    ax = new_chart(width=10.6, height=max(3.0, 1.5 + 0.42 * len(rows))) if ax is None else ax
    title = say(lang, "Targets on the way: the trend and the model", "目标进展：趋势与模型")
    ax.set_title(title, loc="left", fontproperties=font(lang, 12.5, bold=True), color=INK, pad=10)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_xlim(_AT_NAME - 0.05, 1.5)
    ax.set_ylim(len(rows) - 0.3, -1.3)
    _draw_heads(ax, len(rows), lang)
    for place, row in enumerate(rows):
        ax.axhline(place + 0.5, color=GRID, linewidth=0.7, zorder=0)
        _draw_name(ax, place, row, lang)
        _draw_lights(ax, place, row)
        _draw_odds(ax, place, row, lang)
    add_footnote(ax, _footnote(lang), lang=lang, drop=4.0)
    return ax


def _draw_heads(ax: Axes, n_rows: int, lang: Language) -> None:
    ax.vlines([0.0, 0.5, 1.0], -0.5, n_rows - 0.5, color=GRID, linewidth=0.9, zorder=1)
    for at, text in ((0.0, "0%"), (0.5, "50%"), (1.0, "100%")):
        ax.text(at, -0.6, text, ha="center", va="bottom", fontproperties=font(lang, 8), color=MUTED)
    heading = say(lang, "probability, before ○ and after ●", "达成概率：观测前 ○ 与观测后 ●")
    ax.text(0.0, -1.02, heading, va="bottom", fontproperties=font(lang, 8), color=MUTED)
    for column, words in enumerate(_RULES.values()):
        at = _AT_RULE + column * _STEP
        text = say(lang, *words)
        ax.text(at, -0.6, text, ha="center", va="bottom", fontproperties=font(lang, 7.5), color=MUTED)


def _draw_name(ax: Axes, place: int, row: Mapping[str, Any], lang: Language) -> None:
    name = row["name_zh"] if lang == "zh" and row["name_zh"] else row["name_en"] or row["target_id"]
    text = shorten(f"{name} ({row['deadline']})", _NAME_WIDTH)
    ax.text(_AT_NAME, place - 0.17, text, va="center", fontproperties=font(lang, 9), color=INK)
    ax.text(
        _AT_NAME, place + 0.21, _course_text(row, lang), va="center",
        fontproperties=font(lang, 8), color=MUTED,
    )  # fmt: skip


def _course_text(row: Mapping[str, Any], lang: Language) -> str:
    if is_missing(row["last_value"]):
        return say(lang, "no actual value to judge a trend by", "无可判断趋势的实际值")
    about = catalogue().get(str(row["indicator"]))
    actual = format_number(row["last_value"], "" if about is None else about.unit)
    text = say(lang, f"{actual} in {row['last_year']:.0f}", f"{row['last_year']:.0f} 年 {actual}")
    if is_missing(row["needed_rate"]):
        return text
    needed = format_rate(row["needed_rate"], lang)
    return text + say(lang, f"  ·  needs {needed}", f"  ·  需{needed}")


def _draw_lights(ax: Axes, place: int, row: Mapping[str, Any]) -> None:
    for column, rule in enumerate(_RULES):
        status = row[rule]
        if not isinstance(status, str):
            continue
        colour, marker = _LIGHTS[STATUSES[status][0]]
        at = _AT_RULE + column * _STEP
        ax.plot([at], [place], linestyle="none", marker=marker, markersize=7.5, color=colour)
    if row["disagreement"]:
        ax.text(_AT_RULE + 3.5 * _STEP, place, "≠", ha="center", va="center", fontproperties=font("en", 11))


def _draw_odds(ax: Axes, place: int, row: Mapping[str, Any], lang: Language) -> None:
    if is_missing(row["probability"]):
        return
    before, now = float(row["probability_before"]), float(row["probability"])
    ax.plot([0.0, 1.0], [place, place], color=FAINT, linewidth=0.8, zorder=1)
    ax.plot([before, now], [place, place], color=BLUE, linewidth=1.2, zorder=2)
    ax.plot([row["ci_low"], row["ci_high"]], [place, place], color=BLUE, linewidth=4.5, zorder=3)
    ax.plot([before], [place], marker="o", markersize=5, markerfacecolor="white", color=BLUE, zorder=4)
    ax.plot([now], [place], marker="o", markersize=5, color=BLUE, zorder=5)
    text = f"{format_probability(before, row['n'])} → {format_probability(now, row['n_effective'])}"
    ax.text(_AT_NUMBER, place, text, va="center", fontproperties=font(lang, 8.5), color=INK)


def _footnote(lang: Language) -> str:
    return say(
        lang,
        "Circle green, diamond yellow, cross red, square not assessable. Rules of the trend look back on "
        "actual values; the model's light is green from 70%, red below 30%. ≠: opposite colours.",
        "圆为绿灯，菱形为黄灯，叉为红灯，方形为无法评估。趋势规则依据实际值；模型概率 70% 及以上为绿灯，"
        "30% 以下为红灯。≠：两者相反。",
    )
