"""`haidong-sim calibrate`: what published series say about the parameters, and how well they foretell."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    import pandas as pd

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
    is_scored: Annotated[
        bool, typer.Option("--score", help="Predict years that were held back, beside simple rules.")
    ] = False,
    is_checked: Annotated[
        bool,
        typer.Option("--check", help="End with exit code 1 if what ships has drifted; add --score for all."),
    ] = False,
    registry: Annotated[
        str, typer.Option(help="The place: a bundled name or a registry folder.")
    ] = "haidong",
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
    from haidong_sim.registry import load_registry

    if is_checked and own is not None:
        raise HaidongSimError("--check compares the public record with what ships; leave --own out")
    inputs = load_inputs(load_registry(registry), None if own is None else read_series(own))
    with progress_line("estimating"):
        tables = calibrate(inputs, score=is_scored and (is_checked or out is not None))
    if out is not None:
        _write(out, tables)
    if is_checked:
        _check(tables)
        return
    if is_csv:
        print_csv(score_all(inputs) if is_scored else _parameters(tables))
        return
    _print_parameters(tables, is_own=own is not None)
    _print_missing(missing_series(inputs.series))
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
    names = ["driver", "mean", "trend_sd", "annual_sd", "persistence", "n", "sample", "provenance"]
    note = "log growth per year; trend_sd: what is not known of the mean; annual_sd: sd of a year's shock"
    if is_own:
        shipped = _parameters(_shipped(tables)).set_index("driver")
        table["shipped mean"] = table["driver"].map(shipped["mean"])
        table["shipped trend_sd"] = table["driver"].map(shipped["trend_sd"])
        names = [*names, "shipped mean", "shipped trend_sd"]
    rows = table[names].astype(object).to_numpy().tolist()
    print_table(rows, {name: {"ratio": 1} if name == "sample" else {} for name in names}, note=note)


def _print_missing(missing: pd.DataFrame) -> None:
    from haidong_sim.cli.screen import print_line, print_table

    print_line()
    if missing.empty:
        print_line("nothing that the calibration looks for is missing")
        return
    folded = {"no_wrap": False, "overflow": "fold"}
    columns = {
        "region": {},
        "indicator": {},
        "missing_years": {"ratio": 2, **folded},
        "stand_in": {"ratio": 3, **folded},
        "cost": {"ratio": 4, **folded},
    }
    print_table(
        missing[list(columns)].to_numpy(dtype=object).tolist(),
        columns,
        note=f"{len(missing)} series are missing from the record; give them with --own FILE",
    )


def _print_scores(scores: pd.DataFrame) -> None:
    from haidong_sim.cli.screen import print_line, print_table
    from haidong_sim.estimation import summarize_against, summarize_coverage
    from haidong_sim.estimation.scorecard import HOUSE

    print_line()
    against = summarize_against(scores)
    print_table(
        against.astype(object).to_numpy().tolist(),
        {str(name): {} for name in against},
        note="crps_ratio below 1: this library's forecasts were better; significance: Diebold-Mariano, 5%",
    )
    print_line()
    coverage = summarize_coverage(scores)
    own = coverage[(coverage["forecaster"] == HOUSE) & coverage["horizon"].isin([1, 5])]
    own = own.drop(columns="forecaster")
    print_table(
        own.astype(object).to_numpy().tolist(),
        {str(name): {} for name in own},
        note="outcomes inside the central intervals, with exact binomial bounds; outcomes overlap",
    )


def _write(folder: Path, tables: Tables) -> None:
    from haidong_sim.estimation.results_file import write_results

    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_results(folder / f"{name}.toml", table)
    typer.echo(f"wrote {len(tables)} files into {folder}", err=True)


def _check(tables: Tables) -> None:
    from haidong_sim.cli.screen import print_line
    from haidong_sim.estimation.results_file import check_drift

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
    from haidong_sim.estimation.results_file import read_results
    from haidong_sim.resources import resource_folder

    return {name: read_results(resource_folder("calibration") / f"{name}.toml") for name in tables}
