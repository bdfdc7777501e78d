"""Every code block of the pages runs, and prints what the page shows.

Of a page, blocks are run in order, in one folder and one namespace:

- `python`: executed;
- `console`: each line that begins with `$ ` is run, and its output compared with the lines below it, in which
  `...` stands for any lines; numbers may differ by one unit of their last printed digit;
- `toml NAME`, `csv NAME`: written to the file NAME;
- `text`: shown only.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "docs"))

from make_samples import ANY_LINES, FENCE, PLAIN_SCREEN, Step, console_steps, pages, refreshed, run_step  # noqa: E402

NUMBER = re.compile(r"\d[\d\u202f ,]*\d(?:\.\d+)?|\d+\.\d+|\d")


def is_same(shown: str, found: str) -> bool:
    """Whether two lines say the same, numbers up to one unit of the last digit shown."""
    words = [" ".join(NUMBER.sub("#", line).split()) for line in (shown, found)]
    if words[0] != words[1]:
        return False
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(found), strict=True)
    return all(_is_close(*pair) for pair in pairs)


def _is_close(shown: str, found: str) -> bool:
    plain = [re.sub(r"[^\d.]", "", text) for text in (shown, found)]
    decimals = len(plain[0].partition(".")[2])
    return abs(float(plain[0]) - float(plain[1])) <= 1.001 * 10.0**-decimals


def matches(shown: list[str], found: list[str]) -> bool:
    """Whether the lines found are those shown, with `...` for any lines."""
    if not shown:
        return not found
    if shown[0].strip() == ANY_LINES:
        return any(matches(shown[1:], found[skip:]) for skip in range(len(found) + 1))
    return bool(found) and is_same(shown[0], found[0]) and matches(shown[1:], found[1:])


def run_console(body: str) -> None:
    for step in console_steps(body):
        found = run_step(step, Path.cwd())
        lines = [line for line in found.stdout.splitlines() if line.strip()]
        assert "Traceback" not in found.stderr, found.stderr
        if step.shown:
            hint = "the page shows something else; if the change is meant: make samples"
            assert matches(step.shown, lines), f"$ {step.command}\n{found.stdout}\n{found.stderr}\n{hint}"
        else:
            assert found.returncode == 0, found.stderr


def test_a_block_is_refreshed_line_by_line() -> None:
    (step,) = console_steps("$ haidong-sim x\n...\nmet by 30.1%\n")
    assert step == Step(command="haidong-sim x", shown=["...", "met by 30.1%"])
    assert refreshed(step, ["other", "met by 31.7%", "end"]) == ["...", "met by 31.7%"]
    with pytest.raises(ValueError, match="no line like"):
        refreshed(step, ["other"])


def test_lines_agree_up_to_the_last_digit() -> None:
    assert is_same("probability 31.2% [29.8]", "probability 31.3%   [29.8]")
    assert not is_same("probability 31.2%", "probability 31.4%")
    assert not is_same("met 31", "missed 31")
    assert is_same("100 352 draws", "100 352 draws")
    assert matches(["a", "...", "b 1.0"], ["a", "x", "y", "b 1.0"])
    assert not matches(["a", "..."], ["b"])


@pytest.mark.slow
@pytest.mark.parametrize("page", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_code_of_the_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in PLAIN_SCREEN.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    namespace: dict[str, object] = {"__name__": "__page__"}
    blocks = FENCE.findall(page.read_text(encoding="utf-8"))
    assert blocks
    for info, body in blocks:
        language, _, name = info.partition(" ")
        if language == "python":
            exec(compile(body, f"{page.name}, python block", "exec"), namespace)  # noqa: S102  the page is the test
        elif language == "console":
            run_console(body)
        elif language in {"toml", "csv"} and name:
            Path(name).write_text(body, encoding="utf-8")
        else:
            assert info == "text", f"{page.name}: a block marked '{info}' is neither run nor marked as text"
