"""What travels in the wheel: the package, the scenarios and the calibration results; no tests, no scripts."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import haidong_sim


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(folder)], cwd=root, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def test_the_wheel_holds_the_package_and_its_two_data_folders(wheel: zipfile.ZipFile, root: Path) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name and ".gitkeep" not in name}
    package = {
        str(path.relative_to(root).as_posix())
        for path in (root / "haidong_sim").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    bundled = {f"haidong_sim/_bundled/scenarios/{path.name}" for path in (root / "scenarios").glob("*.toml")}
    results = {
        f"haidong_sim/_bundled/calibration/{path.relative_to(root / 'calibration' / 'results').as_posix()}"
        for path in (root / "calibration" / "results").rglob("*")
        if path.is_file() and path.name != ".gitkeep"
    }
    assert bundled
    assert names == package | bundled | results


def test_no_python_file_of_the_wheel_is_a_test(wheel: zipfile.ZipFile) -> None:
    assert [
        name for name in wheel.namelist() if Path(name).name.startswith(("test_", "conftest", "bench_"))
    ] == []


def test_the_metadata_declares_version_licence_and_dependencies(wheel: zipfile.ZipFile) -> None:
    (path,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = Parser().parsestr(wheel.read(path).decode())
    assert metadata["Version"] == haidong_sim.__version__
    assert metadata["License-Expression"] == "BSD-3-Clause"
    required = {
        line.split(";")[0] for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line
    }
    assert {line.rstrip("<>=.0123456789") for line in required} >= {
        "numpy",
        "scipy",
        "pandas",
        "pydantic",
        "typer",
    }


def test_the_wheel_has_its_command_and_its_licence(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    (entry,) = (name for name in names if name.endswith("entry_points.txt"))
    assert "haidong-sim = haidong_sim.cli" in wheel.read(entry).decode()
    assert any(name.endswith("licenses/LICENSE") for name in names)
