"""A relative reduction since the base year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.questions.question import Direction, Get, Question, Value, margin_between

if TYPE_CHECKING:
    from haidong_sim.indicators import Scale
    from haidong_sim.place import Target


@dataclass(frozen=True, kw_only=True)
class Reduction(Question):
    """1 - x(T) / x(0) against a number: written as "at least so much less", its level has to fall."""

    kind = "reduction"
    unit = "fraction"
    is_level = True
    leads_to_level = True

    @classmethod
    def reads(cls, target: Target) -> bool:
        """Rows about a reduction."""
        return target.functional == "reduction"

    @property
    def requires(self) -> frozenset[tuple[str, int]]:
        """The level of both years."""
        return frozenset({(self.indicator, self.first_year), (self.indicator, self.last_year)})

    @property
    def level_direction(self) -> Direction:
        """More of a reduction is less of the indicator."""
        return {1: -1, -1: 1, 0: 0}[self.direction]  # type: ignore[return-value]

    @property
    def scale(self) -> Scale:
        """What is left is a multiple, straight in logs."""
        return "log"

    def value(self, get: Get) -> Value:
        """Return the part of the base that is gone."""
        return 1.0 - get(self.indicator, self.last_year) / get(self.indicator, self.first_year)

    def level_at(self, value: Value, get: Get, /) -> Value:
        """Return what a reduction by `value` leaves of the base."""
        return (1.0 - value) * get(self.indicator, self.first_year)

    def margin_on_scale(self, value: Value, bound: Value, margin: Value) -> Value:
        """Return the margin of what is left, in logs: the smaller the better."""
        left, allowed = 1.0 - np.asarray(value), 1.0 - np.asarray(bound)
        return margin_between(left, allowed, margin, direction=self.level_direction, scale=self.scale)
