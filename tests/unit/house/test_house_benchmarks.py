"""Every benchmark is run by the smoke: it takes --quick, can be imported without measuring, and is listed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "benchmarks"
SCRIPTS = sorted(FOLDER.glob("bench_*.py"))
# The quickest one measures here too; the others in `make bench-smoke`.
MEASURED_HERE = ("bench_energy.py",)


def test_there_are_benchmarks_and_each_is_listed():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert len(SCRIPTS) > 5
    assert [script.name for script in SCRIPTS if f"`{script.name}`" not in page] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_help_offers_quick_and_measures_nothing(script):
    done = subprocess.run(
        [sys.executable, str(script), "--help"],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "--quick" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", MEASURED_HERE)
def test_quick_run_ends_well(name):
    done = subprocess.run(
        [sys.executable, str(FOLDER / name), "--quick"],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
