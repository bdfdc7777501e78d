"""What the commands print: tables that fit the terminal, CSV that fits a pipe, and a line that shows progress."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd

_PIPED_WIDTH: Final = 160
"""Columns of a table that nobody's terminal limits."""

STATUS_STYLES: Final = {"met": "green", "on_the_edge": "yellow", "missed": "red", "pace": "cyan"}


def print_table(
    rows: Sequence[Sequence[Any]],
    columns: Mapping[str, Mapping[str, Any]],
    *,
    title: str = "",
    note: str = "",
) -> None:
    """Print rows under the heads of `columns`, whose values are options of a rich column.

    Text stays text: nothing in a cell is taken for markup.
    """
    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for head, options in columns.items():
        table.add_column(head, **{"overflow": "ellipsis", "no_wrap": True, **options})
    for row in rows:
        table.add_row(*[cell if isinstance(cell, Text) else Text(_shown(cell)) for cell in row])
    screen = console()
    screen.print(table)
    if note:
        print_line(note)


def print_line(text: str | Text = "") -> None:
    """Print one paragraph, wrapped at words; a piped one stays on one line."""
    screen = console()
    screen.print(text if isinstance(text, Text) else Text(text), soft_wrap=not screen.is_terminal)


def print_csv(table: pd.DataFrame) -> None:
    """Print a table as CSV on standard output."""
    typer.echo(table.to_csv(index=False, lineterminator="\n"), nl=False)


def console() -> Console:
    """Return the console of standard output; wide where it is no terminal."""
    plain = Console(highlight=False)
    return (
        plain
        if plain.is_terminal or "COLUMNS" in plain._environ
        else Console(width=_PIPED_WIDTH, highlight=False)
    )  # noqa: SLF001  rich has no public way to ask


def is_watched() -> bool:
    """Whether standard error is a terminal, so that progress has somebody to see it."""
    return sys.stderr.isatty()


@contextlib.contextmanager
def progress_line(text: str) -> Iterator[Callable[[str], None]]:
    """Show what is being done on standard error; yield what to call with the next text."""
    if not is_watched():
        yield lambda _: None
        return
    with Console(stderr=True).status(text) as status:
        yield status.update


def _shown(cell: Any) -> str:
    if cell is None or (isinstance(cell, float) and cell != cell):  # noqa: PLR0124  NaN is unlike itself
        return ""
    if isinstance(cell, float):
        return f"{cell:.6g}"
    return str(cell)
