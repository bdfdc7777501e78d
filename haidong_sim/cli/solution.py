"""The answer of a back-cast on a screen and on disk: changes, verification, supply side, course."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

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
    import pandas as pd

    from haidong_sim.answers.backcast import Backcast
    from haidong_sim.answers.supply import Plausibility
    from haidong_sim.place import Registry
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
