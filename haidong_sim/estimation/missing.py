"""What the public record lacks, what stands in for it, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A series that the calibration would use: the years wanted, the stand-in, and its price."""

    region: str
    indicator: str
    first: int
    last: int
    stand_in: str
    cost: str


def missing_series(frame: pd.DataFrame, wanted: Iterable[Wanted]) -> pd.DataFrame:
    """Return which series of `wanted` are missing: region, indicator, years, stand-in and cost.

    A low-confidence figure does not count as present, since it is never used unasked.
    """
    rows = []
    usable = frame[frame["confidence"].isin(["high", "medium"])]
    for item in wanted:
        held = usable[(usable["region"] == item.region) & (usable["indicator"] == item.indicator)]
        absent = [year for year in range(item.first, item.last + 1) if year not in set(held["year"])]
        if absent:
            rows.append(
                {
                    "region": item.region,
                    "indicator": item.indicator,
                    "missing_years": ", ".join(str(year) for year in absent),
                    "stand_in": item.stand_in,
                    "cost": item.cost,
                }
            )
    return pd.DataFrame(rows, columns=["region", "indicator", "missing_years", "stand_in", "cost"])
