"""What the public record lacks, what stands in for it, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A series that the calibration would use: the years wanted, the stand-in, and its price."""

    region: str
    indicator: str
    first: int
    last: int
    stand_in: str
    cost: str


WANTED: Final = (
    Wanted(
        region="city", indicator="gdp_current", first=2018, last=2024,
        stand_in="first publications to 2017 and the change of 2021",
        cost="the nominal gap rests on 13 changes; each year more narrows its trend, now ±1.3 points",
    ),
    Wanted(
        region="city", indicator="gdp_growth", first=2016, last=2024,
        stand_in="2012, 2014, 2015, 2019, 2020 and the average of 2016-20",
        cost="the city's lead is a prior moved by six figures; nothing is known of it after 2020",
    ),
    Wanted(
        region="city", indicator="value_added_primary_growth", first=2013, last=2024,
        stand_in="half the drift of nominal shares", cost="trend of agriculture is known to ±2.4 points",
    ),
    Wanted(
        region="city", indicator="value_added_secondary_growth", first=2013, last=2024,
        stand_in="half the drift of nominal shares", cost="trend of industry is known to ±2.6 points",
    ),
    Wanted(
        region="city", indicator="value_added_tertiary_growth", first=2013, last=2024,
        stand_in="half the drift of nominal shares", cost="trend of services is known to ±2.7 points",
    ),
    Wanted(
        region="city", indicator="resident_population", first=2022, last=2024,
        stand_in="pace between the censuses of 2010 and 2020",
        cost="relative drift of −0.8% or −0.1% a year: eight points of the ratio to the province by 2035",
    ),
    Wanted(
        region="city", indicator="urbanization_rate", first=2021, last=2024,
        stand_in="midway between the slopes of 2015-20 and of the plan",
        cost="slope known to ±1.2 points of logit a year: six points of the share by 2035",
    ),
    Wanted(
        region="city", indicator="disposable_income_current", first=2016, last=2024,
        stand_in="the province's income", cost="whether incomes keep step is judged on the province",
    ),
    Wanted(
        region="city", indicator="disposable_income_rural_current", first=2013, last=2024,
        stand_in="the ratio of 2015 and 2020", cost="the urban–rural ratio has one observed change",
    ),
    Wanted(
        region="city", indicator="consumer_price_index_previous_year", first=2013, last=2024,
        stand_in="the province's index", cost="small: the two years known differ by half a point",
    ),
    Wanted(
        region="city", indicator="energy_consumption", first=2015, last=2024,
        stand_in="the nation's energy intensity", cost="intensity and non-fossil share lack a city figure",
    ),
    Wanted(
        region="province", indicator="value_added_secondary_growth", first=2005, last=2024,
        stand_in="nominal shares", cost="sector volumes and prices cannot be told apart",
    ),
)  # fmt: skip
"""Series looked for and not found, or found for too few years."""


def missing_series(frame: pd.DataFrame, wanted: Iterable[Wanted] = WANTED) -> pd.DataFrame:
    """Return what is missing: region, indicator, missing years, stand-in and cost; empty when all is there.

    A low-confidence figure does not count as present, since it is never used unasked.
    """
    rows = []
    usable = frame[frame["confidence"].isin(["high", "medium"])]
    for item in wanted:
        held = usable[(usable["region"] == item.region) & (usable["indicator"] == item.indicator)]
        absent = [year for year in range(item.first, item.last + 1) if year not in set(held["year"])]
        if absent:
            rows.append(
                {
                    "region": item.region,
                    "indicator": item.indicator,
                    "missing_years": ", ".join(str(year) for year in absent),
                    "stand_in": item.stand_in,
                    "cost": item.cost,
                }
            )
    return pd.DataFrame(rows, columns=["region", "indicator", "missing_years", "stand_in", "cost"])
