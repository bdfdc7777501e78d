"""Trend, yearly and event uncertainty against their variance formulas (method notes, section 2.2 to 2.4)."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import haidong_sim as hs
from haidong_sim.errors import ScenarioError
from haidong_sim.run.shocks import (
    ar1_filter,
    cumulation_rotation,
    event_response,
    expected_residuals,
    nearest_correlation,
    repair_report,
    require_correlation,
)
from haidong_sim.scenario import Correlation, Event, Uncertainty

DRAWS = 32_768
SAMPLERS = ("mc", "antithetic", "lhs", "sobol")
N_YEARS = 15


def reference(**changes):
    keyed = {key.replace("__", "."): value for key, value in changes.items()}
    return hs.load_scenario("reference").derive("shocked", keyed)


def cumulated_nation(scenario, *, sampler="mc", rng=11, draws=DRAWS):
    """Cumulated log growth of the nation, shape (year, draw): a driver that nothing else moves."""
    result = hs.simulate(
        scenario,
        draws=draws,
        rng=rng,
        sampler=sampler,
        keep=["nation_gdp_growth"],
        indicators=[],
        precision="double",
    )
    return np.cumsum(np.log1p(result["nation_gdp_growth"][1:].astype(float)), axis=0)


def ar1_variance(sd, persistence, years):
    """Variance of the sum of an AR(1) that starts at zero: sd² Σ((1 - φ^j)/(1 - φ))²."""
    return sd**2 * sum(((1 - persistence**j) / (1 - persistence)) ** 2 for j in range(1, years + 1))


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize(
    ("sd", "persistence", "trend"), [(0.02, 0.3, 0.008), (0.03, -0.4, 0.0), (0, 0, 0.01)]
)
def test_variance_of_cumulated_growth(sampler, sd, persistence, trend):
    scenario = reference(uncertainty__nation={"annual_sd": sd, "persistence": persistence, "trend_sd": trend})
    cumulated = cumulated_nation(scenario, sampler=sampler)
    for years in (1, 5, 15):
        expected = years**2 * trend**2 + ar1_variance(sd, persistence, years)
        found = cumulated[years - 1].var()
        # The variance of a sample variance of normals is 2/n; the float32 of kept draws adds 1e-4 at most.
        assert found == pytest.approx(expected, rel=4 * math.sqrt(2 / DRAWS) + 1e-4)


def test_trend_decides_the_long_run():
    """Beyond σ²/((1 - φ)² τ²) years the trend is the larger part: 12.8 at 2 percent, 0.3, 0.8 percent."""
    only_years = ar1_variance(0.02, 0.3, 10**6) / 10**6
    assert only_years / 0.008**2 == pytest.approx(12.8, abs=0.05)


def test_mean_preserving_keeps_the_mean_on_the_path():
    spec = {"annual_sd": 0.06, "persistence": 0.4, "trend_sd": 0.02}
    plain = cumulated_nation(reference(uncertainty__nation=spec), sampler="sobol", draws=65_536)
    kept = reference(uncertainty__nation=spec, conventions__mean_preserving=True)
    levels = np.exp(cumulated_nation(kept, sampler="sobol", draws=65_536))
    path = np.array([hs.project("reference").path["nation_gdp_growth", year] for year in range(2021, 2036)])
    for years in (1, 7, 15):
        variance = years**2 * 0.02**2 + ar1_variance(0.06, 0.4, years)
        median = np.cumprod(1 + path)[years - 1]
        error = 4 * levels[years - 1].std() / math.sqrt(65_536)
        assert levels[years - 1].mean() == pytest.approx(median, abs=error)
        # Without it the mean lies above the median by exp(variance/2).
        above = np.exp(plain[years - 1]).mean() / median
        assert above == pytest.approx(math.exp(variance / 2), rel=4 * math.sqrt(variance / 65_536) * 1.5)


def test_mean_preserving_runs_with_hydrology_and_heavy_tails():
    shocks = {"trend_sd": 0.012, "annual_sd": 0.035, "persistence": 0.35, "degrees_of_freedom": 6.0}
    uncertain = hs.load_scenario("plan").derive("plain", {"uncertainty": {"secondary": shocks}})
    assert uncertain.energy.supply.hydrology is not None
    scenario = uncertain.derive("means", {"conventions.mean_preserving": True})
    path = hs.project(scenario).path
    plain = hs.project(uncertain).path
    variance = ar1_variance(0.035, 0.35, 15) + 15**2 * 0.012**2
    lowered = math.log(
        path["value_added_secondary_constant", 2035] / plain["value_added_secondary_constant", 2035]
    )
    assert lowered == pytest.approx(-variance / 2, rel=1e-9)


def test_residual_of_the_base_year_fades():
    spec = {"annual_sd": 0.01, "persistence": 0.5, "start": 0.04}
    moved = cumulated_nation(reference(uncertainty__nation=spec), sampler="sobol")
    still = cumulated_nation(reference(uncertainty__nation=spec | {"start": 0.0}), sampler="sobol")
    expected = np.cumsum(0.04 * 0.5 ** np.arange(1, N_YEARS + 1))
    # The same variates in both: the difference holds in every draw.
    np.testing.assert_allclose(moved - still, np.broadcast_to(expected[:, None], moved.shape), atol=3e-6)
    alone = expected_residuals(Uncertainty(persistence=0.5, start=0.04), 3)
    np.testing.assert_allclose(alone, [0.02, 0.01, 0.005])


@pytest.mark.parametrize("persistence", [0.0, 0.35, -0.6, 0.95])
def test_filter_is_the_recursion(persistence):
    innovations = np.random.default_rng(1).standard_normal(N_YEARS)
    state, slow = 0.0, []
    for innovation in innovations:
        state = persistence * state + innovation
        slow.append(state)
    np.testing.assert_allclose(ar1_filter(persistence, N_YEARS) @ innovations, slow, rtol=1e-12)


def test_rotation_is_orthonormal_and_ordered():
    rotation = cumulation_rotation(N_YEARS)
    np.testing.assert_allclose(rotation.T @ rotation, np.eye(N_YEARS), atol=1e-12)
    explained = (np.cumsum(rotation, axis=0) ** 2).sum(axis=0)
    assert (np.diff(explained) < 0).all()
    # Var of a random walk over its years sums to n(n+1)/2; the first direction holds four fifths of it.
    assert explained.sum() == pytest.approx(N_YEARS * (N_YEARS + 1) / 2)
    assert explained[0] / explained.sum() > 0.8


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_events_strike_as_often_and_as_hard_as_stated(sampler):
    event = {"probability": 0.06, "loss": 0.05, "permanent": 0.3, "recovery": 0.4, "weights": {"nation": 0.8}}
    cumulated = cumulated_nation(reference(events__slump=event), sampler=sampler)
    base = cumulated_nation(reference(events__slump=event | {"probability": 0.0}), draws=64)[:, :1]
    effect = cumulated - base
    # First year: −0.04 with probability 0.06, else nothing.
    struck = effect[0] < -0.02
    assert struck.mean() == pytest.approx(0.06, abs=4 * math.sqrt(0.06 * 0.94 / DRAWS))
    np.testing.assert_allclose(effect[0][struck], -0.04, atol=1e-6)
    np.testing.assert_allclose(effect[0][~struck], 0.0, atol=1e-6)
    # In the mean the years' losses add up, each with what it has not recovered.
    weights = np.cumsum([0.3 + 0.7 * 0.4**k for k in range(N_YEARS)])
    expected = -0.06 * 0.04 * weights
    error = 4 * effect.std(axis=1) / math.sqrt(DRAWS)
    assert (np.abs(effect.mean(axis=1) - expected) < error + 1e-6).all()


def test_event_response_of_one_year():
    event = Event(probability=0.1, loss=0.03, permanent=0.25, recovery=0.5, weights={"nation": 1.0})
    level = np.cumsum(event_response(event, 4)[:, 1])
    np.testing.assert_allclose(level, [0.0, -0.03, -0.03 * (0.25 + 0.75 * 0.5), -0.03 * (0.25 + 0.75 * 0.25)])


def two_deflators(rho=None, order=None, matrix=None, sampler="mc", **more):
    """Yearly innovations of population and nation, shape (2, year, draw)."""
    changes = {"uncertainty.nation.annual_sd": 0.02, "uncertainty.population.annual_sd": 0.01}
    if rho is not None:
        loadings = {"nation": math.sqrt(abs(rho)), "population": math.copysign(math.sqrt(abs(rho)), rho)}
        changes["dependence.factors.common.loadings"] = loadings
    if matrix is not None:
        changes["dependence.correlation"] = {"order": order, "matrix": matrix} | more.pop("table", {})
    scenario = hs.load_scenario("reference").derive("pair", changes | more)
    result = hs.simulate(
        scenario,
        draws=DRAWS,
        rng=2,
        sampler=sampler,
        keep=["nation_gdp_growth", "resident_population"],
        indicators=[],
        precision="double",
    )
    people = np.log(result["resident_population"][1:].astype(float))
    return np.log1p(result["nation_gdp_growth"][1:].astype(float))[1:], np.diff(people, axis=0)


def assert_correlated(pair, expected):
    for nation, population in zip(*pair, strict=True):
        found = np.corrcoef(nation, population)[0, 1]
        assert found == pytest.approx(expected, abs=4 * (1 - expected**2) / math.sqrt(DRAWS) + 1e-3)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("rho", [0.0, 0.6, -0.3, 1.0])
def test_factor_gives_its_correlation_in_every_year(rho, sampler):
    assert_correlated(two_deflators(rho, sampler=sampler), rho)


@pytest.mark.parametrize("order", [["nation", "population"], ["population", "nation"]])
def test_correlation_table_is_achieved_in_either_order(order):
    pair = two_deflators(order=order, matrix=[[1.0, -0.45], [-0.45, 1.0]])
    assert_correlated(pair, -0.45)


def test_correlation_table_adds_to_what_factors_leave():
    """A factor of 0.36 and a table of 0.5 on the rest: 0.36 + 0.64 · 0.5."""
    pair = two_deflators(0.36, order=["nation", "population"], matrix=[[1.0, 0.5], [0.5, 1.0]])
    assert_correlated(pair, 0.36 + 0.64 * 0.5)


@pytest.mark.parametrize("sampler", ["mc", "lhs", "sobol"])
def test_heavy_tails(sampler):
    """Student t with 8 degrees of freedom: the stated sd, and an excess kurtosis of 6/(8 - 4) = 1.5."""
    spec = {"annual_sd": 0.02, "degrees_of_freedom": 8.0}
    cumulated = cumulated_nation(reference(uncertainty__nation=spec), sampler=sampler, draws=65_536)
    innovations = np.diff(cumulated, axis=0, prepend=0.0)
    innovations -= innovations.mean(axis=1, keepdims=True)
    moments = [(innovations**k).mean() for k in (2, 4)]
    n_values = innovations.size
    assert moments[0] == pytest.approx(0.02**2, rel=4 * math.sqrt((1.5 + 2) / n_values))
    # The eighth moment is infinite at 8 degrees, so the band is wide; a normal's 0 lies outside it.
    assert 1.0 < moments[1] / moments[0] ** 2 - 3 < 2.6
    # Tail probability beyond four sd: t8 beyond 4·sqrt(8/6).
    from scipy.stats import t

    tail = 2 * t.sf(4 * math.sqrt(8 / 6), 8)
    found = (np.abs(innovations) > 4 * 0.02).mean()
    assert found == pytest.approx(tail, rel=4 / math.sqrt(tail * n_values))


def test_heavy_tails_keep_the_years_they_share():
    """A factor moves a heavy-tailed and a normal driver in the same years: ρ E[scale] for the pair.

    The scale of a Student t of 5 degrees and unit variance has the mean sqrt(3/2) Γ(2)/Γ(5/2).
    """
    pair = two_deflators(0.81, **{"uncertainty.nation.degrees_of_freedom": 5.0})
    expected = 0.81 * math.sqrt(3 / 2) * math.gamma(2) / math.gamma(2.5)
    assert expected == pytest.approx(0.746, abs=5e-4)
    for nation, population in zip(*pair, strict=True):
        assert np.corrcoef(nation, population)[0, 1] == pytest.approx(expected, abs=0.02)


def test_matrix_that_no_variables_have_is_refused_unless_repair_is_asked():
    order = ["primary", "secondary", "tertiary"]
    impossible = [[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]
    with pytest.raises(ScenarioError, match=r"smallest eigenvalue -0\.8.*repair = true"):
        require_correlation(Correlation(order=order, matrix=impossible))
    asked = Correlation(order=order, matrix=impossible, repair=True)
    repaired = require_correlation(asked)
    assert np.linalg.eigvalsh(repaired)[0] > 0
    np.testing.assert_allclose(np.diag(repaired), 1.0)
    np.testing.assert_allclose(repaired, repaired.T)
    report = repair_report(asked)
    moved = np.abs(repaired - np.array(impossible)).max()
    assert f"largest change {moved:.3f}" in report
    assert repair_report(Correlation(order=order, matrix=np.eye(3).tolist(), repair=True)) == ""


def test_nearest_correlation_is_as_near_as_a_reference_finds():
    """Against statsmodels' own projection on random indefinite matrices."""
    from statsmodels.stats.correlation_tools import corr_nearest
    from statsmodels.tools.sm_exceptions import IterationLimitWarning

    generator = np.random.default_rng(4)
    for _ in range(5):
        noise = generator.uniform(-1, 1, (5, 5))
        matrix = np.triu(noise, 1) + np.triu(noise, 1).T + np.eye(5)
        ours = nearest_correlation(matrix)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", IterationLimitWarning)
            theirs = corr_nearest(matrix, threshold=1e-12, n_fact=300)
        assert np.linalg.eigvalsh(ours)[0] > 0
        distance = np.linalg.norm(ours - matrix)
        assert distance <= np.linalg.norm(theirs - matrix) * (1 + 1e-3)


def test_factor_loadings_are_parts_of_one_variance():
    changes = {
        "uncertainty.nation.annual_sd": 0.02,
        "dependence.factors.one.loadings": {"nation": 0.8},
        "dependence.factors.two.loadings": {"nation": 0.7},
    }
    with pytest.raises(ScenarioError, match=r"loadings\.nation: squared loadings sum to 1\.130"):
        hs.simulate(hs.load_scenario("reference").derive("too much", changes), draws=8, rng=0)


@pytest.mark.parametrize("draws", [1, 2, 3, 7, 15, 16, 100, 8193])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_any_number_of_draws(draws, sampler):
    result = hs.simulate("plan", draws=draws, rng=0, sampler=sampler, indicators=["gdp_growth"])
    assert result.draws >= draws
    if sampler == "mc":
        assert result.draws == draws
    elif result.draws > draws:
        assert f"{draws:,} draws were rounded up to {result.draws:,}" in result.notes[0]
    assert sum(result.part.masks.values()) == result.draws
