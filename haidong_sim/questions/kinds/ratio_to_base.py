"""A multiple of the base year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from haidong_sim.questions.question import Get, Question, Value

if TYPE_CHECKING:
    from haidong_sim.indicators import Scale
    from haidong_sim.place import Target


@dataclass(frozen=True, kw_only=True)
class RatioToBase(Question):
    """x(T) / x(0) against a number: doubling, a multiple."""

    kind = "ratio_to_base"
    form = r"(?P<indicator>\w+)@(?P<last>\d+)/(?P<first>\d+)"
    example = "gdp_volume_index@2035/2020>=2"
    unit = "dimensionless"
    is_level = True
    is_size = True
    is_scaled = True
    leads_to_level = True

    @classmethod
    def reads(cls, target: Target) -> bool:
        """Rows about a multiple of the base, in either wording."""
        return target.functional == "ratio_to_base" or target.comparator == "multiple_of_base"

    @classmethod
    def from_row(cls, target: Target, **fields: Any) -> Question:
        """Return the question of a row, counted from its reference year where one is named."""
        if isinstance(target.reference_year, int):
            fields |= {"first_year": target.reference_year}
        return super().from_row(target, **fields)

    @property
    def requires(self) -> frozenset[tuple[str, int]]:
        """The level of both years."""
        return frozenset({(self.indicator, self.first_year), (self.indicator, self.last_year)})

    @property
    def scale(self) -> Scale:
        """A multiple is straight in logs."""
        return "log"

    def value(self, get: Get) -> Value:
        """Return the multiple."""
        return get(self.indicator, self.last_year) / get(self.indicator, self.first_year)

    def level_at(self, value: Value, get: Get, /) -> Value:
        """Return so many times the level of the base."""
        return value * get(self.indicator, self.first_year)
