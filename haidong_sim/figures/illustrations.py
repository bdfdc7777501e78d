"""The standard figures of a run, each with a caption that states unit, price basis and source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from haidong_sim.figures.board import plot_board
from haidong_sim.figures.canvas import new_chart
from haidong_sim.figures.fan import HEADLINE_INDICATORS, fan_footnote, plot_fan
from haidong_sim.figures.frames import take_history, take_series
from haidong_sim.figures.shares import plot_shares
from haidong_sim.words import indicator_label, measure_label, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from haidong_sim.words import Language

_SHARES = "primary_share"
_SIZE = (6.3, 4.0)  # two stand side by side on a page and stay legible


@dataclass(frozen=True, kw_only=True)
class Illustration:
    """One standard figure in one language: its file name, its title and caption, and its axes."""

    name: str
    lang: Language
    title: str
    caption: str
    ax: Axes


def draw_illustrations(
    frame: pd.DataFrame,
    *,
    check: pd.DataFrame | None = None,
    history: pd.DataFrame | None = None,
    lang: Language = "en",
    scenario: str | None = None,
    indicators: Sequence[str] = HEADLINE_INDICATORS,
) -> Iterator[Illustration]:
    """Draw the fan charts, the industry shares and the target board, one after the other.

    An indicator that the frame does not hold is left out: another place may not project it.
    """
    held = set(frame["indicator"])
    for name in indicators:
        if name in held:
            yield _fan(frame, name, check, history, lang, scenario)
    if _SHARES in held:
        yield Illustration(
            name="industry_shares",
            lang=lang,
            title=say(lang, "Industry shares of GDP", "三次产业结构"),
            caption=say(
                lang,
                "Unit: percent of GDP at current prices; the three add to 100% in every year. "
                "Source: projection.",
                "单位：占地区生产总值的百分比（现价），逐年合计为 100%。来源：模型推算。",
            ),
            ax=plot_shares(frame, ax=new_chart(*_SIZE), lang=lang, scenario=scenario, footnote=False),
        )
    if check is not None and len(check):
        yield _board(check, lang)


def _board(check: pd.DataFrame, lang: Language) -> Illustration:
    return Illustration(
        name="target_board",
        lang=lang,
        title=say(lang, "Target board", "目标一览"),
        caption=say(
            lang,
            "Unit: each target in its own unit; probability in percent. The status compares the path "
            "without shocks with the threshold; the interval covers the Monte Carlo error only. "
            "Source: thresholds from the source documents; values from the projection.",
            "单位：各目标自身单位，概率以百分比表示。状态为无冲击路径与目标值之比较；"
            "区间仅含抽样误差。来源：目标值取自原文件，数值为模型推算。",
        ),
        ax=plot_board(check, lang=lang, footnote=False)[0, 0],
    )


def _fan(
    frame: pd.DataFrame,
    name: str,
    check: pd.DataFrame | None,
    history: pd.DataFrame | None,
    lang: Language,
    scenario: str | None,
) -> Illustration:
    series = take_series(frame, name, scenario)
    points = take_history(history, series, None)
    measure = measure_label(series.unit, series.price_basis, lang)
    unit = say(lang, f"Unit: {measure}. ", f"单位：{measure}。")
    projected = say(lang, " Projection: this run.", "预测值：本次模拟。")
    return Illustration(
        name=name,
        lang=lang,
        title=indicator_label(name, lang),
        caption=unit + fan_footnote(series, points, lang) + projected,
        ax=plot_fan(
            frame,
            name,
            ax=new_chart(*_SIZE),
            check=check,
            history=history,
            lang=lang,
            scenario=scenario,
            footnote=False,
        ),
    )
