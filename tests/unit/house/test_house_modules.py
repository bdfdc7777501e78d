"""Every module says what it is for, and none has a name that says nothing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

VAGUE_NAMES = {"utils", "helpers", "common", "manager", "base"}


def test_every_module_says_what_it_is_for(modules: list[Path], root: Path) -> None:
    silent = []
    for path in modules:
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        # A docstring that repeats the module's name says nothing.
        if not text or len(text.split()) < 3:
            silent.append(str(path.relative_to(root)))
    assert silent == []


def test_no_module_has_a_vague_name(modules: list[Path]) -> None:
    assert [str(path) for path in modules if path.stem in VAGUE_NAMES] == []
