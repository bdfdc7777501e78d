"""The gap between the city and the rest of its province, on the log-odds scale of the share (METHOD 6.11).

With s = N/(N + R), Δlogit s = Δln N − Δln R exactly: the yearly change of the log-odds of the share *is* the
nominal growth gap to the rest of the province, and the share stays between 0 and 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from haidong_sim.estimation.ar1 import AR1Prior
from haidong_sim.estimation.trend import Trend, estimate_trend

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from haidong_sim.estimation.changes import Changes

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
