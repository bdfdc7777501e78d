"""Compare a path or an ensemble with what the history of its place has seen; the limits are data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from haidong_sim.errors import FeasibilityError, Problems, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.place import HistoricalRange


def check_plausibility(
    values: Mapping[str, NDArray[np.float64]],
    years: ArrayLike,
    ranges: Iterable[HistoricalRange],
) -> pd.DataFrame:
    """Return one row per limit that concerns a quantity in `values`.

    Parameters
    ----------
    values
        Paths by quantity name, shape (year,) or (year, draw).
    years
        Calendar years, shape (year,).
    ranges
        Limits, such as `Registry.limits`.

    Returns
    -------
    DataFrame
        Columns name, quantity, flagged (in any draw), probability (share of draws flagged),
        first_year (of the first flagged draw), extreme (worst value), limit, side, unit, provenance,
        source, statement_en, statement_zh.

    Raises
    ------
    FeasibilityError
        If a quantity has no limit, none is given, or a path has another length than `years`.
    """
    limits = tuple(ranges)
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
