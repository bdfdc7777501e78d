"""Deflators: what the published record implies, and what the share of the province says about them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.changes import Changes, difference
from haidong_sim.estimation.estimate import Estimate, data_hash, normal

if TYPE_CHECKING:
    from haidong_sim.estimation.gaps import RealGap
    from haidong_sim.estimation.trend import Trend


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


def estimate_relative_deflator(nominal_gap: Trend, real_gap: RealGap, share: float) -> Estimate:
    """Estimate the trend of the city's deflator against that of the rest of the province.

    The nominal gap to the rest less the real one, each from its own data, so that the variances of the two
    add. `share`, the city's share of the province, turns the lead over the province into that over the rest.
    This is what is known of relative prices alone. Drawn beside the lead they scatter less
    (`relative_deflator`), because the two must sum to a nominal gap that is known better than either.

    Raises
    ------
    EstimationError
        If the share does not lie strictly between 0 and 1.
    """
    if not 0.0 < share < 1.0:
        raise EstimationError(f"a share of the province lies strictly between 0 and 1, not at {share:g}")
    nominal, real = nominal_gap.mean, real_gap.mean
    value = nominal.value - real.value / (1.0 - share)
    error = float(np.hypot(nominal.standard_error, real.standard_error / (1.0 - share)))
    return Estimate(
        name="relative_deflator.mean",
        value=value,
        standard_error=error,
        unit="log growth per year",
        distribution=normal(value, error),
        years=tuple(sorted({*nominal.years, *real.years})),
        n=nominal.n + real.n,
        method="posterior of the nominal gap less that of the real gap, independent",
        source="; ".join(dict.fromkeys((nominal.source, real.source))),
        data_hash=data_hash((nominal.data_hash, real.data_hash)),
        diagnostics=MappingProxyType({"nominal_gap": nominal.value, "real_gap": real.value}),
    )


def city_deflator(rest: Scatter, relative: Scatter) -> Scatter:
    """Return the city's deflator as that of the rest of the province plus the relative deflator."""
    return Scatter(
        mean=rest.mean + relative.mean,
        trend_sd=float(np.hypot(rest.trend_sd, relative.trend_sd)),
        annual_sd=float(np.hypot(rest.annual_sd, relative.annual_sd)),
    )
