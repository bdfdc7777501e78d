"""Mean yearly growth over a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.questions.question import (
    Get,
    Question,
    Value,
    is_growth_rate,
    mean_growth,
    mean_growth_requires,
)

if TYPE_CHECKING:
    from haidong_sim.indicators import Scale
    from haidong_sim.place import Target


@dataclass(frozen=True, kw_only=True)
class MeanGrowth(Question):
    """(x(T) / x(0))^(1/n) - 1 against a number, or against the mean growth of `reference`."""

    kind = "mean_growth"
    form = r"(?P<indicator>\w+)@(?P<start>\d+)-(?P<last>\d+)"
    example = "gdp_volume_index@2021-2025>=6%"
    unit = "fraction per year"
    leads_to_level = True
    takes_reference = True
    compares_rates = True

    @classmethod
    def reads(cls, target: Target) -> bool:
        """Rows about the mean growth of a period."""
        return target.functional == "mean_growth"

    @property
    def requires(self) -> frozenset[tuple[str, int]]:
        """Both ends of a level, every year of a growth rate."""
        own = mean_growth_requires(self.indicator, self.first_year, self.last_year)
        if self.reference is None:
            return own
        return own | mean_growth_requires(self.reference, self.first_year, self.last_year)

    @property
    def scale(self) -> Scale:
        """Growth is straight in logs."""
        return "log"

    def value(self, get: Get) -> Value:
        """Return the mean growth, a fraction a year."""
        return mean_growth(self.indicator, self.first_year, self.last_year, get)

    def reference_bound(self, get: Get) -> Value:
        """Return the mean growth of the reference."""
        assert self.reference is not None
        return mean_growth(self.reference, self.first_year, self.last_year, get)

    def level_to_reach(self, get: Get) -> Value | None:
        """Return the level that growth at the threshold leads to; none for what is itself a growth rate."""
        return None if is_growth_rate(self.indicator) else super().level_to_reach(get)

    def level_at(self, value: Value, get: Get, /) -> Value:
        """Return the level after growth of `value` a year; growth stops at the loss of everything."""
        factor = 1.0 + np.maximum(value, -1.0)
        return get(self.indicator, self.first_year) * factor ** (self.last_year - self.first_year)

    def needed(self, get: Get) -> dict[str, float]:
        """Return the threshold: the target is itself a yearly pace."""
        return {"needed_rate": float(self.bound(get))}
