"""What a path may need to know about its driver, and about what happened before it takes over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.errors import ScenarioError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class PathContext:
    """The base year of a driver, its level there, its frontier, and the growth since.

    Parameters
    ----------
    base_year
        Last year before the projection.
    base_level
        Level in the base year, in the driver's own unit; paths that only name rates do without.
    frontier
        Log growth of the frontier for base_year + 1, base_year + 2, …, shape (year,).
    frontier_ratio
        Level relative to the frontier's in the base year.
    years_on, grown
        Years since the base year at which a later part of a composed path takes over, and the
        log growth up to there. Compositions fill these in.
    """

    base_year: int
    base_level: float | None = None
    frontier: NDArray[np.float64] | None = None
    frontier_ratio: float | None = None
    years_on: int = 0
    grown: float = 0.0

    @property
    def start_year(self) -> int:
        """The last year that is already decided; the path gives the years after it."""
        return self.base_year + self.years_on

    @property
    def start_level(self) -> float | None:
        """Level reached in `start_year`, or None if the base level is unknown."""
        return None if self.base_level is None else self.base_level * float(np.exp(self.grown))

    def after(self, year: int, log_growth: float) -> PathContext:
        """Return the context of a path that takes over after `year`, `log_growth` above `start_year`."""
        return replace(self, years_on=year - self.base_year, grown=self.grown + log_growth)

    def rebased(self, year: int, level: float) -> PathContext:
        """Return the context of a path of levels that takes over after `year` at `level`."""
        return PathContext(base_year=year, base_level=level)

    def require_start_level(self, path: object) -> float:
        """Return the level in `start_year`.

        Raises
        ------
        ScenarioError
            If the base level of the driver is unknown.
        """
        level = self.start_level
        if level is None:
            raise ScenarioError(
                f"path '{path}': needs the level in {self.start_year}; give the driver a base level"
            )
        return level
