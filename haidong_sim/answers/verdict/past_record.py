"""How the previous plan of a place fared: the reference class to hold against any model probability.

A model knows its own scatter, not how often plans of this kind are met. The registry holds what the previous
plan aimed at beside what came of it; the counts below are made from those rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from haidong_sim.engine.intervals import wilson_1927

if TYPE_CHECKING:
    import pandas as pd

    from haidong_sim.place import Observation, Registry

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
class PastRecord:
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
