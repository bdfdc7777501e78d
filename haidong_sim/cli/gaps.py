"""Why two scenarios differ, on a screen: the gap of each indicator or target over the parts that differ."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.answers.attribution import attribute
from haidong_sim.cli.screen import print_line, print_table
from haidong_sim.indicators import catalogue
from haidong_sim.words import format_margin, format_number, indicator_label, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haidong_sim.answers.attribution import BlockAttribution
    from haidong_sim.run import Result
    from haidong_sim.words import Language

# Blocks joined by subject, in Chinese; a single path or table keeps the name that it has in the file.
_BLOCKS_ZH: Final = MappingProxyType(
    {
        "paths of output": "产出路径",
        "paths of prices": "价格路径",
        "paths of people": "人口路径",
        "paths of the province": "全省路径",
        "paths of income": "收入路径",
        "other paths": "其他路径",
        "spread": "不确定性",
        "assumptions": "假设",
        "conventions": "口径",
        "energy": "能源",
    }
)
_RIGHT: Final[dict[str, Any]] = {"justify": "right"}


def print_gaps(first: Result, second: Result, names: Sequence[str], *, year: int) -> BlockAttribution:
    """Print one table per name: what each part of the scenario contributes, and that nothing is left over.

    An indicator is split on the paths without shocks in `year`; a target as its margin at its deadline.
    """
    found = attribute([first, second], list(names), year=year)
    for row, name in enumerate(names):
        unit, when = _unit_and_year(first, name, year)
        what = name if name in catalogue() else f"margin of {name}"
        lines = [
            [block, *(format_margin(part, unit, "en") for part in _parts(found, row, number))]
            for number, block in enumerate(found.blocks)
        ]
        gap = float((found.end - found.start)[row].mean())
        lines.append(["together", format_margin(gap, unit, "en"), "", ""])
        print_line()
        columns = {
            f"{what}, {when}": {"ratio": 1},
            "contributes": _RIGHT,
            "if first": _RIGHT,
            "if last": _RIGHT,
        }
        start, end = (format_number(float(side[row].mean()), unit) for side in (found.start, found.end))
        rest = float(abs(found.residual[row]).max())
        print_table(
            lines,
            columns,
            note=f"{first.scenario.name} {start}, {second.scenario.name} {end}; "
            f"mean over all orders of switching (Shapley over blocks), {rest:.0e} left over.",
        )
    return found


def gap_files(
    found: BlockAttribution, first: Result, second: Result, names: Sequence[str], *, year: int
) -> dict[str, bytes]:
    """Return one waterfall for each name of `print_gaps`, as PNG and SVG in both languages."""
    ends = (first.scenario.name, second.scenario.name)
    files: dict[str, bytes] = {}
    for row, name in enumerate(names):
        unit, when = _unit_and_year(first, name, year)
        files |= _draw(found, row, unit, ends, (name, when))
    return files


def _title(title: tuple[str, int], lang: Language) -> str:
    name, year = title
    if name in catalogue():
        return f"{indicator_label(name, lang)}, {year}"
    return say(lang, f"Margin of {name}, {year}", f"目标 {name} 的余量，{year}")


def _parts(found: BlockAttribution, row: int, number: int) -> tuple[float, float, float]:
    parts = (found.contribution, found.alone, found.last)
    mean, first, last = (float(part[number, row].mean()) for part in parts)
    return mean, first, last


def _unit_and_year(result: Result, name: str, year: int) -> tuple[str, int]:
    if name in catalogue():
        return catalogue()[name].unit, year
    functional = next(one for one in result.functionals if one.name == name)
    units = {target.id: target.unit for target in result.registry.targets}
    return units[functional.target_id], functional.last_year


def _draw(
    found: BlockAttribution, row: int, unit: str, ends: tuple[str, str], title: tuple[str, int]
) -> dict[str, bytes]:
    import pandas as pd

    from haidong_sim.figures import figure_files, plot_waterfall, usable_language

    contribution = found.contribution[:, row].mean(axis=1)
    files: dict[str, bytes] = {}
    languages: tuple[Language, ...] = ("en", "zh")
    for lang in languages:
        # What is written into a figure is in the language that its fonts can write.
        told = usable_language(lang)
        names = [say(told, block, _BLOCKS_ZH.get(block, block)) for block in found.blocks]
        steps = pd.DataFrame({"name": names, "contribution": contribution})
        ax = plot_waterfall(
            steps,
            start=float(found.start[row].mean()),
            unit=unit,
            start_name=ends[0],
            end_name=ends[1],
            title=_title(title, told),
            lang=told,
        )
        suffix = "" if lang == "en" else f"_{lang}"
        files |= figure_files(ax, f"{title[0]}{suffix}", "png", "svg")
    return files
