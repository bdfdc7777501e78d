"""Composition: the log growth of several paths added up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from haidong_sim.scenario.paths.contract import Path
from haidong_sim.scenario.paths.quantities import enclosed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from haidong_sim.scenario.paths.assembly import PathSpec
    from haidong_sim.scenario.paths.contract import PathContext


class Sum(Path):
    """m = m_1 + m_2 + …, each part as if it stood alone; `values` are the rates that result."""

    kind: Literal["sum"] = "sum"

    parts: Annotated[tuple[PathSpec, ...], Field(min_length=1)]

    def _log_growth(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:
        total = np.zeros(years.size)
        for part in self.parts:
            total += part.log_growth(years, context=context)
        return total

    def __str__(self) -> str:
        return " + ".join(enclosed(str(part)) for part in self.parts)
