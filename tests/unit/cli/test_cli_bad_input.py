"""Every bad input ends in exit code 2 and one readable message, and nothing is written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from haidong_sim.cli.application import build_application

TOY = Path(__file__).parents[2] / "toy_district"

MINE = """
extends = "plan"
[label]
en = "mine"
zh = "我的"
"""

# what is wrong -> (lines added to a scenario that extends the plan, words that the message must have)
BROKEN_SCENARIOS = {
    "unknown key": ("horizn = 2030", ["unknown key", "Did you mean 'horizon'"]),
    "unknown key of a path": ("[paths.tertiary]\ngrwoth = 0.07", ["paths.tertiary", "growth"]),
    "unknown driver": ("[paths.tertairy]\ngrowth = 0.07", ["tertairy", "Did you mean 'tertiary'"]),
    "unknown kind of path": ('[paths.tertiary]\nkind = "constnt"\ngrowth = 0.07', ["constnt", "constant"]),
    "a rate of 6": ("[paths.tertiary]\ngrowth = 6", ["paths.tertiary", "0.06"]),
    "a range of 6": ("[paths.tertiary]\nlow = 4.5", ["paths.tertiary", "low"]),
    "shares of users": ("[energy.demand.users.rural.share]\nvalue = 0.1", ["energy.demand", "1.03"]),
    "shares of fuels": ("[energy.carbon.fuels.gas.share]\nvalue = 0.2", ["energy.carbon", "1.07"]),
    "a table with a gap": (
        ('[paths.tertiary]\nkind = "table"\nbasis = "rate"\n'
        "years = { 2021 = 0.05, 2022 = 0.05, 2025 = 0.05, 2035 = 0.05 }"),
        ["paths.tertiary", "2023"],
    ),
    "a year given twice": (
        '[paths.tertiary]\nkind = "table"\nbasis = "rate"\nyears = { 2021 = 0.05, 2021 = 0.06 }',
        ["not valid TOML", "line"],
    ),
    "correlation": (
        ('[dependence.correlation]\norder = ["primary", "secondary", "tertiary"]\n'
        "matrix = [[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]"),
        ["dependence.correlation.matrix", "not positive definite", "repair = true"],
    ),
    "horizon before the base year": ("horizon = 2019", ["horizon 2019", "2020"]),
    "target that nobody set": (
        '[assumed_targets.t2_13_co2_intensty]\nvalue = 0.1\nlow = 0.0\nhigh = 0.2\nprovenance = "assumption"',
        ["t2_13_co2_intensty", "Did you mean 't2_13_co2_intensity'"],
    ),
    "overflow": (
        ("horizon = 2200\n[paths.deflator]\ngrowth = 0.49\nhigh = 0.49\n"
        "[paths.deflator_rest_of_province]\ngrowth = 0.49\nhigh = 0.49\n"
        "[paths.consumer_prices]\ngrowth = 0.49\nhigh = 0.49\n"
        "[uncertainty.deflator]\nannual_sd = 0.5\ntrend_sd = 0.5"),
        ["not finite"],
    ),
    "assumption without range": (
        '[assumptions.baumol_coefficent]\nvalue = 0.3\nprovenance = "assumption"',
        ["baumol_coefficent", "low and high"],
    ),
    "assumption that no equation reads": (
        '[assumptions.baumol_coefficent]\nvalue = 0.3\nlow = 0\nhigh = 1\nprovenance = "assumption"',
        ["Did you mean 'baumol_coefficient'"],
    ),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(build_application(), list(arguments))


def assert_refused(result, words, folder, kept=()):
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr
    assert sorted(path.name for path in folder.iterdir()) == sorted(kept)


def with_lines(text):
    """Put top-level keys before the tables of the file, so that it stays TOML."""
    keys, bracket, tables = text.partition("[") if not text.startswith("[") else ("", "[", text[1:])
    return keys + MINE + bracket + tables


@pytest.mark.parametrize("case", BROKEN_SCENARIOS)
def test_broken_scenario_is_refused_with_the_key(case, folder):
    text, words = BROKEN_SCENARIOS[case]
    (folder / "mine.toml").write_text(with_lines(text), encoding="utf-8")
    # Quasi-random nets end before a horizon at which numbers overflow; pseudo-random numbers do not.
    sampler = "mc" if case == "overflow" else "sobol"
    result = run("run", "mine.toml", "--draws", "4096", "--out", "out", "--no-figures", "--sampler", sampler)
    assert_refused(result, words, folder, ["mine.toml"])


def test_all_problems_stand_in_one_message(folder):
    text = "horizn = 2030\n[paths.tertiary]\ngrowth = 6\n[paths.secondry]\ngrowth = 0.05"
    (folder / "mine.toml").write_text(with_lines(text), encoding="utf-8")
    result = run("check", "mine.toml")
    assert_refused(result, ["3 problems", "horizn", "0.06", "secondry"], folder, ["mine.toml"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "plann"], ["plann", "Did you mean 'plan'"]),
        (["run", "nowhere.toml"], ["no scenario file 'nowhere.toml'"]),
        (["run", "plan", "--draws", "-5"], ["draws", "-5"]),
        (["run", "plan", "--draws", "0"], ["draws", "0"]),
        (["run", "plan", "--draws", "many"], ["--draws", "valid integer"]),
        (["run", "plan", "--rng", "-1"], ["rng", "-1"]),
        (["run", "plan", "--sampler", "sobl"], ["Did you mean 'sobol'"]),
        (["run", "plan", "--lang", "fr"], ["language", "en, zh"]),
        (["run", "plan", "--registry", "nowhere"], ["registry", "nowhere"]),
        (["run"], ["NAME"]),
        (["rn"], ["rn"]),
        (["check", "plan", "--target", "a30_gdp_share_qinghia"], ["Did you mean 'a30_gdp_share_qinghai'"]),
        (["check", "plan", "--theme", "ecnomy"], ["Did you mean 'economy'"]),
        (["check", "plan", "--fail-on", "mised"], ["Did you mean 'missed'"]),
        (["check", "plan", "--draws", "-1"], ["draws", "-1"]),
        (["list", "targts"], ["Did you mean 'targets'"]),
        (["list", "indicators", "--indicator", "gdp_curent"], ["Did you mean 'gdp_current'"]),
        (["list", "sources", "--theme", "economy"], ["no theme to filter by"]),
        (["list", "scenarios", "--show", "plann"], ["Did you mean 'plan'"]),
        (["list", "targets", "--show", "plan"], ["list scenarios --show"]),
        (["compare", "plan"], ["at least two"]),
        (["compare", "plan", "plan"], ["share a name"]),
        (["compare", "plan", "trend", "--indicator", "gdp_curent"], ["Did you mean 'gdp_current'"]),
        (["compare", "plan", "trend", "--year", "2050"], ["2035"]),
        (["verify", "nowhere"], ["no saved run"]),
        (["report", "nowhere"], ["no saved run"]),
    ],
)
def test_bad_arguments_are_refused(arguments, words, folder):
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    for word in words:
        assert word.lower() in result.stderr.lower()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("targets.csv", ",GW,", ",GWh_per_moon,", ["targets.csv row 11", "unit"]),
        ("observations.csv", "toy_plan,page 1", ",page 1", ["observations.csv row 2", "source", "empty"]),
        ("observations.csv", ",percent,", ",percnt,", ["observations.csv row 2", "Did you mean 'percent'"]),
        ("series.csv", "city,2017,", "city,,", ["series.csv row 3", "year"]),
        ("series.csv", "city,2017,", "city,2016,", ["series.csv", "2016"]),
        ("baseline.csv", "secondary_share,0.4", "secondary_share,0.5", ["industry shares", "1.1"]),
    ],
)
def test_broken_registry_row_is_refused_with_row_and_column(file, old, new, words, folder):
    shutil.copytree(TOY, folder / "toy")
    path = folder / "toy" / "registry" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    result = run("run", "toy/toy.toml", "--draws", "4096", "--no-figures")
    assert_refused(result, words, folder, ["toy"])


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[paths", b'name = "x"', b""])
def test_file_that_is_no_scenario_is_refused(content, folder):
    (folder / "odd.toml").write_bytes(content)
    result = run("run", "odd.toml")
    assert_refused(result, ["odd.toml"], folder, ["odd.toml"])


def test_existing_folder_is_kept_and_only_a_result_is_ever_replaced(folder):
    precious = folder / "out"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    first = run("run", "plan", "--draws", "1024", "--out", "out")
    assert_refused(first, ["out", "exists", "--force"], folder, ["out"])
    forced = run("run", "plan", "--draws", "1024", "--out", "out", "--force")
    assert_refused(forced, ["In the way: thesis.txt"], folder, ["out"])
    assert (precious / "thesis.txt").read_text() == "years of work"


def test_folder_that_cannot_be_written_is_refused_before_anything_is_left(folder):
    (folder / "file").write_text("no folder")
    result = run("run", "plan", "--draws", "1024", "--out", "file/out", "--no-figures")
    assert_refused(result, ["file"], folder, ["file"])
