"""Why two runs differ: contributions that lead from one level to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.figures.canvas import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    UnitFormatter,
    add_footnote,
    dress,
    font,
    new_chart,
)
from haidong_sim.figures.fonts import usable_language
from haidong_sim.words.formatting import format_margin, format_number
from haidong_sim.words.labels import measure_label, say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from haidong_sim.words.labels import Language


def plot_waterfall(
    frame: pd.DataFrame,
    *,
    start: float,
    unit: str,
    start_name: str,
    end_name: str,
    title: str = "",
    price_basis: str = "n/a",
    ax: Axes | None = None,
    lang: Language = "en",
) -> Axes:
    """Draw how contributions lead from `start` to the end, which is `start` plus their sum.

    `frame` has the columns name and contribution, in the order drawn; contributions are in `unit`.
    """
    lang = usable_language(lang)
    steps = frame["contribution"].to_numpy(dtype=float)
    levels = start + np.concatenate([[0.0], np.cumsum(steps)])
    ax = new_chart(max(6.0, 2.2 + 1.0 * len(steps))) if ax is None else ax
    dress(ax, lang=lang, title=title, measure=measure_label(unit, price_basis, lang))
    last = len(steps) + 1
    ax.bar([0, last], [levels[0], levels[-1]], width=0.6, color=MUTED, zorder=2)
    for number, step in enumerate(steps, start=1):
        colour = BLUE if step >= 0.0 else ORANGE
        ax.bar(number, step, bottom=levels[number - 1], width=0.6, color=colour, zorder=2)
        ax.annotate(
            format_margin(step, unit, lang), xy=(number, max(levels[number - 1], levels[number])),
            xytext=(0, 3), textcoords="offset points", ha="center", va="bottom",
            fontproperties=font(lang, 8.5, bold=True), color=colour,
        )  # fmt: skip
    _name_ends(ax, levels, unit, lang)
    names = [start_name, *frame["name"].astype(str), end_name]
    ax.set_xticks(np.arange(last + 1), [_two_lines(name) for name in names])
    if _zoom(ax, levels):
        cut = say(lang, "The axis does not begin at zero.", "纵轴不从零开始。")
        add_footnote(ax, cut, lang=lang, drop=40.0)
    ax.yaxis.set_major_formatter(UnitFormatter(unit))
    return ax


def _name_ends(ax: Axes, levels: NDArray[np.float64], unit: str, lang: Language) -> None:
    """Join one bar to the next, and write the level on the first and the last."""
    for number, level in enumerate(levels):
        ax.plot([number + 0.3, number + 0.7], [level, level], color=MUTED, linewidth=0.8, zorder=1)
    for place, level in ((0, levels[0]), (len(levels), levels[-1])):
        ax.annotate(
            format_number(level, unit), xy=(place, level), xytext=(0, 3), textcoords="offset points",
            ha="center", va="bottom", fontproperties=font(lang, 9, bold=True), color=INK,
        )  # fmt: skip


def _two_lines(name: str) -> str:
    words = name.split(" ")
    half = (len(words) + 1) // 2
    return name if len(name) <= 12 else "\n".join([" ".join(words[:half]), " ".join(words[half:])]).strip()


def _zoom(ax: Axes, levels: NDArray[np.float64]) -> bool:
    """Cut the axis above zero where the steps are small beside the level; say whether it was cut."""
    low, high = float(levels.min()), float(levels.max())
    room = 0.25 * (high - low)
    is_cut = low > 2.0 * (high - low)
    ax.set_ylim(low - room if is_cut else min(0.0, low - room), high + room)
    return is_cut
