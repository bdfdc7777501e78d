"""Figures and page of a saved run, made from its files alone: `report` makes again what `run` made."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.cli.answer import headline_targets
from haidong_sim.ensemble.saving import ASSUMPTIONS, INDICATORS, TARGETS
from haidong_sim.ensemble.verifying import open_saved
from haidong_sim.report import ReportContent, ReportFigure, write_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from haidong_sim.ensemble.verifying import SavedRun
    from haidong_sim.indicators.labels import Language
    from haidong_sim.registry import Registry
    from haidong_sim.scenario import Scenario

PAGE: Final = "report.html"
FIGURES: Final = "figures"

FAN_INDICATORS: Final = (
    "gdp_volume_index",
    "gdp_share_of_province",
    "gdp_per_capita_ratio_to_province",
    "urbanization_rate",
    "disposable_income_current",
    "disposable_income_urban_current",
    "disposable_income_rural_current",
    "energy_intensity",
)


def write_page(
    folder: Path,
    *,
    scenario: Scenario,
    registry: Registry,
    lang: Language = "en",
    has_figures: bool = True,
    say_step: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """Write figures and page into the folder of a saved run and return what the reader should know.

    Raises
    ------
    OutputError
        If a table is missing or altered beyond reading, or the files cannot be written.
    """
    saved = open_saved(folder)
    notes: list[str] = []
    figures: list[ReportFigure] = []
    if has_figures:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            figures = list(_write_figures(saved, registry, say_step))
        notes = list(dict.fromkeys(str(warning.message) for warning in caught))
    say_step("writing the page")
    write_report(_content(saved, scenario, registry, figures), folder / PAGE, lang=lang, force=True)
    return notes


def _write_figures(
    saved: SavedRun, registry: Registry, say_step: Callable[[str], None]
) -> Iterator[ReportFigure]:
    """Write every figure in both languages, as SVG and as PNG, and yield it for the page."""
    from haidong_sim.plot import draw_illustrations, figure_svg, published_points, write_figure

    target = saved.folder / FIGURES
    target.mkdir(exist_ok=True)
    frame, check, history = saved.table(INDICATORS), saved.table(TARGETS), published_points(registry)
    languages: tuple[Language, ...] = ("en", "zh")
    for lang in languages:
        suffix = "" if lang == "en" else f"_{lang}"
        drawn = draw_illustrations(frame, check=check, history=history, lang=lang, indicators=FAN_INDICATORS)
        for figure in drawn:
            say_step(f"drawing {figure.name} ({lang})")
            svg = figure_svg(figure.ax)
            (target / f"{figure.name}{suffix}.svg").write_text(svg, encoding="utf-8")
            write_figure(figure.ax, target / f"{figure.name}{suffix}.png")
            yield ReportFigure(
                name=figure.name, lang=lang, title=figure.title, caption=figure.caption, svg=svg
            )


def _content(
    saved: SavedRun, scenario: Scenario, registry: Registry, figures: list[ReportFigure]
) -> ReportContent:
    check = saved.table(TARGETS)
    city = registry.place.region("city")
    manifest: dict[str, Any] = {key: value for key, value in saved.manifest.items() if key != "indicators"}
    return ReportContent(
        scenario=scenario.name,
        label={"en": scenario.label.en, "zh": scenario.label.zh},
        story={"en": scenario.story.en, "zh": scenario.story.zh},
        place={"en": city.name_en if city else "", "zh": (city.name_zh or city.name_en) if city else ""},
        frame=saved.table(INDICATORS),
        check=check,
        draws=int(saved.manifest.get("draws", 1)),
        entropy=str(saved.manifest.get("entropy") or ""),
        version=str(saved.manifest.get("version", "")),
        figures=figures,
        assumptions=saved.table(ASSUMPTIONS),
        conflicts=registry.conflicts_frame(),
        headline=headline_targets(check),
        manifest=manifest,
    )
