"""What every answer is: a table that can be read, told in one line, and shown in a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

_MOST_ROWS: Final = 20
"""Rows that a notebook shows of a table; all of them are in `frame()`."""


class Answer(ABC):
    """An answer that is read as a table."""

    @abstractmethod
    def frame(self) -> pd.DataFrame:
        """Return the answer as a table."""

    def __repr__(self) -> str:
        table = self.frame()
        return f"<{type(self).__name__} {len(table)} rows: {', '.join(map(str, table.columns))}>"

    def _repr_html_(self) -> str:
        """Return the answer as a notebook shows it: its line, and the first and last rows of its table."""
        table = self.frame()
        is_numbered = table.index.equals(table.reset_index(drop=True).index)
        shown = table.to_html(max_rows=_MOST_ROWS, index=not is_numbered, float_format="{:.4g}".format)
        lines = escape(repr(self)).replace("\n", "<br>")
        return f"<p>{lines}</p>\n{shown}"
