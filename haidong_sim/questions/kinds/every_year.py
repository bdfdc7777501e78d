"""A change in every single year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from haidong_sim.questions.yearly import YearByYear

if TYPE_CHECKING:
    from haidong_sim.place import Target
    from haidong_sim.questions.question import Get, Question, Value


@dataclass(frozen=True, kw_only=True)
class EveryYear(YearByYear):
    """x(t) - x(t-1) against a number, in every year of the period: "rises year by year"."""

    kind = "every_year"

    @classmethod
    def reads(cls, target: Target) -> bool:
        """Rows about every year that compare each with the year before."""
        return target.functional == "every_year" and target.reference_year == "previous"

    @classmethod
    def from_row(cls, target: Target, *, threshold: float | None, **fields: Any) -> Question:
        """Return the question of a row; without a number any change in the right direction counts."""
        number = 0.0 if threshold is None else threshold
        return super().from_row(target, **(fields | {"threshold": number, "reference": None}))

    @property
    def requires(self) -> frozenset[tuple[str, int]]:
        """Every year from the first, which only the second is compared with."""
        return frozenset((self.indicator, year) for year in range(self.first_year, self.last_year + 1))

    def yearly(self, get: Get, year: int) -> Value:
        """Return the change over the year before."""
        return get(self.indicator, year) - get(self.indicator, year - 1)
