"""`haidong-sim sensitivity` as it is typed: tables that fit, files in both languages, refusals that help."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from haidong_sim.cli.application import build_application

TOY = Path(__file__).parents[2] / "toy_district" / "toy.toml"


def run(*arguments, columns=100):
    runner = CliRunner(env={"COLUMNS": str(columns)})
    words = [str(word) for word in ("sensitivity", TOY, *arguments, "--draws", 2048)]
    return runner.invoke(build_application(), words)


@pytest.mark.parametrize("method", ["given_data", "flips", "tornado"])
@pytest.mark.parametrize("columns", [80, 120])
def test_tables_fit_the_terminal(method, columns):
    result = run("--method", method, columns=columns)
    assert result.exit_code == 0, result.output
    table = result.stdout.splitlines()
    assert max(map(len, table)) <= columns
    assert any(line.startswith("t_share ") for line in table)


def test_one_target_is_answered_in_a_sentence_in_either_language():
    english = run("--target", "t_share", "--method", "shapley").stdout
    assert "of the variance" in english
    assert "not distinguishable from zero" in english
    chinese = run("--target", "t_share", "--method", "shapley", "--lang", "zh").stdout
    assert "方差份额" in chinese
    assert "与零无法区分" in chinese


def test_the_verdict_on_the_path_without_shocks_turns_with_the_least_move():
    rows = list(csv.DictReader(io.StringIO(run("--method", "flips", "--of", "path", "--csv").stdout)))
    flipped = [row for row in rows if row["move_in_sd"]]
    assert flipped
    assert all(float(row["after"]) == 1 - float(row["before"]) for row in flipped)


def test_table_figures_and_box_are_written(tmp_path):
    out = tmp_path / "what matters"
    result = run("--target", "t_share", "--discover", "t_share", "--out", out)
    assert result.exit_code == 0, result.output
    assert "t_share is met in" in result.stdout
    names = {path.name for path in out.iterdir()}
    figures = {f"given_data{lang}.{ending}" for lang in ("", "_zh") for ending in ("png", "svg")}
    assert names == {"manifest.json", "given_data.csv", "box.csv"} | figures
    rows = list(csv.DictReader(io.StringIO((out / "given_data.csv").read_text(encoding="utf-8"))))
    assert {row["outcome"] for row in rows} == {"t_share"}


def test_conventions_stand_side_by_side():
    shown = run("--method", "conventions", "--target", "t_share").stdout
    assert "none is averaged" in shown
    assert "t_share" in shown


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("--method", "sobl"), "Did you mean 'sobol'"),
        (("--target", "t_shar"), "Did you mean 't_share'"),
        (("--method", "flips", "--of", "pth"), "Did you mean 'path'"),
        (("--discover", "t_shar"), "Did you mean 't_share'"),
        (("--lang", "fr"), "unknown language"),
    ],
)
def test_what_is_misspelt_is_refused_with_the_nearest(arguments, hint):
    result = run(*arguments)
    assert result.exit_code == 2
    assert hint in result.stderr
