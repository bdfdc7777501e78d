"""The method page says all that the shipped paths come from: they are rebuilt without the package."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from rebuild import rebuild

import haidong_sim as hs


@pytest.mark.parametrize("name", ["plan", "trend"])
def test_every_indicator_of_every_year_is_rebuilt(name):
    projected = hs.project(name)
    found, years = rebuild(name)
    assert set(found) == set(projected.indicators)
    for indicator, values in found.items():
        of_package = [projected.path[indicator, year] for year in years]
        np.testing.assert_allclose(values, of_package, rtol=1e-11, err_msg=indicator)


def test_the_rebuild_imports_nothing_of_the_package():
    source = (Path(__file__).parent / "rebuild.py").read_text(encoding="utf-8")
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert imported == {"collections", "csv", "numpy", "pathlib", "tomllib"}
    assert len(source.splitlines()) < 200
