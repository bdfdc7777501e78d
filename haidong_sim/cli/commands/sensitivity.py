"""`haidong-sim sensitivity`: which uncertain quantities decide the targets."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  read when the command is built
from typing import Annotated, Any, Final

import typer

NAME: Final = "sensitivity"


def command(
    *,
    name: Annotated[str, typer.Argument(help="A bundled scenario, or a .toml file.")],
    target: Annotated[
        list[str] | None,
        typer.Option(help="A target or an indicator; may be repeated.", show_default="all targets"),
    ] = None,
    year: Annotated[
        list[int] | None, typer.Option(help="Years of indicators; may be repeated.", show_default="the last")
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            help="given_data, shapley, probability, flips or information, from the draws of an ordinary run; "
            "sobol, morris, tornado or spider, by design; conventions, one verdict for each way of measuring."
        ),
    ] = "given_data",
    of: Annotated[
        str,
        typer.Option(
            help="What flips turns: the light of the probability, or the verdict on the path without shocks."
        ),
    ] = "probability",
    discover: Annotated[
        str | None,
        typer.Option(help="Also say where this is met: a target, binding, or all.", show_default="nothing"),
    ] = None,
    draws: Annotated[int, typer.Option(min=64, help="Number of futures.")] = 32_768,
    rng: Annotated[int, typer.Option(help="Seed: the same seed gives the same numbers.")] = 2020,
    most: Annotated[int, typer.Option(min=1, help="Inputs shown for each outcome.")] = 3,
    out: Annotated[Path | None, typer.Option(help="Folder for table and figures.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier result in that folder.")] = False,
    registry: Annotated[str | None, typer.Option(help="Another place: a registry folder.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the sentences: en or zh.")] = "en",
    is_csv: Annotated[bool, typer.Option("--csv", help="Every row and column, as CSV.")] = False,
) -> None:
    """Say what matters: which inputs decide each target, and what least move would turn its verdict.

    One row for each outcome, its weightiest inputs first; what chance alone could give is left out.
    Of one outcome every input is shown, and the answer as a sentence.

    [bold]Example:[/bold]  haidong-sim sensitivity plan --target t35_gdp_doubling --method flips
    """
    from haidong_sim.answers.sensitivity import analyze_sensitivity
    from haidong_sim.answers.sensitivity import discover as find_box
    from haidong_sim.cli.keeping import command_line
    from haidong_sim.cli.matters import matters_files, print_box, print_matters
    from haidong_sim.cli.screen import print_csv, print_line, progress_line
    from haidong_sim.run import case_of, require_free, save_files
    from haidong_sim.words import require_language

    language = require_language(lang)
    folder = None if out is None else require_free(out, force=force)
    case = case_of(name, registry=registry)
    scenario, place = case.scenario, case.registry
    options: dict[str, Any] = {"of": of} if method == "flips" else {}
    with progress_line(f"{method}: {scenario.name}"):
        found = analyze_sensitivity(
            scenario,
            target,
            method=method,
            years=year or [scenario.horizon],
            draws=draws,
            rng=rng,
            registry=place,
            **options,
        )
        box = None
        if discover is not None:
            box = find_box(scenario, discover, draws=draws, rng=rng, registry=place)
    if is_csv:
        print_csv(found.frame())
    else:
        print_matters(found, most=most, lang=language)
    if box is not None:
        print_box(box, discover or "", lang=language, is_aside=is_csv)
    if folder is not None:
        files = matters_files(found, box)
        written = save_files(folder, "sensitivity", files, command=command_line())
        if not is_csv:
            print_line(f"written: {', '.join(files)} in {written}")
