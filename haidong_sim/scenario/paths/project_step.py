"""P6: a park or a data centre coming on line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from haidong_sim.errors import ScenarioError
from haidong_sim.scenario.paths.contract import Path
from haidong_sim.scenario.paths.quantities import Fraction, NotNegative, Positive, Year, enclosed
from haidong_sim.scenario.paths.s_curve import ramp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from haidong_sim.scenario.paths.assembly import PathSpec
    from haidong_sim.scenario.paths.contract import PathContext


class ProjectStep(Path):
    """Value added on top of a host: V(t) = V(t-1) (1 + g_host) + a(t) - a(t-1).

    a = value_added_rate (1 - displacement) (1 - already_counted) gross_output F / deflator, where F
    rises from 0 in opening_year + delay to 1 `ramp_years` later. `gross_output` (产值 at full capacity)
    is in the money of the host's level, at the prices that `deflator` brings to its base year. Without
    `host` the rest of the level stands still. The rate that results is exact, not a sum of logs.
    """

    kind: Literal["project_step"] = "project_step"
    leading: ClassVar[str] = "gross_output"

    gross_output: NotNegative
    value_added_rate: Fraction
    opening_year: Year
    ramp_years: NotNegative
    delay: NotNegative = 0.0
    displacement: Fraction = 0.0
    already_counted: Fraction = 0.0
    deflator: Positive = 1.0
    host: PathSpec | None = None

    @property
    def full_value_added(self) -> float:
        """Value added on top of the baseline at full capacity, in the money of `gross_output`, deflated."""
        net = self.value_added_rate * (1.0 - self.displacement) * (1.0 - self.already_counted)
        return net * self.gross_output / self.deflator

    def added(self, years: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the value added on top of the baseline in each year (not its change), shape (year,)."""
        elapsed = np.asarray(years - (self.opening_year + self.delay), dtype=np.float64)
        return self.full_value_added * ramp(elapsed, width=self.ramp_years)

    def _values(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:
        start = level = context.require_start_level(self)
        if start <= 0.0:
            raise ScenarioError(f"path '{self}': level {start:g} in {context.start_year} is not positive")
        host = np.zeros(years.size) if self.host is None else self.host.log_growth(years, context=context)
        steps = np.diff(self.added(np.concatenate([[context.start_year], years])))
        growth = np.empty(years.size)
        for position, (rate, step) in enumerate(zip(np.expm1(host), steps, strict=True)):
            growth[position] = rate + step / level
            level *= 1.0 + growth[position]
        return growth

    def __str__(self) -> str:
        host = "" if self.host is None else f"{enclosed(str(self.host))} + "
        ramp_up = f"from {self.opening_year} over {self.ramp_years:g} years"
        return f"{host}project adding {self.full_value_added:g} {ramp_up}"
