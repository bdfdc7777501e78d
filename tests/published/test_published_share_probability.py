"""The share of a city whose GDP and whose province's are lognormal has a closed form (method notes, case V5).

City drift 0.065 with yearly sd 0.03, rest of the province 0.05 with 0.025, correlation rho, ten years from a
share of 0.171: the logit of the share is normal with mean logit(0.171) + 0.15 and variance
10 (0.03² + 0.025² - 2 rho 0.03 0.025). Rates are in log points, so the medians grow by exp(drift) - 1.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import haidong_sim as hs

DRAWS = 65_536
PRINTED = {0.0: 0.3660890570, 0.6: 0.2964702557, 0.9: 0.1561852005, 1.0: 0.0037599489}


def lognormal(rho):
    changes = {f"paths.{sector}.growth": math.expm1(0.065) for sector in ("primary", "secondary", "tertiary")}
    changes |= {f"paths.deflator_{sector}.growth": 0.0 for sector in ("primary", "tertiary")}
    changes |= {
        "paths.rest_of_province.growth": math.expm1(0.05),
        "paths.deflator_rest_of_province.growth": 0.0,
        "uncertainty.deflator.annual_sd": 0.03,
        "uncertainty.deflator_rest_of_province.annual_sd": 0.025,
    }
    if rho:
        loadings = dict.fromkeys(("deflator", "deflator_rest_of_province"), math.sqrt(rho))
        changes["dependence.factors.common.loadings"] = loadings
    return hs.load_scenario("reference").derive(f"lognormal {rho}", changes)


@pytest.mark.parametrize("sampler", ["mc", "antithetic", "lhs", "sobol"])
@pytest.mark.parametrize("rho", sorted(PRINTED))
def test_probability_of_a_fifth(rho, sampler):
    result = hs.simulate(
        lognormal(rho), draws=DRAWS, rng=5, sampler=sampler, indicators=["gdp_share_of_province"]
    )
    chance = result.chances["a30_gdp_share_qinghai"]
    standard_error = math.sqrt(PRINTED[rho] * (1 - PRINTED[rho]) / DRAWS)
    assert chance.n == DRAWS
    assert chance.probability == pytest.approx(PRINTED[rho], abs=4 * standard_error)
    assert chance.ci_low < chance.probability < chance.ci_high
    assert chance.ci_high - chance.ci_low < 3 * 1.96 * standard_error


def test_intervals_cover_the_closed_form():
    """Of 40 runs with 95 percent intervals 32 or more cover it: fewer have a chance of 0.0001."""
    for sampler in ("mc", "sobol"):
        covered = 0
        for seed in range(40):
            result = hs.simulate(lognormal(0.6), draws=1024, rng=seed, sampler=sampler, indicators=[])
            chance = result.chances["a30_gdp_share_qinghai"]
            covered += chance.ci_low <= PRINTED[0.6] <= chance.ci_high
        assert covered >= 32


@pytest.mark.parametrize("sampler", ["mc", "antithetic", "lhs", "sobol"])
def test_quantiles_of_the_share(sampler):
    result = hs.simulate(
        lognormal(0.6), draws=DRAWS, rng=8, sampler=sampler, indicators=["gdp_share_of_province"]
    )
    centre, spread = math.log(0.171 / 0.829) + 0.15, math.sqrt(10 * 0.000625)
    found = result.quantiles("gdp_share_of_province", [0.05, 0.5, 0.95]).loc[2030].to_numpy()
    assert 1 / (1 + math.exp(-centre)) == pytest.approx(0.1933236825, abs=5e-11)
    for probability, z, quantile in zip((0.05, 0.5, 0.95), (-1.6448536, 0.0, 1.6448536), found, strict=True):
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        error = 4 * spread * math.sqrt(probability * (1 - probability) / DRAWS) / density
        assert np.log(quantile / (1 - quantile)) == pytest.approx(centre + z * spread, abs=error + 1e-4)
