"""`haidong-sim calibrate` as it is typed."""

from __future__ import annotations

import csv
import io
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import haidong_sim as hs
from haidong_sim.cli.application import build_application

RESULTS = Path(__file__).parents[3] / "calibration" / "results"
HEAD = "indicator,region,year,value,unit,price_basis,vintage,vintage_group,source,confidence\n"


def run(*arguments, columns=None):
    environment = {} if columns is None else {"COLUMNS": str(columns)}
    return CliRunner(env=environment).invoke(
        build_application(), ["calibrate", *(str(word) for word in arguments)]
    )


@pytest.fixture(scope="module")
def printed():
    return run()


def test_help_has_an_example():
    result = CliRunner(env={"COLUMNS": "100"}).invoke(build_application(), ["calibrate", "--help"])
    assert result.exit_code == 0
    assert "haidong-sim calibrate --own" in result.stdout


def test_prints_parameters_and_what_is_missing_with_its_cost(printed):
    assert printed.exit_code == 0, printed.output
    table = tomllib.loads((RESULTS / "growth.toml").read_text(encoding="utf-8"))["drivers"]["secondary"]
    (line,) = [line for line in printed.stdout.splitlines() if line.startswith("secondary ")]
    assert f"{100 * table['trend_sd']:.2f}" in line.split()
    (line,) = [line for line in printed.stdout.splitlines() if line.startswith("urbanization ")]
    assert line.split()[1] == "*"
    assert "  city gdp_growth, 2016-2018, 2020-2024\n" in printed.stdout
    assert "    cost: the nominal gap rests on 13 changes" in printed.stdout
    assert "12 series are missing from the record" in printed.stdout


@pytest.mark.parametrize("columns", [80, 100])
def test_the_tables_fit_the_terminal(columns):
    lines = run(columns=columns).stdout.splitlines()
    table = lines[: next(number for number, line in enumerate(lines) if line.startswith("log growth"))]
    assert len(table) == 18
    assert max(len(line) for line in table) <= columns
    # A long sample may be cut, a number never.
    assert not any("…" in line[:70] for line in table)


def test_csv_has_every_driver():
    result = run("--csv")
    rows = {row["driver"]: row for row in csv.DictReader(io.StringIO(result.stdout))}
    assert {"secondary", "deflator", "income", "energy_intensity"} <= set(rows)
    assert rows["deflator"]["script"] == "02_prices.py"
    assert rows["deflator"]["data_hash"]


def test_score_prints_the_card_and_all_forecasts(monkeypatch):
    """Two cases written out; the whole card takes a minute and is compared in its own test."""
    rows = [
        {
            "region": "city", "indicator": name, "exercise": "rolling", "functional": "year", "horizon": 1,
            "forecaster": who, "origin": origin, "year": origin + 1, "outcome": 0.05, "mean": 0.05,
            "crps": crps, "log_score": 1.0, "pit": pit,
        }
        for name in ("a", "b")
        for origin, pit in ((2015, 0.5), (2016, 0.97))
        for who, crps in (("posterior_trend", 0.01), ("random_walk", 0.02))
    ]  # fmt: skip
    monkeypatch.setattr("haidong_sim.estimation.score_all", lambda _: pd.DataFrame(rows))
    result = run("--score", columns=80)
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["rolling", "random_walk", "2", "2", "0.500", "0", "/", "0"] in lines
    assert ["rolling", "year", "1", "50%", "2", "of", "4", "50%", "7-93%"] in lines
    assert max(len(line) for line in result.stdout.splitlines() if line.startswith("rolling")) <= 80
    table = list(csv.DictReader(io.StringIO(run("--score", "--csv").stdout)))
    assert len(table) == 8
    assert table[0]["forecaster"] == "posterior_trend"


def test_check_accepts_what_ships_and_refuses_what_has_drifted(monkeypatch, tmp_path):
    assert run("--check").exit_code == 0
    for path in RESULTS.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(text.replace("trend_sd = 0.014815", "trend_sd = 0.016"))
    monkeypatch.setattr("haidong_sim.resources.resource_folder", lambda _: tmp_path)
    result = run("--check")
    assert result.exit_code == 1
    assert "✓ growth: as shipped" in result.stdout
    assert "drivers.deflator.trend_sd: committed 0.016, computed 0.014815" in result.stdout


def test_own_series_change_the_results_and_a_scenario_reads_them(tmp_path):
    """Two more years in which the city's share falls: the trend of the share and so of prices goes down."""
    own = tmp_path / "mine.csv"
    own.write_text(
        HEAD
        + "".join(
            f"gdp_current,city,{year},{value},1e8 CNY,current,mine,after_4th_economic_census,bureau,high\n"
            for year, value in ((2022, 562.8), (2023, 575.0))
        ),
        encoding="utf-8",
    )
    result = run("--own", own, "--out", tmp_path / "calibrated")
    assert result.exit_code == 0, result.output
    assert "shipped mean" in result.stdout
    assert "wrote 5 files" in result.stderr
    (tmp_path / "own.toml").write_text(
        'extends = "plan"\ncalibration = "calibrated"\n[paths.deflator]\nkind = "calibrated"\n',
        encoding="utf-8",
    )
    found = hs.load_scenario(tmp_path / "own.toml")
    shipped = tomllib.loads((RESULTS / "prices.toml").read_text(encoding="utf-8"))["drivers"]["deflator"]
    assert found.paths["deflator"].growth < shipped["mean"] - 0.002
    assert shipped["data_hash"] in found.uncertainty["deflator_rest_of_province"].source


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("gdp_current,city,2022,abc,1e8 CNY,current,mine,x,bureau,high\n", "value 'abc' is not a number"),
        ("gdp_current,city,2022,5,1e8 CNY,,mine,x,bureau,high\n", "price_basis is empty"),
    ],
)
def test_malformed_own_series_are_refused(rows, words, tmp_path):
    own = tmp_path / "bad.csv"
    own.write_text(HEAD + rows, encoding="utf-8")
    result = run("--own", own)
    assert result.exit_code == 2
    assert words in result.output


def test_a_missing_file_and_contradictory_options_are_refused(tmp_path):
    assert run("--own", tmp_path / "none.csv").exit_code == 2
    own = tmp_path / "own.csv"
    own.write_text(HEAD, encoding="utf-8")
    result = run("--check", "--own", own)
    assert result.exit_code == 2
    assert "--check compares the public record" in result.output
