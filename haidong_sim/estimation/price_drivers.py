"""Drivers of prices: the city's deflator, that of the rest of the province, and consumer prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.estimation.ar1 import AR1Prior
from haidong_sim.estimation.inputs import horizon_after
from haidong_sim.estimation.people_drivers import price_wedge
from haidong_sim.estimation.prices import (
    Scatter,
    city_deflator,
    estimate_relative_deflator,
    relative_deflator,
)
from haidong_sim.estimation.quantity import composed, from_trend
from haidong_sim.estimation.single_drivers import PRICE_PRIOR, trend_of
from haidong_sim.estimation.trend import estimate_trend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.estimation.declaration import Driver
    from haidong_sim.estimation.estimate import Estimate
    from haidong_sim.estimation.growth_drivers import GrowthEstimates
    from haidong_sim.estimation.inputs import Inputs
    from haidong_sim.estimation.quantity import Quantity
    from haidong_sim.estimation.trend import Trend

WEDGE_PRIOR: Final = AR1Prior(mean=0.005, mean_sd=0.007, annual_sd=0.02, annual_sd_years=2.0)
"""Consumer prices less deflator before the data, N(0.5, 0.7) points (METHOD 8)."""


@dataclass(frozen=True, kw_only=True)
class PriceEstimates:
    """Trends of prices and the relative deflator: as drawn, closing the nominal gap, and known alone."""

    province: Trend
    consumer: Trend
    wedge: Trend
    relative: Scatter
    relative_alone: Estimate
    drivers: tuple[Quantity, ...]


def estimate_prices(inputs: Inputs, growth: GrowthEstimates) -> PriceEstimates:
    """Estimate the price drivers, the city's by what the nominal gap leaves to it.

    Raises
    ------
    EstimationError
        If a series is missing or too short, or the real gap scatters more than the nominal one.
    """
    deflator = inputs.used("province_deflator")
    ahead = horizon_after(deflator.years)
    province = estimate_trend(deflator, name="province_deflator", horizon=ahead, prior=PRICE_PRIOR)
    prices = inputs.used("consumer_prices")
    declared = inputs.declaration.drivers
    consumer = trend_of(inputs, declared["consumer_prices"])
    wedge = estimate_trend(
        price_wedge(prices, deflator), name="price_wedge", horizon=ahead, prior=WEDGE_PRIOR
    )
    share = inputs.starting_value("gdp_share_of_province")
    relative = relative_deflator(*gaps_to_the_rest(growth, share))
    rest = Scatter(
        mean=province.mean.value - share * relative.mean,
        trend_sd=province.mean.standard_error,
        annual_sd=province.annual_sd.value,
    )
    drivers = (
        *_deflators(province, rest, city_deflator(rest, relative), declared),
        from_trend(consumer, "consumer_prices", note=declared["consumer_prices"].note),
    )
    return PriceEstimates(
        province=province, consumer=consumer, wedge=wedge, relative=relative, drivers=drivers,
        relative_alone=estimate_relative_deflator(growth.share_gap, growth.real_gap, share),
    )  # fmt: skip


def gaps_to_the_rest(growth: GrowthEstimates, share: float) -> tuple[Scatter, Scatter]:
    """Return the nominal and the real growth gap of the city to the rest of the province.

    The real lead is measured against the province; against the rest of it, which the share's log-odds
    need, it is larger by 1/(1 − share), because the city is part of the province.
    """
    nominal = Scatter(
        mean=growth.share_gap.mean.value,
        trend_sd=growth.share_gap.mean.standard_error,
        annual_sd=growth.share_gap.annual_sd.value,
    )
    real = Scatter(
        mean=growth.real_gap.mean.value / (1.0 - share),
        trend_sd=growth.real_gap.mean.standard_error,
        annual_sd=growth.real_gap.annual_sd.value,
    )
    return nominal, real


def _deflators(
    province: Trend, rest: Scatter, city: Scatter, declared: Mapping[str, Driver]
) -> tuple[Quantity, Quantity]:
    return (
        composed(
            "deflator",
            province,
            mean=city.mean,
            trend_sd=city.trend_sd,
            annual_sd=city.annual_sd,
            method="deflator of the rest of the province plus what the nominal gap leaves after the real gap",
            note=declared["deflator"].note,
        ),
        composed(
            "deflator_rest_of_province",
            province,
            mean=rest.mean,
            trend_sd=rest.trend_sd,
            annual_sd=rest.annual_sd,
            method="the province's implicit deflator less the city's part",
            note=declared["deflator_rest_of_province"].note,
        ),
    )


def correlation_of_prices(inputs: Inputs, *, prior_years: float = 10.0) -> tuple[float, int]:
    """Return the correlation of consumer prices with the deflator, shrunk to zero by `prior_years`, and n."""
    deflator, prices = inputs.used("province_deflator"), inputs.used("consumer_prices")
    both = sorted(set(deflator.years) & set(prices.years))
    table = np.array([[part.steps[part.years.index(y)] for y in both] for part in (deflator, prices)])
    found = float(np.corrcoef(table)[0, 1])
    return found * len(both) / (len(both) + prior_years), len(both)
