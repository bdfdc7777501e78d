"""Stacked shares of the three industries, which must add to 100%."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.axes import SECTORS
from haidong_sim.errors import ModelError
from haidong_sim.figures.canvas import (
    INK,
    PAPER,
    SECTOR_COLOURS,
    UnitFormatter,
    add_footnote,
    dress,
    font,
    new_chart,
    usable_language,
)
from haidong_sim.figures.frames import take_series
from haidong_sim.words import format_number, indicator_label, measure_label, say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from haidong_sim.words import Language

_TOLERANCE = 1e-4  # means come from streamed counts, whose error is far below a hundredth of a point


def plot_shares(
    frame: pd.DataFrame,
    *,
    ax: Axes | None = None,
    lang: Language = "en",
    scenario: str | None = None,
    footnote: bool = True,
) -> Axes:
    """Draw the industries' shares of GDP at current prices as a stack from 0 to 100%.

    Of many draws the means are shown: means of shares add to 100%, their medians do not.

    Raises
    ------
    ModelError
        If the shares of a year do not add to 100% within a hundredth of a point.
    RegistryError
        If a share is not in the frame.
    """
    lang = usable_language(lang)
    stack = [take_series(frame, f"{sector}_share", scenario) for sector in SECTORS]
    statistic = "mean" if "mean" in stack[0].statistics.columns else stack[0].central
    shares = np.stack([series.require(statistic) for series in stack])
    _require_whole(shares, stack[0].years)
    ax = new_chart(height=4.3) if ax is None else ax
    dress(
        ax,
        lang=lang,
        title=say(lang, "Industry shares of GDP", "三次产业结构"),
        measure=measure_label(stack[0].unit, stack[0].price_basis, lang),
    )
    _draw_stack(ax, stack[0].years, shares, lang)
    ax.set_xlim(stack[0].years[0], stack[0].years[-1])
    ax.set_ylim(0.0, 1.0)
    ax.set_yticks(np.linspace(0.0, 1.0, 6))
    ax.yaxis.set_major_formatter(UnitFormatter("fraction"))
    if footnote:
        add_footnote(ax, _footnote(statistic, lang), lang=lang, drop=28.0)
    return ax


def _require_whole(shares: NDArray[np.float64], years: NDArray[np.int64]) -> None:
    gap = np.abs(shares.sum(axis=0) - 1.0)
    if not (gap <= _TOLERANCE).all():
        worst = int(np.argmax(np.where(np.isnan(gap), np.inf, gap)))
        total = shares.sum(axis=0)[worst]
        raise ModelError(f"the industry shares of {years[worst]} add to {total:.6f}, not to 1")


def _draw_stack(ax: Axes, years: NDArray[np.int64], shares: NDArray[np.float64], lang: Language) -> None:
    """Draw the bands and write each industry's name and end values on and beside its band."""
    tops = np.cumsum(shares, axis=0)
    for number, sector in enumerate(SECTORS):
        bottom, top = tops[number] - shares[number], tops[number]
        ax.fill_between(
            years, bottom, top, color=SECTOR_COLOURS[sector], edgecolor=PAPER, linewidth=1.2, zorder=2
        )
        middle = (bottom + top) / 2.0
        name = indicator_label(f"{sector}_share", lang)
        name = name.removesuffix(" share of GDP").removesuffix("比重")
        ax.annotate(
            f"{name}  {format_number(shares[number, 0], 'fraction')}", xy=(years[0], middle[0]),
            xytext=(8, 0), textcoords="offset points", va="center", ha="left", zorder=4,
            fontproperties=font(lang, 9.5, bold=True), color=PAPER if sector == "secondary" else INK,
        )  # fmt: skip
        ax.annotate(
            format_number(shares[number, -1], "fraction"), xy=(years[-1], middle[-1]), xytext=(6, 0),
            textcoords="offset points", va="center", ha="left", annotation_clip=False,
            fontproperties=font(lang, 9.5, bold=True), color=INK,
        )  # fmt: skip


def _footnote(statistic: str, lang: Language) -> str:
    if statistic == "mean":
        return say(
            lang,
            "Means over all draws, which add to 100% in every year.",
            "各次模拟的均值，逐年合计为 100%。",
        )
    return say(lang, "One path; the shares add to 100% in every year.", "单一路径，逐年合计为 100%。")
