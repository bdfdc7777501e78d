"""Every example runs as a reader would run it, from another folder, without a warning."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.py"))

# words that only the right outcome prints
OUTCOMES = {
    "01_first_projection": ["a30_gdp_share_qinghai", "0.171"],
    "02_own_scenario": ["paired_median", "Did you mean 'tertiary'"],
    "03_own_place": ["玩具市", "t_share", "manifest.json", "[]"],
}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs_and_prints_its_outcome(example, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", str(example)],
        cwd=tmp_path, env=os.environ | {"PYTHONIOENCODING": "utf-8"}, capture_output=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for word in OUTCOMES[example.stem]:
        assert word in done.stdout
    assert list(tmp_path.iterdir()) == []
