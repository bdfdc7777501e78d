"""What importing the package costs: no plotting, no estimation, no statistics library."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("matplotlib", "statsmodels", "scipy.stats", "distributed", "openpyxl", "pyarrow", "xarray", "jinja2")


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    code = (
        "import sys, haidong_sim as hs\n"
        "hs.project, hs.simulate, hs.load_scenario, hs.load_registry, hs.Result\n"
        "print('\\n'.join(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(found.stdout.split())


@pytest.mark.parametrize("name", HEAVY)
def test_importing_the_package_does_not_load(name: str, loaded: set[str]) -> None:
    assert "haidong_sim" in loaded
    assert name not in loaded


def test_importing_every_layer_writes_nothing(tmp_path) -> None:
    code = (
        "import pkgutil, importlib, haidong_sim\n"
        "for module in pkgutil.iter_modules(haidong_sim.__path__, 'haidong_sim.'):\n"
        "    importlib.import_module(module.name)\n"
    )
    environment = {"HOME": str(tmp_path), "MPLCONFIGDIR": str(tmp_path / "mpl"), "PATH": ""}
    found = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment,
    )
    assert found.stdout == ""
    assert [path.name for path in tmp_path.iterdir() if path.name != "mpl"] == []
