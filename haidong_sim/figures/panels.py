"""Several indicators side by side as small fan charts, and growth paths in one chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from haidong_sim.errors import HaidongSimError
from haidong_sim.figures.canvas import LINE_COLOURS, UnitFormatter, dress, font, new_chart, new_charts
from haidong_sim.figures.fan import plot_fan
from haidong_sim.figures.fonts import usable_language
from haidong_sim.figures.frames import take_series
from haidong_sim.words.formatting import format_number
from haidong_sim.words.labels import indicator_label, measure_label, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from haidong_sim.figures.frames import Series
    from haidong_sim.words.labels import Language

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
