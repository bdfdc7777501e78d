"""P4b: a level that closes its gap to a frontier."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from haidong_sim.axes import years_between
from haidong_sim.errors import ScenarioError
from haidong_sim.scenario.paths.contract import Path
from haidong_sim.scenario.paths.quantities import Positive, Speed, enclosed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from haidong_sim.scenario.paths.assembly import PathSpec
    from haidong_sim.scenario.paths.contract import PathContext


class Convergence(Path):
    """ln r(t) = e^-speed ln r(t-1) + (1 - e^-speed) ln target, and m = m_frontier + change of ln r.

    r is the level relative to the frontier's. It starts from `start_ratio`, else from the context. The
    frontier's growth is `frontier`, a path of its own from the base year on, else that of the context.
    """

    kind: Literal["convergence"] = "convergence"
    leading: ClassVar[str] = "speed"

    speed: Speed
    target: Positive = 1.0
    start_ratio: Positive | None = None
    frontier: PathSpec | None = None

    def _frontier_growth(self, last: int, context: PathContext) -> NDArray[np.float64]:
        """Return the frontier's log growth from base_year + 1 to `last`, shape (year,)."""
        years = years_between(context.base_year + 1, last)
        if self.frontier is not None:
            return self.frontier.log_growth(years, context=replace(context, years_on=0, grown=0.0))
        known = 0 if context.frontier is None else len(context.frontier)
        if context.frontier is None or known < years.size:
            raise ScenarioError(
                f"path '{self}': the frontier's growth is known for {known} years after {context.base_year} "
                f"and needed to {last}; declare it under frontier"
            )
        return context.frontier[: years.size]

    def _start_ratio(self, frontier_so_far: float, context: PathContext) -> float:
        if self.start_ratio is not None:
            return self.start_ratio
        if context.frontier_ratio is None:
            raise ScenarioError(
                f"path '{self}': the level relative to the frontier in {context.start_year} is unknown; "
                "declare it under start_ratio"
            )
        return context.frontier_ratio * float(np.exp(context.grown - frontier_so_far))

    def _log_growth(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:
        frontier = self._frontier_growth(int(years[-1]), context)
        before, since = frontier[: context.years_on], frontier[context.years_on :]
        gap = np.log(self._start_ratio(float(before.sum()), context)) - np.log(self.target)
        left = np.exp(-self.speed * np.arange(years.size + 1))
        growth: NDArray[np.float64] = since + np.diff(gap * left)
        return growth

    def __str__(self) -> str:
        frontier = (
            "the frontier" if self.frontier is None else f"a frontier growing {enclosed(str(self.frontier))}"
        )
        return f"convergence to {self.target:g} of {frontier} (speed {self.speed:g})"
