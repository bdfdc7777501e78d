"""What the commands print: tables that fit the terminal, CSV that fits a pipe, rows asked for by word."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any, Final

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from haidong_sim.errors import HaidongSimError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandas as pd

_PIPED_WIDTH: Final = 160
"""Columns of a table that nobody's terminal limits."""

_GAP: Final = 2
_LEAST: Final = 6
"""Signs of a cell that are shown at least, however narrow the terminal is."""

STATUS_STYLES: Final = {"met": "green", "on_the_edge": "yellow", "missed": "red", "pace": "cyan"}


def print_table(
    rows: Sequence[Sequence[Any]], columns: Mapping[str, Mapping[str, Any]], *, note: str = ""
) -> None:
    """Print rows under the heads of `columns`, whose values are options of a rich column.

    A column with a `ratio` gives way in a narrow terminal and gets its part of what the others leave; one
    without is always shown whole. Text stays text: nothing in a cell is taken for markup.
    """
    cells = [[cell if isinstance(cell, Text) else Text(_shown(cell)) for cell in row] for row in rows]
    screen = console()
    table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    natural = [
        max(cell_len(head), *(row[number].cell_len for row in cells), 1)
        for number, head in enumerate(columns)
    ]
    parts = [int(options.get("ratio", 0)) for options in columns.values()]
    widths = _fitted(natural, parts, screen.width - _GAP * (len(natural) - 1))
    for width, (head, options) in zip(widths, columns.items(), strict=True):
        kept = {name: value for name, value in options.items() if name != "ratio"}
        table.add_column(head, **{"overflow": "ellipsis", "no_wrap": True, "width": width, **kept})
    for row in cells:
        table.add_row(*row)
    screen.print(table)
    if note:
        print_line(note)


def _fitted(natural: Sequence[int], parts: Sequence[int], room: int) -> list[int]:
    """Return widths within `room`; columns with a part share what the others leave, down to a few signs."""
    widths = [0 if part else width for width, part in zip(natural, parts, strict=True)]
    open_columns = [number for number, part in enumerate(parts) if part]
    room -= sum(widths)
    while open_columns:
        each = room / sum(parts[number] for number in open_columns)
        done = [number for number in open_columns if natural[number] <= each * parts[number]]
        for number in done or open_columns:
            widths[number] = natural[number] if done else max(_LEAST, int(each * parts[number]))
        room -= sum(widths[number] for number in done)
        open_columns = [number for number in open_columns if number not in done] if done else []
    return widths


def print_line(text: str | Text = "") -> None:
    """Print one paragraph, wrapped at words; a piped one stays on one line."""
    screen = console()
    screen.print(text if isinstance(text, Text) else Text(text), soft_wrap=not screen.is_terminal)


def print_csv(table: pd.DataFrame) -> None:
    """Print a table as CSV on standard output."""
    typer.echo(table.to_csv(index=False, lineterminator="\n"), nl=False)


def console() -> Console:
    """Return the console of standard output; wide where it is no terminal."""
    is_narrow = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(highlight=False, width=None if is_narrow else _PIPED_WIDTH)


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


def require_known(kind: str, word: str, allowed: Iterable[str]) -> None:
    """Raise unless `word` is one of `allowed`.

    Raises
    ------
    HaidongSimError
        Naming the nearest.
    """
    names = list(allowed)
    if word not in names:
        raise HaidongSimError(unknown_name(kind, word, names))


def keep_rows(
    table: pd.DataFrame,
    wanted: Mapping[str, str | None],
    columns: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Return the rows in which each filter's word is the cell, or one of its names set off by semicolons.

    Parameters
    ----------
    wanted
        Word by name of the filter; None asks for nothing.
    columns
        Columns that a filter looks at, where its name is not the column's.

    Raises
    ------
    HaidongSimError
        If the table has no such column, or no row such a word.
    """
    kept = table
    for name, word in wanted.items():
        if word is None:
            continue
        places = [column for column in (columns or {}).get(name, (name,)) if column in table.columns]
        if not places:
            heads = ", ".join(str(column) for column in table.columns)
            raise HaidongSimError(f"these rows have no {name} to filter by; their columns are {heads}")
        named = table[places].fillna("").astype(str).agg(";".join, axis=1).str.split(";")
        require_known(name, word, {part for parts in named for part in parts if part})
        kept = kept[[word in parts for parts in named.loc[kept.index]]]
    return kept
