"""P8: a number for every year, written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from haidong_sim.errors import ScenarioError
from haidong_sim.scenario.paths.contract import Rated
from haidong_sim.scenario.paths.quantities import Basis, YearTable, amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from haidong_sim.scenario.paths.contract import PathContext


class Table(Rated):
    """The value of each year as given; a missing year is an error unless `fill` says what it is.

    `fill = "previous"` repeats the last value given, also beyond the end of the table; "linear" draws
    a line between the neighbours and refuses years outside the table. Years before the first are
    refused in any case.
    """

    kind: Literal["table"] = "table"

    years: YearTable
    basis: Basis
    fill: Literal["previous", "linear"] | None = None

    @property
    def is_level(self) -> bool:
        """Whether the numbers are levels."""
        return self.basis == "level"

    def numbers(self) -> Mapping[str, float]:
        """Return the number of each year."""
        return {str(year): value for year, value in self.years}

    def prior_level(self, context: PathContext) -> float:
        """Return the table's own level of `context.start_year`, else the level reached."""
        own = dict(self.years).get(context.start_year)
        return context.require_start_level(self) if own is None else own

    def _values(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:  # noqa: ARG002 - contract
        known = np.array([year for year, _ in self.years])
        numbers = np.array([value for _, value in self.years])
        missing = {
            None: ~np.isin(years, known),
            "previous": years < known[0],
            "linear": (years < known[0]) | (years > known[-1]),
        }[self.fill]
        if missing.any():
            raise ScenarioError(
                f"path '{self}': no value for {', '.join(map(str, years[missing]))}; "
                "add the years, or choose fill = 'previous' or 'linear'"
            )
        if self.fill == "linear":
            line: NDArray[np.float64] = np.interp(years, known, numbers)
            return line
        latest: NDArray[np.float64] = numbers[np.searchsorted(known, years, side="right") - 1]
        return latest

    def __str__(self) -> str:
        (first, start), (last, end) = self.years[0], self.years[-1]
        if first == last:
            return f"{amount(start, is_level=self.is_level)} in {first}"
        numbers = f"{amount(start, is_level=self.is_level)} to {amount(end, is_level=self.is_level)}"
        return f"{numbers} as listed for {first}-{last}"
