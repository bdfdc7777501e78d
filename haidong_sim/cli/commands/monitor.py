"""`haidong-sim monitor`: what the observed years say about each target."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003  typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Any, Final

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


NAME: Final = "monitor"


def command(
    *,
    name: Annotated[str, typer.Argument(help="A bundled scenario, or a .toml file: what was expected.")],
    observed: Annotated[
        Path, typer.Option(help="CSV of published values: indicator, year, value, unit, source and more.")
    ],
    as_of: Annotated[
        int | None, typer.Option(help="Last year to take account of.", show_default="all of the file")
    ] = None,
    draws: Annotated[int, typer.Option(max=10**7, help="Number of futures.")] = 65_536,
    rng: Annotated[int, typer.Option(help="Seed of the futures.")] = 2020,
    method: Annotated[
        str, typer.Option(help="weights, linear, or auto: weights while enough futures are left by them.")
    ] = "auto",
    measurement_sd: Annotated[
        float, typer.Option(help="Measurement error of levels, a part of the value; growth has half of it.")
    ] = 0.01,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(help="End with exit code 1 if the model's light is red, yellow or green."),
    ] = None,
    registry: Annotated[str | None, typer.Option(help="Another place: a registry folder.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the sentences: en or zh.")] = "en",
    is_csv: Annotated[bool, typer.Option("--csv", help="Every column of every target, as CSV.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the tables, the figure and the run.", show_default="none")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier result in that folder.")] = False,
) -> None:
    """Monitor a plan: lights of the trend, what is left to do, and odds that know the observed years.

    Rules of the trend look back, the model ahead; ≠ marks targets on which they are opposed.

    [bold]Example:[/bold]  haidong-sim monitor plan --observed actuals.csv --as-of 2024
    """
    started = datetime.now(UTC)
    from haidong_sim.answers.monitoring import monitor
    from haidong_sim.cli.application import INTERRUPTED
    from haidong_sim.cli.screen import is_watched, print_csv, require_known
    from haidong_sim.run import require_free
    from haidong_sim.words import require_language

    for word in fail_on or ():
        require_known("light", word, ("green", "yellow", "red"))
    language = require_language(lang)
    folder = None if out is None else require_free(out, force=force)
    found = monitor(
        name,
        observed,
        as_of=as_of,
        method=method,
        measurement_sd=measurement_sd,
        draws=draws,
        rng=rng,
        registry=registry,
        progress=is_watched(),
    )
    table = found.frame()
    if is_csv:
        print_csv(table)
    else:
        print_monitoring(found, language)
    if folder is not None:
        is_whole = save_monitoring(found, folder, started=started, lang=language, is_silent=is_csv)
        if not is_whole:
            raise typer.Exit(INTERRUPTED)
    if table["colour"].isin(fail_on or ()).any():
        raise typer.Exit(1)
