"""`haidong-sim calibrate`: what published series say about the parameters, and how well they foretell."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from haidong_sim.resources import DEFAULT_PLACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from haidong_sim.run import Destination

NAME: Final = "calibrate"

_SHOWN_DIFFERENCES: Final = 20

Tables = dict[str, dict[str, Any]]


def command(
    *,
    own: Annotated[
        Path | None, typer.Option(help="A CSV of your own series, in the columns of the registry's series.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help='Write the results into this folder, for `calibration = "FOLDER"` in a scenario.'),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier result in that folder.")] = False,
    is_scored: Annotated[
        bool, typer.Option("--score", help="Predict years that were held back, beside simple rules.")
    ] = False,
    is_checked: Annotated[
        bool,
        typer.Option("--check", help="End with exit code 1 if what ships has drifted; add --score for all."),
    ] = False,
    registry: Annotated[
        str, typer.Option(help="The place: a bundled name or a registry folder.")
    ] = DEFAULT_PLACE,
    is_csv: Annotated[
        bool, typer.Option("--csv", help="The parameters, or with --score every forecast, as CSV.")
    ] = False,
) -> None:
    """Estimate the parameters again from the published series; say what is missing and what that costs.

    Writes nothing without --out. A series of your own extends or replaces the record by name.

    [bold]Example:[/bold]  haidong-sim calibrate --own mine.csv --out mine --score
    """
    from haidong_sim.cli.screen import print_csv, progress_line
    from haidong_sim.errors import HaidongSimError
    from haidong_sim.estimation import calibrate, load_inputs, missing_series, read_series, score_all
    from haidong_sim.place import load_registry
    from haidong_sim.run import require_free

    if is_checked and own is not None:
        raise HaidongSimError("--check compares the public record with what ships; leave --own out")
    folder = None if out is None else require_free(out, force=force)
    if is_checked and registry != DEFAULT_PLACE:
        raise HaidongSimError(
            f"--check compares with what ships, and no calibration of '{registry}' does; "
            f"allowed: --registry {DEFAULT_PLACE}"
        )
    inputs = load_inputs(load_registry(registry), None if own is None else read_series(own))
    with progress_line("estimating"):
        tables = calibrate(inputs, score=is_scored and (is_checked or out is not None))
    if folder is not None:
        _write(folder, tables)
    if is_checked:
        _check(tables)
        return
    if is_csv:
        print_csv(score_all(inputs) if is_scored else _parameters(tables))
        return
    # What ships is of one place: beside the numbers of another it would say nothing.
    _print_parameters(tables, is_own=own is not None and registry == DEFAULT_PLACE)
    _print_missing(missing_series(inputs.series, inputs.declaration.wanted))
    if is_scored:
        with progress_line("predicting years held back"):
            scores = score_all(inputs)
        _print_scores(scores)


def _parameters(tables: Tables) -> pd.DataFrame:
    """Return one row for each driver: its table without the grids of the posterior."""
    import pandas as pd

    return pd.DataFrame(
        [
            {"driver": driver} | {key: value for key, value in table.items() if key != "posterior"}
            for part in tables.values()
            for driver, table in part.get("drivers", {}).items()
        ]
    )


def _print_parameters(tables: Tables, *, is_own: bool) -> None:
    from haidong_sim.cli.screen import print_table

    table = _parameters(tables)
    judged = table["provenance"] == "assumption"
    shown = {
        "driver": table["driver"] + judged.map({True: " *", False: ""}),
        "mean %": _percent(table["mean"]),
        "trend ±": _percent(table["trend_sd"]),
        "year ±": _percent(table["annual_sd"]),
        "persistence": [f"{value:.2f}" for value in table["persistence"]],
        "n": table["n"],
        "sample": table["sample"],
    }
    if is_own:
        shipped = _parameters(_shipped(tables)).set_index("driver").reindex(table["driver"])
        del shown["persistence"], shown["sample"]
        shown |= {"shipped mean %": _percent(shipped["mean"]), "shipped ±": _percent(shipped["trend_sd"])}
    print_table(
        list(zip(*shown.values(), strict=True)),
        {name: {"ratio": 1} if name == "sample" else {} for name in shown},
        note="log growth a year, standard deviations of its trend and of a year's shock; * a judged spread",
    )


def _percent(values: pd.Series) -> list[str]:
    return [f"{100 * value:.2f}" for value in values]


def _print_missing(missing: pd.DataFrame) -> None:
    from haidong_sim.cli.screen import print_line

    print_line()
    if missing.empty:
        print_line("nothing that the calibration looks for is missing")
        return
    print_line("Missing from the record:")
    for row in missing.to_dict("records"):
        years = _spans([int(year) for year in row["missing_years"].split(", ")])
        print_line(f"  {row['region']} {row['indicator']}, {years}")
        print_line(f"    instead: {row['stand_in']}")
        print_line(f"    cost: {row['cost']}")
    print_line(f"{len(missing)} series are missing from the record; give them with --own FILE")


def _spans(years: Sequence[int]) -> str:
    """Return years as spans: 2016-2018, 2020."""
    spans: list[list[int]] = []
    for year in years:
        if spans and year == spans[-1][-1] + 1:
            spans[-1].append(year)
        else:
            spans.append([year])
    return ", ".join(str(span[0]) if len(span) == 1 else f"{span[0]}-{span[-1]}" for span in spans)


def _print_scores(scores: pd.DataFrame) -> None:
    from haidong_sim.cli.screen import print_line, print_table
    from haidong_sim.estimation import HOUSE, summarize_against, summarize_coverage

    against = summarize_against(scores)
    significant = zip(against["significantly_better"], against["significantly_worse"], strict=True)
    shown = {
        "exercise": against["exercise"],
        "against": against["forecaster"],
        "cases": against["cases"],
        "won": against["cases_won"],
        "ratio": [f"{value:.3f}" for value in against["crps_ratio"]],
        "better/worse": [f"{better} / {worse}" for better, worse in significant],
    }
    print_line()
    note = "ratio of CRPS: below 1 this library was better; better/worse: significantly (Diebold-Mariano, 5%)"
    print_table(list(zip(*shown.values(), strict=True)), {name: {} for name in shown}, note=note)
    coverage = summarize_coverage(scores)
    own = coverage[(coverage["forecaster"] == HOUSE) & coverage["horizon"].isin([1, 5])]
    bounds = zip(own["low"], own["high"], strict=True)
    shown = {
        "exercise": own["exercise"],
        "of": own["functional"],
        "years": own["horizon"],
        "interval": [f"{100 * value:.0f}%" for value in own["nominal"]],
        "held": [f"{inside} of {n}" for inside, n in zip(own["inside"], own["n"], strict=True)],
        "rate": [f"{100 * value:.0f}%" for value in own["rate"]],
        "exact 95%": [f"{100 * low:.0f}-{100 * high:.0f}%" for low, high in bounds],
    }
    print_line()
    note = "outcomes inside the central intervals, with exact binomial bounds; outcomes overlap"
    print_table(list(zip(*shown.values(), strict=True)), {name: {} for name in shown}, note=note)


def _write(folder: Destination, tables: Tables) -> None:
    from haidong_sim.cli.keeping import command_line
    from haidong_sim.estimation import results_bytes
    from haidong_sim.run import save_files

    files = {f"{name}.toml": results_bytes(f"{name}.toml", table) for name, table in tables.items()}
    written = save_files(folder, "calibration", files, command=command_line())
    typer.echo(f"wrote {len(files)} files into {written}", err=True)


def _check(tables: Tables) -> None:
    from haidong_sim.cli.screen import print_line
    from haidong_sim.estimation import check_drift

    drifted = 0
    for name, committed in _shipped(tables).items():
        lines = check_drift(committed, tables[name])
        drifted += len(lines)
        print_line(f"✓ {name}: as shipped" if not lines else f"✕ {name}: {len(lines)} differences")
        for line in lines[:_SHOWN_DIFFERENCES]:
            print_line(f"  {line}")
    if drifted:
        raise typer.Exit(1)


def _shipped(tables: Tables) -> Tables:
    from haidong_sim.estimation import read_results
    from haidong_sim.resources import resource_folder

    return {name: read_results(resource_folder("calibration") / f"{name}.toml") for name in tables}
