"""The tests of another processor run on one: what can be switched off is, and nobody complains."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

FOUND = """
import json, numpy
print(json.dumps(numpy.show_config(mode="dicts")["SIMD Extensions"].get("found", [])))
"""


def run(root: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / ".ci" / "other_cpu.py"), *command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_what_the_processor_could_do_beyond_the_least_is_off(root: Path) -> None:
    # An error is made of NumPy's warning of a name that it does not know.
    found = run(root, sys.executable, "-W", "error", "-c", FOUND)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout.splitlines()[-1]) == []


def test_what_was_off_before_stays_off(root: Path) -> None:
    here = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    first = " ".join(here[:1])
    found = run(root, sys.executable, "-W", "error", "-c", FOUND, NPY_DISABLE_CPU_FEATURES=first)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout.splitlines()[-1]) == []


def test_the_exit_code_is_that_of_the_command(root: Path) -> None:
    assert run(root, sys.executable, "-c", "raise SystemExit(3)").returncode == 3
