"""Why energy use grows: yearly contributions as stacked bars, and the whole span as a waterfall."""

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
    new_chart,
)
from haidong_sim.figures.fonts import font_families, usable_language
from haidong_sim.figures.waterfall import plot_waterfall
from haidong_sim.words.labels import measure_label, say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from haidong_sim.words.labels import Language

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
