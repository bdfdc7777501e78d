"""Rooms and doors: a room is what its `__init__` offers, nothing runs in a circle, files are subjects."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = "haidong_sim"
KINDS = ("scenario.paths.", "questions.kinds.", "cli.commands.")
"""Rooms in which one file is one kind, found by its name."""


def modules_of(root: Path) -> dict[str, Path]:
    found = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return found


def imported_names(path: Path) -> list[tuple[str, str]]:
    """Return (module, name) of every import of the package in a file, those inside functions included."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE:
            found += [(node.module, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names if alias.name.split(".")[0] == PACKAGE]
    return found


def room_of(module: str) -> str:
    parts = module.split(".")
    return ".".join(parts[:3] if parts[1:2] == ["answers"] else parts[:2])


class House:
    """The package as modules and imports, names that a room re-exports traced to where they are defined."""

    def __init__(self, root: Path) -> None:
        self.modules = modules_of(root)
        self.packages = {name for name, path in self.modules.items() if path.name == "__init__.py"}
        self.names = {name: imported_names(path) for name, path in self.modules.items()}
        self.doors = {
            package: {what: source for source, what in self.names[package]} for package in self.packages
        }

    def home(self, module: str, name: str) -> str:
        """Return the module that defines a name imported from `module`."""
        seen = set()
        while module in self.packages and (module, name) not in seen:
            seen.add((module, name))
            if f"{module}.{name}" in self.modules:
                return f"{module}.{name}"
            if name not in self.doors[module]:
                return module
            module = self.doors[module][name]
        return module

    def graph(self) -> dict[str, set[str]]:
        """Return the modules that each module imports from, packages' own re-exports left out."""
        return {
            importer: {self.home(*pair) for pair in pairs} - {importer}
            for importer, pairs in self.names.items()
            if importer not in self.packages
        }


@pytest.fixture(scope="module")
def house() -> House:
    return House(ROOT)


def past_the_door(house: House) -> list[str]:
    return [
        f"{importer}: {module}"
        for importer, pairs in house.names.items()
        for module, _ in pairs
        if module not in house.packages
        and module.count(".") > 1
        and importer != PACKAGE
        and module != room_of(module)
        and room_of(module) != room_of(importer)
    ]


def test_a_room_is_entered_by_its_door(house: House) -> None:
    assert sorted(set(past_the_door(house))) == []


def test_no_imports_run_in_a_circle(house: House) -> None:
    try:
        list(TopologicalSorter(house.graph()).static_order())
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(error.args[1])}")


def test_a_file_that_one_other_imports_is_a_subject_of_its_own(house: House) -> None:
    users = defaultdict(set)
    for importer, used in house.graph().items():
        for module in used:
            users[module].add(importer)
    lonely = {
        module.removeprefix(f"{PACKAGE}.")
        for module, importers in users.items()
        if len(importers) == 1 and module not in house.packages
    }
    lonely = {module for module in lonely if not module.startswith(KINDS)}
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    section = text.partition("## Files that one other file imports")[2].partition("\n## ")[0]
    argued = set(re.findall(r"^\| `([\w.]+)` \|", section, flags=re.MULTILINE))
    assert lonely - argued == set(), "fold these into their only user, or argue them in ARCHITECTURE.md"
    assert {name for name in argued if f"{PACKAGE}.{name}" not in house.modules} == set()


def test_the_checks_see_what_they_look_for(tmp_path: Path) -> None:
    for name, text in {
        "__init__": "",
        "one/__init__": "from haidong_sim.one.inside import f\n",
        "one/inside": "from haidong_sim.two import g\ndef f(): ...\n",
        "two/__init__": "from haidong_sim.two.within import g\n",
        "two/within": "def g():\n    from haidong_sim.one.inside import f\n",
    }.items():
        path = tmp_path / PACKAGE / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    small = House(tmp_path)
    assert past_the_door(small) == ["haidong_sim.two.within: haidong_sim.one.inside"]
    assert small.home("haidong_sim.one", "f") == "haidong_sim.one.inside"
    with pytest.raises(CycleError):
        list(TopologicalSorter(small.graph()).static_order())
