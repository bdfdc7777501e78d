"""Rows that a user asked for; a word that fits no row is an error with the nearest, not an empty table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from haidong_sim.errors import HaidongSimError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd


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
