"""The published record as yearly changes, one function per quantity: which vintage, which years, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.estimation.changes import (
    Changes,
    difference,
    log_changes,
    logit_changes,
    published_growth,
    ratio,
    stack,
)
from haidong_sim.estimation.data import DEFAULT_CONFIDENCE, Sample, select_sample
from haidong_sim.estimation.energy import intensity_changes
from haidong_sim.estimation.prices import implicit_deflator

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

BEFORE: Final = "before_4th_economic_census"
AFTER: Final = "after_4th_economic_census"
LATEST: Final = "after_5th_economic_census"
RESIDENTS: Final = "after_7th_population_census"
FIRST: Final = "as first"

SECTOR_INDICATORS: Final = tuple(
    f"value_added_{name}_current" for name in ("primary", "secondary", "tertiary")
)


def province_real_growth(frame: pd.DataFrame) -> Changes:
    """Return the province's real growth: as published to 2019, as announced for 2020–23, then the index.

    Growth rates of several publications may be stacked: each was formed inside one.
    """
    parts = [("as published annually", 0, 2019), (FIRST, 2020, 2023), ("post-5th-census", 2024, 2024)]
    found = [
        published_growth(
            select_sample(
                frame, region="province", indicator="gdp_growth", vintage=vintage, first=first, last=last
            )
        )
        for vintage, first, last in parts
    ]
    later = frame[
        (frame["region"] == "province") & (frame["indicator"] == "gdp_growth") & (frame["year"] > 2024)
    ]
    if not later.empty:
        found.append(
            published_growth(
                select_sample(frame, region="province", indicator="gdp_growth", vintage=FIRST, first=2025)
            )
        )
    return stack(found)


def nation_real_growth(frame: pd.DataFrame) -> Changes:
    """Return the nation's real growth from 1979: the yearbook to 2023, then as announced."""
    parts = [("mixed", 1979, 2023), (FIRST, 2024, 9999)]
    return stack(
        [
            published_growth(
                select_sample(frame, region="nation", indicator="gdp_growth", vintage=v, first=f, last=t)
            )
            for v, f, t in parts
        ]
    )


def province_output(frame: pd.DataFrame, *, first: int = 0) -> Changes:
    """Return the province's nominal growth: the old accounts to 2017, the latest ones from 2018."""
    old = select_sample(
        frame, region="province", indicator="gdp_current", group=BEFORE, vintage="pre-4th", first=first
    )
    new = select_sample(frame, region="province", indicator="gdp_current", group=LATEST, first=2017)
    return stack([log_changes(old), log_changes(new)])


def province_deflator(frame: pd.DataFrame) -> Changes:
    """Return the province's implicit deflator, output and real growth both of the latest accounts (2016–)."""
    nominal = select_sample(frame, region="province", indicator="gdp_current", group=LATEST)
    real = select_sample(frame, region="province", indicator="gdp_growth", vintage="post-5th-census")
    return implicit_deflator(log_changes(nominal), published_growth(real))


def city_output(frame: pd.DataFrame, *, indicator: str = "gdp_current") -> Changes:
    """Return the city's nominal growth as first published, on either side of the economic census of 2018."""
    vintage = "as first published each year"
    return stack(
        [
            log_changes(
                select_sample(frame, region="city", indicator=indicator, group=group, vintage=vintage)
            )
            for group in (BEFORE, AFTER)
        ]
    )


def city_shares(
    frame: pd.DataFrame, *, confidence: Collection[str] = DEFAULT_CONFIDENCE
) -> tuple[Sample, Sample]:
    """Return the city's share of the province in both pairs of matching publications.

    The old accounts to 2017, and first announcements after the economic census of 2018. The city's figures
    for 2018 and 2019 have no provincial counterpart of the same accounts, so no change of 2018–20 is formed.
    """
    before = select_sample(
        frame, region="city", indicator="gdp_current", group=BEFORE, vintage="as first published each year"
    )
    after = select_sample(
        frame, region="city", indicator="gdp_current", group=AFTER, first=2020, confidence=confidence
    )
    old = select_sample(
        frame, region="province", indicator="gdp_current", group=BEFORE, vintage="pre-4th", first=2005
    )
    first = select_sample(frame, region="province", indicator="gdp_current", group=AFTER, vintage=FIRST)
    return ratio(before, old, "gdp_share_of_province"), ratio(after, first, "gdp_share_of_province")


def share_gap_changes(frame: pd.DataFrame, *, confidence: Collection[str] = DEFAULT_CONFIDENCE) -> Changes:
    """Return Δlogit of the city's share of the province, the nominal gap to the rest of the province."""
    return stack([logit_changes(share) for share in city_shares(frame, confidence=confidence)])


def rest_of_province_output(frame: pd.DataFrame) -> Changes:
    """Return nominal growth of the rest of the province in the years in which the share is known."""
    city = city_output(frame)
    gap = share_gap_changes(frame)
    return difference(city, gap, "Δln rest of the province")


def consumer_prices(frame: pd.DataFrame, *, region: str = "province") -> Changes:
    """Return log growth of consumer prices; the city's own index is published for two years only."""
    sample = select_sample(frame, region=region, indicator="consumer_price_index_previous_year")
    return published_growth(sample)


def province_income(frame: pd.DataFrame) -> Changes:
    """Return growth of the province's disposable income per head in consumer prices of its own."""
    nominal = log_changes(select_sample(frame, region="province", indicator="disposable_income_current"))
    real = difference(nominal, consumer_prices(frame), "Δln province disposable income, real")
    return replace(real, price_basis="comparable")


def city_urban_income(frame: pd.DataFrame) -> Changes:
    """Return growth of the city's urban disposable income per head at current prices, first publications."""
    return log_changes(
        select_sample(
            frame, region="city", indicator="disposable_income_urban_current", vintage="as first published"
        )
    )


def province_urbanization(frame: pd.DataFrame) -> Changes:
    """Return Δlogit of the province's urban share on the population base of the 2020 census."""
    return logit_changes(
        select_sample(frame, region="province", indicator="urbanization_rate", group=RESIDENTS)
    )


def province_share_changes(frame: pd.DataFrame, indicator: str, *, group: str) -> Changes:
    """Return Δln of a sector's share of the province's output inside one group of accounts."""
    sample = select_sample(frame, region="province", indicator=indicator, group=group, first=2005)
    return log_changes(sample)


def province_population(frame: pd.DataFrame) -> Changes:
    """Return growth of the province's residents on the base of the 2020 census, from 2016."""
    return log_changes(
        select_sample(frame, region="province", indicator="resident_population", group=RESIDENTS)
    )


def nation_energy_intensity(frame: pd.DataFrame) -> Changes:
    """Return Δln of the nation's primary energy per unit of real output."""
    energy = log_changes(select_sample(frame, region="nation", indicator="primary_energy_consumption"))
    return intensity_changes(energy, nation_real_growth(frame), "Δln nation energy intensity")


def nation_carbon_intensity(frame: pd.DataFrame) -> Changes:
    """Return Δln of the nation's territorial CO2 per unit of real output."""
    carbon = log_changes(select_sample(frame, region="nation", indicator="co2_emissions_territorial"))
    return intensity_changes(carbon, nation_real_growth(frame), "Δln nation carbon intensity")


def province_carbon_intensity(frame: pd.DataFrame) -> Changes:
    """Return Δln of the province's CO2 (energy and cement) per unit of real output."""
    carbon = log_changes(
        select_sample(frame, region="province", indicator="co2_emissions_energy_and_process")
    )
    return intensity_changes(carbon, province_real_growth(frame), "Δln province carbon intensity")


def yearly_rate(first: float, last: float, years: int) -> float:
    """Return the constant log growth per year between two figures of one measurement."""
    return float(np.log(last / first)) / years
