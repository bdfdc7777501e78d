"""The commands `solve` and `conflicts`: what they answer, write and refuse."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from haidong_sim.cli.application import build_application
from haidong_sim.scenario import load_scenario

SHARE = "a30_gdp_share_qinghai"


def run(*arguments):
    return CliRunner().invoke(build_application(), list(arguments))


def solve(*arguments):
    return run(
        "solve", "plan", "--target", SHARE, "--lever", "tertiary.growth", "--draws", "1024", *arguments
    )


def test_solve_answers_with_changes_verification_supply_and_course(tmp_path):
    out = tmp_path / "answer"
    found = solve("--probability", "0.6", "--out", str(out))
    assert found.exit_code == 0, found.output
    assert f"{SHARE}: asked 60%; on 1,024 fresh futures" in found.output
    assert "Change a year" in found.output
    assert "What it would take" in found.output
    assert "assumption: tfp_growth = 0.015" in found.output
    assert f"Course to {SHARE}" in found.output
    adjusted = load_scenario(out / "solved.toml")
    assert adjusted.adjustments["tertiary"][2025] > 0
    assert (out / "changes.csv").read_text(encoding="utf-8").startswith("year,tertiary\n2021,")
    again = solve("--out", str(out))
    assert again.exit_code == 2
    assert "is not empty" in again.output


def test_solve_in_chinese_and_as_csv():
    chinese = solve("--lang", "zh")
    assert chinese.exit_code == 0, chinese.output
    assert "所需条件" in chinese.output
    assert "fresh" not in chinese.output
    table = solve("--csv")
    assert table.output.splitlines()[0] == "year,tertiary"
    assert len(table.output.splitlines()) == 11


def test_solve_traces_a_frontier():
    found = solve("--frontier")
    assert found.exit_code == 0, found.output
    assert "effort, points a year" in found.output
    assert "out of reach" in found.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--bound", "tertiary.growth=0.02"], "write LEVER=LOW:HIGH"),
        (["--bound", "tertiary.growth=0.01:0.02"], "excludes the scenario itself"),
        (["--bound", "tertiary.growth=0:0.001", "--probability", "0.9"], "at most 4"),
        (["--probability", "0.5", "--probability", "0.6"], "2 for 1 targets"),
        (["--target", SHARE], "is named twice"),
        (["--target", "t35_gdp_doubling", "--frontier"], "a frontier is traced for one"),
        (["--lever", "urbanization"], f"none of {SHARE} depends on it"),
        (["--since", "2040"], "lies outside 2021"),
        (["--lang", "fr"], "unknown language"),
    ],
)
def test_solve_refuses(arguments, words):
    found = solve(*arguments)
    assert found.exit_code == 2
    assert words in found.output


def test_conflicts_name_the_sets_on_both_head_counts():
    found = run("conflicts", "plan", "--cap", "gap=0.02", "--cap", "drift=-0.005")
    assert found.exit_code == 0, found.output
    assert "Head count of the plan" in found.output
    assert "within reach is 97.05% instead of 100.00%" in found.output
    assert "not part of this problem: " in found.output
    one = run("conflicts", "plan", "--vintage", "census", "--lang", "zh", "--target", SHARE)
    assert "人口普查口径" in one.output
    assert "规划口径" not in one.output


def test_conflicts_as_csv():
    found = run("conflicts", "plan", "--csv", "--vintage", "plan")
    assert found.output.startswith("vintage,name,kind,label,asked")


def test_the_three_way_study_is_told_and_drawn(tmp_path):
    found = run("conflicts", "plan", "--study", "three-way", "--out", str(tmp_path))
    assert found.exit_code == 0, found.output
    assert "112% of the provincial mean" in found.output
    assert (tmp_path / "three_way.png").stat().st_size > 10_000
    assert (tmp_path / "three_way.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cap", "gap"], "write NAME=RATE"),
        (["--cap", "gapp=0.02"], "Did you mean 'gap'"),
        (["--vintage", "censuz"], "Did you mean 'census'"),
        (["--study", "two-way"], "unknown study"),
        (["--target", "t2_26_clean_energy"], "is not linear in growth rates"),
    ],
)
def test_conflicts_refuse(arguments, words):
    found = run("conflicts", "plan", *arguments)
    assert found.exit_code == 2
    assert words in found.output
