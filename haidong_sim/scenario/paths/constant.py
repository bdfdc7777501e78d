"""P1: the same rate every year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from haidong_sim.scenario.paths.contract import Rated
from haidong_sim.scenario.paths.quantities import Number, Rate, amount, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from haidong_sim.scenario.paths.contract import PathContext


class Constant(Rated):
    """m = ln(1 + growth); or, for a driver that is not a growth rate, a constant `value`."""

    kind: Literal["constant"] = "constant"
    leading: ClassVar[str] = "growth"

    growth: Rate | None = None
    value: Number | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, data: Any) -> Any:
        bare = isinstance(data, (int, float)) and not isinstance(data, bool)
        return {"growth": data} if bare else data

    @model_validator(mode="after")
    def _one_number(self) -> Self:
        if (self.growth is None) == (self.value is None):
            raise refusal("give exactly one of growth (a rate per year) and value (a level)")
        return self

    @property
    def is_level(self) -> bool:
        """Whether a level rather than a rate is constant."""
        return self.value is not None

    def numbers(self) -> Mapping[str, float]:
        """Return nothing beyond the range: `growth` is checked under its own key."""
        return {}

    def prior_level(self, context: PathContext) -> float:  # noqa: ARG002 - a constant level is its own past
        """Return the constant level."""
        return self._number()

    def _number(self) -> float:
        number = self.growth if self.value is None else self.value
        assert number is not None
        return number

    def _values(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:  # noqa: ARG002 - contract
        return np.full(years.shape, self._number())

    def __str__(self) -> str:
        return amount(self._number(), is_level=self.is_level)
