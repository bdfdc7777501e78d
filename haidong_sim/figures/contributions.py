"""What makes a difference: waterfall and stacked contributions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from haidong_sim.figures.canvas import (
    BLUE,
    INK,
    LINE_COLOURS,
    MUTED,
    ORANGE,
    PAPER,
    UnitFormatter,
    add_footnote,
    add_legend,
    dress,
    font,
    font_families,
    new_chart,
    usable_language,
)
from haidong_sim.words import format_margin, format_number, measure_label, say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from haidong_sim.words import Language


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


_WORDS: Final = {
    "activity": ("Activity", "规模"),
    "population": ("Population", "人口"),
    "structure": ("Structure", "结构"),
    "intensity": ("Intensity", "强度"),
    "new_projects": ("New projects", "新项目"),
    "resident_population": ("Population", "人口"),
    "gdp_constant_per_capita": ("GDP per head", "人均地区生产总值"),
    "energy_intensity": ("Energy intensity", "能源强度"),
    "carbon_content": ("Carbon content", "碳排放系数"),
    "primary": ("Primary", "第一产业"),
    "secondary": ("Secondary", "第二产业"),
    "tertiary": ("Tertiary", "第三产业"),
    "projects": ("Metered projects", "单列项目"),
    "urban": ("Urban homes", "城镇居民"),
    "rural": ("Rural homes", "农村居民"),
    "aluminium": ("Aluminium", "电解铝"),
    "data_centres": ("Data centres", "数据中心"),
}
_COLOURS: Final = dict(
    zip(_WORDS, (BLUE, LINE_COLOURS[3], LINE_COLOURS[4], LINE_COLOURS[2], ORANGE), strict=False)
) | {
    "resident_population": LINE_COLOURS[3], "gdp_constant_per_capita": BLUE,
    "energy_intensity": LINE_COLOURS[2], "carbon_content": LINE_COLOURS[5],
    "primary": "#e3b23c", "secondary": "#3d6fa5", "tertiary": "#7fb7b2", "projects": ORANGE,
    "urban": LINE_COLOURS[3], "rural": "#b79bc4", "aluminium": LINE_COLOURS[5], "data_centres": "#8a3b12",
}  # fmt: skip


def contribution_label(name: str, lang: Language) -> str:
    """Return the word shown for a factor or a user of energy; an unknown name as it is written."""
    return say(lang, *_WORDS[name]) if name in _WORDS else name.replace("_", " ")


def plot_contributions(
    frame: pd.DataFrame,
    *,
    unit: str = "1e4 tce",
    title: str = "",
    ax: Axes | None = None,
    lang: Language = "en",
) -> Axes:
    """Draw the effects of each step as stacked bars, what adds above zero and what saves below, with the net.

    `frame` is that of a decomposition: `factor` or `user`, `from_year`, `to_year`, `effect` in `unit`. Its
    lines over the whole span are left out.
    """
    lang = usable_language(lang)
    column = "user" if "user" in frame else "factor"
    steps = frame[frame["to_year"] - frame["from_year"] < _span(frame)] if _is_chained(frame) else frame
    table = steps.pivot_table(index="to_year", columns=column, values="effect", aggfunc="sum", sort=False)
    # What never moves anything needs no entry in the legend.
    table = table.loc[:, (table.abs() > 1e-9 * table.abs().to_numpy().max()).any()]
    years = table.index.to_numpy()
    ax = new_chart(7.8, 4.6) if ax is None else ax
    dress(ax, lang=lang, title=title, measure=measure_label(unit, "n/a", lang))
    above, below = np.zeros(len(years)), np.zeros(len(years))
    handles: list[Patch | Line2D] = []
    for name in table.columns:
        values = table[name].to_numpy(dtype=float)
        colour = _COLOURS.get(str(name), MUTED)
        bottom = np.where(values >= 0.0, above, below)
        ax.bar(
            years, values, bottom=bottom, width=0.72, color=colour, edgecolor=PAPER, linewidth=0.6, zorder=2
        )
        above, below = above + np.maximum(values, 0.0), below + np.minimum(values, 0.0)
        handles.append(Patch(color=colour, label=contribution_label(str(name), lang)))
    style: dict[str, Any] = {
        "marker": "o", "markersize": 5, "markerfacecolor": PAPER, "markeredgecolor": INK, "linewidth": 0.0,
    }  # fmt: skip
    ax.plot(years, table.sum(axis=1), zorder=4, **style)
    ax.axhline(0.0, color=INK, linewidth=0.9, zorder=3)
    ax.set_xticks(years[:: 1 + len(years) // 9])
    ax.yaxis.set_major_formatter(UnitFormatter(unit))
    ax.tick_params(axis="x", labelfontfamily=font_families(lang))
    handles.append(Line2D([], [], label=say(lang, "Net change", "净变化"), **style))
    add_legend(ax, handles, lang=lang)
    return ax


def plot_decomposition(
    frame: pd.DataFrame,
    *,
    start: float,
    unit: str = "1e4 tce",
    title: str = "",
    ax: Axes | None = None,
    lang: Language = "en",
) -> Axes:
    """Draw the effects over the whole span as a waterfall from `start`, in `unit`.

    `frame` is that of a decomposition. If it tells users and factors apart, metered projects are a step of
    their own and the factors those of everybody else.
    """
    lang = usable_language(lang)
    whole = frame[frame["to_year"] - frame["from_year"] == _span(frame)]
    names = whole["factor"].astype(str)
    if "user" in whole:
        names = names.where(whole["user"] != "projects", "new_projects")
    effects = whole.assign(name=names).groupby("name", sort=False)["effect"].sum()
    effects = effects[effects.abs() > 1e-9 * effects.abs().max()]
    steps = effects.rename_axis("name").reset_index(name="contribution")
    steps["name"] = [contribution_label(name, lang) for name in steps["name"]]
    first, last = int(whole["from_year"].iloc[0]), int(whole["to_year"].iloc[0])
    ax = plot_waterfall(
        steps,
        start=start,
        unit=unit,
        start_name=f"{first}",
        end_name=f"{last}",
        title=title,
        ax=ax,
        lang=lang,
    )
    note = say(
        lang,
        "Logarithmic mean Divisia index, chained yearly; the effects add up exactly.",
        "对数平均迪氏指数分解，逐年链接，各项效应之和恰等于总变化。",
    )
    # A cut axis has said so in a line of its own.
    add_footnote(ax, note, lang=lang, drop=56.0 if ax.get_ylim()[0] > 0.0 else 40.0)
    return ax


def _span(frame: pd.DataFrame) -> int:
    return int((frame["to_year"] - frame["from_year"]).max())


def _is_chained(frame: pd.DataFrame) -> bool:
    return int((frame["to_year"] - frame["from_year"]).min()) < _span(frame)
