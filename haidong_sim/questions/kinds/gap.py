"""Nearness to another quantity of which no number is printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from haidong_sim.questions.question import Get, Question, Value

if TYPE_CHECKING:
    from haidong_sim.place import Target


@dataclass(frozen=True, kw_only=True)
class Gap(Question):
    """x(T) - y(T) against the same gap in the first year: "near" without a number, read as nearer."""

    kind = "gap"
    takes_reference = True

    @classmethod
    def reads(cls, target: Target) -> bool:
        """Rows that ask to be near another quantity and print neither a number nor a tolerance."""
        return (
            target.functional == "level"
            and target.comparator == "approx"
            and target.value is None
            and not target.value_assumption_key
            and target.reference_value is None
            and target.tolerance is None
            and bool(target.reference_indicator)
        )

    @property
    def requires(self) -> frozenset[tuple[str, int]]:
        """Both quantities in both years."""
        ends = (self.first_year, self.last_year)
        return frozenset((name, year) for name in self.indicators for year in ends)

    @property
    def remark(self) -> str:
        """That the narrowing of the gap is a reading."""
        return f"no number is printed for 'near'; judged by whether the gap of {self.first_year} narrows"

    def value(self, get: Get) -> Value:
        """Return the gap in the last year."""
        assert self.reference is not None
        return get(self.indicator, self.last_year) - get(self.reference, self.last_year)

    def reference_bound(self, get: Get) -> Value:
        """Return the gap in the first year."""
        assert self.reference is not None
        return get(self.indicator, self.first_year) - get(self.reference, self.first_year)
