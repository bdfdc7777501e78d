"""`haidong-sim monitor` as it is typed: table, sentences, files, exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from haidong_sim.cli.application import build_application

TOY = Path(__file__).parents[2] / "toy_district" / "toy.toml"
HEAD = "indicator,year,value,unit,source\n"
SHARES = "gdp_share_of_province,2021,25.5,percent,yearbook\ngdp_share_of_province,2022,26,percent,yearbook\n"


def run(*arguments, columns=None):
    environment = {} if columns is None else {"COLUMNS": str(columns)}
    return CliRunner(env=environment).invoke(build_application(), [str(word) for word in arguments])


@pytest.fixture
def actuals(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("actuals.csv").write_text(HEAD + SHARES, encoding="utf-8")
    return ("monitor", TOY, "--observed", "actuals.csv", "--draws", 4096)


@pytest.mark.parametrize("columns", [80, 100])
def test_table_fits_the_terminal_and_ends_with_the_answer(actuals, columns):
    result = run(*actuals, columns=columns)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    rows = [line for line in lines if "t_share" in line]
    assert max(map(len, lines[: lines.index(next(line for line in lines if "Trend: N" in line))])) <= columns
    # (0.30 / 0.26)^(1/8) - 1, two years after 25 percent
    assert "1.80%" in rows[0]
    assert "26.0%" in rows[0]
    assert any("from 2020 to 2022" in line for line in lines)
    assert "Odds updated with 2 values to 2022" in lines[-1]


def test_csv_and_chinese(actuals):
    rows = list(csv.DictReader(io.StringIO(run(*actuals, "--csv").stdout)))
    assert {"t_share", "t_doubling"} <= {row["target_id"] for row in rows}
    assert float(next(row for row in rows if row["target_id"] == "t_share")["last_value"]) == 0.26
    assert "此后需每年 1.80%" in run(*actuals, "--lang", "zh").stdout


def test_out_holds_tables_figure_and_a_run_that_verifies(actuals):
    result = run(*actuals, "--out", "followed")
    assert result.exit_code == 0, result.output
    names = {path.name for path in Path("followed").iterdir()}
    assert {"manifest.json", "monitoring.csv", "contributions.csv", "observations.csv", "lights.svg"} <= names
    manifest = json.loads(Path("followed/manifest.json").read_text(encoding="utf-8"))
    assert manifest["entropy"] == "2020"
    assert run("verify", "followed").exit_code == 0
    assert run(*actuals, "--out", "followed").exit_code == 2
    assert run(*actuals, "--out", "followed", "--force").exit_code == 0


def test_an_interrupt_while_the_figure_is_drawn_keeps_the_tables(actuals, monkeypatch):
    def interrupted(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("haidong_sim.figures.plot_lights", interrupted)
    result = run(*actuals, "--out", "followed")
    assert result.exit_code == 130
    assert "interrupted before the figure of lights; the rest is kept" in result.stderr
    names = {path.name for path in Path("followed").iterdir()}
    assert {"manifest.json", "monitoring.csv", "contributions.csv", "observations.csv"} <= names
    assert "lights.svg" not in names
    assert run("verify", "followed").exit_code == 0


def test_a_light_that_was_asked_for_fails(actuals):
    assert run(*actuals, "--fail-on", "red").exit_code == 1
    assert run(*actuals, "--fail-on", "redd").exit_code == 2


@pytest.mark.parametrize(
    ("lines", "options", "words"),
    [
        ("gdp_curent,2021,1,1e8 CNY,a\n", [], ["row 2", "Did you mean 'gdp_current'"]),
        (SHARES, ["--observed", "nowhere.csv"], ["there is no file 'nowhere.csv'"]),
        (SHARES, ["--as-of", "2020"], ["none is later than 2020"]),
        (SHARES, ["--method", "weigths"], ["Did you mean 'weights'"]),
        (SHARES, ["--method", "weights", "--measurement-sd", "0.0001"], ["weights leave", "method 'linear'"]),
        ("gdp_current,2021,10,1e8 CNY,a\n", [], ["gdp_current 2021", "sd off"]),
        (SHARES, ["--lang", "fr"], ["language"]),
        (SHARES, ["--draws", "0"], ["draws"]),
    ],
)
def test_bad_input_ends_in_one_message(actuals, lines, options, words):
    Path("actuals.csv").write_text(HEAD + lines, encoding="utf-8")
    result = run(*actuals, *options)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    for word in words:
        assert word in result.stderr
    assert [path.name for path in Path().iterdir()] == ["actuals.csv"]


def test_help_has_an_example():
    result = run("monitor", "--help", columns=100)
    assert "haidong-sim monitor plan --observed actuals.csv" in result.stdout
