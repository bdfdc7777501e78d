"""`haidong-sim solve`: the least change of path that meets targets with wanted probabilities."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  the command line reads the annotations
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from haidong_sim.run import Destination
    from haidong_sim.scenario import Scenario
    from haidong_sim.words import Language

NAME: Final = "solve"


def command(
    *,
    name: Annotated[str, typer.Argument(help="A bundled scenario, or a .toml file.")],
    target: Annotated[
        list[str], typer.Option(help='A target id, or a question such as "gdp_share_of_province@2030>=20%".')
    ],
    lever: Annotated[list[str], typer.Option(help="A driver that may change, such as tertiary.growth.")],
    probability: Annotated[
        list[float] | None,
        typer.Option(help="Wanted chance: one for all targets, or one for each.", show_default="0.5"),
    ] = None,
    bound: Annotated[
        list[str] | None,
        typer.Option(
            help="Least and greatest change a year, as tertiary.growth=0:0.02.", show_default="±0.05"
        ),
    ] = None,
    since: Annotated[int | None, typer.Option(help="First year that may change.")] = None,
    has_frontier: Annotated[
        bool, typer.Option("--frontier", help="What every probability of the (one) target costs.")
    ] = False,
    draws: Annotated[int, typer.Option(help="Futures of the search and of the verification.")] = 16384,
    rng: Annotated[int, typer.Option(help="Seed.")] = 2020,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the adjusted scenario and the tables.", show_default="none"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier result in that folder.")] = False,
    registry: Annotated[str | None, typer.Option(help="Another place: a registry folder.")] = None,
    lang: Annotated[str, typer.Option(help="Language: en or zh.")] = "en",
    is_csv: Annotated[bool, typer.Option("--csv", help="The changes year by year, as CSV.")] = False,
) -> None:
    """Find the least change of path that meets targets with wanted probabilities, and what it would take.

    The answer is verified on fresh random numbers, split into yearly targets, and held against history.

    [bold]Example:[/bold]  haidong-sim solve plan --target "gdp_share_of_province@2030>=20%" --probability 0.5
    --lever tertiary.growth --lever secondary.growth
    """
    from haidong_sim.run import case_of, require_free
    from haidong_sim.words import require_language

    language = require_language(lang)
    asked = _asked(target, probability or [0.5])
    case = case_of(name, registry=registry)
    options: dict[str, Any] = {
        "levers": lever, "bounds": dict(_bound(text) for text in bound or ()), "since": since,
        "draws": draws, "rng": rng, "registry": case.registry,
    }  # fmt: skip
    folder = None if out is None else require_free(out, force=force)
    if has_frontier:
        _answer_frontier(case.scenario, _only(target), options, folder, language, is_csv=is_csv)
    else:
        _answer(case.scenario, asked, options, folder, language, is_csv=is_csv)


def _answer(
    scenario: Scenario,
    asked: Mapping[str, float],
    options: Mapping[str, Any],
    folder: Destination | None,
    language: Language,
    *,
    is_csv: bool,
) -> None:
    from haidong_sim.answers.backcast import backcast
    from haidong_sim.cli.keeping import command_line
    from haidong_sim.cli.screen import print_csv, print_line, progress_line
    from haidong_sim.cli.solution import print_course, print_solution, print_supply
    from haidong_sim.run import csv_bytes, save_files

    with progress_line("searching the least change"):
        found = backcast(scenario, asked, **options)
    changes = found.frame().reset_index()
    if is_csv:
        print_csv(changes)
    else:
        print_solution(found, language)
        print_supply(found, language)
        print_course(found, language)
    if folder is not None:
        files = {"changes.csv": csv_bytes(changes), "solved.toml": found.adjusted.to_toml().encode()}
        written = save_files(folder, "backcast", files, command=command_line())
        if not is_csv:
            print_line(f"written: {written}")


def _answer_frontier(
    scenario: Scenario,
    target: str,
    options: Mapping[str, Any],
    folder: Destination | None,
    language: Language,
    *,
    is_csv: bool,
) -> None:
    from haidong_sim.answers.backcast import trace_frontier
    from haidong_sim.cli.keeping import command_line
    from haidong_sim.cli.screen import print_csv, progress_line
    from haidong_sim.cli.solution import print_frontier
    from haidong_sim.run import csv_bytes, save_files

    with progress_line("tracing the frontier"):
        frontier = trace_frontier(scenario, target, **options)
    if is_csv:
        print_csv(frontier)
    else:
        print_frontier(frontier, target, language)
    if folder is not None:
        save_files(folder, "backcast", {"frontier.csv": csv_bytes(frontier)}, command=command_line())


def _asked(targets: Sequence[str], probabilities: Sequence[float]) -> dict[str, float]:
    from haidong_sim.errors import ScenarioError

    if len(probabilities) not in {1, len(targets)}:
        raise ScenarioError(
            f"--probability: {len(probabilities)} for {len(targets)} targets; give one for all, or one each"
        )
    each = list(probabilities) * (len(targets) if len(probabilities) == 1 else 1)
    twice = sorted({name for name in targets if list(targets).count(name) > 1})
    if twice:
        raise ScenarioError(f"--target: {', '.join(twice)} is named twice")
    return dict(zip(targets, each, strict=True))


def _only(targets: Sequence[str]) -> str:
    from haidong_sim.errors import ScenarioError

    if len(targets) != 1:
        raise ScenarioError(f"--frontier: {len(targets)} targets; a frontier is traced for one")
    return targets[0]


def _bound(text: str) -> tuple[str, tuple[float, float]]:
    from haidong_sim.errors import ScenarioError

    name, sign, limits = text.partition("=")
    low, both, high = limits.partition(":")
    try:
        if sign and both:
            return name.strip(), (float(low), float(high))
    except ValueError:
        pass
    raise ScenarioError(f"--bound '{text}': write LEVER=LOW:HIGH, such as tertiary.growth=0:0.02")
