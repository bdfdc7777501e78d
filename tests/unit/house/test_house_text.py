"""One version, references that lead somewhere, and nothing of the machine that a file was written on."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import haidong_sim

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE = 1_000_000
TEXT_SUFFIXES = {".py", ".md", ".toml", ".txt", ".csv", ".cff", ".yaml", ".yml", ".j2", ".css", ""}
# Written in two parts, so that this file does not contain what it looks for.
LOCAL = re.compile(
    "|".join(
        (
            "/" + "work/",
            "/" + "root/",
            "/" + "home/[a-z]",
            "python" + "hosted",
            "index" + "-url",
            "/" + "opt/",
        )
    )
)
UNFINISHED = re.compile(r"\b(" + "TO" + "DO|FIX" + "ME|XX" + "X)\\b")


def texts(files: list[Path]) -> dict[Path, str]:
    # Some files are broken on purpose, to test what is said about them.
    kept = (path for path in files if path.suffix in TEXT_SUFFIXES)
    return {path: path.read_text(encoding="utf-8", errors="replace") for path in kept}


def test_the_version_is_written_once(root: Path) -> None:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["project"]["dynamic"] == ["version"]
    assert settings["tool"]["hatch"]["version"]["path"] == "haidong_sim/__init__.py"
    newest = re.search(
        r"^## \[(\d[^\]]*)\]", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert newest is not None
    assert newest[1] == haidong_sim.__version__


def test_no_file_names_the_machine_it_was_written_on(project_files: list[Path], root: Path) -> None:
    found = {
        str(p.relative_to(root)): hit[0]
        for p, text in texts(project_files).items()
        if (hit := LOCAL.search(text))
    }
    assert found == {}


def test_nothing_is_left_for_later(project_files: list[Path], root: Path) -> None:
    marked = {str(p.relative_to(root)) for p, text in texts(project_files).items() if UNFINISHED.search(text)}
    assert marked == set()


def test_no_file_is_large(project_files: list[Path], root: Path) -> None:
    sizes = {str(path.relative_to(root)): path.stat().st_size for path in project_files}
    assert {name: size for name, size in sizes.items() if size > LARGEST_FILE} == {}


def test_references_to_the_method_lead_to_a_heading(root: Path, modules: list[Path]) -> None:
    headings = re.findall(
        r"^#+ (\d+(?:\.\d+)?)\b", (root / "docs" / "method.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    cited: dict[str, str] = {}
    for path, text in texts(modules).items():
        for run in re.findall(r"METHOD ((?:\d+(?:\.\d+)?(?:, | and )?)+)", text):
            cited |= dict.fromkeys(re.findall(r"\d+(?:\.\d+)?", run), str(path.relative_to(root)))
    assert len(cited) > 5
    assert {number: where for number, where in cited.items() if number not in headings} == {}


def test_links_between_pages_lead_to_files(root: Path) -> None:
    pages = [*root.glob("*.md"), *(root / "docs").glob("*.md")]
    assert len(pages) > 5
    broken = [
        f"{page.name} -> {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_generated_pages_are_up_to_date(root: Path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(root / "docs"))
    import make_tables

    for name, page in make_tables.PAGES.items():
        written = (root / "docs" / name).read_text(encoding="utf-8")
        assert written == "\n".join(page()).rstrip() + "\n", f"docs/{name} is out of date: run `make tables`"
