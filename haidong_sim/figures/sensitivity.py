"""Figures of a sensitivity table: every outcome × every input at a glance, or one outcome in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from haidong_sim.answers.sensitivity.input_names import input_label
from haidong_sim.answers.sensitivity.methods import MEASURES
from haidong_sim.answers.sensitivity.sentences import is_distinguishable
from haidong_sim.errors import EstimationError, unknown_name
from haidong_sim.figures.canvas import add_footnote
from haidong_sim.figures.fonts import usable_language
from haidong_sim.figures.spider import plot_effects, plot_spider
from haidong_sim.figures.tornado import plot_heatmap, plot_tornado
from haidong_sim.indicators import catalogue
from haidong_sim.words.labels import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from haidong_sim.answers.sensitivity.analysis import Sensitivity
    from haidong_sim.words.labels import Language

_MEASURES = {
    "S1": ("share of variance explained by the input alone", "单独解释的方差份额"),
    "shapley": ("share of variance", "方差份额"),
    "ST": ("share of variance, interactions included", "含交互作用的方差份额"),
    "mean_effect": (
        "change of the probability when the mean rises by one sd",
        "均值提高一个标准差时概率的变化",
    ),
    "move_in_sd": ("smallest move that changes the light, in sd", "改变评级的最小变动（标准差）"),
    "value_of_information": ("wrong verdicts avoided by knowing the input", "已知该输入可避免的误判概率"),
    "mu_star": ("mean size of elementary effects", "基本效应的平均大小"),
    "swing": ("swing between the 10% and the 90% quantile", "10% 至 90% 分位数间的变幅"),
}
# Of an index below this nobody speaks; a heat map of hundreds of zeros hides the others.
_FAINTEST = 0.01


def plot_sensitivity(
    sensitivity: Sensitivity,
    *,
    outcome: str | None = None,
    year: int | None = None,
    ax: Axes | None = None,
    lang: Language = "en",
    most: int = 14,
) -> Axes:
    """Draw a sensitivity table.

    Parameters
    ----------
    outcome
        One of its outcomes: a tornado, a spider, or bars with intervals. None: a heat map of all outcomes, or
        the only one.
    year
        Of the outcome; by default its last.
    most
        Inputs shown at most.

    Raises
    ------
    EstimationError
        If the table has no such outcome or year, or the method has no figure.
    """
    lang = usable_language(lang)
    table = sensitivity.table
    if sensitivity.method == "conventions":
        raise EstimationError("a scenario matrix has no figure; read its table")
    rows = "target" if "target" in table else "outcome"
    names = [str(name) for name in table[rows].unique()]
    if (
        outcome is None
        and len(table[[rows, "year"]].drop_duplicates()) > 1
        and sensitivity.method != "spider"
    ):
        return _heatmap(sensitivity, ax, lang, most)
    chosen = outcome or names[0]
    if chosen not in names:
        raise EstimationError(unknown_name("outcome", chosen, names))
    part = table[table[rows] == chosen]
    when = int(part["year"].max()) if year is None else year
    part = part[part["year"] == when]
    if part.empty:
        raise EstimationError(f"'{chosen}' was not asked in {when}")
    return _one_outcome(sensitivity, part, chosen, when, ax=ax, lang=lang, most=most)


def _one_outcome(
    sensitivity: Sensitivity, part: pd.DataFrame, outcome: str, year: int, **options: Any
) -> Axes:
    lang: Language = options["lang"]
    name = [input_label(word, lang) for word in part["input"]]
    title = f"{say(lang, *sensitivity.names.get(outcome, (outcome, outcome)))}, {year}"
    if sensitivity.method in {"tornado", "spider"} and outcome not in catalogue():
        title = say(lang, f"Margin of the target: {title}", f"目标余量：{title}")
    unit = sensitivity.units.get(outcome, "")
    if sensitivity.method == "tornado":
        ends = {side: part["base"] + part[f"change_{side}"] for side in ("low", "high")}
        frame = pd.DataFrame({"name": name} | ends)
        return plot_tornado(frame, base=float(part["base"].iloc[0]), unit=unit, title=title, **options)
    if sensitivity.method == "spider":
        frame = pd.DataFrame({"name": name, "quantile": part["quantile"], "value": part["value"]})
        return plot_spider(frame, unit=unit, title=title, **options | {"most": min(options["most"], 6)})
    column = MEASURES[sensitivity.method]
    conf = part.get(f"{column}_conf", pd.Series(float("nan"), index=part.index))
    if column == "mean_effect":
        conf = part["dp_dmean_conf"] * (part["mean_effect"] / part["dp_dmean"]).abs()
    seen = [is_distinguishable(row, column) for row in part.to_dict("records")]
    frame = pd.DataFrame({"name": name, "value": part[column], "conf": conf, "is_seen": seen})
    return plot_effects(
        frame.dropna(subset=["value"]), measure=say(lang, *_MEASURES[column]), title=title, **options
    )


def _heatmap(sensitivity: Sensitivity, ax: Axes | None, lang: Language, most: int) -> Axes:
    column = MEASURES[sensitivity.method]
    values = sensitivity.matrix()
    if column in {"swing", "mu_star"}:
        # Outcomes of different units share no scale: each row is a part of its own largest.
        values = values.div(values.max(axis=1).where(lambda most_moved: most_moved > 0), axis=0)
    shown = values.where(_seen(sensitivity, column))
    kept = _weightiest(shown, most, is_better_small=column == "move_in_sd")
    frame = shown[kept].set_axis([input_label(name, lang) for name in kept], axis=1)
    frame.index = pd.Index([_row_name(sensitivity, key, lang) for key in frame.index])
    relative = column in {"swing", "mu_star"}
    measure = say(lang, *_MEASURES[column]) + (
        say(lang, ", as a part of the largest", "（占最大者之比）") if relative else ""
    )
    chart = plot_heatmap(
        frame,
        title=say(lang, "What decides each target", "各目标的决定因素"),
        measure=measure,
        ax=ax,
        lang=lang,
    )
    hidden = values.shape[1] - len(kept)
    words = say(lang, "Empty: not distinguishable from zero.", "空白：与零无法区分。")
    if column == "move_in_sd":
        words = say(lang, "Empty: no move within reach.", "空白：可及范围内无此变动。")
    if hidden:
        words += say(
            lang,
            f" {hidden} inputs that decide less are left out.",
            f"其余 {hidden} 个影响较小的输入未列出。",
        )
    add_footnote(chart, words, lang=lang, drop=130.0)
    return chart


def _weightiest(shown: pd.DataFrame, most: int, *, is_better_small: bool) -> list[str]:
    """Return the inputs to show: those that are first for some outcome, then those that decide most."""
    size = (1.0 / shown.abs() if is_better_small else shown.abs()).where(shown.abs() >= _FAINTEST, 0.0)
    part = size.div(size.max(axis=1).where(lambda largest: largest > 0), axis=0).fillna(0.0)
    order = sorted(part, key=lambda name: (-part[name].max(), -part[name].sum()))
    chosen = {name for name in order[:most] if part[name].max() > 0}
    return [str(name) for name in shown if name in chosen]


def _row_name(sensitivity: Sensitivity, key: Any, lang: Language) -> str:
    name, *year = key if isinstance(key, tuple) else (key,)
    rows = "target" if "target" in sensitivity.table else "outcome"
    when = year or sensitivity.table.loc[sensitivity.table[rows] == name, "year"].unique()[:1]
    return f"{say(lang, *sensitivity.names.get(name, (name, name)))}, {int(when[0])}"


def _seen(sensitivity: Sensitivity, column: str) -> pd.DataFrame:
    """Return outcome × input: whether the number is more than chance could give."""
    if column in {"move_in_sd", "swing"}:
        return sensitivity.matrix().notna()
    table = sensitivity.table
    if column == "value_of_information":
        seen = table[column] > 1.96 * table["value_se"]
    else:
        seen = pd.Series(
            [is_distinguishable(row, column) for row in table.to_dict("records")], index=table.index
        )
    marked = type(sensitivity)(
        scenario=sensitivity.scenario, method=sensitivity.method, entropy=sensitivity.entropy,
        draws=sensitivity.draws, table=table.assign(seen=seen.astype(float)), names={}, units={},
    )  # fmt: skip
    return marked.matrix("seen") > 0.5
