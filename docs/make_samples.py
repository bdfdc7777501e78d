"""Run the `console` blocks of the pages and write what they print now; `make samples` after results moved.

A line that begins with `$ ` is a command, those below it are its output, `...` stands for any lines. A line
shown is replaced by the printed line that is most like it, so that the choice of lines stays the author's.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = "import sys; sys.argv[0] = 'haidong-sim'; from haidong_sim.cli import main; main()"
PLAIN_SCREEN = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", "MPLBACKEND": "Agg"}
ANY_LINES = "..."
LEAST_LIKENESS = 0.6


@dataclass(frozen=True, kw_only=True)
class Step:
    """A command of a console block, and the output that the page shows for it."""

    command: str
    shown: list[str] = field(default_factory=list)


def pages() -> list[Path]:
    """Return the pages that hold code."""
    found = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))
    return [path for path in found if "```" in path.read_text(encoding="utf-8")]


def console_steps(body: str) -> list[Step]:
    """Return the commands of a block, each with its output."""
    steps: list[Step] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            steps.append(Step(command=line[2:]))
        elif line.strip():
            steps[-1].shown.append(line)
    return steps


def run_step(step: Step, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of ours in `folder`, as on a plain screen 100 columns wide.

    Raises
    ------
    ValueError
        If the command is another one.
    """
    program, *arguments = shlex.split(step.command)
    if program != "haidong-sim":
        raise ValueError(f"a console block runs haidong-sim, not {program}")
    return subprocess.run(  # noqa: S603  the commands are those of our own pages
        [sys.executable, "-c", COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, **PLAIN_SCREEN},
    )


def refreshed(step: Step, printed: list[str]) -> list[str]:
    """Return the lines to show: of those printed, the ones most like those shown so far.

    Raises
    ------
    ValueError
        If a line has no likeness any more.
    """
    lines = []
    for shown in step.shown:
        close = difflib.get_close_matches(shown, printed, n=1, cutoff=LEAST_LIKENESS)
        if shown.strip() != ANY_LINES and not close:
            raise ValueError(f"$ {step.command}\nprints no line like: {shown}")
        lines.append(shown if shown.strip() == ANY_LINES else close[0])
    return lines


def main() -> None:
    """Write the blocks of every page again."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            for match in FENCE.finditer(text):
                _, _, name = match["info"].partition(" ")
                if name:
                    Path(folder, name).write_text(match["body"], encoding="utf-8")
                if match["info"] != "console":
                    continue
                lines = []
                for step in console_steps(match["body"]):
                    printed = [line.rstrip() for line in run_step(step, Path(folder)).stdout.splitlines()]
                    lines += [f"$ {step.command}", *refreshed(step, printed)]
                text = text.replace(match["body"], "\n".join(lines) + "\n")
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
