"""`haidong-sim monitor`: are we on track, and how do the observed years move the odds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003  typer reads the annotations when it is called
from typing import Annotated, Final

import typer

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
    from haidong_sim.cli.lights import print_monitoring, save_monitoring
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
