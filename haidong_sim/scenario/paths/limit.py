"""Composition: a path held between a lowest and a highest value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import model_validator

from haidong_sim.scenario.paths.contract import Rated
from haidong_sim.scenario.paths.quantities import Number, amount, enclosed, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from haidong_sim.scenario.paths.assembly import PathSpec
    from haidong_sim.scenario.paths.contract import PathContext


class Limit(Rated):
    """The values of `path`, not below `lowest` and not above `highest`.

    This limits the median. Draws around it are not cut off, which would shift their mean.
    """

    kind: Literal["limit"] = "limit"

    path: PathSpec
    lowest: Number | None = None
    highest: Number | None = None

    @model_validator(mode="after")
    def _some_limit(self) -> Self:
        if self.lowest is None and self.highest is None:
            raise refusal("give lowest, highest or both")
        if self.lowest is not None and self.highest is not None and self.lowest > self.highest:
            raise refusal(f"lowest = {self.lowest:g} is above highest = {self.highest:g}")
        return self

    @property
    def is_level(self) -> bool:
        """Whether the path is one of levels."""
        return self.path.is_level

    def numbers(self) -> Mapping[str, float]:
        """Return the limits that are set."""
        limits = {"lowest": self.lowest, "highest": self.highest}
        return {name: value for name, value in limits.items() if value is not None}

    def prior_level(self, context: PathContext) -> float:
        """Return the path's own level of `context.start_year`, which no limit touches."""
        return self.path.prior_level(context)

    def _values(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:
        return np.clip(self.path.values(years, context=context), self.lowest, self.highest)

    def __str__(self) -> str:
        words = {"lowest": "at least", "highest": "at most"}
        limits = [
            f"{words[name]} {amount(value, is_level=self.is_level)}" for name, value in self.numbers().items()
        ]
        return f"{enclosed(str(self.path))}, {' and '.join(limits)}"
