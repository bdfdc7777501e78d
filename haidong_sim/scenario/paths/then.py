"""Composition: one path up to a year, another after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import model_validator

from haidong_sim.scenario.paths.contract import Path
from haidong_sim.scenario.paths.quantities import Year, refusal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from haidong_sim.scenario.paths.assembly import PathSpec
    from haidong_sim.scenario.paths.contract import PathContext


class Then(Path):
    """`first` up to and including `year`, then `second`, which knows the level reached.

    Growth is stitched, so the level reached is kept. Two paths of levels each keep the levels that
    they state.
    """

    kind: Literal["then"] = "then"

    first: PathSpec
    year: Year
    second: PathSpec

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if isinstance(self.first, Then) and self.first.year >= self.year:
            raise refusal(f"the first part switches in {self.first.year}, which must be before {self.year}")
        if isinstance(self.second, Then) and self.second.year <= self.year:
            raise refusal(f"the second part switches in {self.second.year}, which must be after {self.year}")
        return self

    @property
    def is_level(self) -> bool:
        """Whether both parts are paths of levels."""
        return self.first.is_level and self.second.is_level

    def prior_level(self, context: PathContext) -> float:
        """Return the prior level of the part that is in force first."""
        part = self.first if context.start_year < self.year else self.second
        return part.prior_level(context)

    def _values(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:
        if not self.is_level:
            return super()._values(years, context)
        early, late = years[years <= self.year], years[years > self.year]
        before = self.first.values(early, context=context)
        if early.size and late.size:
            context = context.rebased(self.year, float(before[-1]))
        return np.concatenate([before, self.second.values(late, context=context)])

    def _log_growth(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:
        if self.is_level:
            return super()._log_growth(years, context)
        early, late = years[years <= self.year], years[years > self.year]
        before = self.first.log_growth(early, context=context)
        if early.size and late.size:
            context = context.after(self.year, float(before.sum()))
        return np.concatenate([before, self.second.log_growth(late, context=context)])

    def __str__(self) -> str:
        return f"{self.first} to {self.year}, then {self.second}"
