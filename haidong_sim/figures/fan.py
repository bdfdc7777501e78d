"""Fans of futures: one indicator, several scenarios side by side, with published history."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from haidong_sim.errors import HaidongSimError
from haidong_sim.figures.canvas import (
    BAND_TINTS,
    BLUE,
    FAINT,
    FOOTNOTE_DROP,
    INK,
    LEGEND_ROW,
    LINE_COLOURS,
    MUTED,
    PAPER,
    STATUS_COLOURS,
    STATUS_MARKERS,
    UnitFormatter,
    add_footnote,
    add_legend,
    dress,
    font,
    new_chart,
    new_charts,
    shorten,
    usable_language,
)
from haidong_sim.figures.frames import quantile_bands, statistic_name, take_history, take_series, take_targets
from haidong_sim.indicators import catalogue
from haidong_sim.place import CONFIDENCE
from haidong_sim.words import (
    WITHOUT_SHOCKS,
    format_number,
    format_year,
    indicator_label,
    label,
    measure_label,
    say,
    threshold_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from haidong_sim.figures.frames import Series
    from haidong_sim.place import Registry, SeriesPoint
    from haidong_sim.words import Language

COLUMNS: Final = ("indicator", "year", "value", "unit", "source", "vintage", "confidence")
SOURCES_APART: Final = " | "
"""Stands between the sources of a point that was formed from several."""

_SHARE: Final = "gdp_share_of_province"


def published_points(registry: Registry) -> pd.DataFrame:
    """Return every published point of a projected indicator, in the indicator's unit.

    `vintage` is the level on which a value was measured: values of two levels are never joined. Points
    of low confidence are in the table and marked. The share of the province is printed for few years;
    for the others it is formed from city and province on the same level.
    """
    rows = [
        (
            name,
            point.year,
            point.value,
            point.unit,
            _title(registry, point),
            point.vintage_group,
            point.confidence,
        )
        for name, declared in catalogue().items()
        for point in _best(registry, name.removeprefix(f"{declared.region}_"), declared.region)
        if point.unit == declared.unit
    ]
    printed = {row[1] for row in rows if row[0] == _SHARE}
    rows += [row for row in _shares(registry) if row[1] not in printed]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _best(registry: Registry, indicator: str, region: str) -> Iterator[SeriesPoint]:
    """Yield one point for each year and level: the first of the highest confidence."""
    best: dict[tuple[int, str], SeriesPoint] = {}
    for point in registry.series_points:
        if (point.indicator, point.region) != (indicator, region):
            continue
        key = (point.year, point.vintage_group)
        held = best.get(key)
        if held is None or CONFIDENCE.index(point.confidence) > CONFIDENCE.index(held.confidence):
            best[key] = point
    for key in sorted(best):
        yield best[key]


def _shares(registry: Registry) -> Iterator[tuple[str, int, float, str, str, str, str]]:
    below = {(p.year, p.vintage_group): p for p in _best(registry, "gdp_current", "province")}
    for top in _best(registry, "gdp_current", "city"):
        low = below.get((top.year, top.vintage_group))
        if low is None:
            continue
        sources = SOURCES_APART.join(dict.fromkeys((_title(registry, top), _title(registry, low))))
        confidence = min(top.confidence, low.confidence, key=CONFIDENCE.index)
        yield _SHARE, top.year, top.value / low.value, "fraction", sources, top.vintage_group, confidence


def _title(registry: Registry, point: SeriesPoint) -> str:
    return registry.source(point.source).title


QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_TWO_LANGUAGES: Final = re.compile(r"(?P<zh>[^(]*[\u4e00-\u9fff][^(]*) \((?P<en>[^()]+)\)")
_VINTAGE_MARKERS: Final = ("o", "s", "^", "v")


def plot_fan(
    frame: pd.DataFrame,
    indicator: str,
    *,
    ax: Axes | None = None,
    quantiles: Sequence[float] = QUANTILES,
    lang: Language = "en",
    check: pd.DataFrame | None = None,
    history: pd.DataFrame | None = None,
    scenario: str | None = None,
    since: int | None = None,
    footnote: bool = True,
    legend: bool = True,
) -> Axes:
    """Draw one indicator as a fan: the median of the draws and, year by year, the bands around it.

    Data stay in the indicator's own unit (a share of 20% is 0.2 on the axis); only the labels are in
    percent. A frame of one draw has no bands, and the chart says so.

    Parameters
    ----------
    frame
        Tidy frame with the columns scenario, indicator, unit, price_basis, year, statistic, value.
    quantiles
        Pairs around the median, such as (0.05, 0.25, 0.5, 0.75, 0.95).
    check, history
        Check table, for the target markers, and published points, drawn as dots and never joined.
    since
        First year of the published points; fifteen years before the base year if not given.

    Raises
    ------
    RegistryError
        If the indicator, scenario or a quantile is not in the frame.
    """
    lang = usable_language(lang)
    series = take_series(frame, indicator, scenario)
    ax = new_chart() if ax is None else ax
    dress(
        ax,
        lang=lang,
        title=indicator_label(indicator, lang),
        measure=measure_label(series.unit, series.price_basis, lang),
    )
    handles = _draw_bands(ax, series, quantiles, lang)
    points = take_history(history, series, since)
    handles += _draw_history(ax, points, lang)
    _draw_base_year(ax, series, lang)
    _label_end(ax, series, quantiles, lang)
    handles += _draw_targets(ax, series, check, lang)
    _scale_axes(ax, series)
    rows = add_legend(ax, handles, lang=lang) if legend else 0
    if footnote:
        # Small print stands below a legend of two rows, and lower where the legend has more.
        drop = FOOTNOTE_DROP + LEGEND_ROW * max(0, rows - 2)
        add_footnote(ax, fan_footnote(series, points, lang), lang=lang, drop=drop)
    return ax


def _line_name(series: Series, lang: Language) -> str:
    is_path = series.central == WITHOUT_SHOCKS
    return say(lang, "path without shocks", "无冲击路径") if is_path else say(lang, "median", "中位数")


def _draw_bands(ax: Axes, series: Series, quantiles: Sequence[float], lang: Language) -> list[Any]:
    handles: list[Any] = [Line2D([], [], color=BLUE, linewidth=2.2, label=_line_name(series, lang))]
    bands = quantile_bands(quantiles) if is_ensemble(series) else []
    for number, (low, high) in enumerate(bands):
        tint = BAND_TINTS[min(number, len(BAND_TINTS) - 1)]
        bottom, top = series.require(statistic_name(low)), series.require(statistic_name(high))
        ax.fill_between(series.years, bottom, top, color=tint, linewidth=0, zorder=2 + 0.1 * number)
        share = f"{(high - low) * 100:.0f}%"
        handles.append(Patch(color=tint, label=say(lang, f"{share} of draws", f"{share} 的模拟")))
    ax.plot(series.years, series.require(series.central), color=BLUE, linewidth=2.2, zorder=4)
    return handles


def is_ensemble(series: Series) -> bool:
    """Whether the frame holds quantiles of many draws, not one path."""
    return any(str(name).startswith("q") for name in series.statistics.columns)


def _draw_history(ax: Axes, points: pd.DataFrame, lang: Language) -> list[Any]:
    """Draw the published points, one shape a vintage; a few vintages are named, many are not."""
    vintages = [str(name) for name in points["vintage"].unique()]
    few = 1 < len(vintages) <= 3
    for number, vintage in enumerate(vintages):
        rows = points[points["vintage"] == vintage]
        # A hollow point is one of low confidence: it is shown, but nothing rests on it.
        for sure, face in ((True, INK), (False, PAPER)):
            chosen = rows[(rows["confidence"] != "low") == sure]
            ax.plot(
                chosen["year"], chosen["value"], linestyle="none", marker=_vintage_marker(number),
                markersize=4.2, markerfacecolor=face, markeredgecolor=INK, markeredgewidth=0.9, zorder=5,
            )  # fmt: skip
    published = say(lang, "published", "已公布")
    texts = [published]
    if few:
        words = [shorten(label("vintage", vintage, lang), 34) for vintage in vintages]
        texts = [say(lang, f"{published}, {word}", f"{published}，{word}") for word in words]
    return [
        Line2D(
            [], [], linestyle="none", marker=_vintage_marker(number), markersize=4.2, color=INK, label=text
        )
        for number, text in enumerate(texts if vintages else [])
    ]  # fmt: skip


def _vintage_marker(number: int) -> str:
    return _VINTAGE_MARKERS[number % len(_VINTAGE_MARKERS)]


def _draw_base_year(ax: Axes, series: Series, lang: Language) -> None:
    base = int(series.years[0])
    ax.axvline(base, color=FAINT, linewidth=0.9, linestyle=(0, (2, 3)), zorder=1)
    ax.annotate(
        say(lang, f"{base}  base", f"{base} 基期"), xy=(base, 1.0), xycoords=("data", "axes fraction"),
        xytext=(4, -2), textcoords="offset points", va="top", ha="left",
        fontproperties=font(lang, 7.5), color=MUTED,
    )  # fmt: skip


def _label_end(ax: Axes, series: Series, quantiles: Sequence[float], lang: Language) -> None:
    """Write the value of the last year beside its end, and the outermost quantiles in small print."""
    last = int(series.years[-1])
    central = float(series.require(series.central)[-1])

    def write(value: float, text: str, offset: float, size: float, colour: str) -> None:
        ax.annotate(
            text, xy=(last, value), xytext=(6, offset), textcoords="offset points", va="center",
            fontproperties=font(lang, size, bold=size > 9), color=colour, annotation_clip=False,
        )  # fmt: skip

    write(central, format_number(central, series.unit), 0.0, 10.0, BLUE)
    bands = quantile_bands(quantiles) if is_ensemble(series) else []
    for low, high in bands[:1]:
        for quantile, away in ((low, -4.0), (high, 4.0)):
            value = float(series.require(statistic_name(quantile))[-1])
            rank, number = f"{quantile * 100:.0f}", format_number(value, series.unit)
            text = say(lang, f"{rank}th: {number}", f"{rank} 分位：{number}")
            write(value, text, away, 7.5, MUTED)


def _draw_targets(ax: Axes, series: Series, check: pd.DataFrame | None, lang: Language) -> list[Any]:
    targets = take_targets(check, series).drop_duplicates(subset=["deadline", "threshold"])
    for number, target in enumerate(targets.to_dict("records")):
        status, colour = str(target["status"]), STATUS_COLOURS[str(target["status"])]
        place = (int(target["deadline"]), float(target["threshold"]))
        ax.plot(
            *place, linestyle="none", marker=STATUS_MARKERS[status], markersize=9, color=colour,
            markeredgecolor=PAPER, markeredgewidth=1.2, zorder=7, clip_on=False,
        )  # fmt: skip
        up = number % 2 == 0
        ax.annotate(
            f"{target_phrase(target, lang)}\n{label('status', status, lang)}", xy=place,
            xytext=(-8, 6 if up else -6), textcoords="offset points", ha="right",
            va="bottom" if up else "top", fontproperties=font(lang, 8.5, bold=True), color=colour,
            linespacing=1.25, zorder=8,
        )  # fmt: skip
    return [
        Line2D(
            [], [], linestyle="none", marker=STATUS_MARKERS[status], markersize=7,
            color=STATUS_COLOURS[status],
            label=say(lang, "target, ", "目标，") + label("status", status, lang),
        )
        for status in targets["status"].unique()
    ]  # fmt: skip


def target_phrase(target: Mapping[Any, Any], lang: Language) -> str:
    """Return threshold and deadline of a row of the check table, "≥ 20% by 2030"."""
    threshold, year = threshold_text(target, lang), format_year(target["deadline"])
    return say(lang, f"{threshold} by {year}", f"{year} 年 {threshold}")


def _scale_axes(ax: Axes, series: Series) -> None:
    ax.margins(x=0.01, y=0.1)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6))
    ax.yaxis.set_major_formatter(UnitFormatter(series.unit))


def fan_footnote(series: Series, points: pd.DataFrame, lang: Language) -> str:
    """Say how to read the bands, where the published points are from, and what the axis measures."""
    if is_ensemble(series):
        bands = say(
            lang,
            "Bands hold for each year by itself; one future may leave them.",
            "区间逐年成立，单条路径可能越出。",
        )
    else:
        bands = say(lang, "One path without uncertainty: no bands.", "单一路径，不含不确定性，故无区间。")
    sources = _sources(points, lang)
    if not sources:
        return bands
    named = say(lang, "; ", "；").join(shorten(source, 90) for source in sources[:2])
    more = len(sources) - 2
    rest = say(lang, f" and {more} more", f" 等另 {more} 处") if more > 0 else ""
    hollow = ""
    if (points["confidence"] == "low").any():
        hollow = say(lang, " Hollow points: low confidence.", "空心点：可信度低。")
    return bands + say(lang, f" Published points: {named}{rest}.", f"已公布数据：{named}{rest}。") + hollow


def _sources(points: pd.DataFrame, lang: Language) -> list[str]:
    """Return the sources of the points, most used first; of a title in two languages the part in `lang`."""
    counts: Counter[str] = Counter()
    for cell in points["source"]:
        for title in str(cell).split(SOURCES_APART):
            both = _TWO_LANGUAGES.match(title)
            counts[both[lang] if both else title] += 1
    return [title for title, _ in counts.most_common()]


HEADLINE_INDICATORS = (
    "gdp_volume_index",
    "gdp_share_of_province",
    "gdp_per_capita_ratio_to_province",
    "urbanization_rate",
    "disposable_income_urban_current",
    "disposable_income_rural_current",
    "energy_intensity",
)
GROWTH_INDICATORS = ("gdp_growth", "province_gdp_growth", "nation_gdp_growth")
_DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))


def plot_fans(
    frame: pd.DataFrame,
    indicators: Sequence[str] = HEADLINE_INDICATORS,
    *,
    axes: NDArray[np.object_] | None = None,
    n_columns: int = 3,
    **options: Any,
) -> NDArray[np.object_]:
    """Draw one small fan chart for each indicator; return the axes, shape (row, column).

    `options` go to `plot_fan`. Axes left over in the last row are emptied.

    Raises
    ------
    ValueError
        If the axes given are fewer than the indicators.
    """
    if axes is None:
        n_columns = min(n_columns, len(indicators))
        n_rows = -(-len(indicators) // n_columns)
        axes = new_charts(n_rows, n_columns, width=4.6 * n_columns, height=3.3 * n_rows)
    flat = np.ravel(axes)
    if len(flat) < len(indicators):
        raise ValueError(f"{len(indicators)} indicators need as many axes, not {len(flat)}")
    settings = {"footnote": False, "legend": False, **options}
    for ax, name in zip(flat, indicators, strict=False):
        plot_fan(frame, name, ax=ax, **settings)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    for ax in flat[len(indicators) :]:
        ax.set_axis_off()
    return axes


def plot_paths(
    frame: pd.DataFrame,
    indicators: Sequence[str] = GROWTH_INDICATORS,
    *,
    ax: Axes | None = None,
    lang: Language = "en",
    scenarios: Sequence[str] | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the medians of indicators of one unit, one line for each indicator and scenario.

    Raises
    ------
    RegistryError
        If an indicator or scenario is not in the frame.
    HaidongSimError
        If the indicators differ in unit or price basis: they would share an axis without a meaning.
    """
    lang = usable_language(lang)
    chosen = list(scenarios) if scenarios is not None else frame["scenario"].unique().tolist()
    lines = [
        (name, scenario, take_series(frame, name, scenario)) for scenario in chosen for name in indicators
    ]
    measures = {(series.unit, series.price_basis) for _, _, series in lines}
    if len(measures) != 1:
        shown = "; ".join(sorted(f"{unit} ({basis})" for unit, basis in measures))
        raise HaidongSimError(f"paths on one axis must share unit and price basis, but these have {shown}")
    unit, basis = measures.pop()
    ax = new_chart() if ax is None else ax
    heading = say(lang, "Growth paths", "增长路径") if indicators == GROWTH_INDICATORS else ""
    dress(
        ax,
        lang=lang,
        title=heading if title is None else title,
        measure=measure_label(unit, basis, lang),
    )
    _draw_lines(ax, lines, n_scenarios=len(chosen), lang=lang)
    ax.legend(frameon=False, prop=font(lang, 8.5), loc="best")
    ax.margins(x=0.01, y=0.15)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    ax.yaxis.set_major_formatter(UnitFormatter(unit))
    return ax


def _draw_lines(
    ax: Axes, lines: Sequence[tuple[str, str, Series]], *, n_scenarios: int, lang: Language
) -> None:
    n_indicators = len(lines) // n_scenarios
    for number, (name, scenario, series) in enumerate(lines):
        parts = [indicator_label(name, lang)] if n_indicators > 1 or n_scenarios == 1 else []
        parts += [scenario] if n_scenarios > 1 else []
        ax.plot(
            series.years,
            series.require(series.central),
            color=LINE_COLOURS[number % len(LINE_COLOURS)],
            linestyle=_DASHES[number % len(_DASHES)],
            linewidth=2.0,
            label=" · ".join(parts),
        )
    _label_ends(ax, [series for *_, series in lines], lang)


def _label_ends(ax: Axes, lines: Sequence[Series], lang: Language) -> None:
    """Write each line's last value beside its end, moved apart where lines end close together."""
    low, high = ax.get_ylim()
    least = 0.055 * (high - low)
    values = [float(series.require(series.central)[-1]) for series in lines]
    place = -np.inf
    for number in np.argsort(values):
        place = max(place + least, values[number])
        ax.annotate(
            format_number(values[number], lines[number].unit), xy=(lines[number].years[-1], place),
            xytext=(6, 0), textcoords="offset points", va="center", annotation_clip=False,
            fontproperties=font(lang, 9, bold=True), color=LINE_COLOURS[number % len(LINE_COLOURS)],
        )  # fmt: skip
