"""`haidong-sim energy` says what the functions behind it say."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from typer.testing import CliRunner

import haidong_sim as hs
from haidong_sim.cli.application import build_application


def run(*arguments):
    return CliRunner().invoke(build_application(), ["energy", *map(str, arguments)])


def test_the_table_has_every_convention_and_marks_the_stated_one():
    result = run("parks")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    groups = [number for number, line in enumerate(lines) if line.startswith(("   calorific,", "   coal_"))]
    controls = [
        [line.lstrip("* ").split()[0] for line in lines[number + 1 : number + 4]] for number in groups
    ]
    assert len(groups) == 6
    assert controls == [["gross", "ex_feedstock", "ex_feedstock_nonfossil"]] * 6
    (stated,) = [number for number, line in enumerate(lines) if line.startswith("*  ")]
    assert lines[stated - 1].split() == ["coal_equivalent,", "production"]
    for word in ("gross", "63.0%", "carbon"):
        assert word in lines[stated]
    assert "Asked: energy intensity −25.2%, CO2 intensity −32.8%, non-fossil share 65.0%" in result.stdout
    assert "CO2 scope: with purchased power" in result.stdout
    assert result.stdout.startswith("In 2030: cuts of energy and CO2 intensity")
    assert "2.4 times the benchmark of 0.09: ordinary" in result.stdout
    assert any(line.startswith("projects") for line in result.stdout.splitlines())


def test_csv_is_the_frame():
    frame = pd.read_csv(io.StringIO(run("plan", "--year", 2025, "--draws", 256, "--rng", 3, "--csv").stdout))
    expected = hs.energy_conventions("plan", 2025, draws=256, rng=3)
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False)


def test_study_in_short_and_as_csv():
    text = run("parks", "--study").stdout
    assert len([line for line in text.splitlines() if line.endswith("never")]) == 15
    assert "Part of 90 futures" in text
    frame = pd.read_csv(io.StringIO(run("parks", "--study", "--csv").stdout))
    assert len(frame) == 1620


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("plan", "--study"), "needs one computing base"),
        (("plan", "--year", 2040), "2021 … 2035"),
        (("parkz",), "Did you mean 'parks'"),
        (("plan", "--draws", -1), "draws: -1"),
    ],
)
def test_bad_input_ends_with_a_message(arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output
