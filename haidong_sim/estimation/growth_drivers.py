"""Drivers of real growth: nation, province, rest of the province, and the city by sector."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.axes import SECTORS
from haidong_sim.errors import EstimationError
from haidong_sim.estimation.ar1 import AR1Prior
from haidong_sim.estimation.changes import difference
from haidong_sim.estimation.data import rows_of, select_sample
from haidong_sim.estimation.gaps import SHARE_GAP_PRIOR, PeriodGap, estimate_real_gap, estimate_share_gap
from haidong_sim.estimation.inputs import horizon_after
from haidong_sim.estimation.quantity import composed, from_trend
from haidong_sim.estimation.single_drivers import trend_of
from haidong_sim.estimation.tails import degrees_of_freedom_from_kurtosis
from haidong_sim.estimation.trend import estimate_trend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.estimation.changes import Changes
    from haidong_sim.estimation.gaps import RealGap
    from haidong_sim.estimation.inputs import Inputs
    from haidong_sim.estimation.quantity import Quantity
    from haidong_sim.estimation.trend import Trend


def estimate_log_ratio_drift(
    part: Changes, reference: Changes, *, name: str, horizon: ArrayLike, prior: AR1Prior, needed: int = 8
) -> Trend:
    """Estimate the drift of ln(part / reference) of nominal value added, per year.

    Raises
    ------
    EstimationError
        With fewer than `needed` common years.
    """
    ratio = difference(part, reference, f"ln ratio {part.label} to {reference.label}")
    return estimate_trend(ratio, name=name, horizon=horizon, prior=prior, needed=needed)


def log_ratio_drift_of_shares(shares: ArrayLike, points_per_year: ArrayLike) -> NDArray[np.float64]:
    """Return the yearly drift of ln(share_i / share_last) that share changes in points per year amount to.

    `shares` (sector,) as fractions summing to one; `points_per_year` (sector,) in percentage points;
    the result has one entry fewer. It turns what a panel of cities reports into the scale used here.

    Raises
    ------
    EstimationError
        If the shares do not sum to one.
    """
    level = np.asarray(shares, dtype=np.float64)
    if abs(level.sum() - 1.0) > 5e-3 or (level <= 0.0).any():
        raise EstimationError(f"sector shares must be positive and sum to 1, not {level.tolist()}")
    growth = np.asarray(points_per_year, dtype=np.float64) / 100.0 / level
    return np.asarray(growth[:-1] - growth[-1], dtype=np.float64)


def growth_differentials(shares: ArrayLike, log_ratio_drift: ArrayLike) -> NDArray[np.float64]:
    """Return each sector's growth less the total's, shape (sector,), given drifts against the last sector.

    The share-weighted differentials sum to zero, so that the total keeps its own trend.
    """
    level = np.asarray(shares, dtype=np.float64)
    against_last = np.append(np.asarray(log_ratio_drift, dtype=np.float64), 0.0)
    return np.asarray(against_last - level @ against_last, dtype=np.float64)


def sector_scatter(
    own_sd: Mapping[str, float], shares: Mapping[str, float], gap_sd: float
) -> dict[str, float]:
    """Scale sectors' own sds so that their share-weighted sum scatters like the city's real gap.

    `own_sd` gives the panel's relative sizes; sectors' own shocks are independent.
    """
    total = float(np.sqrt(sum((shares[name] * sd) ** 2 for name, sd in own_sd.items())))
    return {name: sd * gap_sd / total for name, sd in own_sd.items()}


SECTOR_EXPOSURE: Final[Mapping[str, float]] = MappingProxyType(
    {"primary": 0.3, "secondary": 1.2, "tertiary": 1.0}
)
"""Sector response to a common provincial shock (METHOD 1.5, a judgement), before scaling to one in total."""

_REST_OWN_SD: Final = 0.005
"""Own innovation sd of the rest of the province beside the province's (judgement: they nearly coincide)."""

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
    """Return the city's known lead in real growth over the province's: single years, and averages."""
    province = dict(zip(growth.years, growth.steps.tolist(), strict=True))
    lead = inputs.declaration.lead
    sample = select_sample(
        inputs.series, region=lead.part.region, indicator=lead.part.indicator, vintage=lead.part.vintage
    )
    known = dict(zip(sample.years, sample.levels.tolist(), strict=True))
    rows = dict(sample.rows)
    for year, id_ in lead.years.items():
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
    for item in lead.averages:
        years = range(item.first, item.last + 1)
        # With every year known the average says nothing new, and would make the system singular.
        if any(year not in province for year in years) or all(year in known for year in years):
            continue
        average = float(np.log1p(inputs.observation(item.observation)))
        outside = average - float(np.mean([province[year] for year in years]))
        behind = growth.between(item.first, item.last).all_rows | {inputs.observation_row(item.observation)}
        gaps.append(PeriodGap(first=item.first, last=item.last, gap=outside, rows=behind))
    return gaps


def estimate_growth(inputs: Inputs) -> GrowthEstimates:
    """Estimate every driver of real growth.

    Raises
    ------
    EstimationError
        If a series that an estimate rests on is missing or too short.
    """
    growth = inputs.used("province_growth")
    province = trend_of(inputs, inputs.declaration.drivers["province"])
    nation = trend_of(inputs, inputs.declaration.drivers["nation"])
    gap_changes = inputs.used("share_gap")
    share_gap = estimate_share_gap(
        gap_changes,
        horizon=horizon_after(gap_changes.years),
        prior=inputs.declaration.share_gap_prior or SHARE_GAP_PRIOR,
    )
    real_gap = estimate_real_gap(
        city_real_gaps(inputs, growth),
        source=inputs.declaration.lead.source,
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
    drivers = inputs.declaration.drivers
    return {name: inputs.panel(drivers[name].panel, statistic) for name in SECTORS}


def _sector_drift(inputs: Inputs, shares: Mapping[str, float]) -> tuple[Trend, Trend]:
    """Return the drift of ln(primary/tertiary) and ln(secondary/tertiary), prior from the panel's drift."""
    declared = inputs.declaration.sector_drift
    points = [100.0 * inputs.panel(declared.panel, f"{name} mean") for name in SECTORS]
    scatter = [inputs.panel(declared.panel, f"{name} robust sd") for name in SECTORS]
    prior_means = log_ratio_drift_of_shares(list(shares.values()), points)

    def nominal(name: str) -> Changes:
        series = inputs.declaration.drivers[name].series["nominal"]
        return inputs.changes(series).between(declared.first, 9999)

    tertiary = nominal("tertiary")
    found = []
    for i, name in enumerate(SECTORS[:2]):
        part = nominal(name)
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
    tails, notes = inputs.declaration.tails, inputs.declaration.drivers
    dof = degrees_of_freedom_from_kurtosis(
        100.0 * inputs.panel(tails.panels[tails.drivers], "excess kurtosis")
    )
    city = province.mean.value + gap.mean.value
    rest = composed(
        "rest_of_province",
        province,
        mean=province.mean.value - share / (1.0 - share) * gap.mean.value,
        trend_sd=province.mean.standard_error,
        annual_sd=float(np.hypot(province.annual_sd.value, _REST_OWN_SD)),
        method="the province's posterior less the city's lead, weighted by the city's share",
        note=notes["rest_of_province"].note,
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
            note=notes[name].note,
            degrees_of_freedom=dof,
        )
        for name in SECTORS
    ]
    nation = from_trend(parts.nation, "nation", note=notes["nation"].note)
    whole = from_trend(province, "province", degrees_of_freedom=dof, note=notes["province"].note)
    return (*sectors, rest, whole, nation)
