"""What matters, on a screen and in a folder: the tables of `haidong-sim sensitivity`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import typer

from haidong_sim.answers.sensitivity import (
    MEASURES,
    UNSEEN,
    decisive_conventions,
    input_label,
    input_move,
    is_distinguishable,
)
from haidong_sim.cli.screen import print_line, print_table
from haidong_sim.run import csv_bytes
from haidong_sim.words import say

if TYPE_CHECKING:
    import pandas as pd

    from haidong_sim.answers.sensitivity import Discovery, Sensitivity
    from haidong_sim.words import Language

_HEADS: Final = {
    "given_data": "Variance explained by one input alone",
    "shapley": "Share of variance (dependence respected)",
    "probability": "Change of the chance when the mean rises by one sd",
    "flips": "Least move of one input that changes the light",
    "information": "Wrong verdicts avoided by knowing one input",
    "sobol": "Share of variance, interactions included",
    "morris": "Mean size of elementary effects",
    "tornado": "Swing from the 10% to the 90% quantile (not variance)",
    "spider": "Swing over the quantiles (not variance)",
}
_RIGHT: Final[dict[str, Any]] = {"justify": "right"}


def print_matters(found: Sensitivity, *, most: int, lang: Language) -> None:
    """Print one line per outcome; of a single outcome every input with its interval, and the sentence."""
    table = found.frame()
    if found.method == "conventions":
        _print_conventions(table, lang)
        return
    rows = "target" if "target" in table else "outcome"
    outcomes = table[[rows, "year"]].drop_duplicates()
    if len(outcomes) == 1 and found.method in MEASURES:
        _print_inputs(found, table, lang)
        print_line()
        for sentence in found.sentences(lang):
            print_line(sentence)
        return
    lines = []
    for name, year in outcomes.itertuples(index=False):
        part = table[(table[rows] == name) & (table["year"] == year)]
        ranked = [f"{number} {_short(word, lang)}" for word, number in _ranked(found.method, part)[:most]]
        nothing = "no move within reach" if found.method == "flips" else "none distinguishable from zero"
        cells = ranked or [nothing]
        lines.append([name, year, *cells, *[""] * (most - len(cells))])
    heads: dict[str, dict[str, Any]] = {f"{number}.": {"ratio": 3} for number in range(1, most + 1)}
    print_table(lines, {"Outcome": {"ratio": 3}, "Year": {}, **heads}, note=f"{_HEADS[found.method]}.")
    unseen = int((table["note"] == UNSEEN).sum()) if "note" in table else 0
    if unseen:
        print_line(f"{unseen} of {len(table)} pairs of outcome and input are {UNSEEN}.")


def _short(name: str, lang: Language) -> str:
    """Return the name in a narrow cell: as it is written in tables, or in Chinese, which is short anyway."""
    return name if lang == "en" else input_label(name, lang)


def _ranked(method: str, part: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the inputs that matter for one outcome with their numbers as text, the weightiest first."""
    if method == "spider":
        swing = part.groupby("input", sort=False)["value"].agg(lambda leg: leg.max() - leg.min())
        order = swing.sort_values(ascending=False, kind="stable")
        return [(str(name), f"{value:.3g}") for name, value in order.items() if value > 1e-9 * order.max()]
    column = MEASURES[method]
    records = part.to_dict("records")
    if method == "flips":
        near = part.dropna(subset=[column])
        near = near.loc[near[column].abs().sort_values(kind="stable").index]
        return [(str(row["input"]), _number(method, row[column])) for row in near.to_dict("records")]
    seen = [row for row in records if is_distinguishable(row, column) and _is_sure(row, column)]
    least = 1e-9 * max((abs(row[column]) for row in seen), default=0.0)
    seen = [row for row in seen if abs(row[column]) > least]
    seen.sort(key=lambda row: -abs(row[column]))
    return [(str(row["input"]), _number(method, row[column])) for row in seen]


def _is_sure(row: Any, column: str) -> bool:
    return column != "value_of_information" or row[column] > 1.96 * row["value_se"]


def _number(method: str, value: float) -> str:
    if method in {"given_data", "shapley", "sobol"}:
        return f"{value:.0%}"
    if method in {"probability", "information"}:
        return f"{100 * value:+.1f} pp".replace("-", "\u2212")
    if method == "flips":
        return f"{value:+.2f} sd".replace("-", "\u2212")
    return f"{value:.3g}"


def _print_inputs(found: Sensitivity, table: pd.DataFrame, lang: Language) -> None:
    """Print every input that decides the one outcome of the table, and count the others."""
    column = MEASURES[found.method]
    conf = f"{column}_conf"
    by_name = {str(row["input"]): row for row in table.to_dict("records")}
    lines = []
    for name, number in _ranked(found.method, table):
        row = by_name[name]
        interval = f"± {row[conf]:.3f}" if conf in row else ""
        lines.append([input_label(name, lang), number, interval, _note(row, lang)])
    rows = "target" if "target" in table else "outcome"
    title = f"{_HEADS[found.method]}: {table[rows].iloc[0]}, {int(table['year'].iloc[0])}."
    columns = {"Input": {"ratio": 3}, column: _RIGHT, "95%": _RIGHT, "": {"ratio": 3}}
    used = [True, True, any(line[2] for line in lines), any(line[3] for line in lines)]
    shown = [[cell for cell, keep in zip(line, used, strict=True) if keep] for line in lines]
    heads = dict(pair for pair, keep in zip(columns.items(), used, strict=True) if keep)
    print_table(shown, heads, note=title)


def _note(row: Any, lang: Language) -> str:
    if "after" in row and "move" not in row:
        return say(lang, "then met", "即达到") if row["after"] else say(lang, "then missed", "即未达到")
    if "move" in row:
        return (
            f"{input_move(str(row['input']), row['move'], lang)}: P {row['before']:.1%} to {row['after']:.0%}"
        )
    return ""


def _print_conventions(table: pd.DataFrame, lang: Language) -> None:
    summary = decisive_conventions(table)
    rows = [
        [row["target"], row["statuses"], row["turned_by"].replace(";", ",") or "-"]
        for row in summary.to_dict("records")
    ]
    print_table(rows, {"Target": {"ratio": 2}, "Verdict": {"ratio": 2}, "Turned by": {"ratio": 3}})
    cells = len(table.drop(columns=["scenario", "target"]).drop_duplicates(subset=_choices(table)))
    print_line(
        say(
            lang,
            f"{cells} combinations of conventions, each a run of its own; none is averaged.",
            f"共 {cells} 种口径组合，逐一计算，不作平均。",
        )
    )


def _choices(table: pd.DataFrame) -> list[str]:
    heads = [str(name) for name in table]
    return heads[heads.index("year") + 1 : heads.index("status")]


def print_box(found: Discovery, outcome: str, *, lang: Language, is_aside: bool = False) -> None:
    """Print the box of a discovery as a sentence, and how far to trust it."""
    words = {
        "binding": say(lang, "all binding targets are met", "全部约束性目标达到"),
        "all": say(lang, "all targets are met", "全部目标达到"),
    }
    met = words.get(outcome, say(lang, f"{outcome} is met", f"{outcome} 达到"))
    text = found.sentence(met, language=lang)
    trust = say(
        lang,
        f"On the half of the draws that did not choose it: {found.holdout.density:.0%} there, covering "
        f"{found.holdout.coverage:.0%}; p = {found.p_value:.2g} over shuffled outcomes.",
        f"在未用于选择的一半情景中：比例为{found.holdout.density:.0%}，覆盖{found.holdout.coverage:.0%}；"
        f"随机置换检验 p = {found.p_value:.2g}。",
    )
    for line in (text, trust):
        if is_aside:
            typer.echo(line, err=True)
        else:
            print_line(line)


def matters_files(found: Sensitivity, box: Discovery | None) -> dict[str, bytes]:
    """Return the table as CSV, its figures as PNG and SVG in both languages, and the box."""
    from haidong_sim.figures import figure_files, plot_sensitivity

    files = {f"{found.method}.csv": csv_bytes(found.frame())}
    if box is not None:
        files["box.csv"] = csv_bytes(box.frame())
    if found.method == "conventions":
        return files
    languages: tuple[Language, ...] = ("en", "zh")
    for lang in languages:
        suffix = "" if lang == "en" else f"_{lang}"
        files |= figure_files(plot_sensitivity(found, lang=lang), f"{found.method}{suffix}", "svg", "png")
    return files
