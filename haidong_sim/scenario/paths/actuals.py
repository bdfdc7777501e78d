"""P10: what was observed, then a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from haidong_sim.scenario.paths.contract import Rated
from haidong_sim.scenario.paths.quantities import Basis, YearTable, refusal
from haidong_sim.scenario.paths.table import Table
from haidong_sim.scenario.paths.then import Then

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from haidong_sim.scenario.paths.assembly import PathSpec
    from haidong_sim.scenario.paths.contract import PathContext


class Actuals(Rated):
    """Observed rates or levels up to the last year of `actual`, then `after` from the level reached.

    All observations are of one `vintage` (first release, after a census, …). Observed levels that
    include the base year are spliced to the driver's base level by growth, since two vintages of a
    level must not be mixed. A year without observation before the last one is refused.
    """

    kind: Literal["actuals"] = "actuals"

    actual: YearTable
    basis: Basis
    vintage: Annotated[str, Field(min_length=1)]
    after: PathSpec

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if isinstance(self.after, Then) and self.after.year <= self.last_year:
            raise refusal(f"the path after {self.last_year} switches in {self.after.year}, which is observed")
        return self

    @property
    def is_level(self) -> bool:
        """Whether both the observations and the path after them are levels."""
        return self.basis == "level" and self.after.is_level

    @property
    def last_year(self) -> int:
        """The last observed year."""
        return self.actual[-1][0]

    def numbers(self) -> Mapping[str, float]:
        """Return the observed rates."""
        return {} if self.basis == "level" else {str(year): value for year, value in self.actual}

    def stitched(self) -> Then:
        """Return the same path as a table followed by another path."""
        observed = Table.model_validate({"years": self.actual, "basis": self.basis})
        return Then.model_validate({"first": observed, "year": self.last_year, "second": self.after})

    def prior_level(self, context: PathContext) -> float:
        """Return the observed level of `context.start_year`, else the level reached."""
        return self.stitched().prior_level(context)

    def _values(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:
        return self.stitched().values(years, context=context)

    def _log_growth(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:
        return self.stitched().log_growth(years, context=context)

    def __str__(self) -> str:
        return f"actuals to {self.last_year} ({self.vintage}), then {self.after}"
