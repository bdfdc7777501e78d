"""Energy and carbon per unit of constant-price output: yearly log changes and their trend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.ar1 import AR1Prior
from haidong_sim.estimation.changes import difference
from haidong_sim.estimation.trend import estimate_trend

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from haidong_sim.estimation.changes import Changes
    from haidong_sim.estimation.trend import Trend

INTENSITY_PRIOR: Final = AR1Prior(
    mean=-0.028, mean_sd=0.02, annual_sd=0.02, annual_sd_years=2.0, drift=(0.0, 0.1, 0.2)
)
"""Before the data: a five-year cut of about 13.5%, give or take; most five-year plans asked for 10–20%."""


def intensity_changes(quantity: Changes, output: Changes, label: str) -> Changes:
    """Return Δln of energy or carbon per unit of real output in the years of both.

    Raises
    ------
    EstimationError
        If output is not at comparable prices: intensity targets are constant-price ratios.
    """
    if output.price_basis not in {"comparable", "constant"}:
        raise EstimationError(
            f"{label}: intensity needs output at comparable prices, not '{output.price_basis}'"
        )
    return difference(quantity, output, label)


def estimate_intensity(
    changes: Changes, *, name: str, horizon: ArrayLike, prior: AR1Prior = INTENSITY_PRIOR
) -> Trend:
    """Estimate trend and scatter of an intensity.

    Raises
    ------
    EstimationError
        With fewer than eight changes, or if levels are passed.
    """
    return estimate_trend(changes, name=name, horizon=horizon, prior=prior)
