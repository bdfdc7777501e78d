"""P7: a sudden loss of level, and its recovery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from haidong_sim.scenario.paths.contract import Path
from haidong_sim.scenario.paths.quantities import Fraction, Number, Rate, Year, percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from haidong_sim.scenario.paths.contract import PathContext


class Shock(Path):
    """Log level effect -depth (permanent + (1 - permanent) persistence^k) at k = t - year >= 0.

    m is the change of that effect over the year before; there is none before `year`. `permanent` = 0
    recovers completely, 1 not at all. Added to another path it shifts that path's level; a shock
    before the start leaves its recovery. `depth` is in log points; a negative one is a boom.
    """

    kind: Literal["shock"] = "shock"
    leading: ClassVar[str] = "depth"

    depth: Rate
    year: Year
    permanent: Fraction
    persistence: Annotated[Number, Field(ge=0.0, lt=1.0)]

    def _log_growth(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:
        elapsed = np.concatenate([[context.start_year], years]) - self.year
        recovery = self.persistence ** np.maximum(elapsed, 0)
        effect = -self.depth * (self.permanent + (1.0 - self.permanent) * recovery)
        return np.diff(np.where(elapsed >= 0, effect, 0.0))

    def __str__(self) -> str:
        event = "loss" if self.depth >= 0.0 else "gain"
        return (
            f"{percent(abs(self.depth))} {event} in {self.year} ({percent(self.permanent)} of it permanent)"
        )
