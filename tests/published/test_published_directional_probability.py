"""Directional conditioning against closed forms: the share of method case V5, from likely to rare.

The printed probabilities of one fifth are V5's; those of other shares are the same normal distribution
function, evaluated here with the standard library.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from lognormal_share import PRINTED, lognormal

import haidong_sim as hs


def logit(share):
    return math.log(share / (1 - share))


def closed_form(share, rho):
    spread = math.sqrt(10 * (0.03**2 + 0.025**2 - 2 * rho * 0.03 * 0.025))
    # The lower tail of the mirrored variable keeps its digits where 1 - cdf would lose them.
    return NormalDist().cdf(-(logit(share) - logit(0.171) - 0.15) / spread)


@pytest.mark.parametrize("rho", sorted(PRINTED))
def test_printed_probabilities(rho):
    chance = hs.attainment_probability(lognormal(rho), "a30_gdp_share_qinghai", se=1e-4, rng=0)
    # The direction is exact here (the logit is linear in the normals), so every point gives the answer.
    assert chance.probability == pytest.approx(PRINTED[rho], abs=2e-6)
    assert chance.n == 2048
    assert chance.method.startswith("directional conditioning")


@pytest.mark.parametrize("percent", [23, 26, 30, 34])
def test_rare_events_keep_their_digits(percent):
    exact = closed_form(percent / 100, 0.6)
    chance = hs.attainment_probability(
        lognormal(0.6), f"gdp_share_of_province@2030>={percent}%", se=1e-4, rng=1
    )
    assert exact < 0.02
    assert chance.probability == pytest.approx(exact, rel=1e-4)


def test_an_upper_bound_is_the_other_tail():
    upper = hs.attainment_probability(lognormal(0.6), "gdp_share_of_province@2030<=20%", rng=2)
    assert upper.probability == pytest.approx(1 - PRINTED[0.6], abs=2e-6)


def test_a_doubling_with_trend_and_persistent_shocks():
    """Log growth with one trend draw and AR(1) shocks from zero: variance T² tau² + sigma² K(phi, T)."""
    tau, sigma, phi, years = 0.008, 0.02, 0.35, 15
    growth = math.expm1(math.log(2) / years + 0.001)
    scenario = hs.load_scenario("reference").derive(
        "one factor",
        {f"paths.{sector}.growth": growth for sector in ("primary", "secondary", "tertiary")}
        | {
            f"uncertainty.{sector}": {"trend_sd": tau, "annual_sd": sigma, "persistence": phi}
            for sector in ("primary", "secondary", "tertiary")
        }
        | {
            f"dependence.factors.all.{kind}": dict.fromkeys(("primary", "secondary", "tertiary"), 1.0)
            for kind in ("loadings", "trend_loadings")
        },
    )
    weights = sum(((1 - phi**j) / (1 - phi)) ** 2 for j in range(1, years + 1))
    spread = math.sqrt(years**2 * tau**2 + sigma**2 * weights)
    exact = NormalDist().cdf(years * 0.001 / spread)
    chance = hs.attainment_probability(scenario, "t35_gdp_doubling", se=1e-4, rng=3)
    assert chance.probability == pytest.approx(exact, abs=1e-4)


@pytest.mark.parametrize("target", ["a30_gdp_share_qinghai", "t35_gdp_doubling", "a30_nonfossil_share"])
def test_agrees_with_counting_draws(target):
    """With events and dependent drivers there is no closed form: the count agrees within 4 se."""
    counted = hs.simulate("plan", draws=400_000, rng=11, sampler="mc", indicators=[]).chances[target]
    chance = hs.attainment_probability("plan", target, se=2e-4, rng=12)
    se_counted = (counted.ci_high - counted.ci_low) / 3.9
    assert abs(chance.probability - counted.probability) < 4 * math.hypot(se_counted, 2e-4)


def test_a_band_falls_back_on_counting():
    chance = hs.attainment_probability("plan", "a35_urban_core_population", se=5e-3, rng=5)
    assert not chance.method.startswith("directional")
    assert 0.0 < chance.ci_low < chance.probability < chance.ci_high < 1.0


def test_refuses_an_impossible_error():
    with pytest.raises(hs.HaidongSimError, match="se: 0 is no standard error"):
        hs.attainment_probability("plan", "t35_gdp_doubling", se=0)
    with pytest.raises(hs.HaidongSimError, match="Did you mean 't35_gdp_doubling'"):
        hs.attainment_probability("plan", "t35_gdp_dobling")
