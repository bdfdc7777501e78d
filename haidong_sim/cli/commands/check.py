"""`haidong-sim check`: is the scenario sound, and what becomes of each target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haidong_sim.run import Result

NAME: Final = "check"


def command(
    *,
    name: Annotated[str, typer.Argument(help="A bundled scenario, or a .toml file.")],
    draws: Annotated[
        int,
        typer.Option(
            max=10**10, help="Number of futures for probabilities; 0 looks at the path without shocks only."
        ),
    ] = 0,
    rng: Annotated[int, typer.Option(help="Seed of the futures.")] = 2020,
    target: Annotated[list[str] | None, typer.Option(help="Only this target; may be repeated.")] = None,
    theme: Annotated[str | None, typer.Option(help="Only targets of this theme.")] = None,
    status: Annotated[
        list[str] | None, typer.Option(help="Only met, on_the_edge, missed, pace or not_assessable.")
    ] = None,
    binding: Annotated[str | None, typer.Option(help="Only binding, expected, action_plan …")] = None,
    fail_on: Annotated[
        list[str] | None, typer.Option(help="End with exit code 1 if a target shown has this status.")
    ] = None,
    registry: Annotated[str | None, typer.Option(help="Another place: a registry folder.")] = None,
    is_csv: Annotated[bool, typer.Option("--csv", help="Every column of every row, as CSV.")] = False,
) -> None:
    """Check a scenario: one row for every target, with what it still needs. Writes nothing.

    With --draws also how many are met together, and how the previous plan fared.

    Without --status the table leaves out what cannot be assessed; --csv leaves out nothing.

    [bold]Example:[/bold]  haidong-sim check mine.toml --theme economy --fail-on missed
    """
    from haidong_sim.cli.answer import print_verdicts
    from haidong_sim.cli.screen import is_watched, keep_rows, print_csv, print_line, require_known
    from haidong_sim.questions import STATUSES
    from haidong_sim.report import count_sentence
    from haidong_sim.run import result_of

    for word in (*(status or ()), *(fail_on or ())):
        require_known("status", word, STATUSES)
    result = result_of(name, draws=draws, rng=rng, registry=registry, progress=is_watched())
    table = result.check()
    chosen = keep_rows(table, {"theme": theme, "binding": binding})
    if target:
        for word in target:
            require_known("target", word, table["target_id"].tolist())
        chosen = chosen[chosen["target_id"].isin(target)]
    if status:
        chosen = chosen[chosen["status"].isin(status)]
    if is_csv:
        print_csv(chosen)
    else:
        is_whole = len(chosen) == len(table)
        shown = chosen if status or target else chosen[chosen["status"] != "not_assessable"]
        print_verdicts(shown)
        print_line(count_sentence(table, "en") if is_whole else f"{len(shown)} of {len(table)} targets")
        _print_together(result, chosen["target_id"].tolist())
    if chosen["status"].isin(fail_on or ()).any():
        raise typer.Exit(1)


def _print_together(result: Result, targets: Sequence[str]) -> None:
    from haidong_sim.answers.verdict import verdict
    from haidong_sim.cli.screen import print_line

    judged = {functional.name for functional in result.functionals}
    names = [name for name in targets if name in judged]
    if names and result.part is not None:
        for sentence in verdict(result, names).sentences():
            print_line(sentence)
    for note in result.notes:
        print_line(f"note: {note}")
