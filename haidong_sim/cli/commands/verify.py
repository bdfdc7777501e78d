"""`haidong-sim verify`: is a saved run still what was written, and does it come out again."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads it at run time
from typing import Annotated, Final

import typer

NAME: Final = "verify"


def command(
    *,
    folder: Annotated[Path, typer.Argument(help="The folder of a saved run.")],
    is_rerun: Annotated[
        bool, typer.Option("--rerun", help="Run it again and compare every number, altered or not.")
    ] = False,
    tolerance: Annotated[
        float,
        typer.Option(
            min=0.0,
            help="Relative difference that a repeated run may show; statistics of draws may differ by "
            "5% of their sampling error besides.",
        ),
    ] = 1e-6,
    registry: Annotated[str | None, typer.Option(help="Where the place's registry folder is now.")] = None,
) -> None:
    """Verify a saved run against its manifest. Exit code 1 if anything differs, with file, line and column.

    Figures and page are compared too; once a changed one is moved away, `haidong-sim report` makes it again.

    [bold]Example:[/bold]  haidong-sim verify results/plan --rerun
    """
    from haidong_sim.cli.screen import print_line, progress_line
    from haidong_sim.run import verify_result

    with progress_line("comparing"):
        findings = verify_result(folder, rerun=is_rerun, tolerance=tolerance, registry=registry)
    for finding in findings:
        print_line(f"✕ {finding}")
    if findings:
        print_line(f"refused: {folder} is not what its manifest describes")
        raise typer.Exit(1)
    again = (
        f", and every number came out again within {tolerance:g} or 5% of its sampling error"
        if is_rerun
        else ""
    )
    print_line(f"✓ accepted: every file of {folder} is what its manifest describes{again}")
