"""Drivers of real growth: nation, province, rest of the province, and the city's three sectors.

The city's real growth is published for a handful of years, its sectors' for one. They are put together from
what is known: the province's trend and shocks, the city's lead, the panel's sector scatter, the drift of
nominal sector shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.axes import SECTORS
from haidong_sim.estimation import record
from haidong_sim.estimation.ar1 import AR1Prior
from haidong_sim.estimation.data import rows_of, select_sample
from haidong_sim.estimation.forecasters import HOUSE_PRIOR
from haidong_sim.estimation.inputs import horizon_after
from haidong_sim.estimation.quantity import composed, from_trend
from haidong_sim.estimation.real_gap import PeriodGap, estimate_real_gap
from haidong_sim.estimation.share_gap import estimate_share_gap
from haidong_sim.estimation.structural_change import (
    estimate_log_ratio_drift,
    growth_differentials,
    log_ratio_drift_of_shares,
    sector_scatter,
)
from haidong_sim.estimation.tails import degrees_of_freedom_from_kurtosis
from haidong_sim.estimation.trend import estimate_trend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.estimation.changes import Changes
    from haidong_sim.estimation.inputs import Inputs
    from haidong_sim.estimation.quantity import Quantity
    from haidong_sim.estimation.real_gap import RealGap
    from haidong_sim.estimation.trend import Trend

SECTOR_EXPOSURE: Final[Mapping[str, float]] = MappingProxyType(
    {"primary": 0.3, "secondary": 1.2, "tertiary": 1.0}
)
"""Sector response to a common provincial shock (METHOD 1.5, a judgement), before scaling to one in total."""

_SHANDONG: Final = "Shandong 16-17 cities official va_{}_real_growth"
_REST_OWN_SD: Final = 0.005
"""Own innovation sd of the rest of the province beside the province's (judgement: they nearly coincide)."""

PLAN_AVERAGE: Final = "o_gdp_growth_avg_13fyp"
"""The observation that prints the city's average growth of 2016–20."""

RESTRUCTURED_PART: Final = 0.5
"""Part of the drift of nominal shares that is volume; the other half is relative prices (judgement)."""


@dataclass(frozen=True, kw_only=True)
class GrowthEstimates:
    """What the other modules need of the growth estimates."""

    province: Trend
    nation: Trend
    share_gap: Trend
    real_gap: RealGap
    sector_drift: tuple[Trend, Trend]
    exposure: Mapping[str, float]
    own_sd: Mapping[str, float]
    trend_own_sd: Mapping[str, float]
    drivers: tuple[Quantity, ...]


def city_real_gaps(inputs: Inputs, growth: Changes) -> list[PeriodGap]:
    """Return the city's published lead in real growth over the province's: single years, then 2016–20."""
    province = dict(zip(growth.years, growth.steps.tolist(), strict=True))
    sample = select_sample(inputs.series, region="city", indicator="gdp_growth")
    known = dict(zip(sample.years, sample.levels.tolist(), strict=True))
    rows = dict(sample.rows)
    for year, id_ in ((2015, "o_t1_gdp_growth_2015"), (2020, "o_t2_gdp_growth_2020")):
        if year not in known:
            known[year], rows[year] = inputs.observation(id_), frozenset({inputs.observation_row(id_)})
    gaps = [
        PeriodGap(
            first=year,
            last=year,
            gap=float(np.log1p(rate)) - province[year],
            rows=rows_of([year], rows, growth.rows)[year],
        )
        for year, rate in sorted(known.items())
        if year in province
    ]
    plan_years = range(2016, 2021)
    # With every year of the plan known its average says nothing new, and would make the system singular.
    if any(year not in province for year in plan_years) or all(year in known for year in plan_years):
        return gaps
    average = float(np.log1p(inputs.observation(PLAN_AVERAGE)))
    outside = average - float(np.mean([province[year] for year in plan_years]))
    behind = growth.between(2016, 2020).all_rows | {inputs.observation_row(PLAN_AVERAGE)}
    return [*gaps, PeriodGap(first=2016, last=2020, gap=outside, rows=behind)]


def estimate_growth(inputs: Inputs) -> GrowthEstimates:
    """Estimate every driver of real growth.

    Raises
    ------
    EstimationError
        If a series that an estimate rests on is missing or too short.
    """
    growth = record.province_real_growth(inputs.series)
    ahead = horizon_after(growth.years)
    province = estimate_trend(growth, name="province", horizon=ahead, prior=HOUSE_PRIOR)
    nation_growth = record.nation_real_growth(inputs.series).between(growth.years[0], 9999)
    nation = estimate_trend(
        nation_growth, name="nation", horizon=horizon_after(nation_growth.years), prior=HOUSE_PRIOR
    )
    gap_changes = record.share_gap_changes(inputs.series)
    share_gap = estimate_share_gap(gap_changes, horizon=horizon_after(gap_changes.years))
    real_gap = estimate_real_gap(
        city_real_gaps(inputs, growth),
        source="haidong_bulletin_2019; plan_14fyp; province growth as above",
    )
    shares = {name: inputs.starting_value(f"{name}_share") for name in SECTORS}
    drift = _sector_drift(inputs, shares)
    differentials = RESTRUCTURED_PART * growth_differentials(
        list(shares.values()), [part.mean.value for part in drift]
    )
    scale = sum(shares[name] * SECTOR_EXPOSURE[name] for name in SECTORS)
    exposure = {name: SECTOR_EXPOSURE[name] / scale for name in SECTORS}
    own = _panel_sectors(inputs, "cross-city idiosyncratic sd (pp)")
    between = _panel_sectors(inputs, "between-city sd of mean (pp)")
    own_sd = sector_scatter(own, shares, real_gap.annual_sd.value)
    trend_own_sd = sector_scatter(between, shares, real_gap.mean.standard_error)
    parts = GrowthEstimates(
        province=province, nation=nation, share_gap=share_gap, real_gap=real_gap, sector_drift=drift,
        exposure=exposure, own_sd=own_sd, trend_own_sd=trend_own_sd, drivers=(),
    )  # fmt: skip
    drivers = _drivers(inputs, parts, dict(zip(SECTORS, differentials, strict=True)))
    return GrowthEstimates(**{**parts.__dict__, "drivers": drivers})


def _panel_sectors(inputs: Inputs, statistic: str) -> dict[str, float]:
    return {name: inputs.panel(_SHANDONG.format(name), statistic) for name in SECTORS}


def _sector_drift(inputs: Inputs, shares: Mapping[str, float]) -> tuple[Trend, Trend]:
    """Return the drift of ln(primary/tertiary) and ln(secondary/tertiary), prior from western cities."""
    group = "sector share change pp/yr, western provinces, 2014-2021"
    points = [100.0 * inputs.panel(group, f"{name} mean") for name in SECTORS]
    scatter = [inputs.panel(group, f"{name} robust sd") for name in SECTORS]
    prior_means = log_ratio_drift_of_shares(list(shares.values()), points)
    tertiary = record.city_output(inputs.series, indicator=record.SECTOR_INDICATORS[2]).between(2014, 9999)
    found = []
    for i, name in enumerate(SECTORS[:2]):
        part = record.city_output(inputs.series, indicator=record.SECTOR_INDICATORS[i]).between(2014, 9999)
        sd = float(np.hypot(scatter[i] / shares[name], scatter[2] / shares["tertiary"]))
        prior = AR1Prior(
            mean=float(prior_means[i]), mean_sd=0.02, annual_sd=sd, annual_sd_years=4.0, persistence_mean=0.1
        )
        found.append(
            estimate_log_ratio_drift(
                part, tertiary, name=f"{name}_to_tertiary", prior=prior, needed=5,
                horizon=horizon_after(part.years),
            )
        )  # fmt: skip
    return found[0], found[1]


def _drivers(
    inputs: Inputs, parts: GrowthEstimates, differentials: Mapping[str, float]
) -> tuple[Quantity, ...]:
    share = inputs.starting_value("gdp_share_of_province")
    province, gap = parts.province, parts.real_gap
    dof = degrees_of_freedom_from_kurtosis(
        100.0 * inputs.panel("panel nominal GDP growth, 327 cities", "excess kurtosis")
    )
    city = province.mean.value + gap.mean.value
    rest = composed(
        "rest_of_province",
        province,
        mean=province.mean.value - share / (1.0 - share) * gap.mean.value,
        trend_sd=province.mean.standard_error,
        annual_sd=float(np.hypot(province.annual_sd.value, _REST_OWN_SD)),
        method="the province's posterior less the city's lead, weighted by the city's share",
        note="the province is (1 − share) of this and the share's part of the city",
        degrees_of_freedom=dof,
    )
    sectors = [
        composed(
            name,
            province,
            mean=city + float(differentials[name]),
            trend_sd=float(np.hypot(province.mean.standard_error, parts.trend_own_sd[name])),
            annual_sd=float(np.hypot(parts.exposure[name] * province.annual_sd.value, parts.own_sd[name])),
            method="province trend, city's lead, half the drift of nominal shares; common and own shock",
            note="no yearly real growth of the city's sectors is published but for 2019",
            degrees_of_freedom=dof,
        )
        for name in SECTORS
    ]
    nation = from_trend(parts.nation, "nation", note="level drifts; the long decline is in the trend")
    whole = from_trend(province, "province", degrees_of_freedom=dof)
    return (*sectors, rest, whole, nation)
