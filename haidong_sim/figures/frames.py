"""Takes out of the tidy frame, the check table and the history what one chart needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from haidong_sim.errors import RegistryError, unknown_name
from haidong_sim.words import central_statistic

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_NEAR = 0.05

ASSESSED = ("missed", "on_the_edge", "met")
"""Statuses of a target that the model projects, the most urgent first."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """One indicator of one scenario: statistics by year, with its unit and price basis."""

    name: str
    unit: str
    price_basis: str
    statistics: pd.DataFrame

    @property
    def years(self) -> NDArray[np.int64]:
        """Calendar years, shape (year,)."""
        return self.statistics.index.to_numpy()

    @property
    def central(self) -> str:
        """The statistic of the line: the median of draws, else the path without shocks."""
        return central_statistic(self.statistics.columns)

    def require(self, statistic: str) -> NDArray[np.float64]:
        """Return one statistic by year, shape (year,).

        Raises
        ------
        RegistryError
            If the frame does not hold it; the message says what it holds.
        """
        if statistic not in self.statistics.columns:
            known = [str(name) for name in self.statistics.columns]
            raise RegistryError(unknown_name(f"statistic of '{self.name}'", statistic, known))
        return self.statistics[statistic].to_numpy(dtype=float)


def take_series(frame: pd.DataFrame, indicator: str, scenario: str | None = None) -> Series:
    """Take one indicator out of the tidy frame.

    Raises
    ------
    RegistryError
        If the indicator or the scenario is not in the frame, or several scenarios are and none is named.
    """
    rows = _of_scenario(frame, scenario)
    names = rows["indicator"].unique().tolist()
    if indicator not in names:
        raise RegistryError(unknown_name("indicator", indicator, names))
    rows = rows[rows["indicator"] == indicator]
    table = rows.pivot_table(index="year", columns="statistic", values="value", aggfunc="first", dropna=False)
    first = rows.iloc[0]
    return Series(
        name=indicator,
        unit=str(first["unit"]),
        price_basis=str(first["price_basis"]),
        statistics=table.sort_index(),
    )


def _of_scenario(frame: pd.DataFrame, scenario: str | None) -> pd.DataFrame:
    names = frame["scenario"].unique().tolist()
    if scenario is None:
        if len(names) != 1:
            raise RegistryError(f"the frame holds {len(names)} scenarios; name one of {', '.join(names)}")
        return frame
    if scenario not in names:
        raise RegistryError(unknown_name("scenario", scenario, names))
    return frame[frame["scenario"] == scenario]


def statistic_name(quantile: float) -> str:
    """Return the statistic that holds `quantile`: 0.05 is "q05", and 0.5 is "median"."""
    return "median" if abs(quantile - 0.5) < 1e-9 else f"q{round(quantile * 100):02d}"


def quantile_bands(quantiles: Sequence[float]) -> list[tuple[float, float]]:
    """Pair `quantiles` into bands around the median, the widest first.

    Raises
    ------
    ValueError
        If a quantile is not within (0, 1), or its mirror image is missing.
    """
    lower = sorted(q for q in quantiles if q < 0.5)
    rounded = {round(q, 6) for q in quantiles}
    wrong = [q for q in quantiles if not 0.0 < q < 1.0 or round(1.0 - q, 6) not in rounded]
    if wrong:
        raise ValueError(
            f"quantiles {wrong} make no band: each must lie between 0 and 1 and have its mirror image, "
            "as in (0.05, 0.25, 0.5, 0.75, 0.95)"
        )
    return [(q, round(1.0 - q, 6)) for q in lower]


def take_history(history: pd.DataFrame | None, series: Series, since: int | None) -> pd.DataFrame:
    """Take the published points of one indicator, in its unit, from `since` on, oldest first."""
    if history is None or history.empty:
        return pd.DataFrame(columns=["year", "value", "vintage", "confidence", "source"])
    rows = history[(history["indicator"] == series.name) & (history["unit"] == series.unit)]
    start = int(series.years[0]) - 15 if since is None else since
    return rows[rows["year"] >= start].sort_values("year")


def take_targets(check: pd.DataFrame | None, series: Series) -> pd.DataFrame:
    """Take the targets whose threshold is a level of this very indicator in its deadline year.

    A target on an average growth, a yearly rise or a gap shares the indicator's name but not its axis;
    it is told apart by its value, which then is far from the median of the deadline year. Near is
    enough: a target is judged on the path without shocks, which is not quite the median of the draws.
    """
    empty = pd.DataFrame(columns=["target_id", "status", "threshold", "deadline"])
    if check is None or check.empty:
        return empty
    rows = check[(check["indicator"] == series.name) & (check["unit"] == series.unit)]
    rows = rows[rows["status"].isin(ASSESSED) & rows["threshold"].notna() & rows["value"].notna()]
    level = rows["deadline"].map(series.statistics[series.central])
    close = (rows["value"] - level).abs() <= _NEAR * level.abs()
    return rows[close] if len(rows) else empty
