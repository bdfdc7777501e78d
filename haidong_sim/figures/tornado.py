"""What matters: tornado and heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from haidong_sim.figures.canvas import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    PAPER,
    UnitFormatter,
    add_legend,
    dress,
    font,
    new_chart,
    shorten,
)
from haidong_sim.figures.fonts import font_families, usable_language
from haidong_sim.words.formatting import format_number
from haidong_sim.words.labels import label, say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from haidong_sim.words.labels import Language

_LOW_END, _HIGH_END = "#e0a077", "#7ba9d2"


def plot_tornado(
    frame: pd.DataFrame,
    *,
    base: float,
    unit: str,
    title: str = "",
    ax: Axes | None = None,
    lang: Language = "en",
    most: int = 12,
) -> Axes:
    """Draw how far the outcome moves from `base` as each input goes to its low and its high end.

    `frame` has the columns name, low and high: the outcome, in `unit`, at either end of the input.
    The `most` widest bars are drawn, the widest on top.
    """
    lang = usable_language(lang)
    span = (frame["high"] - frame["low"]).abs()
    rows = frame.loc[span.sort_values(ascending=False, kind="stable").index].head(most)
    ax = new_chart(height=1.7 + 0.34 * len(rows)) if ax is None else ax
    dress(ax, lang=lang, title=title, measure=label("unit", unit, lang))
    places = np.arange(len(rows))
    for column, colour in (("low", _LOW_END), ("high", _HIGH_END)):
        ax.barh(places, rows[column] - base, left=base, height=0.62, color=colour, zorder=2)
        for place, value in zip(places, rows[column], strict=True):
            right = value >= base
            ax.annotate(
                format_number(value, unit), xy=(value, place), xytext=(4 if right else -4, 0),
                textcoords="offset points", va="center", ha="left" if right else "right",
                fontproperties=font(lang, 8), color=MUTED,
            )  # fmt: skip
    ax.axvline(base, color=INK, linewidth=1.0, zorder=3)
    ax.set_yticks(places, [shorten(str(name), 40) for name in rows["name"]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.margins(x=0.16)
    ax.grid(visible=False, axis="y")
    ax.xaxis.set_major_formatter(UnitFormatter(unit))
    handles = [
        Patch(color=_LOW_END, label=say(lang, "input at its low end", "输入取低值")),
        Patch(color=_HIGH_END, label=say(lang, "input at its high end", "输入取高值")),
        Line2D([], [], color=INK, label=say(lang, "central case", "基准") + f" {format_number(base, unit)}"),
    ]
    add_legend(ax, handles, lang=lang)
    return ax


def plot_heatmap(
    frame: pd.DataFrame,
    *,
    title: str = "",
    measure: str = "",
    ax: Axes | None = None,
    lang: Language = "en",
    decimals: int = 2,
) -> Axes:
    """Draw a table of numbers as shaded cells, each with its number; NaN cells stay empty.

    `frame` has one row for each outcome and one column for each input. Where a number is negative the
    shading runs both ways from zero, and the sign is printed in the cell.
    """
    lang = usable_language(lang)
    values = frame.to_numpy(dtype=float)
    n_rows, n_columns = values.shape
    ax = new_chart(4.4 + 0.62 * n_columns, 2.4 + 0.3 * n_rows) if ax is None else ax
    dress(ax, lang=lang, title=title, measure=measure)
    largest = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
    signed = bool((values < 0.0).any())
    shades = LinearSegmentedColormap.from_list("signed", [ORANGE, PAPER, BLUE])
    norm = TwoSlopeNorm(0.0, -largest or -1.0, largest or 1.0)
    ax.imshow(values, cmap=shades, norm=norm, aspect="auto")
    for row, column in zip(*np.nonzero(np.isfinite(values)), strict=True):
        number = values[row, column]
        text = f"{number:+.{decimals}f}" if signed else f"{number:.{decimals}f}"
        dark = abs(number) > 0.55 * largest
        ax.text(
            column, row, text.replace("-", "\u2212"), ha="center", va="center",
            fontproperties=font(lang, 8), color=PAPER if dark else INK,
        )  # fmt: skip
    ax.set_xticks(np.arange(n_columns), [shorten(str(name), 44) for name in frame.columns])
    ax.tick_params(axis="x", labelrotation=35, labelfontfamily=font_families(lang))
    for text_label in ax.get_xticklabels():
        text_label.set_horizontalalignment("right")
        text_label.set_rotation_mode("anchor")
    ax.set_yticks(np.arange(n_rows), [shorten(str(name), 64) for name in frame.index])
    ax.grid(visible=False, axis="both")
    ax.set_xticks(np.arange(n_columns + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(n_rows + 1) - 0.5, minor=True)
    ax.grid(visible=True, which="minor", color=PAPER, linewidth=1.5)
    ax.tick_params(which="minor", length=0)
    return ax
