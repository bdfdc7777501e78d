from __future__ import annotations

import tomllib
from pathlib import Path

import pytest


@pytest.fixture
def table():
    file = Path(__file__).with_name("haidong_energy.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))["energy"]
