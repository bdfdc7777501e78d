"""Composition: a path with some of its years replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from haidong_sim.scenario.paths.contract import Rated
from haidong_sim.scenario.paths.quantities import YearTable, amount, enclosed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from haidong_sim.scenario.paths.assembly import PathSpec
    from haidong_sim.scenario.paths.contract import PathContext


class Override(Rated):
    """The values of `path`, except in the `years` given, whose numbers are of the same basis.

    The other years stay as they were: a goal is not sought again.
    """

    kind: Literal["override"] = "override"

    path: PathSpec
    years: YearTable

    @property
    def is_level(self) -> bool:
        """Whether the path is one of levels."""
        return self.path.is_level

    def numbers(self) -> Mapping[str, float]:
        """Return the number of each replaced year."""
        return {str(year): value for year, value in self.years}

    def prior_level(self, context: PathContext) -> float:
        """Return the replaced level of `context.start_year`, else that of the path."""
        own = dict(self.years).get(context.start_year)
        return self.path.prior_level(context) if own is None else own

    def _values(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:
        values = self.path.values(years, context=context)
        for year, value in self.years:
            values[years == year] = value
        return values

    def __str__(self) -> str:
        replaced = ", ".join(
            f"{amount(value, is_level=self.is_level)} in {year}" for year, value in self.years
        )
        return f"{enclosed(str(self.path))}, but {replaced}"
