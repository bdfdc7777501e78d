"""A gain since the base year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from haidong_sim.questions.question import Get, Question, Value

if TYPE_CHECKING:
    from haidong_sim.place import Target


@dataclass(frozen=True, kw_only=True)
class Increase(Question):
    """x(T) - x(0) against a number."""

    kind = "increase"
    is_level = True
    leads_to_level = True

    @classmethod
    def reads(cls, target: Target) -> bool:
        """Rows about a gain."""
        return target.functional == "increase"

    @property
    def requires(self) -> frozenset[tuple[str, int]]:
        """The level of both years."""
        return frozenset({(self.indicator, self.first_year), (self.indicator, self.last_year)})

    def value(self, get: Get) -> Value:
        """Return the gain."""
        return get(self.indicator, self.last_year) - get(self.indicator, self.first_year)

    def level_at(self, value: Value, get: Get, /) -> Value:
        """Return the level after a gain of `value`."""
        return get(self.indicator, self.first_year) + value
