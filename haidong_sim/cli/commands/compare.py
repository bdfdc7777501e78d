"""`haidong-sim compare`: two or more scenarios under the same random numbers."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  read when the command is built
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haidong_sim.run import Result

NAME: Final = "compare"


def command(
    *,
    names: Annotated[list[str], typer.Argument(help="Two or more scenarios; the first is compared with.")],
    draws: Annotated[int, typer.Option(max=10**10, help="Number of futures of each.")] = 20_000,
    rng: Annotated[int, typer.Option(help="Seed, the same for all.")] = 2020,
    year: Annotated[
        int | None, typer.Option(help="Year of the indicators shown.", show_default="the last")
    ] = None,
    indicator: Annotated[
        list[str] | None, typer.Option(help="Indicators to show; may be repeated.", show_default="headlines")
    ] = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option(
            help="Also say which parts of the scenarios make the difference of this indicator or target; may "
            "be repeated.",
            show_default="none",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the waterfalls of --attribute.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier result in that folder.")] = False,
    registry: Annotated[str | None, typer.Option(help="Another place: a registry folder.")] = None,
    is_csv: Annotated[
        bool, typer.Option("--csv", help="Every indicator, year and statistic, as CSV.")
    ] = False,
) -> None:
    """Compare scenarios: all share their random numbers, so a difference is the scenario and not chance.

    The band is that of the difference itself, draw by draw: it can be narrow where both outcomes are wide.

    [bold]Example:[/bold]  haidong-sim compare plan mine.toml --year 2030 --attribute gdp_share_of_province
    """
    from haidong_sim.answers.comparison import compare, compare_targets
    from haidong_sim.cli.keeping import command_line
    from haidong_sim.cli.page import FAN_INDICATORS
    from haidong_sim.cli.screen import is_watched, print_csv, print_line
    from haidong_sim.errors import HaidongSimError, ScenarioError
    from haidong_sim.indicators import indicator as declared
    from haidong_sim.questions import is_without_energy
    from haidong_sim.run import case_of, require_free, save_files, simulate

    if len(names) < 2:
        raise HaidongSimError(
            "compare needs at least two scenarios, as in: haidong-sim compare plan mine.toml"
        )
    folder = None if out is None else require_free(out, force=force)
    cases = [case_of(name, registry=registry) for name in names]
    shown = [declared(name).name for name in indicator or ()] or [
        name for name in FAN_INDICATORS if not any(is_without_energy(name, case.scenario) for case in cases)
    ]
    last = min(case.scenario.horizon for case in cases)
    if year is not None and year > last:
        raise ScenarioError(f"year: {year} is after {last}, the last year that all scenarios reach")
    results = [
        simulate(
            case.scenario, keep=shown, draws=draws, rng=rng, registry=case.registry, progress=is_watched()
        )
        for case in cases
    ]
    if year is not None and year <= int(results[0].years[0]):
        raise ScenarioError(f"year: {year} is not after the base year {int(results[0].years[0])}")
    table = compare(results)
    if is_csv:
        print_csv(table)
        return
    for result in results[1:]:
        _print_indicators(table, results[0], result, shown, year or last)
    _print_targets(compare_targets(results), results)
    if attribute:
        files = _attribute(results, attribute, year or last, is_drawn=folder is not None)
        if folder is not None:
            print_line(f"written: {save_files(folder, 'comparison', files, command=command_line())}")


def _attribute(
    results: Sequence[Result], names: Sequence[str], year: int, *, is_drawn: bool
) -> dict[str, bytes]:
    """Print what makes the differences, and return the waterfalls, of several scenarios in folders."""
    from haidong_sim.cli.gaps import gap_files, print_gaps

    files: dict[str, bytes] = {}
    for result in results[1:]:
        found = print_gaps(results[0], result, names, year=year)
        if is_drawn:
            own = f"{result.scenario.name}/" if len(results) > 2 else ""
            drawn = gap_files(found, results[0], result, names, year=year)
            files |= {f"{own}{name}": content for name, content in drawn.items()}
    return files


def _print_indicators(table: Any, first: Result, other: Result, shown: Sequence[str], year: int) -> None:
    from haidong_sim.cli.screen import print_table
    from haidong_sim.words import format_margin, format_number

    rows = []
    pair = table[(table["other"] == other.scenario.name) & (table["year"] == year)]
    for name in shown:
        cells = pair[pair["indicator"] == name].set_index("statistic")
        unit = str(cells["unit"].iloc[0])
        low, middle, high = (
            format_margin(float(cells.loc[f"paired_{word}", "difference"]), unit, "en")
            for word in ("q05", "median", "q95")
        )
        values = [format_number(float(cells.loc["median", word]), unit) for word in ("value", "other_value")]
        rows.append([name, *values, middle, f"{low} … {high}"])
    right = {"justify": "right"}
    columns: dict[str, dict[str, Any]] = {
        f"Medians in {year}": {"ratio": 1}, first.scenario.name: right,
        other.scenario.name: right, "difference": right, "90% of draws": right,
    }  # fmt: skip
    print_table(rows, columns)


def _print_targets(table: Any, results: Sequence[Result]) -> None:
    from rich.text import Text

    from haidong_sim.cli.answer import chance_text
    from haidong_sim.cli.screen import STATUS_STYLES, print_line, print_table
    from haidong_sim.report import STATUS_SYMBOLS
    from haidong_sim.words import format_number

    rows = []
    names = [result.scenario.name for result in results]
    for row in table.to_dict("records"):
        cells: list[Any] = [row["target_id"], f"{row['deadline']}"]
        for name, result in zip(names, results, strict=True):
            status = row.get(f"{name}:status")
            if not isinstance(status, str):
                cells.append("")
                continue
            value = format_number(row[f"{name}:value"], str(row["unit"]))
            chance = chance_text(float(row[f"{name}:probability"]), result.draws)
            cells.append(Text(f"{STATUS_SYMBOLS[status]} {value}  {chance}", style=STATUS_STYLES[status]))
        rows.append(cells)
    print_line()
    columns: dict[str, dict[str, Any]] = {"Target": {"ratio": 1}, "Due": {}}
    print_table(rows, columns | {name: {"justify": "right"} for name in names})
    print_line("Each target: status and value on the path without shocks, then the chance over all draws.")
