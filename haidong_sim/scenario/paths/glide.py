"""P3: a rate that moves along a straight line from one year to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from haidong_sim.scenario.paths.contract import Rated
from haidong_sim.scenario.paths.quantities import Basis, Number, Year, amount, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from haidong_sim.scenario.paths.contract import PathContext


class Glide(Rated):
    """g(t) = start + (end - start) clip((t - start_year) / (end_year - start_year), 0, 1)."""

    kind: Literal["glide"] = "glide"
    leading: ClassVar[str] = "end"

    start: Number
    end: Number
    start_year: Year
    end_year: Year
    basis: Basis = "rate"

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end_year <= self.start_year:
            raise refusal(f"end_year = {self.end_year} must be after start_year = {self.start_year}")
        return self

    @property
    def is_level(self) -> bool:
        """Whether the numbers are levels."""
        return self.basis == "level"

    def numbers(self) -> Mapping[str, float]:
        """Return both ends."""
        return {"start": self.start, "end": self.end}

    def prior_level(self, context: PathContext) -> float:
        """Return the level on the line in `context.start_year`."""
        return float(self._on(np.array([context.start_year]))[0])

    def _on(self, years: NDArray[np.int64]) -> NDArray[np.float64]:
        way = np.clip((years - self.start_year) / (self.end_year - self.start_year), 0.0, 1.0)
        # A weighted mean of the two ends, unlike start + (end - start) way, meets both of them exactly.
        return self.start * (1.0 - way) + self.end * way

    def _values(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:  # noqa: ARG002 - contract
        return self._on(years)

    def __str__(self) -> str:
        start, end = (amount(value, is_level=self.is_level) for value in (self.start, self.end))
        return f"{start} in {self.start_year} gliding to {end} in {self.end_year}"
