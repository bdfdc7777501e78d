"""Figures and page of a saved run, made from its files alone: `report` makes again what `run` made."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.cli.answer import headline_targets
from haidong_sim.report import ReportContent, ReportFigure, render_report
from haidong_sim.run import ASSUMPTIONS, FIGURES, INDICATORS, PAGE, SCENARIO, TARGETS, SavedRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from haidong_sim.place import Registry
    from haidong_sim.run import Draft
    from haidong_sim.scenario import Scenario
    from haidong_sim.words import Language

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
    saved: SavedRun,
    draft: Draft,
    *,
    scenario: Scenario,
    registry: Registry,
    lang: Language = "en",
    has_figures: bool = True,
    say_step: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """Add figures and page of a saved run to a draft and return what the reader should know.

    Raises
    ------
    OutputError
        If a table is missing or altered beyond reading, or the files cannot be written.
    """
    notes: list[str] = []
    figures: list[ReportFigure] = []
    if has_figures:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            figures = list(_add_figures(saved, draft, registry, say_step))
        notes = list(dict.fromkeys(str(warning.message) for warning in caught))
    say_step("writing the page")
    draft.add(PAGE, render_report(_content(saved, scenario, registry, figures), lang=lang).encode())
    return notes


def add_page(notes: list[str], draft: Draft, **options: Any) -> None:
    """Add figures and page to the draft of a run, and to `notes` what the reader should know."""
    saved = SavedRun(folder=draft.folder, manifest=draft.manifest())
    notes.extend(write_page(saved, draft, **options))


def _add_figures(
    saved: SavedRun, draft: Draft, registry: Registry, say_step: Callable[[str], None]
) -> Iterator[ReportFigure]:
    """Add every figure in both languages, as SVG and as PNG, and yield it for the page."""
    from haidong_sim.figures import draw_illustrations, figure_files, published_points

    frame, check, history = saved.table(INDICATORS), saved.table(TARGETS), published_points(registry)
    languages: tuple[Language, ...] = ("en", "zh")
    for lang in languages:
        suffix = "" if lang == "en" else f"_{lang}"
        drawn = draw_illustrations(frame, check=check, history=history, lang=lang, indicators=FAN_INDICATORS)
        for figure in drawn:
            say_step(f"drawing {figure.name} ({lang})")
            files = figure_files(figure.ax, f"{FIGURES}/{figure.name}{suffix}", "svg", "png")
            for name, content in files.items():
                draft.add(name, content)
            svg = files[f"{FIGURES}/{figure.name}{suffix}.svg"].decode()
            yield ReportFigure(
                name=figure.name, lang=lang, title=figure.title, caption=figure.caption, svg=svg
            )


def _content(
    saved: SavedRun, scenario: Scenario, registry: Registry, figures: list[ReportFigure]
) -> ReportContent:
    check = saved.table(TARGETS)
    city = registry.place.region("city")
    manifest: dict[str, Any] = {key: value for key, value in saved.manifest.items() if key != "indicators"}
    # The page cannot state its own digest, and is the same page with and without figures beside it.
    files = manifest["files"]
    manifest["files"] = {name: files[name] for name in (SCENARIO, INDICATORS, TARGETS, ASSUMPTIONS)}
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
