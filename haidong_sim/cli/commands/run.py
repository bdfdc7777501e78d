"""`haidong-sim run`: many futures, every verdict, figures and one page."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from haidong_sim.run import Destination, Result

NAME: Final = "run"


def command(
    *,
    name: Annotated[str, typer.Argument(help="A bundled scenario (see: list scenarios), or a .toml file.")],
    draws: Annotated[int, typer.Option(max=10**10, help="Number of futures.")] = 100_000,
    rng: Annotated[int, typer.Option(help="Seed: the same seed gives the same numbers.")] = 2020,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results.", show_default="results/NAME")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier result in that folder.")] = False,
    sampler: Annotated[str, typer.Option(help="sobol, lhs, antithetic or mc.")] = "sobol",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads; the numbers are the same for any.", show_default="all")
    ] = None,
    has_figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw the figures.")] = True,
    registry: Annotated[str | None, typer.Option(help="Another place: a registry folder.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the answer and of the page: en or zh.")] = "en",
) -> None:
    """Run a scenario: where everything goes, and which targets are met, with what probability.

    Writes manifest, resolved scenario, indicators, targets, assumptions, figures and page into one folder.
    The last lines on screen are the answer. Interrupted (Ctrl-C), it keeps the futures that are done, and
    every table if figures are being drawn. --force replaces a result only if no file of it was changed and
    none was added.

    [bold]Example:[/bold]  haidong-sim run plan --draws 100000 --rng 2020 --out results/plan
    """
    started = datetime.now(UTC)
    from haidong_sim.cli.answer import print_answer
    from haidong_sim.cli.application import INTERRUPTED
    from haidong_sim.cli.page import add_page
    from haidong_sim.cli.screen import is_watched, print_line, progress_line
    from haidong_sim.run import case_of, require_free, simulate
    from haidong_sim.words import require_language

    language = require_language(lang)
    case = case_of(name, registry=registry)
    scenario, place = case.scenario, case.registry
    folder = require_free(out or Path("results") / scenario.name, force=force)

    result = simulate(
        scenario,
        draws=draws,
        rng=rng,
        sampler=sampler,
        workers=workers,
        registry=place,
        progress=is_watched(),
    )
    notes = list(result.notes)
    with progress_line("ranking assumptions"):
        assumptions = result.assumptions()
    # The answer first: it stands on the screen whatever becomes of the files.
    print_answer(result.check(), assumptions, language)
    page = partial(add_page, notes, scenario=scenario, registry=place, lang=language, has_figures=has_figures)
    is_whole = _keep(result, folder, started, page)
    for note in notes:
        print_line(f"note: {note}")
    _say_where(folder.path, is_whole=is_whole)
    if result.is_partial or not is_whole:
        raise typer.Exit(INTERRUPTED)


def _keep(result: Result, place: Destination, started: datetime, page: Callable[..., None]) -> bool:
    """Write result, figures and page; return whether it came to the end of them."""
    from haidong_sim.cli.keeping import keep_run
    from haidong_sim.cli.screen import progress_line

    with progress_line("writing the tables") as say_step:
        return keep_run(result, place, started=started, finish=partial(page, say_step=say_step))


def _say_where(folder: Path, *, is_whole: bool) -> None:
    from haidong_sim.cli.screen import print_line
    from haidong_sim.run import PAGE

    if is_whole:
        print_line(f"page: {folder / PAGE}")
    else:
        print_line(f"note: interrupted before the page; 'haidong-sim report {folder}' makes the rest")
