"""A level that is held in every year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from haidong_sim.questions.yearly import YearByYear

if TYPE_CHECKING:
    from haidong_sim.place import Target
    from haidong_sim.questions.question import Get, Value


@dataclass(frozen=True, kw_only=True)
class Hold(YearByYear):
    """x(t) against a number, in every year of the period: kept at or above it."""

    kind = "hold"
    is_size = True

    @classmethod
    def reads(cls, target: Target) -> bool:
        """Rows about every year that compare each with a number."""
        return target.functional == "every_year" and target.reference_year != "previous"

    @property
    def requires(self) -> frozenset[tuple[str, int]]:
        """Every year after the first."""
        return frozenset((self.indicator, year) for year in range(self.first_year + 1, self.last_year + 1))

    def yearly(self, get: Get, year: int) -> Value:
        """Return the level of the year."""
        return get(self.indicator, year)
