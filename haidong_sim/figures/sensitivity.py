"""What matters: tornado, spider, and bars of indices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from haidong_sim.answers.sensitivity import MEASURES, input_label, is_distinguishable
from haidong_sim.errors import EstimationError, unknown_name
from haidong_sim.figures.canvas import (
    BLUE,
    FAINT,
    GRID,
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
    shorten,
    usable_language,
)
from haidong_sim.indicators import catalogue
from haidong_sim.words import format_number, label, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from haidong_sim.answers.sensitivity import Sensitivity
    from haidong_sim.words import Language


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
