"""What can be had together: frontiers of two and three targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Patch

from haidong_sim.figures.canvas import (
    BAND_TINTS,
    BLUE,
    FAINT,
    INK,
    MUTED,
    PAPER,
    UnitFormatter,
    add_legend,
    dress,
    font,
    font_families,
    new_chart,
    new_charts,
    shorten,
    usable_language,
)
from haidong_sim.words import format_number, label, say

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from haidong_sim.answers.conflicts import ThreeWayStudy
    from haidong_sim.words import Language


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


def plot_three_way(study: ThreeWayStudy, *, lang: Language = "en") -> NDArray[np.object_]:
    """Draw relative income over gap and drift, hatched where share and parity are met; one chart a vintage.

    The heavy line is the provincial mean: above it incomes in step with GDP would outgrow the province.
    """
    lang = usable_language(lang)
    year = study.question.parity_year
    axes: NDArray[np.object_] = new_charts(1, len(study.starts), width=13.0, height=5.6)[0]
    for ax, vintage in zip(axes, study.starts, strict=True):
        _draw_vintage(ax, study, vintage, lang)
    axes[0].get_figure(root=True).suptitle(
        say(
            lang,
            f"Income per head over the province's in {year}, in step with GDP (heavy line: equal)",
            f"{year}年人均收入与全省之比（收入与经济同步；粗线为全省平均）",
        ),
        x=0.01,
        ha="left",
        fontproperties=font(lang, 12.5, bold=True),
        color=INK,
    )
    return axes


def _draw_vintage(ax: Axes, study: ThreeWayStudy, vintage: str, lang: Language) -> None:
    q = study.question
    rows = study.surface[study.surface["vintage"] == vintage]
    frame = rows.assign(
        x=rows["population_drift"],
        y=rows["gap_to_province"],
        value=rows["relative_income_total"],
        is_met=rows["share_met"] & rows["parity_met"],
    )
    plot_tradeoff(
        frame,
        unit="fraction",
        x_label=say(lang, "population growth relative to the province", "人口相对全省变动率"),
        y_label=say(lang, "nominal growth gap to the province", "与全省的名义增速差"),
        title=_title(study, vintage, lang),
        ax=ax,
        lang=lang,
    )
    grid = frame.pivot_table(index="y", columns="x", values="value", aggfunc="first")
    ax.contour(
        grid.columns, grid.index, grid.to_numpy(), levels=[q.income_ceiling], colors=INK, linewidths=2.0
    )
    legend = ax.get_legend()
    assert legend is not None
    legend.get_texts()[0].set_text(
        say(
            lang,
            f"{q.share:.0%} share in {q.share_year} and parity in {q.parity_year}",
            f"{q.share_year}年占比{q.share:.0%}且{q.parity_year}年人均持平",
        )
    )
    legend.set_bbox_to_anchor((0.5, 1.0))


def _title(study: ThreeWayStudy, vintage: str, lang: Language) -> str:
    names = {
        "plan": say(lang, "Head count of the plan", "规划口径人口"),
        "census": say(lang, "Head count of the census", "人口普查口径"),
    }
    start = study.starts[vintage]
    return say(
        lang,
        f"{names[vintage]}: ratio per head {start.per_capita_ratio:.1%} in {start.base_year}",
        f"{names[vintage]}：{start.base_year}年人均之比{start.per_capita_ratio:.1%}",
    )
