"""Why two scenarios differ, on a screen: the gap of each indicator or target over the parts that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from haidong_sim.attribution import attribute
from haidong_sim.cli.screen import print_line, print_table
from haidong_sim.indicators import catalogue
from haidong_sim.indicators.formatting import format_margin, format_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from haidong_sim.attribution import BlockAttribution
    from haidong_sim.ensemble import Result

_RIGHT: Final[dict[str, Any]] = {"justify": "right"}


def print_gaps(first: Result, second: Result, names: Sequence[str], *, year: int, out: Path | None) -> None:
    """Print one table per name: what each part of the scenario contributes, and that nothing is left over.

    An indicator is split on the median paths in `year`; a target as its margin at its deadline. With `out`
    also one waterfall for each name, in both languages.
    """
    found = attribute(first, second, list(names), year=year)
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
        if out is not None:
            _draw(
                found, row, unit, (first.scenario.name, second.scenario.name), f"{what}, {when}", out / name
            )


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
    found: BlockAttribution, row: int, unit: str, ends: tuple[str, str], title: str, stem: Path
) -> None:
    import pandas as pd

    from haidong_sim.plot import plot_waterfall, write_figure

    steps = pd.DataFrame({"name": found.blocks, "contribution": found.contribution[:, row].mean(axis=1)})
    stem.parent.mkdir(parents=True, exist_ok=True)
    for lang in ("en", "zh"):
        ax = plot_waterfall(
            steps,
            start=float(found.start[row].mean()),
            unit=unit,
            start_name=ends[0],
            end_name=ends[1],
            title=title,
            lang=lang,
        )
        suffix = "" if lang == "en" else f"_{lang}"
        write_figure(ax, stem.with_name(f"{stem.name}{suffix}.png"))
        write_figure(ax, stem.with_name(f"{stem.name}{suffix}.svg"))
