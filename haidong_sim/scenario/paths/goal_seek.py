"""P9: the constant rate that just reaches a level."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from haidong_sim.errors import ScenarioError
from haidong_sim.scenario.paths.contract import Path
from haidong_sim.scenario.paths.quantities import Positive, Year, refusal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from haidong_sim.scenario.paths.contract import PathContext


class GoalSeek(Path):
    """g = (X* / X_a)^(1 / (year - a)) - 1, where a is the year at which this path takes over.

    The goal X* is `level`, or `multiple` times the level of the base year. After another path (`then`,
    `actuals`) X_a is the level that path reached, so that the goal counts from the base year whatever
    happened meanwhile. The rate goes on after `year`.
    """

    kind: Literal["goal_seek"] = "goal_seek"
    leading: ClassVar[str] = "multiple"

    year: Year
    multiple: Positive | None = None
    level: Positive | None = None

    @model_validator(mode="after")
    def _one_goal(self) -> Self:
        if (self.multiple is None) == (self.level is None):
            raise refusal("give exactly one of multiple (of the base year's level) and level")
        return self

    def _log_growth(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:
        span = self.year - context.start_year
        if span <= 0:
            raise ScenarioError(
                f"path '{self}': its year must be after {context.start_year}, where the path starts"
            )
        if self.level is None:
            assert self.multiple is not None
            remaining = np.log(self.multiple) - context.grown
        else:
            start = context.require_start_level(self)
            if start <= 0.0:
                raise ScenarioError(
                    f"path '{self}': the level {start:g} in {context.start_year} is not positive"
                )
            remaining = np.log(self.level) - np.log(start)
        return np.full(years.shape, remaining / span)

    def __str__(self) -> str:
        goal = f"{self.multiple:g} times the base year" if self.multiple is not None else f"{self.level:g}"
        return f"the constant rate that reaches {goal} in {self.year}"
