"""A driver as a results file holds it: trend, scatter, persistence, and the posterior to draw them from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from haidong_sim.estimation.estimate import QUANTILE_LEVELS, describe_years, rounded

if TYPE_CHECKING:
    from haidong_sim.estimation.estimate import Estimate, Provenance
    from haidong_sim.estimation.trend import Trend

PERSISTENCE_QUANTILES = (-0.03, 0.165, 0.3, 0.435, 0.63)
"""Quantiles of the prior N(0.3, 0.2²) of persistence, where no data speak."""


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One uncertain driver, in log growth per year (METHOD 2.2).

    `mean` is the log growth of the driver's median, `trend_sd` the sd of one draw per path, `annual_sd` that
    of the yearly innovation, `start` the deviation from trend in `start_year`. The quantile grids stand at
    `QUANTILE_LEVELS`; an ensemble that draws parameters interpolates them.
    """

    name: str
    mean: float
    trend_sd: float
    annual_sd: float
    persistence: float
    mean_quantiles: tuple[float, ...]
    annual_sd_quantiles: tuple[float, ...]
    persistence_quantiles: tuple[float, ...]
    years: tuple[int, ...]
    n: int
    method: str
    source: str
    data_hash: str
    provenance: Provenance
    note: str = ""
    start: float = 0.0
    start_year: int | None = None
    degrees_of_freedom: float | None = None

    def table(self, script: str) -> dict[str, Any]:
        """Return the driver as a table of a results file written by `script`."""
        plain: dict[str, Any] = {
            "mean": rounded(self.mean),
            "trend_sd": rounded(self.trend_sd),
            "annual_sd": rounded(self.annual_sd),
            "persistence": rounded(self.persistence),
            "start": rounded(self.start),
        }
        if self.start_year is not None:
            plain["start_year"] = self.start_year
        if self.degrees_of_freedom is not None:
            plain["degrees_of_freedom"] = rounded(self.degrees_of_freedom)
        return {
            **plain,
            "unit": "log growth per year",
            "provenance": self.provenance,
            "method": self.method,
            "sample": describe_years(self.years),
            "n": self.n,
            "source": self.source,
            "data_hash": self.data_hash,
            "script": script,
            "note": self.note,
            "posterior": {
                "probability": list(QUANTILE_LEVELS),
                "mean": [rounded(x) for x in self.mean_quantiles],
                "annual_sd": [rounded(x) for x in self.annual_sd_quantiles],
                "persistence": [rounded(x) for x in self.persistence_quantiles],
            },
        }


def normal_quantiles(mean: float, sd: float) -> tuple[float, ...]:
    """Return the quantiles of N(mean, sd²) at `QUANTILE_LEVELS`."""
    return tuple(float(x) for x in mean + sd * ndtri(np.array(QUANTILE_LEVELS)))


def grid(estimate: Estimate) -> tuple[float, ...]:
    """Return the quantiles of an estimate at `QUANTILE_LEVELS`."""
    return tuple(float(x) for x in estimate.distribution.quantile(QUANTILE_LEVELS))


def from_trend(
    trend: Trend, name: str, *, degrees_of_freedom: float | None = None, note: str = ""
) -> Quantity:
    """Return an estimated trend as a driver."""
    return Quantity(
        name=name,
        mean=trend.mean.value,
        trend_sd=trend.mean.standard_error,
        annual_sd=trend.annual_sd.value,
        persistence=trend.persistence.value,
        mean_quantiles=grid(trend.mean),
        annual_sd_quantiles=grid(trend.annual_sd),
        persistence_quantiles=grid(trend.persistence),
        years=trend.mean.years,
        n=trend.mean.n,
        method="exact AR(1) posterior around a drifting level",
        source=trend.mean.source,
        data_hash=trend.mean.data_hash,
        provenance="calibrated",
        note=note,
        start=trend.start,
        start_year=trend.start_year,
        degrees_of_freedom=degrees_of_freedom,
    )


def composed(
    name: str,
    like: Trend,
    *,
    mean: float,
    trend_sd: float,
    annual_sd: float,
    method: str,
    note: str,
    persistence: float | None = None,
    degrees_of_freedom: float | None = None,
) -> Quantity:
    """Return a driver put together from estimates; its relative uncertainty of scatter is that of `like`."""
    relative = annual_sd / like.annual_sd.value
    return Quantity(
        name=name,
        mean=mean,
        trend_sd=trend_sd,
        annual_sd=annual_sd,
        persistence=like.persistence.value if persistence is None else persistence,
        mean_quantiles=normal_quantiles(mean, trend_sd),
        annual_sd_quantiles=tuple(relative * x for x in grid(like.annual_sd)),
        persistence_quantiles=grid(like.persistence),
        years=like.mean.years,
        n=like.mean.n,
        method=method,
        source=like.mean.source,
        data_hash=like.mean.data_hash,
        provenance="calibrated",
        note=note,
        degrees_of_freedom=degrees_of_freedom,
    )


def judged(
    name: str, *, mean: float, trend_sd: float, annual_sd: float, note: str, source: str,
    persistence: float = 0.3, years: tuple[int, ...] = (), n: int = 0, data_hash: str = "",
) -> Quantity:  # fmt: skip
    """Return a driver whose spread is a judgement, whether or not figures stand behind its mean."""
    relative = (0.6, 0.83, 1.0, 1.2, 1.6)
    return Quantity(
        name=name,
        mean=mean,
        trend_sd=trend_sd,
        annual_sd=annual_sd,
        persistence=persistence,
        mean_quantiles=normal_quantiles(mean, trend_sd),
        annual_sd_quantiles=tuple(annual_sd * x for x in relative),
        persistence_quantiles=PERSISTENCE_QUANTILES,
        years=years,
        n=n,
        method="judgement around the figures named",
        source=source,
        data_hash=data_hash,
        provenance="assumption",
        note=note,
    )
