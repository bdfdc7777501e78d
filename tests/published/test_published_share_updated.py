"""A lognormal share, observed on the way, has its odds in closed form (method notes, case V5, conditioned).

The logit of the share is a random walk with drift 0.015 and yearly variance 0.000625 from logit(0.171). It is
observed with an error of measurement, so that the share of 2030 given the observations is normal on the logit
scale, by the rule for conditional normal distributions.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import haidong_sim as hs

DRIFT, VARIANCE, BASE = 0.015, 0.000625, math.log(0.171 / 0.829)
CITY, REST, RHO = 0.03, 0.025, 0.6
TARGET = "a30_gdp_share_qinghai"


def lognormal():
    changes = {f"paths.{sector}.growth": math.expm1(0.065) for sector in ("primary", "secondary", "tertiary")}
    changes |= {f"paths.deflator_{sector}.growth": 0.0 for sector in ("primary", "tertiary")}
    loadings = dict.fromkeys(("deflator", "deflator_rest_of_province"), math.sqrt(RHO))
    changes |= {
        "paths.rest_of_province.growth": math.expm1(0.05),
        "paths.deflator_rest_of_province.growth": 0.0,
        "uncertainty.deflator.annual_sd": CITY,
        "uncertainty.deflator_rest_of_province.annual_sd": REST,
        "dependence.factors.common.loadings": loadings,
    }
    return hs.load_scenario("reference").derive("lognormal", changes)


def conditional(years, values, part):
    """Return the chance of a fifth in 2030 given shares in some years, measured to a part of their value."""
    spans = np.array(years) - 2020
    logits = np.log(values) - np.log1p(-np.array(values))
    errors = np.diag((part / (1.0 - np.array(values))) ** 2)
    within = VARIANCE * np.minimum.outer(spans, spans) + errors
    ahead = VARIANCE * np.minimum(spans, 10)
    gain = np.linalg.solve(within, ahead)
    mean = BASE + 10 * DRIFT + gain @ (logits - BASE - DRIFT * spans)
    sd = math.sqrt(10 * VARIANCE - gain @ ahead)
    return upper_tail((math.log(0.25) - mean) / sd)


def upper_tail(z):
    return 0.5 * math.erfc(z / math.sqrt(2.0))


def rows(name, unit, values):
    return [
        {"indicator": name, "year": year, "value": value, "unit": unit, "source": "made up"}
        for year, value in values.items()
    ]


@pytest.mark.parametrize("method", ["weights", "linear"])
@pytest.mark.parametrize("shares", [{2021: 0.166}, {2024: 0.19}, {2022: 0.175, 2025: 0.18}])
@pytest.mark.parametrize("part", [0.01, 0.02])
def test_odds_given_observed_shares(shares, part, method):
    table = pd.DataFrame(rows("gdp_share_of_province", "fraction", shares))
    found = hs.monitor(lognormal(), table, rng=7, method=method, measurement_sd=part)
    row = found.frame().set_index("target_id").loc[TARGET]
    exact = conditional(list(shares), list(shares.values()), part)
    tolerance = 4.0 * math.sqrt(exact * (1.0 - exact) / row["n_effective"])
    assert row["probability_before"] == pytest.approx(0.2964702557, abs=4.0 * math.sqrt(0.21 / 65_536))
    assert row["probability"] == pytest.approx(exact, abs=tolerance)
    assert row["ci_low"] < row["probability"] < row["ci_high"]
    assert abs(row["probability"] - row["probability_before"]) > 2.0 * tolerance


def test_a_tight_error_ties_the_share_to_what_was_observed():
    table = pd.DataFrame(rows("gdp_share_of_province", "percent", {2025: 18.0}))
    found = hs.monitor(lognormal(), table, rng=3, measurement_sd=1e-4)
    # Weights are left with too few draws; from 18 percent in 2025 five free years remain.
    assert found.method == "linear"
    z = (math.log(0.25) - math.log(0.18 / 0.82) - 5 * DRIFT) / math.sqrt(5 * VARIANCE)
    probability = found.frame().set_index("target_id").loc[TARGET, "probability"]
    assert probability == pytest.approx(upper_tail(z), abs=4.0 * math.sqrt(0.25 / 65_536))


@pytest.mark.parametrize("method", ["weights", "linear"])
def test_odds_given_the_product_of_the_city_and_of_the_rest(method):
    """Two series with errors of their own: log of the city less log of the rest is the logit of the share."""
    start = hs.project("reference", indicators=["gdp_current", "rest_of_province_gdp_current"]).path
    city, rest = 1.06**3 * start["gdp_current", 2020], 1.03**3 * start["rest_of_province_gdp_current", 2020]
    table = pd.DataFrame(
        rows("gdp_current", "1e8 CNY", {2023: city})
        + rows("rest_of_province_gdp_current", "1e8 CNY", {2023: rest})
    )
    found = hs.monitor(lognormal(), table, rng=5, method=method, measurement_sd=0.02)
    own = np.array([[CITY**2, RHO * CITY * REST], [RHO * CITY * REST, REST**2]])
    gain = np.linalg.solve(3 * own + 0.02**2 * np.eye(2), 3 * own @ [1.0, -1.0])
    surprise = np.array([3 * math.log(1.06) - 3 * 0.065, 3 * math.log(1.03) - 3 * 0.05])
    mean = BASE + 10 * DRIFT + gain @ surprise
    sd = math.sqrt(10 * VARIANCE - gain @ (3 * own @ [1.0, -1.0]))
    exact = upper_tail((math.log(0.25) - mean) / sd)
    row = found.frame().set_index("target_id").loc[TARGET]
    assert row["probability"] == pytest.approx(exact, abs=4.0 * math.sqrt(0.25 / row["n_effective"]))
    # The city grew less than expected, the rest less still: one lowers the odds, the other raises them.
    moved = found.contributions().set_index(["target_id", "series"])["change"][TARGET]
    assert moved["gdp_current"] < 0.0 < moved["rest_of_province_gdp_current"]
    assert moved.sum() == pytest.approx(row["probability"] - row["probability_before"], abs=1e-12)


def test_the_chance_of_the_observed_values_is_that_of_their_distance():
    table = pd.DataFrame(rows("gdp_share_of_province", "fraction", {2022: 0.16}))
    found = hs.monitor(lognormal(), table, rng=1)
    z = (math.log(0.16 / 0.84) - BASE - 2 * DRIFT) / math.sqrt(2 * VARIANCE + (0.01 / 0.84) ** 2)
    assert found.chance_of_observed == pytest.approx(2.0 * upper_tail(-z), rel=0.02)
    assert found.observations()["sd_off"].iloc[0] == pytest.approx(z, rel=0.01)
