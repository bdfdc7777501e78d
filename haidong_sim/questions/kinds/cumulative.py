"""A total over a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from haidong_sim.questions.question import Get, Question, Value

if TYPE_CHECKING:
    from haidong_sim.place import Target


@dataclass(frozen=True, kw_only=True)
class Cumulative(Question):
    """The sum of x(t) over the years after the first, against a number."""

    kind = "cumulative"
    is_size = True

    @classmethod
    def reads(cls, target: Target) -> bool:
        """Rows about a total."""
        return target.functional == "cumulative"

    @property
    def requires(self) -> frozenset[tuple[str, int]]:
        """Every year after the first."""
        return frozenset((self.indicator, year) for year in range(self.first_year + 1, self.last_year + 1))

    def value(self, get: Get) -> Value:
        """Return the total."""
        total: Value = 0.0
        for year in range(self.first_year + 1, self.last_year + 1):
            total = total + get(self.indicator, year)
        return total

    def needed(self, get: Get) -> dict[str, float]:
        """Return the even amount a year, counted from zero."""
        return {"needed_change": float(self.bound(get)) / (self.last_year - self.first_year)}
