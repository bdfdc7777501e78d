"""Share, parity and incomes over growth gap and population drift, one chart for each head count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from haidong_sim.figures.canvas import INK, font, new_charts
from haidong_sim.figures.fonts import usable_language
from haidong_sim.figures.tradeoff import plot_tradeoff
from haidong_sim.words.labels import say

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from haidong_sim.answers.conflicts.study_three_way import ThreeWayStudy
    from haidong_sim.words.labels import Language


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
