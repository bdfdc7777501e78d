"""Small modules, short functions, a docstring each: sizes at which a reader keeps the whole in mind."""

from __future__ import annotations

import ast
import io
import tokenize
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MODULE_LINES = 300
FUNCTION_CODE_LINES = 40
VAGUE_NAMES = {"utils", "helpers", "common", "manager", "base"}
SKIPPED_TOKENS = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}


def code_lines(source: str) -> set[int]:
    """Return the numbers of the lines that hold more than a comment."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in SKIPPED_TOKENS:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines


def function_sizes(source: str, *, with_signature: bool = True) -> dict[str, int]:
    """Return code lines by function, its docstring, blank lines and comments left out."""
    counted = code_lines(source)
    sizes = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.lineno if with_signature else node.body[0].lineno
            own = set(range(first, node.end_lineno + 1))
            if ast.get_docstring(node) is not None:
                own -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
            sizes[f"{node.name}:{node.lineno}"] = len(own & counted)
    return sizes


def test_function_sizes_leave_out_docstring_comments_and_blank_lines() -> None:
    source = 'def f(a,\n      b):\n    """One.\n\n    Two.\n    """\n    # why\n\n    return a + b\n'
    assert function_sizes(source) == {"f:1": 3}
    assert function_sizes(source, with_signature=False) == {"f:1": 1}


def test_modules_are_short(modules: list[Path], root: Path) -> None:
    sizes = {str(p.relative_to(root)): len(p.read_text(encoding="utf-8").splitlines()) for p in modules}
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES} == {}


def test_functions_are_short(modules: list[Path], root: Path) -> None:
    too_long = {}
    for path in modules:
        # The signature of a command is the text of its --help: one line or more for each option.
        is_command = path.parent.name == "commands"
        sizes = function_sizes(path.read_text(encoding="utf-8"), with_signature=not is_command)
        too_long |= {f"{path.relative_to(root)}:{n}": s for n, s in sizes.items() if s > FUNCTION_CODE_LINES}
    assert too_long == {}


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
