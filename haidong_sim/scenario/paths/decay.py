"""P4a: a rate that approaches its long-run value exponentially."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from haidong_sim.scenario.paths.contract import Rated
from haidong_sim.scenario.paths.quantities import Basis, Number, Speed, Year, amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from haidong_sim.scenario.paths.contract import PathContext


class Decay(Rated):
    """g(t) = limit + (start - limit) exp(-speed (t - start_year)), and `start` before `start_year`.

    `start_year` is the last year before the path takes over unless it is given; `start` is its rate.
    """

    kind: Literal["decay"] = "decay"
    leading: ClassVar[str] = "limit"

    start: Number
    limit: Number
    speed: Speed
    start_year: Year | None = None
    basis: Basis = "rate"

    @property
    def is_level(self) -> bool:
        """Whether the numbers are levels."""
        return self.basis == "level"

    def numbers(self) -> Mapping[str, float]:
        """Return the first value and the limit."""
        return {"start": self.start, "limit": self.limit}

    def prior_level(self, context: PathContext) -> float:
        """Return the level on the curve in `context.start_year`."""
        return float(self._values(np.array([context.start_year]), context)[0])

    def _values(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:
        origin = context.start_year if self.start_year is None else self.start_year
        left = np.exp(-self.speed * np.maximum(years - origin, 0))
        return self.limit * (1.0 - left) + self.start * left

    def __str__(self) -> str:
        start, limit = (amount(value, is_level=self.is_level) for value in (self.start, self.limit))
        since = "" if self.start_year is None else f" from {self.start_year}"
        return f"{start} decaying to {limit}{since} (speed {self.speed:g})"
