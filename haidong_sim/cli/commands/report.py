"""`haidong-sim report`: make figures and page of a saved run again."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads it at run time
from typing import Annotated, Final

import typer

NAME: Final = "report"


def command(
    *,
    folder: Annotated[Path, typer.Argument(help="The folder of a saved run.")],
    lang: Annotated[str, typer.Option(help="Language that the page opens in: en or zh.")] = "en",
    has_figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw the figures.")] = True,
    registry: Annotated[str | None, typer.Option(help="Where the place's registry folder is now.")] = None,
) -> None:
    """Make figures and page of a saved run again, from its files; the numbers stay as they are.

    A figure or page that was edited since is not replaced.

    [bold]Example:[/bold]  haidong-sim report results/plan --lang zh
    """
    from haidong_sim.cli.page import write_page
    from haidong_sim.cli.screen import print_line, progress_line
    from haidong_sim.run import PAGE, amended_folder, load_result, open_saved, verify_result
    from haidong_sim.words import require_language

    language = require_language(lang)
    result = load_result(folder, registry=registry)
    with progress_line("reading the run") as say_step, amended_folder(folder) as draft:
        notes = write_page(
            open_saved(folder),
            draft,
            scenario=result.scenario,
            registry=result.registry,
            lang=language,
            has_figures=has_figures,
            say_step=say_step,
        )
    for note in [*notes, *verify_result(folder)]:
        print_line(f"note: {note}")
    print_line(f"page: {folder / PAGE}")
