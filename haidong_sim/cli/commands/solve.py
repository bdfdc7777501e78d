"""`haidong-sim solve`: the least change of path that meets targets."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.text import Text

from haidong_sim.answers.supply import NEEDED, plausibility
from haidong_sim.answers.verdict import course
from haidong_sim.cli.screen import print_line, print_table
from haidong_sim.questions import ask_target
from haidong_sim.run import project, simulate
from haidong_sim.words import (
    format_change,
    format_interval,
    format_number,
    format_probability,
    indicator_label,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from haidong_sim.answers.backcast import Backcast
    from haidong_sim.answers.supply import Plausibility
    from haidong_sim.place import Registry
    from haidong_sim.run import Destination
    from haidong_sim.scenario import Scenario
    from haidong_sim.words import Language

_COURSE_DRAWS: Final = 16384
_RIGHT: Final[dict[str, Any]] = {"justify": "right"}


def print_solution(found: Backcast, lang: Language) -> None:
    """Print the verification of each target, and the change of each lever year by year."""
    for name, asked in found.asked.items():
        chance = found.verified[name]
        told = format_probability(chance.probability, chance.n)
        interval = format_interval(chance.ci_low, chance.ci_high)
        print_line(
            say(
                lang,
                f"{name}: asked {asked:.0%}; on {chance.n:,} fresh futures {told} {interval}.",
                f"{name}：要求概率{asked:.0%}；另取{chance.n:,}条独立路径检验为{told} {interval}。",
            )
        )
    if not any(change.any() for change in found.changes.values()):
        print_line(say(lang, "Nothing has to change.", "无需调整。"))
        return
    before, after = (_growth(scenario, found.registry) for scenario in (found.scenario, found.adjusted))
    rows = [
        [str(year), *(_points(value) for value in row), f"{before[year]:.2%}", f"{after[year]:.2%}"]
        for year, row in zip(found.years.tolist(), found.frame().to_numpy(), strict=True)
    ]
    heads = [say(lang, "Change a year", "逐年调整"), *found.changes]
    heads += [say(lang, "GDP growth before", "原增速"), say(lang, "after", "调整后增速")]
    print_table(rows, {heads[0]: {}} | dict.fromkeys(heads[1:], _RIGHT))
    print_line(
        say(
            lang,
            f"Effort: {100 * found.effort:.2f} points a year (root mean square over levers and years).",
            f"调整幅度：年均{100 * found.effort:.2f}个百分点（各杠杆、各年均方根）。",
        )
    )


def print_supply(found: Backcast, lang: Language) -> None:
    """Print what the path asks of investment and productivity, and whether history has seen the like."""
    before, after = (
        plausibility(project(scenario, indicators=NEEDED, registry=found.registry))
        for scenario in (found.scenario, found.adjusted)
    )
    print_line()
    print_line(Text(say(lang, "What it would take", "所需条件"), style="bold"))
    print_line(_supply_words(before, after, lang))
    for row in after.assumptions.values():
        print_line(
            say(lang, "  assumption: ", "  假设：")
            + f"{row.name} = {row.value:g} ({row.low:g} … {row.high:g}). {row.source}"
        )
    raised = after.flags[after.flags["on_path_without_shocks"]]
    if not after.has_history:
        print_line(
            say(
                lang,
                "Not compared with history: the data of this place hold no limits.",
                "未与历史比较：该地数据未列出历史范围。",
            )
        )
    elif raised.empty:
        print_line(
            say(lang, "Nothing on this path lies beyond what history has seen.", "路径未超出历史范围。")
        )
    for flag in raised.to_dict("records"):
        first = say(lang, f"first in {flag['first_year']:.0f}", f"始于{flag['first_year']:.0f}年")
        print_line(f"⚑ {flag['statement_' + lang]} ({first}). {flag['source']}")


def print_course(found: Backcast, lang: Language) -> None:
    """Print the yearly targets and the checkpoint ladder of each level target, on the path found."""
    questions = (ask_target(name, found.registry, found.adjusted) for name in found.asked)
    asked = [question for question in questions if question.has_milestones]
    if not asked:
        return
    result = simulate(
        found.adjusted, indicators=(), keep=list(dict.fromkeys(f.indicator for f in asked)), questions=asked,
        draws=_COURSE_DRAWS, rng=2020, registry=found.registry, progress=False,
    )  # fmt: skip
    for functional in asked:
        table = course(result, functional.name)
        print_line()
        print_line(
            Text(
                say(
                    lang,
                    f"Course to {functional.name}: what to aim at, and the level that gives each chance",
                    f"{functional.name}的年度目标，以及达到各概率所需水平",
                ),
                style="bold",
            )
        )
        heads = {
            "even": say(lang, "even steps", "匀速分解"),
            "along_path": say(lang, "along the path", "按路径分解"),
            "without_shocks": say(lang, "path without shocks", "无冲击路径"),
        }
        columns = [heads.get(name, name.removeprefix("at_")) for name in table.columns]
        unit = _unit(functional.indicator)
        rows = [
            [str(year), *(format_number(float(value), unit) for value in row)]
            for year, row in zip(table.index.tolist(), table.to_numpy(), strict=True)
        ]
        head = indicator_label(functional.indicator, lang)
        print_table(rows, {head: {"ratio": 1}} | dict.fromkeys(columns, _RIGHT))


def print_frontier(frontier: pd.DataFrame, target: str, lang: Language) -> None:
    """Print what each probability costs."""
    levers = [name for name in frontier.columns if name.startswith("mean_change_")]
    rows = []
    for row in frontier.to_dict("records"):
        if not row["is_reachable"]:
            rows.append(
                [f"{row['probability']:.0%}", say(lang, "out of reach", "不可达"), *([""] * len(levers))]
            )
            continue
        means = [_points(row[name]) for name in levers]
        rows.append([f"{row['probability']:.0%}", f"{100 * row['effort']:.2f}", *means])
    heads = [
        say(lang, f"Chance of {target}", f"{target}的概率"),
        say(lang, "effort, points a year", "年均调整（百分点）"),
    ]
    means = [say(lang, "mean ", "平均") + name.removeprefix("mean_change_") for name in levers]
    print_table(rows, {heads[0]: {}} | dict.fromkeys([*heads[1:], *means], _RIGHT))


def _supply_words(before: Plausibility, after: Plausibility, lang: Language) -> str:
    shares = [part.paths["implied_investment_share"].mean() for part in (before, after)]
    tfps = [part.paths["implied_tfp_growth"].mean() for part in (before, after)]
    tfp, share = (after.assumptions[name].value for name in ("tfp_growth", "investment_share"))
    return say(
        lang,
        f"Investment of {shares[1]:.0%} of GDP on the mean of the years (before: {shares[0]:.0%}), if "
        f"productivity grows by {tfp:.1%} a year; or productivity growth of {tfps[1]:.1%} (before: "
        f"{tfps[0]:.1%}), if investment is {share:.0%} of GDP.",
        f"若全要素生产率年增{tfp:.1%}，投资须年均达到地区生产总值的{shares[1]:.0%}（原为{shares[0]:.0%}）；"
        f"若投资占{share:.0%}，全要素生产率须年增{tfps[1]:.1%}（原为{tfps[0]:.1%}）。",
    )


def _growth(scenario: Scenario, registry: Registry) -> dict[int, float]:
    result = project(scenario, indicators=["gdp_growth"], registry=registry)
    return {year: result.path["gdp_growth", year] for year in result.years.tolist()}


def _points(change: float) -> str:
    return (
        "0"
        if abs(change) < 5e-7
        else format_change(change, "fraction per year", "en").removesuffix(" a year")
    )


def _unit(name: str) -> str:
    from haidong_sim.indicators import indicator

    return indicator(name).unit


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
