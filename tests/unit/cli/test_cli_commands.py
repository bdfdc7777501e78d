"""The commands as they are typed: what they write, print and return."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from haidong_sim.cli.application import build_application

TOY = Path(__file__).parents[2] / "toy_district"
DATA = Path(__file__).parents[3] / "haidong_sim" / "place" / "data" / "haidong"
COMMANDS = ("check", "compare", "list", "report", "run", "verify")


def run(*arguments, columns=None):
    environment = {} if columns is None else {"COLUMNS": str(columns)}
    return CliRunner(env=environment).invoke(build_application(), [str(word) for word in arguments])


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A run of the fictional place, with figures and page, made once."""
    folder = tmp_path_factory.mktemp("run") / "toy"
    result = run("run", TOY / "toy.toml", "--draws", 4096, "--rng", 5, "--out", folder)
    assert result.exit_code == 0, result.output
    return folder, result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_has_an_example(command):
    result = run(command, "--help", columns=100)
    assert result.exit_code == 0
    assert f"haidong-sim {command}" in result.stdout


def test_help_loads_no_heavy_package():
    code = (
        "import sys; from haidong_sim.cli.application import build_application; build_application();"
        "print(sorted({'numpy', 'pandas', 'scipy', 'matplotlib', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"


def test_run_writes_every_file_of_a_result(saved):
    folder, _ = saved
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "manifest.json", "scenario.resolved.toml", "indicators.csv", "targets.csv", "assumptions.csv",
        "figures", "report.html",
    }  # fmt: skip
    figures = {path.stem for path in (folder / "figures").iterdir()}
    for name in ("gdp_share_of_province", "disposable_income_current", "industry_shares", "target_board"):
        assert {name, f"{name}_zh"} <= figures
    assert {path.suffix for path in (folder / "figures").iterdir()} == {".svg", ".png"}


def test_run_ends_with_the_answer(saved):
    _, screen = saved
    lines = screen.splitlines()
    assert lines[-1].startswith("page: ")
    share = next(line for line in lines if "≥ 30% by 2030" in line)
    assert share.startswith("✕ share")
    assert "Probability" in share
    assert "It needs 1.84% a year" in share  # (0.30 / 0.25) ** (1 / 10) - 1
    assert any(line.startswith("The answer rests on ") for line in lines)


def test_page_of_another_place_names_nothing_of_the_shipped_one(saved):
    folder, _ = saved
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Toyshire" in page
    assert "玩具市" in page
    for word in ("海东", "青海", "Qinghai", "Ledu"):
        assert word not in page


def test_page_made_again_is_the_same_page(tmp_path):
    folder = tmp_path / "toy"
    run("run", TOY / "toy.toml", "--draws", 512, "--out", folder, "--no-figures")
    before = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    result = run("report", folder, "--no-figures")
    assert result.exit_code == 0, result.output
    assert (folder / "report.html").read_bytes() == before


def test_verify_accepts_what_was_written_and_names_a_changed_cell(saved):
    folder, _ = saved
    accepted = run("verify", folder, "--rerun")
    assert accepted.exit_code == 0, accepted.output
    assert "accepted" in accepted.stdout
    path = folder / "targets.csv"
    text = path.read_text(encoding="utf-8")
    # t_share is the first target: its value stands on line 2 of the file.
    changed = text.replace("missed,0.273", "missed,0.373", 1)
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    try:
        refused = run("verify", folder)
    finally:
        path.write_text(text, encoding="utf-8")
    assert refused.exit_code == 1
    assert "targets.csv line 2, column value: 0.373" in refused.stdout


def test_existing_result_is_replaced_only_by_force(tmp_path):
    arguments = ("run", TOY / "toy.toml", "--draws", 512, "--no-figures", "--out", tmp_path / "toy")
    assert run(*arguments, "--rng", 1).exit_code == 0
    assert run(*arguments, "--rng", 2).exit_code == 2
    manifest = tmp_path / "toy" / "manifest.json"
    assert json.loads(manifest.read_text(encoding="utf-8"))["entropy"] == "1"
    assert run(*arguments, "--rng", 2, "--force").exit_code == 0
    assert json.loads(manifest.read_text(encoding="utf-8"))["entropy"] == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


def test_interrupted_run_says_so_and_writes_nothing(tmp_path, monkeypatch):
    def interrupted(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("haidong_sim.run.simulate", interrupted)
    result = run("run", TOY / "toy.toml", "--out", tmp_path / "toy")
    assert result.exit_code == 130
    assert result.stderr == "haidong-sim: interrupted; nothing is half written\n"
    assert list(tmp_path.iterdir()) == []


def test_check_fails_only_on_the_status_asked_for():
    toy = TOY / "toy.toml"
    assert run("check", toy).exit_code == 0
    assert run("check", toy, "--fail-on", "missed").exit_code == 1
    assert run("check", toy, "--fail-on", "missed", "--target", "t_doubling").exit_code == 0
    assert run("check", toy, "--theme", "energy", "--fail-on", "missed").exit_code == 0


def test_check_as_csv_holds_every_target_and_probabilities_if_asked():
    rows = rows_of(run("check", TOY / "toy.toml", "--csv").stdout)
    assert [row["target_id"] for row in rows][:2] == ["t_share", "t_doubling"]
    assert len(rows) == 12
    assert {row["probability"] for row in rows} == {""}
    drawn = rows_of(run("check", TOY / "toy.toml", "--csv", "--draws", 1024).stdout)
    assert sum(bool(row["probability"]) for row in drawn) == 10


@pytest.mark.parametrize("what", ["baseline", "targets", "conflicts", "sources", "observations"])
def test_list_as_csv_has_a_row_for_every_row_of_the_file(what):
    with (DATA / f"{what}.csv").open(encoding="utf-8", newline="") as file:
        expected = len(list(csv.DictReader(file)))
    assert len(rows_of(run("list", what, "--csv").stdout)) == expected


def test_list_filters_keep_what_they_say():
    rows = rows_of(run("list", "targets", "--theme", "energy", "--binding", "binding", "--csv").stdout)
    assert rows
    assert {(row["theme"], row["binding"]) for row in rows} == {("energy", "binding")}
    by_indicator = rows_of(run("list", "conflicts", "--indicator", "grain_output", "--csv").stdout)
    assert {"C3", "C3b"} <= {row["id"] for row in by_indicator}
    toy = rows_of(run("list", "targets", "--registry", TOY / "registry", "--csv").stdout)
    assert len(toy) == 12


def test_list_shows_a_scenario_to_copy_and_the_schema_for_editors():
    shown = run("list", "scenarios", "--show", "plan").stdout
    assert shown == (Path(__file__).parents[3] / "scenarios" / "plan.toml").read_text(encoding="utf-8")
    schema = json.loads(run("list", "schema").stdout)
    assert {"paths", "uncertainty", "horizon"} <= set(schema["properties"])


@pytest.mark.parametrize("what", ["baseline", "targets", "conflicts", "scenarios", "indicators", "sources"])
def test_tables_fit_a_terminal_of_eighty_columns(what):
    lines = run("list", what, columns=80).stdout.splitlines()
    assert len(lines) > 3
    assert max(map(len, lines)) <= 80


def test_compare_finds_no_difference_of_a_copy_and_one_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (TOY / "toy.toml").read_text(encoding="utf-8").replace(
        'place = "registry"', f'place = "{TOY / "registry"}"'
    )  # fmt: skip
    Path("toy.toml").write_text(text, encoding="utf-8")
    Path("copy.toml").write_text(text, encoding="utf-8")
    Path("faster.toml").write_text(text.replace("growth = 0.06", "growth = 0.07"), encoding="utf-8")
    same = rows_of(run("compare", "toy.toml", "copy.toml", "--draws", 1024, "--csv").stdout)
    assert {float(row["difference"]) for row in same} == {0.0}
    rows = rows_of(run("compare", "toy.toml", "faster.toml", "--draws", 1024, "--csv").stdout)
    paired = {
        row["statistic"]: float(row["difference"])
        for row in rows
        if row["indicator"] == "gdp_volume_index" and row["year"] == "2030" and "paired" in row["statistic"]
    }
    # More growth in every future alike: the difference has a sign although both outcomes are wide.
    assert 0.0 < paired["paired_q05"] < paired["paired_median"] < paired["paired_q95"]
    assert run("compare", "toy.toml", "faster.toml", "--draws", 512, columns=100).exit_code == 0
