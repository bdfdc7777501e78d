"""Deflators: what the published record implies, and what the share of the province says about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.changes import Changes, difference


@dataclass(frozen=True, kw_only=True)
class Scatter:
    """Trend, sd of trend and sd of the yearly innovation of one driver, in log growth per year."""

    mean: float
    trend_sd: float
    annual_sd: float


def implicit_deflator(nominal: Changes, real: Changes) -> Changes:
    """Return the log growth of the implicit deflator, nominal less real, in the years of both.

    Raises
    ------
    EstimationError
        If the first is not at current or the second not at comparable prices.
    """
    if nominal.price_basis != "current" or real.price_basis not in {"comparable", "constant"}:
        raise EstimationError(
            f"a deflator is growth at current prices less growth at comparable prices, not "
            f"'{nominal.price_basis}' less '{real.price_basis}'"
        )
    return difference(nominal, real, f"implicit deflator of {nominal.label}")


def relative_deflator(nominal_gap: Scatter, real_gap: Scatter) -> Scatter:
    """Return what is left of the nominal gap to the rest of the province after the real gap.

    The city's own deflator is not published. The nominal gap (Δlogit of the share) is; it equals the real
    gap plus the relative deflator, taken as independent, so that means and variances subtract.

    Raises
    ------
    EstimationError
        If the real gap scatters more than the nominal gap that contains it.
    """
    trend = nominal_gap.trend_sd**2 - real_gap.trend_sd**2
    annual = nominal_gap.annual_sd**2 - real_gap.annual_sd**2
    if trend < 0.0 or annual < 0.0:
        raise EstimationError(
            f"the real gap ({real_gap}) scatters more than the nominal gap that contains it ({nominal_gap})"
        )
    return Scatter(
        mean=nominal_gap.mean - real_gap.mean,
        trend_sd=float(np.sqrt(trend)),
        annual_sd=float(np.sqrt(annual)),
    )


def city_deflator(rest: Scatter, relative: Scatter) -> Scatter:
    """Return the city's deflator as that of the rest of the province plus the relative deflator."""
    return Scatter(
        mean=rest.mean + relative.mean,
        trend_sd=float(np.hypot(rest.trend_sd, relative.trend_sd)),
        annual_sd=float(np.hypot(rest.annual_sd, relative.annual_sd)),
    )
