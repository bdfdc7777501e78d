"""Known answers for the estimation layer.

Sources: the project's method specification, sections 6.1, 6.2, 6.3, 6.11, 7.4 and validation cases V5, V18,
V19; T. Gneiting and A. E. Raftery (2007), JASA 102, for the CRPS of a normal; the share of the city in the
province as published, in percent, within matching vintages.
"""

from __future__ import annotations

import numpy as np
import pytest
from oracles.ar1_posterior import draw_paths, predictive_average
from oracles.crps import crps_ensemble, crps_gaussian

from haidong_sim.estimation.ar1 import estimate_ar1, estimate_persistence
from haidong_sim.estimation.changes import logit_changes, stack
from haidong_sim.estimation.data import Sample
from haidong_sim.estimation.forecast import gaussian, mixture_cdf
from haidong_sim.estimation.gaps import estimate_share_gap
from haidong_sim.estimation.inputs import load_inputs
from haidong_sim.estimation.record import recorded_shares
from haidong_sim.estimation.scores import crps_mixture, score_forecast
from haidong_sim.estimation.single_drivers import logit_slope
from haidong_sim.estimation.tails import degrees_of_freedom_from_kurtosis
from haidong_sim.place import load_registry

TO_2017 = [13.65, 13.06, 12.80, 12.01, 12.55, 12.83, 13.13, 14.48, 15.88, 15.88, 15.90, 16.44, 16.61]
FROM_2018 = [15.76, 16.44, 17.12, 16.58, 15.59]


def share(first_year, percent):
    return Sample(
        region="city",
        indicator="gdp_share_of_province",
        unit="percent",
        price_basis="current",
        group="printed",
        years=tuple(range(first_year, first_year + len(percent))),
        levels=np.array(percent),
        source="method 6.11",
    )


@pytest.fixture(scope="module")
def printed():
    return stack([logit_changes(share(2005, TO_2017)), logit_changes(share(2018, FROM_2018))])


@pytest.fixture(scope="module")
def inputs():
    return load_inputs(load_registry("haidong"))


@pytest.mark.parametrize(
    ("first", "last", "mean", "error", "sd", "persistence"),
    [
        (2006, 2017, 1.92, 1.6, 5.6, 0.37),
        (2006, 2022, 1.36, 1.4, 5.6, 0.40),
        (2014, 2022, 0.51, 1.5, 4.4, 0.44),
    ],
)
def test_share_gap_moments_of_the_method(printed, first, last, mean, error, sd, persistence):
    steps = 100.0 * printed.between(first, last).steps
    # Half a unit of the last printed digit, and what rounding the printed shares to 0.01 adds.
    assert steps.mean() == pytest.approx(mean, abs=0.02)
    assert steps.std(ddof=1) / np.sqrt(len(steps)) == pytest.approx(error, abs=0.06)
    assert steps.std(ddof=1) == pytest.approx(sd, abs=0.06)
    assert np.corrcoef(steps[1:], steps[:-1])[0, 1] == pytest.approx(persistence, abs=0.03)


def test_registry_reproduces_the_printed_shares(inputs):
    entry = inputs.declaration.record["share_gap"]
    before, after = recorded_shares(inputs.series, entry, confidence=("high", "medium", "low"))
    assert 100.0 * before.levels == pytest.approx(TO_2017, abs=0.0051)
    assert after.years == (2020, 2021, 2022)
    assert 100.0 * after.levels == pytest.approx(FROM_2018[2:], abs=0.0051)


@pytest.mark.parametrize(
    ("origin", "level", "confidence", "low", "high"),
    [
        (2020, 514.6 / 3005.92, ("high", "medium"), 0.22, 0.35),
        (2021, 554.71 / 3346.63, ("high", "medium"), 0.16, 0.27),
        (2022, 562.8 / 3610.1, ("high", "medium", "low"), 0.07, 0.14),
    ],
)
def test_probability_of_a_fifth_of_the_province_lies_where_the_method_says(
    inputs, origin, level, confidence, low, high
):
    """METHOD 7.4, data-calibrated table, columns μ = 0 and 0.8 (the posterior mean lies between them)."""
    changes = inputs.changes("share_gap", confidence=confidence).between(0, origin)
    trend = estimate_share_gap(changes, horizon=np.arange(origin + 1, 2031))
    draws = 40_000
    paths = draw_paths(trend.posterior, np.arange(origin + 1, 2031), draws, rng=7)
    needed = np.log(0.2 / 0.8) - np.log(level / (1.0 - level))
    probability = np.mean(paths.sum(axis=0) >= needed)
    error = np.sqrt(0.25 / draws)
    assert low - 4.0 * error <= probability <= high + 4.0 * error


def simulate(rng, n, persistence, replications, horizon=10):
    x = np.empty((n + horizon, replications))
    x[0] = rng.standard_normal(replications) / np.sqrt(1.0 - persistence**2)
    for t in range(1, n + horizon):
        x[t] = persistence * x[t - 1] + rng.standard_normal(replications)
    return 0.05 + 0.03 * x


def test_least_squares_persistence_at_ten_years():
    """METHOD 6.1, n = 10, φ = 0.3: mean .11, RMSE .37."""
    found = estimate_persistence(simulate(np.random.default_rng(61), 10, 0.3, 20_000, horizon=0))
    # The specification's estimator is known by these moments only; tolerances allow for its clipping.
    assert found.mean() == pytest.approx(0.11, abs=0.04)
    assert np.sqrt(((found - 0.3) ** 2).mean()) == pytest.approx(0.37, abs=0.05)


@pytest.mark.parametrize(
    ("n", "plugged_in", "posterior"), [(10, 0.66, 0.91), (15, 0.72, 0.90), (25, 0.79, 0.90)]
)
def test_coverage_of_nominal_ninety_percent(n, plugged_in, posterior):
    """METHOD 6.2: the mean of the next ten years, plugged in against the posterior, φ = 0.3."""
    steps = simulate(np.random.default_rng(62), n, 0.3, 4_000)
    outcome = steps[n:].mean(axis=0)
    pit = mixture_cdf(
        predictive_average(estimate_ar1(steps[:n], np.arange(n)), np.arange(n, n + 10)), outcome
    )
    inside = np.mean(np.abs(pit - 0.5) <= 0.45)
    error = np.sqrt(0.09 / 4_000)
    assert inside == pytest.approx(posterior, abs=0.015 + 3.0 * error)

    history = steps[:n]
    mean = history.mean(axis=0)
    phi = np.clip(estimate_persistence(history), -0.95, 0.95)
    residual = (history[1:] - mean) - phi * (history[:-1] - mean)
    sd = np.sqrt((residual**2).sum(axis=0) / (n - 3))
    powers = np.arange(1, 11)[:, None]
    centre = mean + (phi**powers).mean(axis=0) * (history[-1] - mean)
    response = ((1.0 - phi**powers) / (1.0 - phi)) / 10.0
    spread = sd * np.sqrt((response**2).sum(axis=0))
    covered = np.mean(np.abs(outcome - centre) <= 1.6448536 * spread)
    assert covered == pytest.approx(plugged_in, abs=0.03)


def test_crps_known_answers():
    """V18; the scalar at zero is that of the properscoring documentation."""
    assert crps_gaussian(0.0, 1.0, 0.0) == pytest.approx(0.23369497725510913, abs=1e-15)
    assert crps_gaussian(5.5, 1.5, 2.3) == pytest.approx(2.3714057395, abs=5e-11)
    assert crps_mixture(gaussian(5.5, 1.5), 2.3) == pytest.approx(2.3714057395, abs=1e-9)
    assert score_forecast(gaussian(5.5, 1.5), 2.3).pit == pytest.approx(0.0164486958, abs=5e-11)
    assert crps_ensemble([1, 2, 4, 7], 3.0) == pytest.approx(1.0 / 3.0, abs=1e-15)


def test_urbanization_slopes():
    """METHOD 4.2: 42→48% in five years is 0.048546 a year, 34→42% is 0.068104."""
    assert logit_slope(0.42, 0.48, 5) == pytest.approx(0.0485461369, abs=5e-11)
    assert logit_slope(0.34, 0.42, 5) == pytest.approx(0.068104, abs=5e-7)


def test_tails_of_the_panel():
    """Excess kurtosis 6/(ν − 4) of Student t: ν = 10 has exactly 1."""
    assert degrees_of_freedom_from_kurtosis(1.0) == pytest.approx(10.0)
