"""Size and persistence of yearly shocks that are drawn, against their grids, closed forms and a slow twin."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import lognorm, norm

import haidong_sim as hs
from haidong_sim.engine.net import PERSISTENCE_RANGE, posterior_quantiles
from haidong_sim.errors import ScenarioError
from haidong_sim.place import load_registry
from haidong_sim.run.block import Variates, deviations, driver_deviation
from haidong_sim.run.program import compile_scenario
from haidong_sim.run.shocks import plan_shocks

SAMPLERS = ("mc", "antithetic", "lhs", "sobol")
LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95]
# A size with ln sd of 0.25 around 1.05, a persistence of sd 0.15 around 0.3: closed forms off the knots too.
RATIOS = [float(x) for x in lognorm(0.25, scale=1.05).ppf(LEVELS)]
SHIFTS = [float(x) for x in norm(0.0, 0.15).ppf(LEVELS)]
POSTERIOR = {"probability": LEVELS, "annual_sd_ratio": RATIOS, "persistence_shift": SHIFTS}
SPEC = {"annual_sd": 0.02, "persistence": 0.3, "trend_sd": 0.008, "posterior": POSTERIOR}


def scenario(changes):
    return hs.load_scenario("reference").derive("drawn", changes)


def compiled(changes, *, draws=32_768, sampler="sobol", precision="double"):
    return compile_scenario(
        scenario(changes),
        load_registry("haidong"),
        indicators=(),
        draws=draws,
        sampler=sampler,
        precision=precision,
    )


def test_between_and_beyond_the_knots_it_is_a_line_in_normal_scores():
    levels = np.array([0.001, 0.05, 0.1, 0.33, 0.5, 0.95, 0.999])
    sizes = posterior_quantiles("scale", tuple(zip(LEVELS, RATIOS, strict=True)), levels)
    np.testing.assert_allclose(sizes, lognorm(0.25, scale=1.05).ppf(levels), rtol=1e-12)
    values = [0.3 + shift for shift in SHIFTS]
    persistences = posterior_quantiles("persistence", tuple(zip(LEVELS, values, strict=True)), levels)
    np.testing.assert_allclose(persistences, norm(0.3, 0.15).ppf(levels), rtol=1e-12)
    wide = tuple(zip(LEVELS, [-3.0, -1.0, 0.0, 1.0, 3.0], strict=True))
    assert tuple(posterior_quantiles("persistence", wide, np.array([0.001, 0.999]))) == PERSISTENCE_RANGE


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_drawn_parameters_have_the_distribution_of_the_grid(sampler):
    program = compiled({"uncertainty.nation": SPEC}, sampler=sampler)
    variates = Variates(program, entropy=3, block=0, draws=16_384)
    grids = {"scale:nation": np.array(RATIOS), "persistence:nation": 0.3 + np.array(SHIFTS)}
    for name, grid in grids.items():
        drawn = variates[name][0]
        for level, value in zip(LEVELS, grid, strict=True):
            error = 4 * math.sqrt(level * (1 - level) / drawn.size)
            assert np.mean(drawn <= value) == pytest.approx(level, abs=error)


def test_the_fast_sum_is_the_slow_one():
    """Draw by draw and year by year: trend + x, x = φ x + size · tail · (own and shared innovations)."""
    changes = {
        "uncertainty.nation": SPEC | {"degrees_of_freedom": 5.0},
        "uncertainty.population": {"annual_sd": 0.01, "trend_sd": 0.004},
        "dependence.factors.all": {
            "loadings": {"nation": 0.6, "population": 0.5},
            "trend_loadings": {"nation": 0.8, "population": -0.3},
        },
    }
    program = compiled(changes, draws=64)
    variates = Variates(program, entropy=1, block=0, draws=64)
    fast = driver_deviation(program, "nation", variates)
    own, shared = variates["nation"], variates["factor:all"]
    rotation = np.linalg.svd(np.tril(np.ones((15, 15))))[2].T
    rotation = rotation * np.sign(rotation.sum(axis=0))
    for draw in range(64):
        trend = 0.008 * (0.6 * own[0, draw] + 0.8 * shared[0, draw])
        years = rotation @ (0.8 * own[1:, draw] + 0.6 * shared[1:, draw])
        state = 0.0
        for year in range(15):
            size = 0.02 * variates["scale:nation"][0, draw] * variates["tail:nation"][year, draw]
            state = variates["persistence:nation"][0, draw] * state + size * years[year]
            assert fast[year, draw] == pytest.approx(trend + state, abs=1e-14)


def expected_variance(years):
    """Variance of T years' growth: T²τ² + σ² E[size²] E[K(φ, T)], by quadrature."""
    scores = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    persistence = 0.3 + 0.15 * scores
    k = sum(((1 - persistence**j) / (1 - persistence)) ** 2 for j in range(1, years + 1))
    return years**2 * 0.008**2 + 0.02**2 * 1.05**2 * math.exp(2 * 0.25**2) * k.mean()


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_variance_of_cumulated_growth(sampler):
    result = hs.simulate(
        scenario({"uncertainty.nation": SPEC}), draws=65_536, rng=4, sampler=sampler, indicators=[],
        keep=["nation_gdp_growth"], precision="double",
    )  # fmt: skip
    cumulated = np.cumsum(np.log1p(result["nation_gdp_growth"][1:].astype(float)), axis=0)
    for years in (1, 5, 15):
        moved = cumulated[years - 1] - cumulated[years - 1].mean()
        error = 4 * (moved**2).std() / math.sqrt(65_536)
        assert moved.var() == pytest.approx(expected_variance(years), abs=error)


def test_mean_preserving_counts_what_is_drawn():
    changes = {"uncertainty.nation": SPEC, "conventions.mean_preserving": True}
    kept, plain = (compiled(part).medians["nation"] for part in (changes, {"uncertainty.nation": SPEC}))
    lowered = np.cumsum(plain - kept)
    for years in (1, 5, 15):
        assert lowered[years - 1] == pytest.approx(expected_variance(years) / 2, rel=2e-3)


def test_without_a_posterior_nothing_is_drawn_for_one():
    """One matrix for trend and years, as a scenario without estimates always had it, to the bit."""
    spec = {name: value for name, value in SPEC.items() if name != "posterior"}
    program = compiled({"uncertainty.nation": spec}, draws=1024)
    assert program.plan.scaled == {}
    assert {source.kind for source in program.plan.sources} == {"normal"}
    moved = deviations(program, Variates(program, entropy=2, block=0, draws=1024))["nation"]
    drawn = Variates(program, entropy=2, block=0, draws=1024)["nation"]
    (term,) = program.plan.terms["nation"]
    np.testing.assert_array_equal(moved, term.matrix @ drawn)


def test_a_posterior_moves_no_number_of_another_driver():
    keep = ["nation_gdp_growth", "resident_population"]
    two = {"uncertainty.nation": SPEC, "uncertainty.population.annual_sd": 0.01}
    more = two | {"uncertainty.population.posterior": POSTERIOR}
    one, other = (
        hs.simulate(scenario(part), draws=20_000, rng=6, keep=keep, indicators=[], workers=workers)
        for part, workers in ((two, 1), (more, 2))
    )
    np.testing.assert_array_equal(one["nation_gdp_growth"], other["nation_gdp_growth"])
    assert not np.array_equal(one["resident_population"], other["resident_population"])


def test_known_years_do_not_scatter():
    slump = {"probability": 0.5, "loss": 0.05, "weights": {"nation": 1.0}}
    changes = {
        "uncertainty.nation": SPEC | {"start": 0.02},
        "uncertainty.population.annual_sd": 0.01,
        "events.slump": slump,
        "known_until": 2023,
    }
    program = compiled(changes, draws=4096)
    moved = deviations(program, Variates(program, entropy=2, block=0, draws=4096))
    for values in (moved["nation"], moved["population"]):
        assert not values[:3].any()
        assert values[3:].std(axis=1).min() > 0.005
    # An event of a known year is over; half of the others strike.
    jump = moved["nation"][3]
    assert np.mean(jump < -0.025) == pytest.approx(0.5, abs=0.12)
    # The residual of the last known year fades from there.
    without = compiled({key: value for key, value in changes.items() if key != "known_until"})
    still = compiled(changes | {"uncertainty.nation": SPEC}).medians["nation"]
    np.testing.assert_allclose((program.medians["nation"] - still)[:5], [0, 0, 0, 0.006, 0.0018], atol=1e-12)
    assert (without.medians["nation"] - still)[0] == pytest.approx(0.006)


@pytest.mark.parametrize("year", [2019, 2035])
def test_known_years_lie_inside_the_horizon(year):
    with pytest.raises(ScenarioError, match=f"known_until = {year} must lie between the base year 2020"):
        compiled({"known_until": year})


def test_variances_of_trend_loadings_are_parts_of_one():
    changes = {
        "uncertainty.nation": {"trend_sd": 0.01},
        "dependence.factors.a.trend_loadings": {"nation": 0.8},
        "dependence.factors.b.trend_loadings": {"nation": 0.8},
    }
    with pytest.raises(ScenarioError, match=r"trend_loadings\.nation: squared loadings sum to 1\.280"):
        plan_shocks(scenario(changes), 15)


def test_trend_loadings_correlate_trends_alone():
    changes = {
        "uncertainty.nation": {"trend_sd": 0.01, "annual_sd": 0.02},
        "uncertainty.population": {"trend_sd": 0.01, "annual_sd": 0.02},
        "dependence.factors.a.trend_loadings": {"nation": 0.9, "population": 0.9},
    }
    program = compiled(changes)
    variates = Variates(program, entropy=2, block=0, draws=16_384)
    moved = deviations(program, variates)
    first = {name: values[0] for name, values in moved.items()}
    # One year: 0.81 of a variance 0.0001 beside 0.0004 that they do not share.
    found = np.corrcoef(first["nation"], first["population"])[0, 1]
    assert found == pytest.approx(0.81 * 0.2, abs=4 / math.sqrt(16_384))


@pytest.mark.slow
def test_drawn_parameters_cover_and_plugged_in_ones_do_not():
    """The mean of the next ten years after fifteen: 90 percent intervals of the ensemble hold about 90.

    Persistence comes from its prior; with parameters plugged in the interval covers far too little
    (method notes, section 6.2).
    """
    from haidong_sim.estimation.ar1 import AR1Prior
    from haidong_sim.estimation.changes import Changes
    from haidong_sim.estimation.quantity import from_trend
    from haidong_sim.estimation.trend import estimate_trend

    rng, n, repeats = np.random.default_rng(7), 15, 200
    inside = {"drawn": 0, "plugged in": 0}
    for _ in range(repeats):
        persistence = np.clip(rng.normal(0.3, 0.2), -0.5, 0.9)
        x = [rng.standard_normal() / math.sqrt(1 - persistence**2)]
        for _ in range(n + 9):
            x.append(persistence * x[-1] + rng.standard_normal())
        growth = 0.05 + 0.03 * np.array(x)
        sample = Changes(
            label="simulated", price_basis="current", years=tuple(range(2006, 2021)), steps=growth[:n],
            source="simulated",
        )  # fmt: skip
        trend = estimate_trend(sample, name="x", horizon=range(2021, 2031), prior=AR1Prior())
        table = from_trend(trend, "nation").table("script")
        posterior = {
            "probability": table["posterior"]["probability"],
            "annual_sd_ratio": [v / table["annual_sd"] for v in table["posterior"]["annual_sd"]],
            "persistence_shift": [v - table["persistence"] for v in table["posterior"]["persistence"]],
        }
        plain = {
            "annual_sd": table["annual_sd"],
            "persistence": table["persistence"],
            "start": table["start"],
        }
        drawn = plain | {"trend_sd": table["trend_sd"], "posterior": posterior}
        for name, spec in (("drawn", drawn), ("plugged in", plain)):
            low, high = interval(scenario({"uncertainty.nation": spec}), table["mean"], rng)
            inside[name] += low <= growth[n:].mean() <= high
    # Standard error of the coverage: 0.021.
    assert inside["drawn"] / repeats > 0.90 - 3 * 0.021
    assert inside["plugged in"] / repeats < inside["drawn"] / repeats - 0.05


def interval(drawn, mean, rng):
    """Return the central 90 percent of the mean log growth of ten years in 4000 draws of the ensemble."""
    spec = drawn.uncertainty["nation"]
    plan = plan_shocks(drawn, 10)
    chosen = {}
    for source in plan.sources:
        if source.kind == "normal":
            chosen[source.name] = rng.standard_normal((source.rows, 4000))
        elif source.kind in {"scale", "persistence"}:
            chosen[source.name] = posterior_quantiles(source.kind, source.knots, rng.random((1, 4000)))
    program = SimpleNamespace(plan=plan, dtype=np.dtype(float))
    if "hydrology" in plan.terms:
        plan.terms.pop("hydrology")
    moved = driver_deviation(program, "nation", chosen)
    start = spec.start * spec.persistence ** np.arange(1, 11)
    return np.quantile(mean + (moved + start[:, None]).mean(axis=0), [0.05, 0.95])
