"""The published points behind a fan chart: levels as printed, shares formed within one vintage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from haidong_sim.indicators.catalogue import catalogue
from haidong_sim.place.vocabulary import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from haidong_sim.place import Registry
    from haidong_sim.place.series import SeriesPoint

COLUMNS: Final = ("indicator", "year", "value", "unit", "source", "vintage", "confidence")
SOURCES_APART: Final = " | "
"""Stands between the sources of a point that was formed from several."""

_SHARE: Final = "gdp_share_of_province"


def published_points(registry: Registry) -> pd.DataFrame:
    """Return every published point of a projected indicator, in the indicator's unit.

    `vintage` is the level on which a value was measured: values of two levels are never joined. Points
    of low confidence are in the table and marked. The share of the province is printed for few years;
    for the others it is formed from city and province on the same level.
    """
    rows = [
        (
            name,
            point.year,
            point.value,
            point.unit,
            _title(registry, point),
            point.vintage_group,
            point.confidence,
        )
        for name, declared in catalogue().items()
        for point in _best(registry, name.removeprefix(f"{declared.region}_"), declared.region)
        if point.unit == declared.unit
    ]
    printed = {row[1] for row in rows if row[0] == _SHARE}
    rows += [row for row in _shares(registry) if row[1] not in printed]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _best(registry: Registry, indicator: str, region: str) -> Iterator[SeriesPoint]:
    """Yield one point for each year and level: the first of the highest confidence."""
    best: dict[tuple[int, str], SeriesPoint] = {}
    for point in registry.series_points:
        if (point.indicator, point.region) != (indicator, region):
            continue
        key = (point.year, point.vintage_group)
        held = best.get(key)
        if held is None or CONFIDENCE.index(point.confidence) > CONFIDENCE.index(held.confidence):
            best[key] = point
    for key in sorted(best):
        yield best[key]


def _shares(registry: Registry) -> Iterator[tuple[str, int, float, str, str, str, str]]:
    below = {(p.year, p.vintage_group): p for p in _best(registry, "gdp_current", "province")}
    for top in _best(registry, "gdp_current", "city"):
        low = below.get((top.year, top.vintage_group))
        if low is None:
            continue
        sources = SOURCES_APART.join(dict.fromkeys((_title(registry, top), _title(registry, low))))
        confidence = min(top.confidence, low.confidence, key=CONFIDENCE.index)
        yield _SHARE, top.year, top.value / low.value, "fraction", sources, top.vintage_group, confidence


def _title(registry: Registry, point: SeriesPoint) -> str:
    return registry.source(point.source).title
