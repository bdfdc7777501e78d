"""Compare a path or an ensemble with what history has seen; the limits are data with their sources."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import pandas as pd

from haidong_sim.errors import FeasibilityError, Problems, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray

Side = Literal["above", "below"]


@dataclass(frozen=True, kw_only=True)
class HistoricalRange:
    """One limit: `quantity` beyond `value` on `side` for `consecutive_years` in a row is worth a flag.

    With `window_years` above 1 the mean over that many years is compared; growth rates are averaged
    in logs.
    """

    name: str
    quantity: str
    side: Side
    value: float
    unit: str
    consecutive_years: int
    window_years: int
    provenance: str
    source: str
    statement_en: str
    statement_zh: str


def historical_ranges() -> tuple[HistoricalRange, ...]:
    """Return the limits of `plausible_ranges.csv`, in its order.

    Raises
    ------
    FeasibilityError
        If a row has no source, an unknown side, or a number that is none.
    """
    text = files(__package__).joinpath("plausible_ranges.csv").read_text(encoding="utf-8")
    problems = Problems("plausible_ranges.csv")
    found = []
    for number, row in enumerate(csv.DictReader(text.splitlines()), 2):
        if row["side"] not in {"above", "below"}:
            problems.add(f"row {number}", f"side '{row['side']}' must be 'above' or 'below'")
        if not row["source"]:
            problems.add(f"row {number}", "a limit without a source is an opinion; name one")
        found.append(
            HistoricalRange(
                name=row["name"],
                quantity=row["quantity"],
                side=cast("Side", row["side"]),
                value=float(row["value"]),
                unit=row["unit"],
                consecutive_years=int(row["consecutive_years"]),
                window_years=int(row["window_years"]),
                provenance=row["provenance"],
                source=row["source"],
                statement_en=row["statement_en"],
                statement_zh=row["statement_zh"],
            )
        )
    problems.raise_if_any(FeasibilityError)
    return tuple(found)


def check_plausibility(
    values: Mapping[str, NDArray[np.float64]],
    years: ArrayLike,
    ranges: Iterable[HistoricalRange] | None = None,
) -> pd.DataFrame:
    """Return one row per limit that concerns a quantity in `values`.

    Parameters
    ----------
    values
        Paths by quantity name, shape (year,) or (year, draw).
    years
        Calendar years, shape (year,).
    ranges
        Limits; by default `historical_ranges()`.

    Returns
    -------
    DataFrame
        Columns name, quantity, flagged (in any draw), probability (share of draws flagged),
        first_year (of the first flagged draw), extreme (worst value), limit, side, unit, provenance,
        source, statement_en, statement_zh.

    Raises
    ------
    FeasibilityError
        If no limit concerns any quantity, or a path has another length than `years`.
    """
    limits = tuple(historical_ranges() if ranges is None else ranges)
    calendar = np.asarray(years, dtype=np.int64)
    problems = Problems("plausibility")
    known = {limit.quantity for limit in limits}
    for name, path in values.items():
        if name not in known:
            problems.add("", unknown_name("quantity with a limit", name, known))
        if len(path) != len(calendar):
            problems.add(name, f"{len(path)} years of values for {len(calendar)} calendar years")
    problems.raise_if_any(FeasibilityError)
    rows = [_row(limit, values[limit.quantity], calendar) for limit in limits if limit.quantity in values]
    if not rows:
        raise FeasibilityError("plausibility: no quantity was given")
    return pd.DataFrame(rows)


def _row(limit: HistoricalRange, path: NDArray[np.float64], calendar: NDArray[np.int64]) -> dict[str, object]:
    sign = 1.0 if limit.side == "above" else -1.0
    draws = np.asarray(path, dtype=np.float64).reshape(len(calendar), -1)
    compared = _windowed(draws, limit.window_years)
    beyond = _in_a_row(sign * compared > sign * limit.value, limit.consecutive_years)
    flagged = beyond.any(axis=0)
    offset = limit.window_years - 1 + limit.consecutive_years - 1
    first = int(calendar[offset + int(np.argmax(beyond.any(axis=1)))]) if flagged.any() else None
    return {
        "name": limit.name,
        "quantity": limit.quantity,
        "flagged": bool(flagged.any()),
        "probability": float(flagged.mean()),
        "first_year": first,
        "extreme": float(sign * (sign * compared).max()) if compared.size else np.nan,
        "limit": limit.value,
        "side": limit.side,
        "unit": limit.unit,
        "provenance": limit.provenance,
        "source": limit.source,
        "statement_en": limit.statement_en,
        "statement_zh": limit.statement_zh,
    }


def _windowed(path: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    if window == 1:
        return path
    if len(path) < window:
        return path[:0]
    logs = np.lib.stride_tricks.sliding_window_view(np.log1p(path), window, axis=0)
    return np.asarray(np.expm1(logs.mean(axis=-1)))


def _in_a_row(flags: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    if count == 1:
        return flags
    if len(flags) < count:
        return flags[:0]
    return np.asarray(np.lib.stride_tricks.sliding_window_view(flags, count, axis=0).all(axis=-1))
