"""`haidong-sim conflicts`: which targets cannot hold together, and what gives way most cheaply."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  the command line reads the annotations
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from haidong_sim.answers.conflicts import Cap, PlanConflicts, VintageConflicts
    from haidong_sim.run import Destination
    from haidong_sim.words import Language

NAME: Final = "conflicts"


def command(
    *,
    name: Annotated[str, typer.Argument(help="A bundled scenario, or a .toml file.")],
    cap: Annotated[
        list[str] | None,
        typer.Option(
            help="A limit a year in place of history's, as gap=0.02 or drift=-0.005; LOW:HIGH is both sides. "
            "growth, gap, gap_to_rest, drift, urbanization, intensity, income."
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help="Only this target, or a question; may be repeated.", show_default="all"),
    ] = None,
    vintage: Annotated[str, typer.Option(help="Head count: plan, census or both.")] = "both",
    has_tolerance: Annotated[
        bool, typer.Option("--tolerance", help="Grant the printed 'about' to every threshold.")
    ] = False,
    study: Annotated[
        str | None,
        typer.Option(help="three-way: can share, parity per head and incomes in step hold together?"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the table and figure of a study.", show_default="none")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier result in that folder.")] = False,
    registry: Annotated[str | None, typer.Option(help="Another place: a registry folder.")] = None,
    lang: Annotated[str, typer.Option(help="Language: en or zh.")] = "en",
    is_csv: Annotated[bool, typer.Option("--csv", help="One row per target and limit, as CSV.")] = False,
) -> None:
    """Find every minimal set of targets and limits that cannot hold together, and the cheapest way out.

    [bold]Example:[/bold]  haidong-sim conflicts plan --cap gap=0.02 --cap drift=-0.005 --vintage both
    """
    from haidong_sim.answers.conflicts import VINTAGES, conflicts
    from haidong_sim.cli.screen import print_csv, require_known
    from haidong_sim.run import require_free
    from haidong_sim.words import require_language

    language = require_language(lang)
    require_known("vintage", vintage, [*VINTAGES, "both"])
    if study is not None:
        require_known("study", study, ["three-way"])
        folder = None if out is None else require_free(out, force=force)
        _answer_three_way(name, registry, folder, language, is_csv=is_csv)
        return
    found = conflicts(
        name,
        caps=dict(_cap(text) for text in cap or ()),
        targets=target,
        vintages=VINTAGES if vintage == "both" else [vintage],
        with_tolerance=has_tolerance,
        registry=registry,
    )
    if is_csv:
        print_csv(found.frame(language))
        return
    _print_conflicts(found, language)


def _cap(text: str) -> tuple[str, Cap]:
    from haidong_sim.errors import FeasibilityError

    name, sign, number = text.partition("=")
    try:
        low, both, high = number.partition(":")
        value: Cap = (float(low), float(high)) if both else float(low)
    except ValueError:
        sign = ""
    if not sign:
        raise FeasibilityError(f"--cap '{text}': write NAME=RATE or NAME=LOW:HIGH, such as gap=0.02")
    return name.strip(), value


def _print_conflicts(found: PlanConflicts, language: Language) -> None:
    from rich.text import Text

    from haidong_sim.cli.screen import print_line
    from haidong_sim.words import say

    heads = {
        "plan": ("Head count of the plan", "规划口径人口"),
        "census": ("Head count of the census", "人口普查口径"),
    }
    for vintage, part in found.by_vintage.items():
        print_line(Text(say(language, *heads[vintage]), style="bold"))
        for sentence in part.sentences(language):
            print_line(f"  {sentence}")
        _print_demands(part, language)
        if part.source.left_out:
            names = ", ".join(part.source.left_out)
            print_line(say(language, f"not part of this problem: {names}", f"未纳入：{names}"))
        print_line()


def _print_demands(part: VintageConflicts, language: Language) -> None:
    from haidong_sim.answers.conflicts import shown
    from haidong_sim.cli.screen import print_table
    from haidong_sim.words import say

    def level(value: float | None, unit: str) -> str:
        if value is None:
            return ""
        return say(language, "unlimited", "无上限") if abs(value) == float("inf") else shown(value, unit)

    rows = [
        [
            row["label"],
            level(row["within_reach"], row["unit"]),
            level(row["best_alone"], row["unit"]),
            row["conflicts"],
        ]
        for row in part.rows(language)
    ]
    right: dict[str, Any] = {"justify": "right"}
    columns: dict[str, dict[str, Any]] = {
        say(language, "Target or limit", "目标或约束"): {"ratio": 1},
        say(language, "gives way to", "放宽至"): right,
        say(language, "best alone", "单独可达"): right,
        say(language, "in conflict", "冲突组"): right,
    }
    print_table(rows, columns)


def _answer_three_way(
    name: str, registry: str | None, folder: Destination | None, language: Language, *, is_csv: bool
) -> None:
    from haidong_sim.answers.conflicts import study_three_way
    from haidong_sim.cli.keeping import command_line
    from haidong_sim.cli.screen import print_csv, print_line
    from haidong_sim.run import csv_bytes, save_files

    study = study_three_way(name, registry=registry)
    if is_csv:
        print_csv(study.surface)
    else:
        for sentence in study.sentences(language):
            print_line(sentence)
    if folder is None:
        return
    from haidong_sim.figures import figure_files, plot_three_way

    suffix = "" if language == "en" else f"_{language}"
    files = {"three_way.csv": csv_bytes(study.surface)}
    files |= figure_files(plot_three_way(study, lang=language)[0], f"three_way{suffix}", "png")
    written = save_files(folder, "three-way study", files, command=command_line())
    if not is_csv:
        print_line(f"written: {written}")
