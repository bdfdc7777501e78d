"""Drivers that stand on their own series: the trend of a yearly one, or the pace between years."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.ar1 import MINIMUM_YEARS, AR1Prior
from haidong_sim.estimation.data import select_sample
from haidong_sim.estimation.declaration import FILE, PACE
from haidong_sim.estimation.energy import INTENSITY_PRIOR
from haidong_sim.estimation.estimate import data_hash
from haidong_sim.estimation.forecast import HOUSE_PRIOR
from haidong_sim.estimation.inputs import horizon_after
from haidong_sim.estimation.quantity import composed, from_trend, judged
from haidong_sim.estimation.record import yearly_rate
from haidong_sim.estimation.trend import estimate_trend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from haidong_sim.estimation.changes import Changes
    from haidong_sim.estimation.declaration import Driver, Pace
    from haidong_sim.estimation.inputs import Inputs
    from haidong_sim.estimation.quantity import Quantity
    from haidong_sim.estimation.trend import Trend


def un_2018_norm(share: float) -> float:
    """Return the urban–rural growth difference, per year, of the UN's norm at this urban share.

    World Urbanization Prospects' regression 0.037623 − 0.02604·u; the coefficients were not verified, and
    the line is known to over-project (Bocquier 2005): it is a prior, never a forecast.

    Raises
    ------
    EstimationError
        If the share does not lie strictly between 0 and 1.
    """
    if not 0.0 < share < 1.0:
        raise EstimationError(f"an urban share lies strictly between 0 and 1, not at {share:g}")
    return 0.037623 - 0.02604 * share


def logit_slope(first_share: float, last_share: float, years: int) -> float:
    """Return the constant urban–rural growth difference that leads from one share to another in `years`."""
    return float(np.log(last_share / (1.0 - last_share)) - np.log(first_share / (1.0 - first_share))) / years


def urbanization_prior(share: float) -> AR1Prior:
    """Return what is believed of the slope at this urban share: the norm, one sd of 1.5 points wide."""
    return AR1Prior(
        mean=un_2018_norm(share), mean_sd=0.015, annual_sd=0.01, annual_sd_years=2.0, drift=(0.0, 0.1, 0.2)
    )


def estimate_urbanization(
    changes: Changes, *, share: float, horizon: ArrayLike, name: str = "urbanization"
) -> Trend:
    """Estimate the slope of the logit of the urban share; its level drifts toward no norm by itself.

    Raises
    ------
    EstimationError
        With fewer than eight changes, or if levels are passed.
    """
    return estimate_trend(changes, name=name, horizon=horizon, prior=urbanization_prior(share))


PRICE_PRIOR: Final = AR1Prior(
    mean=0.02, mean_sd=0.01, annual_sd=0.02, annual_sd_years=2.0, drift=(0.0, 0.1, 0.2)
)
"""Prices rise by about 2% a year before the data: the nation's deflator since 2000, one point wide."""

POPULATION_PRIOR: Final = AR1Prior(
    mean=0.0, mean_sd=0.004, annual_sd=0.003, annual_sd_years=2.0, drift=(0.0, 0.2, 0.4)
)

CARBON_PRIOR: Final = AR1Prior(
    mean=-0.039, mean_sd=0.02, annual_sd=0.03, annual_sd_years=2.0, drift=(0.0, 0.1, 0.2)
)
"""Before the data: a five-year cut of 18% (−3.9% a year), two points wide."""

_PRIORS: Final[Mapping[str, AR1Prior]] = MappingProxyType(
    {
        "province": HOUSE_PRIOR,
        "nation": HOUSE_PRIOR,
        "consumer_prices": PRICE_PRIOR,
        "population": POPULATION_PRIOR,
        "population_rest_of_province": POPULATION_PRIOR,
        "energy_intensity": INTENSITY_PRIOR,
        "co2_intensity": CARBON_PRIOR,
    }
)
_URBAN_SHARES: Final[Mapping[str, str]] = MappingProxyType(
    {"urbanization": "urbanization_rate", "province_urbanization": "province_urbanization_rate"}
)
"""Drivers whose prior is a norm at the urban share of the base year, and that share."""


def trend_of(inputs: Inputs, driver: Driver) -> Trend:
    """Estimate the trend of a driver's series, with the prior that the place names or that of the driver.

    Raises
    ------
    EstimationError
        If the series is missing, too short or constant, or a comparison names no prior.
    """
    changes = inputs.changes(driver.series["changes"]).between(driver.first, driver.last)
    prior = driver.prior
    if prior is None and driver.name in _URBAN_SHARES:
        prior = urbanization_prior(inputs.starting_value(_URBAN_SHARES[driver.name]))
    if prior is None and driver.name not in _PRIORS:
        raise EstimationError(
            f"{FILE}: '{driver.name}' has no prior of its own and is a trend; write a table prior, "
            "such as prior = { mean = 0.0, mean_sd = 0.01, annual_sd = 0.01, annual_sd_years = 2.0 }"
        )
    if not changes.years:
        raise EstimationError(f"{changes.label}: no yearly change from {driver.first} to {driver.last}")
    return estimate_trend(
        changes,
        name=driver.name,
        horizon=horizon_after(changes.years),
        prior=_PRIORS[driver.name] if prior is None else prior,
        needed=driver.needed or MINIMUM_YEARS,
    )


def estimate_single(inputs: Inputs, name: str) -> tuple[Quantity, Trend | None]:
    """Estimate a driver that stands on its own, and return the trend behind it if there is one.

    Raises
    ------
    EstimationError
        If a series that it rests on is missing or too short.
    """
    driver = inputs.declaration.drivers[name]
    if driver.estimator == PACE:
        return _from_paces(inputs, driver), None
    trend = trend_of(inputs, driver)
    if driver.scatter == 1.0:
        return from_trend(trend, name, note=driver.note), trend
    scaled = composed(
        name,
        trend,
        mean=trend.mean.value,
        trend_sd=driver.scatter * trend.mean.standard_error,
        annual_sd=driver.scatter * trend.annual_sd.value,
        method=driver.method or f"posterior of another place's trend, {driver.scatter:g} times its scatter",
        note=driver.note,
    )
    return scaled, trend


def _from_paces(inputs: Inputs, driver: Driver) -> Quantity:
    found = [_pace(inputs, pace, driver.scale) for pace in driver.paces]
    data = [item for item, pace in zip(found, driver.paces, strict=True) if pace.aim is None]
    years = sorted({year for pace in driver.paces if pace.aim is None for year in (pace.first, pace.last)})
    return judged(
        driver.name,
        mean=float(np.mean([rate for rate, _, _ in found])),
        trend_sd=driver.trend_sd,
        annual_sd=driver.annual_sd,
        years=tuple(years),
        n=len(data),
        source=driver.source or "; ".join(dict.fromkeys(source for _, _, source in found)),
        data_hash=data_hash(frozenset().union(*(rows for _, rows, _ in data))),
        note=driver.note,
    )


def _pace(inputs: Inputs, pace: Pace, scale: str) -> tuple[float, frozenset[str], str]:
    """Return the change a year, the published rows behind it and their source."""
    part = pace.part
    sample = select_sample(
        inputs.series, region=part.region, indicator=part.indicator, vintage=part.vintage, group=part.group
    )
    figures = dict(zip(sample.years, sample.levels.tolist(), strict=True))
    then, rows = _figure(figures, pace.first, sample.label), sample.rows.get(pace.first, frozenset())
    if pace.aim is not None:
        now = pace.aim
    elif pace.baseline is not None:
        now = inputs.starting_value(pace.baseline)
        rows |= {inputs.starting_row(pace.baseline)}
    else:
        now = _figure(figures, pace.last, sample.label)
        rows |= sample.rows.get(pace.last, frozenset())
    slope = logit_slope if scale == "logit" else yearly_rate
    return slope(then, now, pace.last - pace.first), rows, sample.source


def _figure(figures: Mapping[int, float], year: int, label: str) -> float:
    if year not in figures:
        shown = ", ".join(str(known) for known in figures)
        raise EstimationError(f"{label}: no figure for {year}; published: {shown}")
    return float(figures[year])
