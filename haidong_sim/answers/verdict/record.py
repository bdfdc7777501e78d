"""What has happened already: last actual values, and what became of the previous plan's targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from haidong_sim.engine import wilson_1927
from haidong_sim.errors import FeasibilityError, Problems, RegistryError, unknown_name
from haidong_sim.place import select_series
from haidong_sim.run import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from haidong_sim.place import Observation, Registry, Series
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


Fate = Literal["met", "missed", "disputed", "unknown"]

_HAIR: Final = 1e-9


@dataclass(frozen=True, kw_only=True)
class PastTarget:
    """A target of the previous plan and its fate.

    "disputed" if the documents print several outcomes and these disagree about it, "unknown" if they print
    none. `is_economic` marks quantities of money and growth rather than shares and physical counts.
    """

    indicator: str
    name_en: str
    name_zh: str
    target: float
    outcomes: tuple[float, ...]
    unit: str
    fate: Fate
    is_economic: bool
    source: str
    locator: str


@dataclass(frozen=True, kw_only=True)
class ReferenceClass:
    """Targets of the past that count, and how many were met.

    `mean` is the mean of the posterior under the prior of Jeffreys, (met + 1/2) / (n + 1); `low` and `high`
    are a 90% Wilson interval.
    """

    met: int
    n: int

    @property
    def mean(self) -> float:
        """Expected share of such targets met."""
        return (self.met + 0.5) / (self.n + 1.0)

    @property
    def interval(self) -> tuple[float, float]:
        """90% limits; 0 and 1 without any past target."""
        if not self.n:
            return 0.0, 1.0
        found = wilson_1927(self.met, self.n, confidence=0.90)
        return float(found.low), float(found.high)


@dataclass(frozen=True, kw_only=True)
class PastRecord(Answer):
    """The numeric targets of the previous plan, one each."""

    targets: tuple[PastTarget, ...]

    def reference(self, *, economic_only: bool = False) -> ReferenceClass:
        """Return the class of all targets with a fate, or of the economic ones."""
        fates = [row.fate for row in self.targets if row.is_economic or not economic_only]
        return ReferenceClass(met=fates.count("met"), n=fates.count("met") + fates.count("missed"))

    def frame(self) -> pd.DataFrame:
        """Return one row per target of the previous plan."""
        import pandas as pd

        return pd.DataFrame([vars(row) for row in self.targets])


def past_record(registry: Registry) -> PastRecord:
    """Return what became of the previous plan's targets, as the registry's documents print it.

    A target is compared with outcomes of the same quantity, place, year, period, statistic and unit only. All
    count as "at least": where the past plan printed a ceiling, an outcome equal to it meets either reading.
    """
    found: dict[str, PastTarget] = {}
    for row in registry.observations:
        if row.status != "past_target" or row.value is None:
            continue
        target = _with_fate(row, registry)
        before = found.get(target.indicator)
        # A level and a growth rate of one quantity are one target; the one with an outcome speaks.
        if before is None or before.fate == "unknown":
            found[target.indicator] = target
    return PastRecord(targets=tuple(found.values()))


def _with_fate(row: Observation, registry: Registry) -> PastTarget:
    assert row.value is not None
    indicator = row.indicator.partition("__")[0]
    outcomes = tuple(
        other.value
        for other in registry.observations
        if other.status == "outcome"
        and other.value is not None
        and not other.bound
        and (other.indicator, other.region, other.year, other.period, other.statistic, other.unit)
        == (indicator, row.region, row.year, row.period, row.statistic, row.unit)
    )
    verdicts = {value >= row.value * (1.0 - _HAIR) for value in outcomes}
    fate: Fate = "unknown"
    if verdicts:
        fate = "disputed" if len(verdicts) > 1 else "met" if verdicts == {True} else "missed"
    return PastTarget(
        indicator=indicator,
        name_en=row.name_en,
        name_zh=row.name_zh,
        target=row.value,
        outcomes=outcomes,
        unit=row.unit,
        fate=fate,
        is_economic=row.price_basis != "n/a" and row.statistic != "share",
        source=row.source,
        locator=row.locator,
    )
