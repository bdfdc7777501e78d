"""The lead of a city over its province: in real growth, and in the share of nominal output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.ar1 import AR1Prior, estimate_ar1
from haidong_sim.estimation.estimate import data_hash, require_years
from haidong_sim.estimation.trend import Trend, estimate_trend, posterior_estimates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from haidong_sim.estimation.changes import Changes
    from haidong_sim.estimation.estimate import Estimate

REAL_GAP_PRIOR: Final = AR1Prior(mean=0.0, mean_sd=0.010, annual_sd=0.020, annual_sd_years=6.0)
"""Before the data: no lead, give or take a point; innovations of two points, worth six years."""


@dataclass(frozen=True, kw_only=True)
class PeriodGap:
    """Average log growth gap over the years `first` to `last` (the same year for a yearly figure).

    `rows` are the published rows that it was formed from.
    """

    first: int
    last: int
    gap: float
    rows: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class RealGap:
    """Posterior of the lead: its trend (se is the trend sd), sd and persistence of the yearly innovation."""

    mean: Estimate
    annual_sd: Estimate
    persistence: Estimate


def estimate_real_gap(
    observed: Sequence[PeriodGap], *, prior: AR1Prior = REAL_GAP_PRIOR, source: str = ""
) -> RealGap:
    """Estimate the lead in real growth over the province from yearly figures and averages of years.

    Raises
    ------
    EstimationError
        With fewer than three figures, figures that are no growth gaps, or an average of years all given.
    """
    label = "real growth gap to the province"
    gaps = require_years([item.gap for item in observed], 3, label)
    years = np.arange(min(item.first for item in observed), max(item.last for item in observed) + 1)
    average = np.array(
        [((years >= i.first) & (years <= i.last)) / (i.last - i.first + 1.0) for i in observed], dtype=float
    )
    if np.linalg.matrix_rank(average) < len(observed):
        raise EstimationError(f"{label}: an average of years that are all given says nothing new; drop it")
    posterior = estimate_ar1(gaps, years, prior=prior, label=label, needed=3, average=average)
    covered = years[average.any(axis=0)]
    estimates = posterior_estimates(
        posterior, name="real_gap", horizon=years[-1:] + 1, label=label, source=source,
        years=tuple(int(year) for year in covered),
        data_hash=data_hash(frozenset().union(*(item.rows for item in observed))),
        diagnostics={"mean_of_figures": float(np.mean(gaps)), "prior_sd": prior.mean_sd},
    )  # fmt: skip
    return RealGap(**estimates)


# From a panel of 327 cities, for one that is about a sixth of its province; a place that knows better states
# its own in the table [share_gap] of its calibration.toml.
PANEL_GAP_SD: Final = 0.0145
PANEL_ANNUAL_SD: Final = 0.045

SHARE_GAP_PRIOR: Final = AR1Prior(
    persistence_mean=0.3,
    persistence_sd=0.2,
    mean=0.0,
    mean_sd=PANEL_GAP_SD,
    annual_sd=PANEL_ANNUAL_SD,
    annual_sd_years=4.0,
)
"""Before the data a city keeps pace with its province; panel of cities and prefectures (METHOD 6.7)."""


def estimate_share_gap(changes: Changes, *, horizon: ArrayLike, prior: AR1Prior = SHARE_GAP_PRIOR) -> Trend:
    """Estimate trend, scatter and persistence of Δlogit of the share, shrunk to the panel of cities.

    Raises
    ------
    EstimationError
        With fewer than eight changes, or if levels of the share are passed.
    """
    return estimate_trend(changes, name="share_gap", horizon=horizon, prior=prior)
