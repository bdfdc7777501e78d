"""What was published of each indicator, to stand beside a projection of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from haidong_sim.indicators import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from haidong_sim.place import Registry

COLUMNS: Final = ("indicator", "year", "value", "unit", "source", "vintage", "confidence")

# Growth over a year and totals over years carry the name of a level and are none.
_LEVELS: Final = frozenset({"level", "share", "ratio"})


def published_history(registry: Registry) -> pd.DataFrame:
    """Return every published point of an indicator of the catalogue, in the catalogue's unit.

    Series and single observations of the documents; bounds, past targets and values of several years together
    are left out. Points of different vintages stand side by side.
    """
    import pandas as pd

    rows = [*_series_rows(registry), *_observation_rows(registry)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _series_rows(registry: Registry) -> Iterator[tuple[Any, ...]]:
    for point in registry.series_points:
        name = point.indicator if point.region == "city" else f"{point.region}_{point.indicator}"
        if point.period is None and _is_unit_of(name, point.unit):
            yield (name, point.year, point.value, point.unit, point.source, point.vintage, point.confidence)


def _observation_rows(registry: Registry) -> Iterator[tuple[Any, ...]]:
    for row in registry.observations:
        is_point = row.status == "outcome" and not row.bound and row.value is not None and row.period is None
        if (
            is_point
            and row.statistic in _LEVELS
            and row.region == ("city",)
            and _is_unit_of(row.indicator, row.unit)
        ):
            yield (row.indicator, row.year, row.value, row.unit, row.source, row.vintage, row.confidence)


def _is_unit_of(name: str, unit: str) -> bool:
    known = catalogue().get(name)
    return known is not None and known.unit == unit
