"""No command replaces what it did not write; Ctrl-C while figures are drawn costs the figures only."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import haidong_sim as hs
from haidong_sim.cli.application import build_application

TOY = Path(__file__).parents[2] / "toy_district"
TABLES = {"manifest.json", "scenario.resolved.toml", "indicators.csv", "targets.csv", "assumptions.csv"}


def run(*arguments):
    return CliRunner().invoke(build_application(), [str(word) for word in arguments])


def run_toy(out, *arguments):
    return run("run", TOY / "toy.toml", "--draws", 512, "--out", out, *arguments)


@pytest.mark.parametrize("is_forced", [False, True])
@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "plan"),
        ("monitor", "plan", "--observed", "actuals.csv"),
        ("solve", "plan", "--target", "a30_gdp_share_qinghai", "--lever", "tertiary.growth"),
        ("sensitivity", "plan"),
        ("compare", "plan", "trend", "--attribute", "gdp_growth"),
        ("conflicts", "plan", "--study", "three-way"),
        ("calibrate",),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)
def test_no_command_writes_over_files_of_others(arguments, is_forced, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    names = ("manifest.json", "box.csv", "changes.csv", "growth.toml", "three_way.csv", "lights.svg")
    for name in names:
        (out / name).write_text("{}", encoding="utf-8")
    result = run(*arguments, "--out", "out", *(["--force"] if is_forced else []))
    assert result.exit_code == 2
    words = "In the way: manifest.json (not of this program" if is_forced else "exists and is not empty"
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert {path.name: path.read_text(encoding="utf-8") for path in out.iterdir()} == dict.fromkeys(
        names, "{}"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_notes_of_a_reader_survive_and_an_untouched_result_is_replaced(tmp_path):
    out = tmp_path / "res"
    assert run_toy(out, "--no-figures").exit_code == 0
    assert run_toy(out, "--no-figures", "--force", "--rng", 7).exit_code == 0
    (out / "notes.txt").write_text("my thoughts", encoding="utf-8")
    refused = run_toy(out, "--no-figures", "--force")
    assert refused.exit_code == 2
    assert "In the way: notes.txt. Move that away" in refused.stderr
    assert (out / "notes.txt").read_text(encoding="utf-8") == "my thoughts"
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["entropy"] == "7"


def test_a_folder_that_appears_during_a_run_is_kept_and_the_answer_is_told(tmp_path, monkeypatch):
    out, real = tmp_path / "res", hs.simulate

    def meanwhile(*arguments, **options):
        out.mkdir()
        (out / "thesis.txt").write_text("years of work", encoding="utf-8")
        return real(*arguments, **options)

    monkeypatch.setattr("haidong_sim.run.simulate", meanwhile)
    result = run_toy(out, "--no-figures", "--force")
    assert result.exit_code == 2
    assert f"'{out}' is not what it was before and was left as it is" in result.stderr
    assert f"the result is in '{tmp_path / 'res-2'}'" in result.stderr
    assert "The answer rests on" in result.stdout
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]
    assert {path.name for path in (tmp_path / "res-2").iterdir()} == TABLES | {"report.html"}


def test_an_interrupt_in_the_figure_step_keeps_the_tables_and_whole_figures(tmp_path, monkeypatch):
    from haidong_sim.figures import figure_files

    drawn = []

    def interrupted(ax, name, *endings):
        if len(drawn) == 2:
            raise KeyboardInterrupt
        drawn.append(name)
        return figure_files(ax, name, *endings)

    monkeypatch.setattr("haidong_sim.figures.figure_files", interrupted)
    out = tmp_path / "res"
    result = run_toy(out)
    assert result.exit_code == 130
    assert f"note: interrupted before the page; 'haidong-sim report {out}' makes the rest" in result.stdout
    assert {path.name for path in out.iterdir()} == TABLES | {"figures"}
    assert {path.name for path in (out / "figures").iterdir()} == {
        f"{Path(name).name}.{ending}" for name in drawn for ending in ("svg", "png")
    }
    assert [path.name for path in tmp_path.iterdir()] == ["res"]
    assert hs.verify_result(out, rerun=True) == []
    monkeypatch.undo()
    assert run("report", out, "--no-figures").exit_code == 0
    assert hs.verify_result(out) == []


def test_a_real_interrupt_while_figures_are_drawn_keeps_the_tables(tmp_path):
    out = tmp_path / "res"
    code = "from haidong_sim.cli import main; main()"
    command = [sys.executable, "-c", code, "run", str(TOY / "toy.toml"), "--draws", "512", "--out", str(out)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True
    ) as process:
        deadline = time.monotonic() + 240
        while not list(tmp_path.glob(".res.*/figures/*.svg")) and process.poll() is None:
            assert time.monotonic() < deadline, "no figure was drawn"
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGINT)
        screen, complaint = process.communicate(timeout=120)
    assert process.returncode == 130, complaint
    assert "interrupted before the page" in screen
    assert {path.name for path in out.iterdir()} == TABLES | {"figures"}
    assert hs.verify_result(out) == []
    assert [path.name for path in tmp_path.iterdir()] == ["res"]


def test_report_lists_what_it_makes_and_keeps_an_edited_page(tmp_path):
    out = tmp_path / "res"
    assert run_toy(out, "--no-figures").exit_code == 0
    assert run("report", out, "--no-figures", "--lang", "zh").exit_code == 0
    assert run("verify", out).exit_code == 0
    page = out / "report.html"
    page.write_text("<p>my page</p>", encoding="utf-8")
    verified = run("verify", out)
    assert verified.exit_code == 1
    assert "report.html: its content is not what the manifest says" in verified.stdout
    refused = run("report", out, "--no-figures")
    assert refused.exit_code == 2
    assert "In the way: report.html (edited)" in refused.stderr
    assert page.read_text(encoding="utf-8") == "<p>my page</p>"
    assert [path.name for path in tmp_path.iterdir()] == ["res"]
