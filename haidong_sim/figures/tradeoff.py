"""Trade-offs: an outcome over two levers with the region where the targets hold, and a frontier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Patch

from haidong_sim.figures.canvas import (
    BAND_TINTS,
    BLUE,
    FAINT,
    MUTED,
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
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from haidong_sim.words.labels import Language


def plot_tradeoff(
    frame: pd.DataFrame,
    *,
    unit: str,
    x_label: str,
    y_label: str,
    x_unit: str = "fraction per year",
    y_unit: str = "fraction per year",
    title: str = "",
    ax: Axes | None = None,
    lang: Language = "en",
) -> Axes:
    """Draw an outcome over a grid of two levers as labelled contours; hatch where all targets are met.

    `frame` has the columns x, y and value, in `unit`, for every pair of a regular grid, and `is_met`
    where a region is to be hatched.

    Raises
    ------
    ValueError
        If a pair of the grid is missing.
    """
    lang = usable_language(lang)
    grid = frame.pivot_table(index="y", columns="x", values="value", aggfunc="first")
    if len(frame) != grid.size or grid.isna().to_numpy().any():
        raise ValueError(f"a trade-off needs every pair of its grid: {grid.size} pairs, {len(frame)} rows")
    x, y, value = grid.columns.to_numpy(dtype=float), grid.index.to_numpy(dtype=float), grid.to_numpy()
    ax = new_chart(7.0, 5.2) if ax is None else ax
    dress(ax, lang=lang, title=title, measure=y_label)
    shades = LinearSegmentedColormap.from_list("blues", [PAPER, *BAND_TINTS])
    ax.contourf(x, y, value, levels=12, cmap=shades, zorder=1)
    lines = ax.contour(x, y, value, levels=8, colors=BLUE, linewidths=0.9, zorder=2)
    numbers = ax.clabel(lines, fmt=lambda level: format_number(level, unit), fontsize=8)
    for text in numbers:
        text.set_fontproperties(font(lang, 8))
        text.set_zorder(4)
    if "is_met" in frame:
        met = frame.pivot_table(index="y", columns="x", values="is_met", aggfunc="first")
        _hatch(ax, x, y, met.to_numpy(dtype=float), lang)
    ax.set_xlabel(x_label, fontproperties=font(lang, 9), color=MUTED)
    ax.xaxis.set_major_formatter(UnitFormatter(x_unit))
    ax.yaxis.set_major_formatter(UnitFormatter(y_unit))
    ax.tick_params(axis="both", labelfontfamily=font_families(lang))
    return ax


def _hatch(
    ax: Axes, x: NDArray[np.float64], y: NDArray[np.float64], met: NDArray[np.float64], lang: Language
) -> None:
    if met.any():
        region = ax.contourf(x, y, met, levels=[0.5, 1.5], colors="none", hatches=["////"], zorder=3)
        region.set_edgecolor(MUTED)
        region.set_linewidth(0.0)
    handle = Patch(
        facecolor=PAPER, edgecolor=MUTED, hatch="////", linewidth=0.0,
        label=say(lang, "all targets met", "全部目标达到")
        if met.any()
        else say(lang, "no pair meets all targets", "无任何组合达到全部目标"),
    )  # fmt: skip
    ax.legend(
        handles=[handle], loc="lower left", bbox_to_anchor=(0.62, 1.0), frameon=False, prop=font(lang, 8.5)
    )


def plot_frontier(
    frame: pd.DataFrame,
    *,
    x_label: str,
    y_label: str,
    x_unit: str,
    y_unit: str = "fraction",
    title: str = "",
    ax: Axes | None = None,
    lang: Language = "en",
) -> Axes:
    """Draw what is attainable: y against x as one line, with its interval where ci_low and ci_high are given.

    `frame` has the columns x and y, and optionally ci_low, ci_high and name (written at its point).
    """
    lang = usable_language(lang)
    rows = frame.sort_values("x")
    ax = new_chart() if ax is None else ax
    dress(ax, lang=lang, title=title, measure=y_label)
    if {"ci_low", "ci_high"} <= set(rows.columns):
        ax.fill_between(
            rows["x"], rows["ci_low"], rows["ci_high"], color=BAND_TINTS[0], linewidth=0, zorder=2
        )
        add_legend(ax, [Patch(color=BAND_TINTS[0], label=say(lang, "95% interval", "95% 区间"))], lang=lang)
    ax.plot(rows["x"], rows["y"], color=BLUE, linewidth=2.0, marker="o", markersize=4, zorder=3)
    if "name" in rows:
        for x, y, name in zip(rows["x"], rows["y"], rows["name"], strict=True):
            ax.annotate(
                shorten(str(name), 28), xy=(x, y), xytext=(5, -9), textcoords="offset points",
                fontproperties=font(lang, 8), color=MUTED,
            )  # fmt: skip
    ax.spines["bottom"].set_color(FAINT)
    x_measure = f"{x_label} ({label('unit', x_unit, lang)})"
    ax.set_xlabel(x_measure, fontproperties=font(lang, 9), color=MUTED)
    ax.xaxis.set_major_formatter(UnitFormatter(x_unit))
    ax.yaxis.set_major_formatter(UnitFormatter(y_unit))
    ax.margins(x=0.04, y=0.12)
    return ax
