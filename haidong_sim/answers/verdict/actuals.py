"""The last published value of a quantity that continues a run's own base: where the required pace starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from haidong_sim.errors import FeasibilityError, Problems, RegistryError, unknown_name
from haidong_sim.place.series import select_series

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from haidong_sim.place import Registry
    from haidong_sim.place.series import Series
    from haidong_sim.questions import Question
    from haidong_sim.run import Result

_SAME_LEVEL: Final = 0.01
"""A vintage continues the base of a run if it puts the base year within one percent of it."""

_PARTS_OF_PROVINCE: Final = {"gdp_share_of_province": "gdp_current"}


@dataclass(frozen=True, kw_only=True)
class Actual:
    """A value that has happened: year, value, and the vintage that says so ("" for the base of the run)."""

    year: int
    value: float
    vintage: str = ""


def last_actual(registry: Registry, indicator: str, *, base_year: int, base: float, before: int) -> Actual:
    """Return the newest published value before the year `before`, on the level of the base.

    Only vintages that agree with the base in the base year continue it: a pace must never run through a
    revision. Values of low confidence do not count. Without any, the base itself is the last actual.
    """
    newest = Actual(year=base_year, value=base)
    for by_year, vintage in _candidates(registry, indicator):
        if base_year not in by_year or not abs(by_year[base_year] / base - 1.0) <= _SAME_LEVEL:
            continue
        last = max(year for year in by_year if year < before)
        if last > newest.year:
            newest = Actual(year=last, value=by_year[last], vintage=vintage)
    return newest


def _candidates(registry: Registry, indicator: str) -> Iterator[tuple[dict[int, float], str]]:
    for series in _series(registry, indicator, "city"):
        yield _by_year(series)
    part = _PARTS_OF_PROVINCE.get(indicator)
    if part is None:
        return
    wholes = _series(registry, part, "province")
    for own in _series(registry, part, "city"):
        for whole in wholes:
            try:
                yield _by_year(registry.ratio(own, whole))
            except RegistryError:
                # Levels of two vintages: no share exists between them.
                continue


def _series(registry: Registry, indicator: str, region: str) -> list[Series]:
    """Return the series of every vintage that has values of more than low confidence."""
    points = tuple(p for p in registry.series_points if (p.indicator, p.region) == (indicator, region))
    return [
        select_series(points, indicator=indicator, region=region, vintage=vintage, min_confidence="medium")
        for vintage in sorted({point.vintage for point in points if point.confidence != "low"})
    ]


def _by_year(series: Series) -> tuple[dict[int, float], str]:
    return {point.year: point.value for point in series.points if point.period is None}, series.vintage


def last_actuals(
    result: Result, functionals: Sequence[Question], given: Mapping[str, tuple[int, float]]
) -> dict[str, Actual]:
    """Return the last actual value of the indicator of each target; those `given` replace the registry's.

    Raises
    ------
    FeasibilityError
        For a given value of another indicator, or one that is not before the first deadline.
    """
    deadlines: dict[str, int] = {}
    for functional in functionals:
        before = deadlines.get(functional.indicator, functional.last_year)
        deadlines[functional.indicator] = min(before, functional.last_year)
    problems = Problems("actuals")
    for name, (year, _) in given.items():
        if name not in deadlines:
            problems.add("", unknown_name("indicator of the targets judged", name, deadlines))
        elif not year < deadlines[name]:
            problems.add(name, f"{year} is not before the deadline {deadlines[name]}")
    problems.raise_if_any(FeasibilityError)
    base_year = int(result.years[0])
    found = {}
    for name, deadline in deadlines.items():
        if name in given:
            year, value = given[name]
            found[name] = Actual(year=year, value=value, vintage="given")
        else:
            base = result.path[name, base_year]
            found[name] = last_actual(result.registry, name, base_year=base_year, base=base, before=deadline)
    return found
