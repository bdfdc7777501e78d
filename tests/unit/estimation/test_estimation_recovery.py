"""Each estimator finds the parameters that data were simulated with, and says how sure it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from oracles.ar1_posterior import draw_parameters, draw_paths, predictive_average

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.ar1 import AR1Prior, estimate_ar1, estimate_local_level, predictive_moments
from haidong_sim.estimation.changes import Changes
from haidong_sim.estimation.dependence import (
    OneFactor,
    correlation_quantiles,
    estimate_one_factor,
    harman_jones_1966,
    zellner_1962,
)
from haidong_sim.estimation.energy import estimate_intensity
from haidong_sim.estimation.forecast import mixture_cdf, mixture_quantile
from haidong_sim.estimation.gaps import REAL_GAP_PRIOR, PeriodGap, estimate_real_gap, estimate_share_gap
from haidong_sim.estimation.growth_drivers import growth_differentials, log_ratio_drift_of_shares
from haidong_sim.estimation.people_drivers import estimate_elasticity
from haidong_sim.estimation.prices import Scatter, city_deflator, relative_deflator
from haidong_sim.estimation.single_drivers import estimate_urbanization
from haidong_sim.estimation.tails import degrees_of_freedom_from_robust_sd
from haidong_sim.estimation.trend import estimate_trend

REPLICATIONS = 1_000


def simulate(rng, n, persistence, replications, *, mean=0.05, sd=0.03, horizon=10):
    x = np.empty((n + horizon, replications))
    x[0] = rng.standard_normal(replications) / np.sqrt(1.0 - persistence**2)
    for t in range(1, n + horizon):
        x[t] = persistence * x[t - 1] + rng.standard_normal(replications)
    return mean + sd * x


def prior_persistence(rng):
    drawn = rng.normal(0.3, 0.2, 3 * REPLICATIONS)
    return drawn[(drawn > -0.5) & (drawn < 0.9)][:REPLICATIONS]


def changes(steps, *, first=2000, basis="current", label="simulated"):
    return Changes(
        label=label,
        price_basis=basis,
        years=tuple(range(first, first + len(steps))),
        steps=np.asarray(steps),
        source="simulated",
    )


@pytest.mark.slow
@pytest.mark.parametrize("n", [10, 15, 25])
def test_posterior_predictive_covers_95_percent(n):
    """Persistence comes from its prior, where an exact posterior covers exactly; 0.93–0.97 is ±2.9 se."""
    rng = np.random.default_rng([95, n])
    steps = simulate(rng, n, prior_persistence(rng), REPLICATIONS)
    forecast = predictive_average(estimate_ar1(steps[:n], np.arange(n)), np.arange(n, n + 10))
    pit = mixture_cdf(forecast, steps[n:].mean(axis=0))
    assert 0.93 <= np.mean(np.abs(pit - 0.5) <= 0.475) <= 0.97


def test_plug_in_prior_gives_the_textbook_posterior():
    """With persistence known to be zero and a flat prior, the mean is Student t(n − 1) around the average."""
    steps = np.array([0.02, 0.05, 0.04, 0.07, 0.01, 0.06])
    posterior = estimate_ar1(steps, np.arange(6), prior=AR1Prior(persistence_mean=0.0, persistence_sd=0.0))
    assert posterior.level[0, 0] == pytest.approx(steps.mean(), rel=1e-12)
    assert posterior.squares[0, 0] == pytest.approx(((steps - steps.mean()) ** 2).sum(), rel=1e-12)
    assert posterior.dof == 5.0
    assert posterior.precision[0] == pytest.approx(6.0)


def test_missing_years_use_the_powers_of_persistence():
    """Slow twin: generalized least squares written for one node with the kernel φ^|t − s| / (1 − φ²)."""
    years = np.array([2000, 2001, 2004, 2005, 2009])
    steps = np.array([0.02, 0.05, 0.04, 0.07, 0.01])
    phi = 0.4
    kernel = np.array([[phi ** abs(s - t) / (1 - phi**2) for t in years] for s in years])
    inverse = np.linalg.inv(kernel)
    ones = np.ones(5)
    expected = (ones @ inverse @ steps) / (ones @ inverse @ ones)
    posterior = estimate_ar1(steps, years, prior=AR1Prior(persistence_mean=phi, persistence_sd=0.0))
    assert posterior.level[0, 0] == pytest.approx(expected, rel=1e-12)


def test_draws_agree_with_the_exact_mixture():
    steps = simulate(np.random.default_rng(3), 15, 0.3, 1, horizon=0)[:, 0]
    posterior = estimate_ar1(steps, np.arange(15))
    ahead = np.arange(15, 25)
    draws = 40_000
    average = draw_paths(posterior, ahead, draws, rng=4).mean(axis=0)
    exact = predictive_average(posterior, ahead)
    for probability in (0.1, 0.5, 0.9):
        below = np.mean(average <= mixture_quantile(exact, probability)[0])
        assert below == pytest.approx(probability, abs=4.0 * np.sqrt(0.25 / draws))


def test_parameters_are_drawn_not_plugged_in():
    steps = simulate(np.random.default_rng(5), 200, 0.5, 1, horizon=0)[:, 0]
    prior = AR1Prior(persistence_sd=5.0)
    posterior = estimate_ar1(steps, np.arange(200), prior=prior)
    mean, persistence, annual_sd = draw_parameters(posterior, 20_000, horizon=[200], rng=6)
    # Four posterior standard errors at n = 200: 0.25 for φ, 0.006 for σ, 0.017 for the mean.
    assert persistence.mean() == pytest.approx(0.5, abs=0.25)
    assert annual_sd.mean() == pytest.approx(0.03, abs=0.006)
    assert mean.mean() == pytest.approx(0.05, abs=0.017)
    assert persistence.std() > 0.03
    assert annual_sd.std() > 0.001


def test_a_drifting_level_is_followed():
    rng = np.random.default_rng(8)
    level = np.linspace(0.12, 0.04, 30)
    steps = changes(level + 0.005 * rng.standard_normal(30))
    still = estimate_trend(steps, name="x", horizon=[2030], prior=AR1Prior())
    moving = estimate_trend(steps, name="x", horizon=[2030], prior=AR1Prior(drift=(0.0, 0.2, 0.4, 0.8)))
    assert abs(moving.mean.value - 0.04) < 0.01 < abs(still.mean.value - 0.04)


def test_trend_summary_matches_draws():
    steps = changes(simulate(np.random.default_rng(9), 14, 0.4, 1, horizon=0)[:, 0])
    ahead = np.arange(2014, 2025)
    trend = estimate_trend(steps, name="x", horizon=ahead, prior=AR1Prior(annual_sd_years=4.0))
    mean, persistence, annual_sd = draw_parameters(trend.posterior, 60_000, horizon=ahead, rng=10)
    for estimate, sample in (
        (trend.mean, mean),
        (trend.annual_sd, annual_sd),
        (trend.persistence, persistence),
    ):
        error = 5.0 * sample.std() / np.sqrt(60_000)
        assert estimate.value == pytest.approx(sample.mean(), abs=error)
        assert estimate.standard_error == pytest.approx(sample.std(), rel=0.05)
    for level in (0.5, 0.9, 0.95):
        inside = np.quantile(annual_sd, [0.5 - level / 2.0, 0.5 + level / 2.0])
        assert trend.annual_sd.interval(level) == pytest.approx(inside, rel=0.02)


def test_share_gap_is_shrunk_toward_keeping_pace():
    steps = changes([0.03, 0.05, 0.02, 0.04, 0.01, 0.06, 0.03, 0.04, 0.05])
    trend = estimate_share_gap(steps, horizon=np.arange(2009, 2020))
    assert 0.0 < trend.mean.value < steps.steps.mean()


def test_one_factor_is_recovered():
    truth = OneFactor(loading=np.array([0.02, 0.03, 0.01, 0.025]), own_sd=np.array([0.01, 0.02, 0.02, 0.01]))
    found = harman_jones_1966(truth.covariance)
    assert found.loading == pytest.approx(truth.loading, rel=1e-6)
    assert found.own_sd == pytest.approx(truth.own_sd, rel=1e-6)


def test_one_factor_posterior_moves_from_prior_to_data():
    truth = OneFactor(loading=np.array([0.02, 0.03, 0.01, 0.025]), own_sd=np.array([0.01, 0.02, 0.02, 0.01]))
    prior = OneFactor(loading=np.full(4, 0.005), own_sd=np.full(4, 0.03))
    rng = np.random.default_rng(11)
    table = rng.multivariate_normal(np.zeros(4), truth.covariance, size=20_000)
    many = estimate_one_factor(table, prior, names=list("abcd"), years=range(20_000)).structure
    few = estimate_one_factor(table[:6], prior, names=list("abcd"), years=range(6)).structure
    assert many.loading == pytest.approx(truth.loading, rel=0.05)
    assert np.abs(few.covariance - prior.covariance).max() < np.abs(many.covariance - prior.covariance).max()


def test_a_factor_that_two_series_alone_share_is_refused():
    """Two of three correlations are nothing: any split of the third between its two series fits as well."""
    covariance = np.array([[1.0, 0.6, 0.001], [0.6, 1.0, 0.001], [0.001, 0.001, 1.0]])
    with pytest.raises(EstimationError, match="no single factor settles for the covariance"):
        harman_jones_1966(covariance)


@pytest.mark.parametrize("r", [0.0, 0.6, -0.9])
def test_quantiles_of_a_correlation_are_those_of_drawn_covariances(r):
    """Slow twin: inverse-Wishart covariances, each from ten normal vectors (m = 10)."""
    rng = np.random.default_rng(17)
    root = np.linalg.cholesky(np.linalg.inv(np.array([[1.0, r], [r, 1.0]])))
    vectors = root @ rng.standard_normal((100_000, 2, 10))
    drawn = np.linalg.inv(vectors @ np.swapaxes(vectors, 1, 2))
    correlation = drawn[:, 0, 1] / np.sqrt(drawn[:, 0, 0] * drawn[:, 1, 1])
    for level, value in zip(
        (0.025, 0.5, 0.975), correlation_quantiles(r, 10.0, (0.025, 0.5, 0.975)), strict=True
    ):
        error = np.sqrt(level * (1.0 - level) / 100_000)
        assert np.mean(correlation <= value) == pytest.approx(level, abs=4.0 * error)


def test_joint_regression_recovers_slopes_and_gains_from_correlation():
    rng = np.random.default_rng(12)
    n = 400
    driver = 0.05 + 0.03 * rng.standard_normal((n, 3))
    errors = rng.multivariate_normal(np.zeros(3), 1e-4 * (0.8 + 0.2 * np.eye(3)), size=n)
    response = np.array([0.01, 0.02, 0.03]) + driver * np.array([0.3, 1.2, 1.0]) + errors
    found = zellner_1962(response, driver, names=list("abc"), years=range(n))
    slope = np.array([item.value for item in found.slope])
    errors = np.array([item.standard_error for item in found.slope])
    assert (np.abs(slope - [0.3, 1.2, 1.0]) < 4.0 * errors).all()
    alone = [
        np.sqrt(
            np.linalg.inv(np.c_[np.ones(n), driver[:, i]].T @ np.c_[np.ones(n), driver[:, i]])[1, 1] * 1e-4
        )
        for i in range(3)
    ]
    assert (errors < 0.8 * np.array(alone)).all()


def test_joint_regression_with_one_driver_is_least_squares():
    """With the same regressor in every equation the joint estimate equals equation-by-equation (Zellner)."""
    rng = np.random.default_rng(13)
    x = rng.normal(0.06, 0.03, 12)
    y = 0.01 + 0.8 * x[:, None] + 0.01 * rng.standard_normal((12, 2))
    found = zellner_1962(y, np.c_[x, x], names=list("ab"), years=range(12))
    for i in range(2):
        slope, intercept = np.polyfit(x, y[:, i], 1)
        assert found.slope[i].value == pytest.approx(slope, abs=1e-9)
        assert found.intercept[i].value == pytest.approx(intercept, abs=1e-9)


def test_elasticity_is_recovered_and_shrunk():
    rng = np.random.default_rng(14)
    output = changes(rng.uniform(0.02, 0.10, 60), basis="comparable", label="output")
    income = changes(0.8 * output.steps + 0.01 * rng.standard_normal(60), basis="comparable")
    found = estimate_elasticity(income, output)
    assert abs(found.value - 0.8) < 4.0 * found.standard_error
    few = estimate_elasticity(income.between(2000, 2005), output.between(2000, 2005))
    assert few.standard_error > found.standard_error


def test_real_gap_from_years_and_a_period_average():
    """Slow twin: with yearly figures alone and no persistence, the conjugate normal mean."""
    gaps = [
        PeriodGap(first=year, last=year, gap=gap) for year, gap in ((2010, 0.02), (2013, 0.04), (2016, 0.0))
    ]
    prior = replace(REAL_GAP_PRIOR, persistence_mean=0.0, persistence_sd=0.0)
    found = estimate_real_gap(gaps, prior=prior)
    strength = (0.02 / 0.01) ** 2
    assert found.mean.value == pytest.approx(0.06 / (3 + strength), rel=1e-9)
    longer = estimate_real_gap([*gaps, PeriodGap(first=2017, last=2021, gap=0.02)], prior=prior)
    # A five-year average weighs as five single years.
    assert longer.mean.value == pytest.approx((0.06 + 5 * 0.02) / (8 + strength), rel=1e-9)
    with pytest.raises(EstimationError, match="says nothing new; drop it"):
        estimate_real_gap([*gaps, PeriodGap(first=2010, last=2010, gap=0.02)])


def test_urbanization_and_intensity_recover_long_samples():
    rng = np.random.default_rng(15)
    slope = estimate_urbanization(changes(rng.normal(0.05, 0.01, 60)), share=0.5, horizon=[2060])
    cut = estimate_intensity(changes(rng.normal(-0.03, 0.02, 60)), name="x", horizon=[2060])
    assert slope.mean.value == pytest.approx(0.05, abs=4.0 * slope.mean.standard_error)
    assert cut.mean.value == pytest.approx(-0.03, abs=4.0 * cut.mean.standard_error)


def test_local_level_agrees_with_the_grid_when_persistence_is_zero():
    """Two routes to one model: the filter of the econometrics package, and generalized least squares."""
    rng = np.random.default_rng(16)
    steps = changes(0.05 + 0.004 * np.cumsum(rng.standard_normal(20)) + 0.02 * rng.standard_normal(20))
    filtered = estimate_local_level(steps, drift=0.2)
    posterior = estimate_ar1(
        steps.steps, steps.years, prior=AR1Prior(persistence_mean=0.0, persistence_sd=0.0, drift=(0.2,))
    )
    location, _ = predictive_moments(posterior, steps.years[-1:], level_only=True)
    assert filtered.value == pytest.approx(location[0, 0, 0], abs=2e-6)


def test_relative_deflator_closes_the_nominal_gap():
    nominal = Scatter(mean=0.004, trend_sd=0.013, annual_sd=0.05)
    real = Scatter(mean=0.018, trend_sd=0.008, annual_sd=0.02)
    relative = relative_deflator(nominal, real)
    assert relative.mean + real.mean == pytest.approx(nominal.mean)
    assert np.hypot(relative.annual_sd, real.annual_sd) == pytest.approx(nominal.annual_sd)
    rest = Scatter(mean=0.02, trend_sd=0.01, annual_sd=0.02)
    assert city_deflator(rest, relative).mean == pytest.approx(0.006)


def test_share_drift_on_the_log_ratio_scale():
    shares = np.array([0.2, 0.3, 0.5])
    drift = log_ratio_drift_of_shares(shares, [-1.0, 0.0, 1.0])
    assert drift == pytest.approx([-0.07, -0.02])
    differentials = growth_differentials(shares, drift)
    assert shares @ differentials == pytest.approx(0.0, abs=1e-15)
    assert differentials[0] - differentials[2] == pytest.approx(-0.07)


def test_robust_tails_recover_the_t():
    """Student t(5): sd √(5/3), upper quartile 0.7266868 (tables)."""
    ratio = np.sqrt(5.0 / 3.0) / (1.4826 * 0.7266868)
    assert degrees_of_freedom_from_robust_sd(ratio, 1.0) == pytest.approx(5.0, abs=1e-3)
