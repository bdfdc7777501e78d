"""The target board: the assessed targets with status and probability, and all targets counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.patches import FancyBboxPatch

from haidong_sim.figures.canvas import (
    BAND_TINTS,
    BLUE,
    FAINT,
    GRID,
    INK,
    MUTED,
    STATUS_COLOURS,
    STATUS_MARKERS,
    add_footnote,
    font,
    new_chart,
    new_charts,
    shorten,
    text_width,
    usable_language,
)
from haidong_sim.figures.fan import target_phrase
from haidong_sim.figures.frames import ASSESSED
from haidong_sim.words import (
    format_interval,
    format_probability,
    format_value,
    is_missing,
    label,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from haidong_sim.words import Language

STATUS_ORDER: Final = ("met", "on_the_edge", "missed", "pace", "not_assessable")

# Columns of the list, in widths of the probability axis, which runs from 0 to 1.
_AT_MARK, _AT_STATUS, _AT_NAME, _AT_NUMBER = -2.62, -2.55, -2.12, 1.1
_NAME_WIDTH: Final = 70


def plot_board(
    check: pd.DataFrame,
    *,
    axes: NDArray[np.object_] | None = None,
    targets: Sequence[str] | None = None,
    lang: Language = "en",
    footnote: bool = True,
) -> NDArray[np.object_]:
    """Draw the board of targets beside the counts of all targets; return both axes, shape (1, 2).

    `targets` names the target ids to list; all that are assessed if not given.

    Raises
    ------
    ValueError
        If fewer than two axes are given.
    """
    if axes is None:
        n_rows = len(_listed(check, targets))
        height = max(5.4, 1.6 + 0.42 * max(n_rows, check["theme"].nunique() * 0.72))
        axes = new_charts(1, 2, width=14.0, height=height, width_ratios=(1.9, 1.0))
    flat = np.ravel(axes)
    if len(flat) < 2:
        raise ValueError(f"the target board needs two axes, not {len(flat)}")
    plot_targets(check, ax=flat[0], targets=targets, lang=lang, footnote=footnote)
    plot_status_counts(check, ax=flat[1], lang=lang)
    return axes


def _listed(check: pd.DataFrame, targets: Sequence[str] | None) -> Sequence[Mapping[Hashable, Any]]:
    if targets is not None:
        rows = check[check["target_id"].isin(targets)]
    else:
        rows = check[check["status"].isin(ASSESSED)]
    return rows.sort_values("deadline", kind="stable").to_dict("records")


def plot_targets(
    check: pd.DataFrame,
    *,
    ax: Axes | None = None,
    targets: Sequence[str] | None = None,
    lang: Language = "en",
    footnote: bool = True,
) -> Axes:
    """List the assessed targets: status in sign and word, value and threshold, probability with interval."""
    lang = usable_language(lang)
    rows = _listed(check, targets)
    ax = new_chart(width=9.4, height=max(3.0, 1.4 + 0.42 * len(rows))) if ax is None else ax
    _bare(ax, say(lang, "Targets that the model projects", "模型可推算的目标"), lang)
    ax.set_xlim(_AT_MARK - 0.06, 1.62)
    ax.set_ylim(len(rows) - 0.3, -1.25)
    ax.vlines([0.0, 0.5, 1.0], -0.5, len(rows) - 0.5, color=GRID, linewidth=0.9, zorder=1)
    for at, text in ((0.0, "0%"), (0.5, "50%"), (1.0, "100%")):
        ax.text(at, -0.6, text, ha="center", va="bottom", fontproperties=font(lang, 8), color=MUTED)
    heading = say(lang, "probability of meeting it, with 95% interval", "达成概率（95% 区间）")
    ax.text(0.0, -0.98, heading, va="bottom", fontproperties=font(lang, 8), color=MUTED)
    for place, row in enumerate(rows):
        _draw_target(ax, place, row, lang)
    if footnote:
        add_footnote(ax, _board_footnote(lang), lang=lang, drop=4.0)
    return ax


def _bare(ax: Axes, title: str, lang: Language) -> None:
    ax.set_title(title, loc="left", fontproperties=font(lang, 12.5, bold=True), color=INK, pad=10)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xticks([])
    ax.set_yticks([])


def _draw_target(ax: Axes, place: int, row: Mapping[Hashable, Any], lang: Language) -> None:
    status = str(row["status"])
    colour = STATUS_COLOURS[status]
    ax.axhline(place + 0.5, color=GRID, linewidth=0.7, zorder=0)
    ax.plot(
        [_AT_MARK], [place], linestyle="none", marker=STATUS_MARKERS[status], markersize=7.5, color=colour
    )
    ax.text(
        _AT_STATUS, place, label("status", status, lang), va="center",
        fontproperties=font(lang, 9, bold=True), color=colour,
    )  # fmt: skip
    name = str(row["name_zh"] if lang == "zh" and row["name_zh"] else row["name_en"])
    ax.text(
        _AT_NAME, place - 0.17, shorten(name, _NAME_WIDTH), va="center",
        fontproperties=font(lang, 9), color=INK,
    )  # fmt: skip
    value = say(lang, "without shocks ", "无冲击 ") + format_value(row["value"], str(row["unit"]), lang)
    ax.text(
        _AT_NAME, place + 0.21, f"{target_phrase(row, lang)}  ·  {value}",
        va="center", fontproperties=font(lang, 8), color=MUTED,
    )  # fmt: skip
    _draw_probability(ax, place, row, lang)


def _draw_probability(ax: Axes, place: int, row: Mapping[Hashable, Any], lang: Language) -> None:
    if is_missing(row["probability"]):
        text = say(lang, "one path, no probability", "单一路径，无概率")
        ax.text(0.0, place, text, va="center", fontproperties=font(lang, 8), color=MUTED)
        return
    ax.plot([0.0, 1.0], [place, place], color=FAINT, linewidth=0.8, zorder=1)
    ax.barh(place, row["probability"], height=0.22, color=BAND_TINTS[1], zorder=2)
    if not is_missing(row["ci_low"]) and not is_missing(row["ci_high"]):
        ends = [row["ci_low"], row["ci_high"]]
        ax.plot(ends, [place, place], color=BLUE, linewidth=4.5, solid_capstyle="butt", zorder=3)
    ax.plot([row["probability"]], [place], marker="o", markersize=5, color=BLUE, zorder=4)
    number = format_probability(row["probability"], row["n"])
    ax.text(_AT_NUMBER, place - 0.17, number, va="center", fontproperties=font(lang, 9, bold=True), color=INK)
    interval = format_interval(row["ci_low"], row["ci_high"])
    ax.text(_AT_NUMBER, place + 0.21, interval, va="center", fontproperties=font(lang, 8), color=MUTED)


def _board_footnote(lang: Language) -> str:
    return say(
        lang,
        "Status: the path without shocks against the threshold. Probability: share of draws that meet it; "
        "the interval covers the Monte Carlo error only.",
        "状态：无冲击路径与目标值相比；概率：达到目标值的模拟所占比例，区间仅含抽样误差。",
    )


def plot_status_counts(check: pd.DataFrame, *, ax: Axes | None = None, lang: Language = "en") -> Axes:
    """Count all targets by theme and status in a table of numbers."""
    lang = usable_language(lang)
    counts = check.pivot_table(
        index="theme", columns="status", values="target_id", aggfunc="count", fill_value=0, sort=False
    ).reindex(columns=list(STATUS_ORDER), fill_value=0)
    counts = counts.loc[counts.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    ax = new_chart(width=5.4, height=1.6 + 0.3 * len(counts)) if ax is None else ax
    _bare(ax, say(lang, f"All {len(check)} targets", f"全部 {len(check)} 项目标"), lang)
    ax.set_xlim(-1.9, len(STATUS_ORDER) - 0.4)
    ax.set_ylim(len(counts) + 0.6, -2.3)
    for column, status in enumerate(STATUS_ORDER):
        _draw_status_column(ax, column, status, counts[status].to_numpy(), lang)
    for row, theme in enumerate(counts.index):
        text = shorten(label("theme", str(theme), lang), 16)
        ax.text(-1.85, row, text, va="center", fontproperties=font(lang, 9), color=INK)
        ax.axhline(row + 0.5, color=GRID, linewidth=0.7, zorder=0)
    total = say(lang, "all", "合计")
    ax.text(-1.85, len(counts), total, va="center", fontproperties=font(lang, 9.5, bold=True), color=INK)
    return ax


def _draw_status_column(
    ax: Axes, column: int, status: str, counts: NDArray[np.int64], lang: Language
) -> None:
    """Write one status: sign and word on top, a number for each theme, the total at the foot."""
    colour = STATUS_COLOURS[status]
    ax.plot([column], [-2.0], marker=STATUS_MARKERS[status], markersize=7.5, color=colour)
    word = label("status", status, lang)
    if text_width(word) > 10:
        word = "\n".join(word.rsplit(" ", 1))
    ax.text(
        column, -1.62, word, ha="center", va="top", fontproperties=font(lang, 8, bold=True), color=colour,
        linespacing=1.15,
    )  # fmt: skip
    most = max(1, int(counts.max()))
    for row, count in enumerate(counts):
        if count == 0:
            ax.text(column, row, "·", ha="center", va="center", color=FAINT, fontproperties=font(lang, 9))
            continue
        box = FancyBboxPatch(
            (column - 0.3, row - 0.3), 0.6, 0.6, boxstyle="round,pad=0,rounding_size=0.12",
            facecolor=colour, alpha=0.12 + 0.28 * count / most, edgecolor="none", zorder=1,
        )  # fmt: skip
        ax.add_patch(box)
        ax.text(column, row, f"{count}", ha="center", va="center", fontproperties=font(lang, 9), color=INK)
    ax.text(
        column, len(counts), f"{counts.sum()}", ha="center", va="center",
        fontproperties=font(lang, 9.5, bold=True), color=INK,
    )  # fmt: skip
