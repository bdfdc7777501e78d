"""Published annual series: one vintage each, never chained across a break."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.errors import RegistryError, unknown_name
from haidong_sim.indicators import catalogue
from haidong_sim.place.rows import CONFIDENCE, PRICE_BASES, PROVENANCE, model_unit, to_model_unit

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from haidong_sim.place.rows import Row

SERIES_COLUMNS: Final = (
    "indicator", "region", "year", "period", "value", "unit", "price_basis", "vintage", "vintage_group",
    "source", "locator", "provenance", "confidence", "note",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SeriesPoint:
    """One published value. `vintage` names the publication, `vintage_group` the level it is measured on.

    Two values may be set in relation only within one group: an economic or population census between
    them moves the level without anything having grown.
    """

    indicator: str
    region: str
    year: int
    period: tuple[int, int] | None
    value: float
    unit: str
    printed_value: str
    printed_unit: str
    price_basis: str
    vintage: str
    vintage_group: str
    source: str
    locator: str
    provenance: str
    confidence: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Series:
    """The values of one indicator, region and vintage by year, with the breaks inside it.

    `breaks` are the first years of a new level. `years` is strictly rising but may have gaps.
    """

    indicator: str
    region: str
    vintage: str
    unit: str
    price_basis: str
    points: tuple[SeriesPoint, ...]

    @property
    def years(self) -> NDArray[np.int64]:
        """The calendar years, shape (year,)."""
        return np.array([point.year for point in self.points], dtype=np.int64)

    @property
    def data(self) -> NDArray[np.float64]:
        """The values in `unit`, shape (year,)."""
        return np.array([point.value for point in self.points], dtype=np.float64)

    @property
    def breaks(self) -> tuple[int, ...]:
        """The years in which a new level begins."""
        pairs = zip(self.points, self.points[1:], strict=False)
        return tuple(new.year for old, new in pairs if new.vintage_group != old.vintage_group)

    def at(self, year: int) -> float:
        """Return the value of one year.

        Raises
        ------
        RegistryError
            If the series has no value of that year.
        """
        for point in self.points:
            if point.year == year:
                return point.value
        held = ", ".join(str(point.year) for point in self.points)
        raise RegistryError(
            f"{self.indicator} of the {self.region} (vintage '{self.vintage}') has no {year}; years: {held}"
        )

    def log_growth(self) -> dict[int, float]:
        """Return ln(x_t / x_{t-1}) by year, leaving out gaps and the years in which a new level begins."""
        return {
            new.year: float(np.log(new.value / old.value))
            for old, new in zip(self.points, self.points[1:], strict=False)
            if new.year == old.year + 1 and new.vintage_group == old.vintage_group
        }


def read_series_point(row: Row) -> SeriesPoint:
    """Return the published value of one row."""
    printed = row.unit("unit")
    indicator = row.required("indicator")
    known = catalogue().get(indicator)
    is_growth = "growth" in indicator
    unit = model_unit(printed, is_growth=is_growth, indicator_unit=known.unit if known else None)
    return SeriesPoint(
        indicator=indicator,
        region=row.required("region"),
        year=row.year("year"),
        period=row.period("period"),
        value=to_model_unit(row.number_required("value"), printed, unit) or 0.0,
        unit=unit,
        printed_value=row.text("value"),
        printed_unit=printed,
        price_basis=row.choice("price_basis", PRICE_BASES),
        vintage=row.required("vintage"),
        vintage_group=row.required("vintage_group"),
        source=row.required("source"),
        locator=row.required("locator"),
        provenance=row.choice("provenance", PROVENANCE),
        confidence=row.choice("confidence", CONFIDENCE),
        note=row.text("note"),
    )


def select_series(
    points: Collection[SeriesPoint],
    *,
    indicator: str,
    region: str,
    vintage: str | None,
    min_confidence: str,
) -> Series:
    """Return the one series that is asked for.

    Raises
    ------
    RegistryError
        If nothing fits, or several vintages fit and none is named: vintages are never mixed.
    """
    if min_confidence not in CONFIDENCE:
        raise RegistryError(unknown_name("confidence", min_confidence, CONFIDENCE))
    named = [point for point in points if point.indicator == indicator]
    if not named:
        raise RegistryError(unknown_name("series", indicator, {point.indicator for point in points}))
    placed = [point for point in named if point.region == region]
    if not placed:
        raise RegistryError(
            unknown_name(f"region of the series '{indicator}'", region, {p.region for p in named})
        )
    threshold = CONFIDENCE.index(min_confidence)
    fit = [point for point in placed if CONFIDENCE.index(point.confidence) >= threshold]
    vintages = _spans(fit)
    if vintage is None and len(vintages) == 1:
        vintage = next(iter(vintages))
    if vintage is None:
        raise RegistryError(_which_vintage(indicator, region, min_confidence, vintages))
    if vintage not in vintages:
        raise RegistryError(
            f"{indicator} of the {region}, confidence {min_confidence} or better: "
            + unknown_name("vintage", vintage, vintages)
        )
    chosen = tuple(sorted((p for p in fit if p.vintage == vintage), key=lambda point: point.year))
    return Series(
        indicator=indicator,
        region=region,
        vintage=vintage,
        unit=chosen[0].unit,
        price_basis=chosen[0].price_basis,
        points=chosen,
    )


def ratio_of(numerator: Series, denominator: Series) -> Series:
    """Return the ratio of two series in their common years, formed within one level only.

    Raises
    ------
    RegistryError
        If unit or price basis differ, no year is common, or a common year was measured on two levels.
    """
    names = " over ".join(f"{part.indicator} of the {part.region}" for part in (numerator, denominator))
    if (numerator.unit, numerator.price_basis) != (denominator.unit, denominator.price_basis):
        raise RegistryError(
            f"{names}: {numerator.unit} ({numerator.price_basis} prices) cannot be divided by "
            f"{denominator.unit} ({denominator.price_basis} prices)"
        )
    under = {point.year: point for point in denominator.points}
    pairs = [(point, under[point.year]) for point in numerator.points if point.year in under]
    if not pairs:
        raise RegistryError(f"{names}: the series have no year in common")
    crossed = [(top, low) for top, low in pairs if top.vintage_group != low.vintage_group]
    if crossed:
        groups = f"'{crossed[0][0].vintage_group}' over '{crossed[0][1].vintage_group}'"
        raise RegistryError(
            f"{names}: {', '.join(str(point.year) for point, _ in crossed)} would cross vintages ({groups}); "
            "a ratio is formed within one vintage only"
        )
    return Series(
        indicator=f"{numerator.indicator}_ratio",
        region=numerator.region,
        vintage=f"{numerator.vintage} / {denominator.vintage}",
        unit="fraction",
        price_basis=numerator.price_basis,
        points=tuple(_quotient(top, low) for top, low in pairs),
    )


def _quotient(top: SeriesPoint, low: SeriesPoint) -> SeriesPoint:
    confidence = min(top.confidence, low.confidence, key=CONFIDENCE.index)
    return SeriesPoint(
        indicator=f"{top.indicator}_ratio",
        region=top.region,
        year=top.year,
        period=None,
        value=top.value / low.value,
        unit="fraction",
        printed_value="",
        printed_unit="fraction",
        price_basis=top.price_basis,
        vintage=f"{top.vintage} / {low.vintage}",
        vintage_group=top.vintage_group,
        source=top.source,
        locator=f"over {low.source}, {low.locator}",
        provenance="derived",
        confidence=confidence,
        note="",
    )


def _spans(points: list[SeriesPoint]) -> dict[str, str]:
    vintages = sorted({point.vintage for point in points})
    spans = {}
    for vintage in vintages:
        years = [point.year for point in points if point.vintage == vintage]
        spans[vintage] = f"{min(years)}-{max(years)}"
    return spans


def _which_vintage(indicator: str, region: str, min_confidence: str, vintages: dict[str, str]) -> str:
    if not vintages:
        return f"{indicator} of the {region} has no value of confidence {min_confidence} or better"
    listed = "; ".join(f"'{name}' ({span})" for name, span in vintages.items())
    return (
        f"{indicator} of the {region} has {len(vintages)} vintages, which are never mixed; name one: {listed}"
    )
