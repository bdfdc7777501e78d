"""The level of an indicator in the deadline year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from haidong_sim.questions.question import Get, Question, Value

if TYPE_CHECKING:
    from haidong_sim.place import Target


@dataclass(frozen=True, kw_only=True)
class Level(Question):
    """x(T) against a number, or against the level of `reference` in the same year or in `reference_year`."""

    kind = "level"
    rank = -1
    form = r"(?P<indicator>\w+)@(?P<last>\d+)"
    example = "gdp_current@2030>=1000亿元"
    is_level = True
    leads_to_level = True
    takes_reference = True
    is_size = True
    is_scaled = True

    reference_year: int | None = None

    @classmethod
    def reads(cls, target: Target) -> bool:
        """Every row about a level that no other kind knows better."""
        return target.functional == "level"

    @classmethod
    def from_row(cls, target: Target, *, reference: str | None, **fields: Any) -> Question:
        """Return the question of a row, compared in the reference year where one is named."""
        if reference is not None and isinstance(target.reference_year, int):
            fields |= {"reference_year": target.reference_year}
        return super().from_row(target, reference=reference, **fields)

    @property
    def requires(self) -> frozenset[tuple[str, int]]:
        """The level of the last year, and of what it is compared with."""
        needed = {(self.indicator, self.last_year)}
        if self.reference is not None:
            needed |= {(self.reference, self._compared_year)}
        return frozenset(needed)

    @property
    def _compared_year(self) -> int:
        return self.last_year if self.reference_year is None else self.reference_year

    def value(self, get: Get) -> Value:
        """Return the level in the last year."""
        return get(self.indicator, self.last_year)

    def reference_bound(self, get: Get) -> Value:
        """Return the level of the reference."""
        assert self.reference is not None
        return get(self.reference, self._compared_year)

    def level_at(self, value: Value, _get: Get, /) -> Value:
        """Return the value: it is the level."""
        return value
