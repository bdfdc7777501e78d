"""Counted probabilities and quantiles of a share with a closed form (method notes, case V5)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from lognormal_share import PRINTED, lognormal

import haidong_sim as hs

DRAWS = 65_536


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
