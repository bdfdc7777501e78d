"""Intervals that estimates print hold the true number as often as they say: 95 of 100 times.

A thousand samples of 10, 15 and 25 years are simulated from the model that each estimator assumes, and
`estimate.interval(0.95)` must hold the truth in 93–97% of them (a nominal 95% has a standard error of 0.69
points there). Where an estimator has a prior, the truth is drawn from that prior: a posterior promises
coverage on average over it and not at every single truth. Estimators without a prior (the joint regression
and the local level) are held to it at one fixed truth. `--log-cli-level=INFO` shows the measured table.

Two numbers have no interval to test. A loading on the common shock stands at its bound in about three of ten
posterior draws when one series nearly is the factor, so that no interval of it can have nominal coverage:
intervals are given for standard deviations and correlations. Degrees of freedom from the published kurtosis
of a panel are a moment without a standard error below eight degrees of freedom; the estimator tested here
takes that number as its prior.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from haidong_sim.estimation.ar1 import AR1Prior, estimate_local_level
from haidong_sim.estimation.changes import Changes
from haidong_sim.estimation.dependence import OneFactor, estimate_one_factor, zellner_1962
from haidong_sim.estimation.energy import INTENSITY_PRIOR, estimate_intensity
from haidong_sim.estimation.estimate import normal
from haidong_sim.estimation.forecast import HOUSE_PRIOR
from haidong_sim.estimation.gaps import (
    REAL_GAP_PRIOR,
    SHARE_GAP_PRIOR,
    PeriodGap,
    estimate_real_gap,
    estimate_share_gap,
)
from haidong_sim.estimation.growth_drivers import estimate_log_ratio_drift
from haidong_sim.estimation.people_drivers import estimate_elasticity
from haidong_sim.estimation.price_drivers import PRICE_PRIOR, WEDGE_PRIOR
from haidong_sim.estimation.prices import estimate_relative_deflator
from haidong_sim.estimation.single_drivers import estimate_urbanization, urbanization_prior
from haidong_sim.estimation.tails import estimate_degrees_of_freedom
from haidong_sim.estimation.trend import estimate_trend

REPLICATIONS = 1_000
YEARS_AHEAD = 10
SHARE = 0.17
SECTOR_PRIOR = AR1Prior(mean=-0.03, mean_sd=0.02, annual_sd=0.08, annual_sd_years=4.0, persistence_mean=0.1)
FACTOR_PRIOR = OneFactor(loading=np.array([0.03, 0.04, 0.02]), own_sd=np.array([0.03, 0.03, 0.03]))
TAIL_PRIOR = {"prior_median": 4.6, "prior_low": 2.6}
LARGEST_CHANGE = 0.5  # more than that the estimators refuse as a level; which samples they see is no secret


def changes(steps, first=2000):
    return Changes(
        label="simulated", price_basis="current", source="simulated", steps=np.asarray(steps),
        years=tuple(range(first, first + len(steps))),
    )  # fmt: skip


def drawn_sd(rng, sd, years):
    return sd * np.sqrt(years / rng.chisquare(years)) if years else sd


def drawn_persistence(rng, prior):
    low, high = prior.persistence_range
    while not low < (found := rng.normal(prior.persistence_mean, prior.persistence_sd)) < high:
        pass
    return found


def simulated_growth(rng, n, prior):
    """Growth of n years from an AR(1) around a drifting level, and the truth that estimates are held to."""
    phi, drift = drawn_persistence(rng, prior), rng.choice(prior.drift)
    sd = drawn_sd(rng, prior.annual_sd, prior.annual_sd_years)
    spread = sd * prior.mean_sd / prior.annual_sd if np.isfinite(prior.mean_sd) else 0.0
    moves = np.append(prior.mean + spread * rng.standard_normal(), drift * sd * rng.standard_normal(n + 9))
    level = np.cumsum(moves)
    deviation = sd * rng.standard_normal(n)
    deviation[0] /= np.sqrt(1.0 - phi**2)
    for t in range(1, n):
        deviation[t] += phi * deviation[t - 1]
    growth = level[:n] + deviation
    if np.abs(growth).max() > LARGEST_CHANGE:
        return simulated_growth(rng, n, prior)
    return growth, {"mean": level[n:].mean(), "annual_sd": sd, "persistence": phi}


def held(estimates, truth):
    """1 where the interval of an estimate holds its truth, else 0, by name."""
    found = {}
    for name, estimate in estimates.items():
        low, high = estimate.interval(0.95)
        found[name] = int(low <= truth[name] <= high)
    return found


def trend_case(prior, estimate):
    """A case of an estimator that is the AR(1) posterior with a prior of its own."""

    def case(rng, n):
        growth, truth = simulated_growth(rng, n, prior)
        trend = estimate(changes(growth), np.arange(2000 + n, 2000 + n + YEARS_AHEAD))
        estimates = {name: getattr(trend, name) for name in truth}
        # An ensemble draws the trend of a path from a normal with the posterior's mean and sd.
        as_drawn = normal(trend.mean.value, trend.mean.standard_error)
        estimates["mean as drawn"] = replace(trend.mean, distribution=as_drawn)
        return held(estimates, truth | {"mean as drawn": truth["mean"]})

    return case


def real_gaps(rng, n):
    """Return n figures of the lead, the last an average of five years, and the truth."""
    growth, truth = simulated_growth(rng, n + 4, REAL_GAP_PRIOR)
    yearly = [PeriodGap(first=2000 + t, last=2000 + t, gap=growth[t]) for t in range(n - 1)]
    return [*yearly, PeriodGap(first=1999 + n, last=2003 + n, gap=growth[n - 1 :].mean())], truth


def real_gap(rng, n):
    figures, truth = real_gaps(rng, n)
    found = estimate_real_gap(figures)
    return held({name: getattr(found, name) for name in truth}, truth)


def relative_prices(rng, n):
    figures, lead = real_gaps(rng, n)
    growth, nominal = simulated_growth(rng, n, SHARE_GAP_PRIOR)
    share_gap = estimate_share_gap(changes(growth), horizon=[2000 + n])
    found = estimate_relative_deflator(share_gap, estimate_real_gap(figures), SHARE)
    return held({"mean": found}, {"mean": nominal["mean"] - lead["mean"] / (1.0 - SHARE)})


def one_factor(rng, n):
    """The covariance comes from the inverse Wishart around the one-factor prior, worth p + 10 years."""
    p = len(FACTOR_PRIOR.loading)
    wishart = np.linalg.cholesky(np.linalg.inv(9.0 * FACTOR_PRIOR.covariance)) @ rng.standard_normal(
        (p, p + 10)
    )
    covariance = np.linalg.inv(wishart @ wishart.T)
    residuals = rng.standard_normal((n, p)) @ np.linalg.cholesky(covariance).T
    if np.abs(residuals).max() > LARGEST_CHANGE:
        return one_factor(rng, n)
    found = estimate_one_factor(residuals, FACTOR_PRIOR, names=list("abc"), years=range(n))
    sd = np.sqrt(np.diag(covariance))
    truth = {f"{name}.annual_sd": sd[i] for i, name in enumerate("abc")}
    for i, j in ((0, 1), (0, 2), (1, 2)):
        truth[f"{'abc'[i]}_{'abc'[j]}.correlation"] = covariance[i, j] / sd[i] / sd[j]
    return held({item.name: item for item in (*found.annual_sd, *found.correlation)}, truth)


def sectors(rng, n):
    """Errors correlated by one half, regressors too; one fixed truth."""
    intercept, slope, sd = (np.array(x) for x in ([0.01, 0.02, 0.03], [0.3, 1.2, 1.0], [0.02, 0.05, 0.03]))
    root = np.linalg.cholesky(0.5 + 0.5 * np.eye(3))
    driver = 0.06 + 0.03 * rng.standard_normal((n, 3)) @ root.T
    response = intercept + slope * driver + sd * (rng.standard_normal((n, 3)) @ root.T)
    found = zellner_1962(response, driver, names=list("123"), years=range(n))
    truth = {f"{i + 1}.intercept": intercept[i] for i in range(3)}
    truth |= {f"{i + 1}.slope": slope[i] for i in range(3)}
    return held({item.name: item for item in (*found.intercept, *found.slope)}, truth)


def income_elasticity(rng, n):
    sd = drawn_sd(rng, 0.015, 4.0)
    elasticity = 1.0 + 0.15 / 0.015 * sd * rng.standard_normal()
    output = rng.normal(0.06, 0.03, n)
    income = elasticity * output + sd * rng.standard_normal(n)
    if np.abs(income).max() > LARGEST_CHANGE:
        return income_elasticity(rng, n)
    return held(
        {"elasticity": estimate_elasticity(changes(income), changes(output))}, {"elasticity": elasticity}
    )


def local_level(rng, n):
    """One fixed truth: noise of two points, a level that moves a fifth of that a year."""
    level = 0.05 + 0.004 * np.cumsum(rng.standard_normal(n))
    found = estimate_local_level(changes(level + 0.02 * rng.standard_normal(n)), drift=0.2)
    return held({"level": found}, {"level": level[-1]})


def heavy_tails(rng, n):
    """Location and scale are fixed: the posterior does not depend on them."""
    median, low = TAIL_PRIOR.values()
    spread = np.log((median - 2.0) / (low - 2.0)) / 1.959964
    dof = 2.0 + (median - 2.0) * np.exp(spread * rng.standard_normal())
    shocks = 0.02 + 0.01 * rng.standard_t(dof, n)
    if np.abs(shocks).max() > LARGEST_CHANGE:
        return heavy_tails(rng, n)
    found = estimate_degrees_of_freedom(shocks, years=range(n), **TAIL_PRIOR)
    return held({"degrees of freedom": found}, {"degrees of freedom": dof})


def named(estimator, prior):
    return lambda steps, ahead: estimator(steps, name="x", horizon=ahead, prior=prior)


CASES = {
    "trend and persistence": trend_case(HOUSE_PRIOR, named(estimate_trend, HOUSE_PRIOR)),
    "share gap": trend_case(SHARE_GAP_PRIOR, lambda steps, ahead: estimate_share_gap(steps, horizon=ahead)),
    "real gap": real_gap,
    "deflator": trend_case(PRICE_PRIOR, named(estimate_trend, PRICE_PRIOR)),
    "relative prices": relative_prices,
    "price wedge": trend_case(WEDGE_PRIOR, named(estimate_trend, WEDGE_PRIOR)),
    "structural change": trend_case(
        SECTOR_PRIOR,
        lambda steps, ahead: estimate_log_ratio_drift(
            steps, changes(np.zeros(len(steps.steps))), name="x", horizon=ahead, prior=SECTOR_PRIOR
        ),
    ),
    "urbanization": trend_case(
        urbanization_prior(0.5), lambda steps, ahead: estimate_urbanization(steps, share=0.5, horizon=ahead)
    ),
    "energy intensity": trend_case(INTENSITY_PRIOR, named(estimate_intensity, INTENSITY_PRIOR)),
    "income elasticity": income_elasticity,
    "one factor": one_factor,
    "sectors jointly": sectors,
    "local level": local_level,
    "heavy tails": heavy_tails,
}


@pytest.mark.slow
@pytest.mark.parametrize("n", [10, 15, 25])
@pytest.mark.parametrize("name", CASES)
def test_intervals_hold_the_truth_as_often_as_they_say(name, n):
    rng = np.random.default_rng([95, n, *name.encode()])
    counted = Counter()
    for _ in range(REPLICATIONS):
        counted.update(CASES[name](rng, n))
    coverage = {parameter: count / REPLICATIONS for parameter, count in counted.items()}
    printed = ", ".join(f"{key} {100 * value:.1f}" for key, value in coverage.items())
    logging.getLogger(__name__).info("%s, n = %d: %s", name, n, printed)
    assert {key: value for key, value in coverage.items() if not 0.93 <= value <= 0.97} == {}
