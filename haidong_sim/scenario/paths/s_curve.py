"""P5: a level that rises along a logistic curve and meets both of its ends exactly."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from haidong_sim.errors import ScenarioError
from haidong_sim.scenario.paths.contract import Path
from haidong_sim.scenario.paths.quantities import Number, Year, refusal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from haidong_sim.scenario.paths.contract import PathContext

STEEPNESS = 2.0 * math.log(9.0)
"""A logistic with slope STEEPNESS / w takes w years from 10 to 90 per cent."""

SMALLEST_RISE = 1e-6
"""Part of the logistic that must lie between the two years, for the division by it to mean something."""


def logistic(years: NDArray[np.number[Any]], *, midpoint: float, width: float) -> NDArray[np.float64]:
    """Return the logistic that takes `width` years from 10 to 90 per cent around `midpoint`."""
    # The tanh form cannot overflow.
    curve: NDArray[np.float64] = 0.5 + 0.5 * np.tanh(0.5 * STEEPNESS / width * (years - midpoint))
    return curve


def ramp(elapsed: NDArray[np.float64], *, width: float) -> NDArray[np.float64]:
    """Return the part of full capacity reached `elapsed` years after opening: exactly 0 at 0, 1 at `width`.

    The S-curve between opening and full capacity, with its 10 to 90 per cent part stretched over the
    whole; a width of 0 is a step in the year after opening.
    """
    if width == 0.0:
        return (elapsed > 0.0).astype(np.float64)
    # As a fraction of the width first: a width of next to nothing would overflow the logistic.
    way = np.clip(elapsed, 0.0, width) / width
    risen = (logistic(way, midpoint=0.5, width=1.0) - 0.1) / 0.8
    return np.where(way <= 0.0, 0.0, np.where(way >= 1.0, 1.0, risen))


class SCurve(Path):
    """X(t) = start + (end - start) (F(t) - F(start_year)) / (F(end_year) - F(start_year)), F logistic.

    `width` is the number of years from 10 to 90 per cent of F, at least a tenth. `start` is the level
    reached when the path takes over unless it is given, `start_year` that year, `midpoint` half way.
    The level is constant before `start_year` and after `end_year`.
    """

    kind: Literal["s_curve"] = "s_curve"
    leading: ClassVar[str] = "end"

    end: Number
    end_year: Year
    width: Annotated[Number, Field(ge=0.1)]
    start: Number | None = None
    start_year: Year | None = None
    midpoint: Number | None = None
    basis: Literal["level"] = "level"

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.start_year is not None and self.end_year <= self.start_year:
            raise refusal(f"end_year = {self.end_year} must be after start_year = {self.start_year}")
        return self

    @property
    def is_level(self) -> bool:
        """Always true."""
        return True

    def prior_level(self, context: PathContext) -> float:
        """Return the level on the curve in `context.start_year`."""
        return float(self._values(np.array([context.start_year]), context)[0])

    def _values(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:
        first = context.start_year if self.start_year is None else self.start_year
        if self.end_year <= first:
            raise ScenarioError(f"path '{self}': end_year must be after {first}, where the path starts")
        if self.start is None and first < context.start_year:
            raise ScenarioError(
                f"path '{self}': start_year {first} is before {context.start_year}, where the path starts; "
                "give the level of start_year under start"
            )
        start = context.require_start_level(self) if self.start is None else self.start
        middle = 0.5 * (first + self.end_year) if self.midpoint is None else self.midpoint
        ends = logistic(np.array([first, self.end_year]), midpoint=middle, width=self.width)
        low, high = float(ends[0]), float(ends[1])
        if high - low < SMALLEST_RISE:
            raise ScenarioError(
                f"path '{self}': the curve does not rise between {first} and {self.end_year}; "
                f"move midpoint = {middle:g} nearer or widen width = {self.width:g}"
            )
        inside = np.clip(years, first, self.end_year)
        way = (logistic(inside, midpoint=middle, width=self.width) - low) / (high - low)
        return start * (1.0 - way) + self.end * way

    def __str__(self) -> str:
        start = "" if self.start is None else f"{self.start:g} "
        since = "" if self.start_year is None else f"from {self.start_year} "
        return f"{start}{since}rising along an S-curve to {self.end:g} in {self.end_year}".strip()
