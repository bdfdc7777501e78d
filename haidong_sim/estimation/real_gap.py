"""The city's lead over its province in real growth, from scattered years and one five-year average.

The record holds the city's real growth for a few years and for a plan period as a whole. Both are linear in
the yearly gaps, so that a normal–inverse-gamma posterior uses them together without inventing years.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.estimate import Distribution, Estimate, data_hash, normal, student_t
from haidong_sim.estimation.requirements import require_changes, require_years

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class PeriodGap:
    """Average log growth gap over the years `first` to `last` (the same year for a yearly figure)."""

    first: int
    last: int
    gap: float


@dataclass(frozen=True, kw_only=True)
class RealGap:
    """Posterior of the lead: its trend (se is the trend sd) and the sd of the yearly innovation."""

    mean: Estimate
    annual_sd: Estimate


def estimate_real_gap(
    observed: Sequence[PeriodGap],
    *,
    prior_sd: float = 0.010,
    annual_sd: float = 0.020,
    annual_sd_years: float = 6.0,
    persistence: float = 0.3,
    source: str = "",
) -> RealGap:
    """Estimate the lead in real growth over the province.

    Prior: no lead, give or take `prior_sd`; innovations of `annual_sd` worth `annual_sd_years` years.

    Raises
    ------
    EstimationError
        With fewer than three figures, figures that are no growth gaps, or an average of years all given.
    """
    y = require_years([item.gap for item in observed], 3, "real growth gap to the province")
    require_changes(y, "real growth gap to the province")
    inverse = _inverse_kernel(observed, persistence)
    strength = (annual_sd / prior_sd) ** 2
    precision = float(inverse.sum()) + strength
    centre = float(inverse.sum(axis=0) @ y) / precision
    dof = len(y) + annual_sd_years
    squares = float(y @ inverse @ y) + annual_sd_years * annual_sd**2 - precision * centre**2
    scale, sd = float(np.sqrt(squares / dof / precision)), float(np.sqrt(squares / (dof - 2.0)))
    sd_error = sd / float(np.sqrt(2.0 * dof))
    trend_sd = scale * float(np.sqrt(dof / (dof - 2.0)))
    found = MappingProxyType({"mean_of_figures": float(y.mean()), "prior_sd": prior_sd})

    def estimate(what: str, value: float, error: float, distribution: Distribution, method: str) -> Estimate:
        return Estimate(
            name=f"real_gap.{what}",
            value=value,
            standard_error=error,
            unit="log growth per year",
            distribution=distribution,
            years=tuple(sorted({year for i in observed for year in range(i.first, i.last + 1)})),
            n=len(y),
            method=method,
            source=source,
            data_hash=data_hash([[i.first, i.last, i.gap] for i in observed]),
            diagnostics=found,
        )

    about = f"normal–inverse-gamma on {len(y)} yearly or averaged gaps, persistence {persistence} given"
    return RealGap(
        mean=estimate("mean", centre, trend_sd, student_t(centre, scale, dof), about),
        annual_sd=estimate("annual_sd", sd, sd_error, normal(sd, sd_error), "posterior of the innovation sd"),
    )


def _inverse_kernel(observed: Sequence[PeriodGap], persistence: float) -> NDArray[np.float64]:
    """Return the inverse covariance of the figures, per unit of innovation variance."""
    years = np.arange(min(item.first for item in observed), max(item.last for item in observed) + 1)
    average = np.array(
        [((years >= i.first) & (years <= i.last)) / (i.last - i.first + 1.0) for i in observed], dtype=float
    )
    yearly = persistence ** np.abs(years[:, None] - years[None, :]) / (1.0 - persistence**2)
    kernel = average @ yearly @ average.T
    if np.linalg.matrix_rank(kernel) < len(observed):
        raise EstimationError(
            "real growth gap: an average of years that are all given says nothing new; drop it"
        )
    return np.asarray(np.linalg.inv(kernel), dtype=np.float64)
