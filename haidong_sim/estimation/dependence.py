"""How drivers move together: one common provincial shock, one common price shock, all else their own.

A loading is the correlation of a driver's innovation (or trend) with the common one. Years and trends have
different loadings: a city shares its province's trend more than its yearly luck.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from haidong_sim.axes import SECTORS
from haidong_sim.errors import EstimationError
from haidong_sim.estimation.data import rows_of
from haidong_sim.estimation.estimate import describe_years, rounded
from haidong_sim.estimation.factor import FactorEstimate, OneFactor, estimate_one_factor
from haidong_sim.estimation.price_drivers import correlation_of_prices
from haidong_sim.estimation.sur import JointRegression, zellner_1962
from haidong_sim.estimation.tails import (
    degrees_of_freedom_from_kurtosis,
    degrees_of_freedom_from_robust_sd,
    estimate_degrees_of_freedom,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from haidong_sim.estimation.changes import Changes
    from haidong_sim.estimation.estimate import Estimate
    from haidong_sim.estimation.growth_drivers import GrowthEstimates
    from haidong_sim.estimation.inputs import Inputs
    from haidong_sim.estimation.price_drivers import PriceEstimates


NOMINAL_SERIES: Final = (*SECTORS, "rest_of_province")
"""Whose nominal growth checks the loadings, in their order."""


@dataclass(frozen=True, kw_only=True)
class Dependence:
    """Loadings by driver: yearly and trend, on the province's real shock and on the price shock."""

    province_years: Mapping[str, float]
    province_trend: Mapping[str, float]
    prices_years: Mapping[str, float]
    prices_trend: Mapping[str, float]
    city_and_rest: float
    nominal: FactorEstimate

    def tables(self) -> dict[str, Any]:
        """Return the loadings as tables of a results file."""

        def plain(loadings: Mapping[str, float]) -> dict[str, float]:
            return {name: rounded(value) for name, value in loadings.items()}

        nominal = self.nominal
        loadings = nominal.structure.correlation_with_factor
        return {
            "factors": {
                "province": {
                    "loadings": plain(self.province_years),
                    "trend_loadings": plain(self.province_trend),
                },
                "prices": {"loadings": plain(self.prices_years), "trend_loadings": plain(self.prices_trend)},
            },
            "city_and_rest_of_province_real_growth_correlation": rounded(self.city_and_rest),
            "nominal_check": {
                "sample": describe_years(nominal.annual_sd[0].years),
                "loadings": plain(dict(zip(NOMINAL_SERIES, loadings, strict=True))),
                "estimates": {
                    item.name.replace(".", "_"): item.table()
                    for item in (*nominal.annual_sd, *nominal.correlation)
                },
            },
        }


def estimate_dependence(inputs: Inputs, growth: GrowthEstimates, prices: PriceEstimates) -> Dependence:
    """Derive loadings from the estimated parts, and check them on nominal growth of the city and the rest.

    Raises
    ------
    EstimationError
        If a series is missing, or no single factor is found.
    """
    drivers = {item.name: item for item in (*growth.drivers, *prices.drivers)}
    common, trend = growth.province.annual_sd.value, growth.province.mean.standard_error
    years = {name: growth.exposure[name] * common / drivers[name].annual_sd for name in SECTORS}
    years["rest_of_province"] = common / drivers["rest_of_province"].annual_sd
    years["nation"] = nation_correlation(inputs)
    trends = {name: trend / drivers[name].trend_sd for name in SECTORS}
    trends["rest_of_province"] = trend / drivers["rest_of_province"].trend_sd
    # Trends of nation and province fell together; their yearly correlation is a floor for that of trends.
    trends["nation"] = years["nation"]
    shares = np.array([inputs.starting_value(f"{name}_share") for name in SECTORS])
    own = float(((shares * np.array([growth.own_sd[n] for n in SECTORS])) ** 2).sum())
    city_sd = float(np.sqrt(common**2 + own))
    rest = prices.drivers[1]
    city = prices.drivers[0]
    consumer, _ = correlation_of_prices(inputs)
    return Dependence(
        province_years=MappingProxyType(years),
        province_trend=MappingProxyType(trends),
        prices_years=MappingProxyType(
            {
                "deflator": rest.annual_sd / city.annual_sd,
                "deflator_rest_of_province": 1.0,
                "consumer_prices": consumer,
            }
        ),
        prices_trend=MappingProxyType(
            {
                "deflator": rest.trend_sd / city.trend_sd,
                "deflator_rest_of_province": 1.0,
                "consumer_prices": consumer,
            }
        ),
        city_and_rest=common / city_sd * years["rest_of_province"],
        nominal=nominal_factor(inputs, growth, prices),
    )


def nation_correlation(inputs: Inputs, *, prior: float = 0.5, prior_years: float = 10.0) -> float:
    """Return the correlation of yearly changes in the growth of province and nation, shrunk to `prior`.

    Differences of growth, because both fall over the sample and the fall is not a yearly shock.
    """
    province = inputs.used("province_growth")
    nation = inputs.used("nation_growth")
    both = sorted(set(province.years) & set(nation.years))
    if len(both) < 8:
        raise EstimationError(f"province and nation share {len(both)} years of growth, 8 are needed")
    table = np.array([[part.steps[part.years.index(y)] for y in both] for part in (province, nation)])
    n = len(both) - 1
    found = float(np.corrcoef(np.diff(table, axis=1))[0, 1])
    return (n * found + prior_years * prior) / (n + prior_years)


def nominal_factor(inputs: Inputs, growth: GrowthEstimates, prices: PriceEstimates) -> FactorEstimate:
    """Return the one-factor covariance of nominal growth of the three sectors and the rest of the province.

    The prior is what the drivers imply; the data are the years in which all four are published.
    """
    drivers = inputs.declaration.drivers
    parts = [inputs.changes(drivers[name].series["nominal"]) for name in SECTORS]
    parts.append(inputs.used("rest_of_province_output"))
    years = tuple(sorted(set.intersection(*(set(part.years) for part in parts))))
    table = np.array([[part.steps[part.years.index(y)] for y in years] for part in parts]).T
    common, rest = growth.province.annual_sd.value, prices.drivers[1].annual_sd
    shared = float(np.hypot(common, rest))
    loading = np.array([growth.exposure[n] * shared for n in SECTORS] + [shared])
    relative = prices.relative.annual_sd
    own = np.array([float(np.hypot(growth.own_sd[n], relative)) for n in SECTORS] + [0.005])
    # Persistence of growth is not a common shock: only what a first-order filter leaves is compared.
    innovations, later = _innovations(table, years, growth.province.persistence.value)
    used = sorted({*later, *(year - 1 for year in later)})
    prior = OneFactor(loading=loading, own_sd=own)
    source = "; ".join(dict.fromkeys(part.source for part in parts))
    return estimate_one_factor(
        innovations, prior, names=NOMINAL_SERIES, years=later, source=source, rows=_behind(parts, used)
    )


def city_tails(inputs: Inputs, growth: GrowthEstimates) -> Estimate:
    """Return the degrees of freedom of the nominal gap's innovations, a panel of cities as prior.

    Its kurtosis gives the prior's median and its robust ratio, which heterogeneity makes a lower bound, the
    2.5% quantile.

    Raises
    ------
    EstimationError
        If a series or a statistic is missing, or too few years follow one another.
    """
    gap = inputs.used("share_gap")
    innovations, years = _innovations(gap.steps, gap.years, growth.share_gap.persistence.value)
    tails = inputs.declaration.tails
    kurtosis, ratio = panel_tails(inputs, tails.panels[tails.drivers])
    return estimate_degrees_of_freedom(
        innovations,
        prior_median=degrees_of_freedom_from_kurtosis(kurtosis),
        prior_low=degrees_of_freedom_from_robust_sd(ratio, 1.0),
        years=years,
        source=gap.source,
        rows=gap.all_rows,
    )


def panel_tails(inputs: Inputs, group: str) -> tuple[float, float]:
    """Return excess kurtosis and ratio of sd to robust sd of a panel of cities."""
    spanned = f"{group}, {inputs.declaration.tails.span}"
    sd = inputs.panel(spanned, "idiosyncratic sd (log pp)")
    robust = inputs.panel(spanned, "robust idiosyncratic sd (log pp)")
    return 100.0 * inputs.panel(group, "excess kurtosis"), sd / robust


def _innovations(
    growth: NDArray[np.float64], years: tuple[int, ...], persistence: float
) -> tuple[NDArray[np.float64], tuple[int, ...]]:
    """Return what each year adds to the year before it, where both are known, and those years."""
    later = [i for i in range(1, len(years)) if years[i] == years[i - 1] + 1]
    found = growth[later] - persistence * growth[np.array(later) - 1]
    return found, tuple(years[i] for i in later)


def sectors_on_province(inputs: Inputs) -> JointRegression:
    """Return the joint regression of the city's nominal sector growth on the province's."""
    check = inputs.declaration.sector_check
    city = [inputs.changes(check.city[name]) for name in SECTORS]
    province = [inputs.changes(check.province[name]) for name in SECTORS]
    years = tuple(sorted(set.intersection(*(set(part.years) for part in (*city, *province)))))
    response = np.array([[part.steps[part.years.index(y)] for y in years] for part in city]).T
    driver = np.array([[part.steps[part.years.index(y)] for y in years] for part in province]).T
    source = "; ".join(dict.fromkeys(part.source for part in (*city, *province)))
    rows = _behind((*city, *province), years)
    return zellner_1962(response, driver, names=SECTORS, years=years, source=source, rows=rows)


def _behind(parts: Iterable[Changes], years: Iterable[int]) -> frozenset[str]:
    """Return the published rows that the changes of `years` were formed from."""
    return frozenset().union(*rows_of(years, *(part.rows for part in parts)).values())
