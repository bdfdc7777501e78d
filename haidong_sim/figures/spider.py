"""What matters for one outcome: a spider of one input at a time, and effects with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import PercentFormatter

from haidong_sim.figures.canvas import (
    BLUE,
    FAINT,
    GRID,
    INK,
    LINE_COLOURS,
    MUTED,
    UnitFormatter,
    add_footnote,
    dress,
    font,
    new_chart,
    shorten,
)
from haidong_sim.figures.fonts import font_families, usable_language
from haidong_sim.words.labels import label, say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from haidong_sim.words.labels import Language


def plot_spider(
    frame: pd.DataFrame,
    *,
    unit: str,
    title: str = "",
    ax: Axes | None = None,
    lang: Language = "en",
    most: int = 6,
) -> Axes:
    """Draw the outcome as each input alone goes through its quantiles, all others at their medians.

    `frame` has the columns name, quantile and value (in `unit`). The `most` widest legs are coloured and
    named at their ends; the others stay grey.
    """
    lang = usable_language(lang)
    legs = frame.pivot_table(index="quantile", columns="name", values="value", sort=False)
    order = (legs.max() - legs.min()).sort_values(ascending=False, kind="stable").index
    ax = new_chart(7.6, 4.6) if ax is None else ax
    dress(ax, lang=lang, title=title, measure=label("unit", unit, lang))
    named = list(order[:most])
    for name in order[most:]:
        ax.plot(legs.index, legs[name], color=FAINT, linewidth=1.0, zorder=1)
    ends = _spread([float(legs[name].iloc[-1]) for name in named], 0.055 * _height(legs))
    for name, end, colour in zip(named, ends, LINE_COLOURS * (1 + most // len(LINE_COLOURS)), strict=False):
        ax.plot(legs.index, legs[name], color=colour, linewidth=1.8, marker="o", markersize=3, zorder=2)
        ax.annotate(
            shorten(str(name), 40), xy=(float(legs.index[-1]), end), xytext=(6, 0),
            textcoords="offset points", va="center", fontproperties=font(lang, 8), color=colour,
        )  # fmt: skip
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.set_xticks(list(legs.index))
    ax.set_xlabel(
        say(lang, "quantile of the input, all others at their medians", "输入的分位数（其余取中位数）"),
        fontproperties=font(lang, 9), color=MUTED,
    )  # fmt: skip
    ax.tick_params(axis="both", labelfontfamily=font_families(lang))
    # Room for the names at the right.
    width = float(legs.index[-1] - legs.index[0])
    ax.set_xlim(legs.index[0] - 0.02 * width, legs.index[-1] + 0.62 * width)
    ax.yaxis.set_major_formatter(UnitFormatter(unit))
    words = say(lang, "One input at a time; not a share of variance.", "逐一变动输入；不是方差份额。")
    add_footnote(ax, words, lang=lang)
    return ax


def plot_effects(
    frame: pd.DataFrame,
    *,
    measure: str,
    title: str = "",
    ax: Axes | None = None,
    lang: Language = "en",
    most: int = 12,
) -> Axes:
    """Draw one number for each input with its interval; those that chance could give stay hollow.

    `frame` has the columns name, value, conf (half-width, NaN if unknown) and is_seen. The `most` largest in
    size are drawn, the largest on top.
    """
    lang = usable_language(lang)
    order = frame["value"].abs().sort_values(ascending=False, kind="stable").index
    rows = frame.loc[order].head(most)
    ax = new_chart(height=1.7 + 0.34 * len(rows)) if ax is None else ax
    dress(ax, lang=lang, title=title, measure=measure)
    places = np.arange(len(rows))
    seen = rows["is_seen"].to_numpy(dtype=bool)
    values, width = rows["value"].to_numpy(dtype=float), rows["conf"].to_numpy(dtype=float)
    ax.barh(places, np.where(seen, values, 0.0), height=0.6, color=BLUE, zorder=2)
    ax.barh(places, np.where(seen, 0.0, values), height=0.6, color="none", edgecolor=MUTED, zorder=2)
    ax.errorbar(
        values,
        places,
        xerr=np.nan_to_num(width),
        fmt="none",
        ecolor=INK,
        elinewidth=1.0,
        capsize=2.5,
        zorder=3,
    )
    ax.axvline(0.0, color=INK, linewidth=1.0, zorder=3)
    ax.set_yticks(places, [shorten(str(name), 44) for name in rows["name"]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x", color=GRID, linewidth=0.8)
    ax.margins(x=0.08)
    words = _small_print(lang, has_bars=bool(np.isfinite(width).any()), all_seen=bool(seen.all()))
    if hidden := len(frame) - len(rows):
        words += say(lang, f" {hidden} smaller ones are not shown.", f"其余 {hidden} 个较小者未列出。")
    add_footnote(ax, words.strip(), lang=lang, drop=30.0)
    return ax


def _small_print(lang: Language, *, has_bars: bool, all_seen: bool) -> str:
    words = say(lang, "Bars: 95% intervals.", "误差线：95% 区间。") if has_bars else ""
    if not all_seen:
        words += say(lang, " Hollow: not distinguishable from zero.", "空心：与零无法区分。")
    return words


def _height(legs: pd.DataFrame) -> float:
    return float(legs.to_numpy().max() - legs.to_numpy().min()) or 1.0


def _spread(places: list[float], gap: float) -> list[float]:
    """Move places apart until neighbours are `gap` away from each other, keeping their order and middle."""
    order = np.argsort(places, kind="stable")
    moved = np.array(places)[order]
    for _ in range(100):
        close = gap - np.diff(moved)
        push = np.maximum(close, 0.0) / 2.0
        if push.max(initial=0.0) < 1e-6 * gap:
            break
        moved[1:] += push
        moved[:-1] -= push
    found = np.empty(len(places))
    found[order] = moved
    return [float(place) for place in found]
