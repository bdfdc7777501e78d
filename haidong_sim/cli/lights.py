"""What `monitor` shows and writes: one line a target with its lights, then the headlines in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import typer
from rich.text import Text

from haidong_sim.answers.monitoring import STATUSES
from haidong_sim.cli.answer import chance_text, headline_targets
from haidong_sim.cli.keeping import keep_run
from haidong_sim.cli.screen import print_line, print_table
from haidong_sim.indicators import catalogue
from haidong_sim.run import csv_bytes
from haidong_sim.words import format_number, format_rate, format_year, is_missing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from haidong_sim.answers.monitoring import Monitoring
    from haidong_sim.run import Destination, Draft
    from haidong_sim.words import Language

TABLES: Final = ("monitoring.csv", "contributions.csv", "observations.csv")

_RULES: Final = {
    "N": "ndrc_2020",
    "S": "statistics_canada_2021",
    "U": "united_nations_2023",
    "C": "china_midterm",
}
_SIGNS: Final = {"green": "✓", "yellow": "≈", "red": "✕", "grey": "?"}
_LEGEND: Final = (
    "Trend: N NDRC barometer, S Statistics Canada, U United Nations, C China's mid-term classes; "
    "✓ green, ≈ yellow, ✕ red. ≠: trend and model are opposed. Needs: a year from the last actual on."
)


def print_monitoring(found: Monitoring, lang: Language) -> None:
    """Print the table of lights, the headline targets in sentences, and how the odds were updated."""
    columns: dict[str, dict[str, Any]] = {
        "": {}, "Target": {"ratio": 1}, "Due": {}, "Actual": {"justify": "right"}, "in": {},
        "Needs": {"justify": "right"}, "Trend": {}, "Before": {"justify": "right"},
        "Now": {"justify": "right"}, "≠": {},
    }  # fmt: skip
    rows = sorted(found.rows, key=lambda row: row["deadline"])
    print_table([_cells(row) for row in rows], columns, note=_LEGEND)
    print_line()
    shown = set(headline_targets(found.result.check()))
    observed = [
        row["target_id"] for row in rows if row["target_id"] in shown and row["last_year"] is not None
    ]
    for sentence in found.sentences(observed, language=lang):
        print_line(sentence)
    if observed:
        print_line()
    print_line(update_sentence(found))
    for note in found.notes:
        print_line(f"note: {note}")


def _cells(row: Mapping[str, Any]) -> list[Any]:
    has_course = row["last_year"] is not None
    unit = catalogue()[row["indicator"]].unit if row["indicator"] in catalogue() else ""
    colour = row["colour"] or "grey"
    return [
        Text(_SIGNS[colour], style=_style(colour)),
        row["target_id"],
        format_year(row["deadline"]),
        format_number(row["last_value"], unit) if has_course else "",
        format_year(row["last_year"]) if has_course else "",
        ""
        if is_missing(row["needed_rate"])
        else format_rate(row["needed_rate"], "en").removesuffix(" a year"),
        _trend(row),
        "" if is_missing(row["probability"]) else chance_text(row["probability_before"], row["n"]),
        "" if is_missing(row["probability"]) else chance_text(row["probability"], int(row["n_effective"])),
        "≠" if row["disagreement"] else "",
    ]


def _trend(row: Mapping[str, Any]) -> Text:
    shown = Text()
    for letter, rule in _RULES.items():
        if row[rule]:
            colour = STATUSES[row[rule]][0]
            shown.append(f"{letter}{_SIGNS[colour]}", style=_style(colour))
    return shown


def _style(colour: str) -> str:
    return "dim" if colour == "grey" else colour


def update_sentence(found: Monitoring) -> str:
    """Say how the odds were updated, how surprising the values were, and what measurement error does."""
    draws, left = found.result.draws, found.weighed_draws
    how = (
        f"weights, which leave {left:,.0f} of {draws:,} futures"
        if found.method == "weights"
        else f"the linear rule (weights would leave {left:,.0f} of {draws:,} futures)"
    )
    moved = [
        abs(row["probability_half_sd"] - row["probability_double_sd"])
        for row in found.rows
        if not is_missing(row["probability"])
    ]
    return (
        f"Odds updated with {len(found.observation_rows)} values to {found.last_year} by {how}. The scenario "
        f"gives values as far off as these a chance of {found.chance_of_observed:.0%}. Between half and "
        f"double a measurement error of {found.measurement_sd:.1%} odds move by up to "
        f"{100.0 * max(moved, default=0.0):.0f} points."
    )


def save_monitoring(
    found: Monitoring, place: Destination, *, started: datetime, lang: Language, is_silent: bool
) -> bool:
    """Write the run into a folder, with the tables and the figure of lights beside it, and say so.

    Return whether all was written: Ctrl-C while the figure is drawn keeps the tables.
    """
    written: list[str] = []
    tables = (found.frame(), found.contributions(), found.observations())

    def finish(draft: Draft) -> None:
        from haidong_sim.figures import figure_files, plot_lights

        for name, table in zip(TABLES, tables, strict=True):
            draft.add(name, csv_bytes(table))
            written.append(name)
        for name, content in figure_files(plot_lights(tables[0], lang=lang), "lights", "svg", "png").items():
            draft.add(name, content)
            written.append(name)

    is_whole = keep_run(found.result, place, started=started, finish=finish)
    if not is_silent:
        print_line(f"written: {', '.join(str(place.path / file) for file in written)}")
    if not is_whole:
        typer.echo("note: interrupted before the figure of lights; the rest is kept", err=True)
    return is_whole
