"""P2: one rate per plan period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from haidong_sim.errors import ScenarioError
from haidong_sim.scenario.paths.contract import Rated
from haidong_sim.scenario.paths.quantities import Basis, PeriodTable, amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from haidong_sim.scenario.paths.contract import PathContext


class Periods(Rated):
    """g(t) = g_k for t in period k, both ends included.

    With `blend`, the last year of a period and the first of the next lie on the line between the two
    rates (one and two thirds of the way), which leaves the sum of the rates as it was.
    """

    kind: Literal["periods"] = "periods"

    periods: PeriodTable
    basis: Basis = "rate"
    blend: bool = False

    @property
    def is_level(self) -> bool:
        """Whether the numbers are levels."""
        return self.basis == "level"

    def numbers(self) -> Mapping[str, float]:
        """Return the number of each period."""
        return {f"{first}-{last}": value for first, last, value in self.periods}

    def prior_level(self, context: PathContext) -> float:
        """Return the level of the period of `context.start_year`, else the level reached."""
        if self.periods[0][0] <= context.start_year <= self.periods[-1][1]:
            return float(self._on(np.array([context.start_year]))[0])
        return context.require_start_level(self)

    def _on(self, years: NDArray[np.int64]) -> NDArray[np.float64]:
        first, last = self.periods[0][0], self.periods[-1][1]
        outside = years[(years < first) | (years > last)]
        if outside.size:
            raise ScenarioError(
                f"path '{self}': no period covers {', '.join(map(str, outside))}; "
                f"the periods run from {first} to {last}. Add a period, or continue with kind = 'then'"
            )
        numbers = np.array([value for _, _, value in self.periods])
        every_year = np.repeat(numbers, [end - start + 1 for start, end, _ in self.periods])
        if self.blend:
            ends = np.array([end for _, end, _ in self.periods[:-1]], dtype=np.int64) - first
            step = np.diff(numbers) / 3.0
            # A period of one year borders on both neighbours, hence addition rather than assignment.
            every_year[ends] += step
            every_year[ends + 1] -= step
        return every_year[years - first]

    def _values(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:  # noqa: ARG002 - contract
        return self._on(years)

    def __str__(self) -> str:
        parts = [
            f"{amount(value, is_level=self.is_level)} {first}" + (f"-{last}" if last > first else "")
            for first, last, value in self.periods
        ]
        return ", ".join(parts) + (", blended" if self.blend else "")
