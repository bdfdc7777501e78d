"""The measurement error of what is observed: its size on each scale, and the odds computed again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import haidong_sim as hs

TOY = Path(__file__).parents[2] / "toy_district" / "toy.toml"
SD = 0.03


def seen(indicator, value, unit, **more):
    row = {"indicator": indicator, "year": 2021, "value": value, "unit": unit, "source": "made up"}
    return pd.DataFrame([row | more])


def of_year(result, name, year):
    return np.asarray(result[name][result.years.tolist().index(year)], dtype=float)


def log_odds(share):
    return np.log(share) - np.log1p(-share)


# The error of a level is a part of it, that of a share a part of the share, carried to the log odds; that of
# a growth rate is half as large, in fractions a year. What a row says of its own error comes first.
CASES = {
    "level": (seen("gdp_current", 1062.3, "1e8 CNY"), np.log, SD),
    "share": (seen("secondary_share", 0.41, "fraction"), log_odds, SD / (1.0 - 0.41)),
    "growth": (seen("gdp_growth", 4.5, "percent"), np.asarray, SD / 2.0),
    "growth with its own": (seen("gdp_growth", 4.5, "percent", measurement_sd=0.01), np.asarray, 0.01),
    "level with its own": (seen("gdp_current", 1062.3, "1e8 CNY", measurement_sd=0.01), np.log, 0.01),
}


@pytest.mark.parametrize("case", CASES)
def test_odds_are_those_of_futures_weighed_by_the_error(case):
    observed, scaled, sd = CASES[case]
    found = hs.monitor(TOY, observed, rng=5, draws=4096, method="weights", measurement_sd=SD)
    name = observed["indicator"].iloc[0]
    value = observed["value"].iloc[0] * (0.01 if observed["unit"].iloc[0] == "percent" else 1.0)
    assert found.observations()["measurement_sd"].to_list() == pytest.approx([sd])

    first_year = of_year(found.result, name, 2021)
    doubled = of_year(found.result, "gdp_volume_index", 2035) >= 2.0
    row = found.frame().set_index("target_id").loc["t_doubling"]
    for column, factor in (("", 1.0), ("_half_sd", 0.5), ("_double_sd", 2.0)):
        weights = np.exp(-0.5 * ((scaled(first_year) - scaled(value)) / (factor * sd)) ** 2)
        assert row[f"probability{column}"] == pytest.approx(weights @ doubled / weights.sum(), rel=1e-9)
        if not column:
            assert row["n_effective"] == pytest.approx(weights.sum() ** 2 / (weights @ weights), rel=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_the_linear_rule_moves_futures_by_regression_on_a_value_seen_with_error(case):
    observed, scaled, sd = CASES[case]
    found = hs.monitor(TOY, observed, rng=5, draws=4096, method="linear", measurement_sd=SD)
    name = observed["indicator"].iloc[0]
    value = observed["value"].iloc[0] * (0.01 if observed["unit"].iloc[0] == "percent" else 1.0)
    x = scaled(of_year(found.result, name, 2021))
    y = np.log(of_year(found.result, "gdp_volume_index", 2035))
    cov = np.cov(x, y)
    gain = cov[0, 1] / (cov[0, 0] + sd**2)
    noise = np.random.default_rng(11).standard_normal((64, x.size))
    moved = y + gain * (scaled(value) + sd * noise - x)
    expected = (moved >= np.log(2.0)).mean()
    # Futures are the same; only the errors drawn for them are others: their own spread over the 64.
    spread = (moved >= np.log(2.0)).mean(axis=1).std(ddof=1)
    row = found.frame().set_index("target_id").loc["t_doubling"]
    assert abs(row["probability"] - expected) <= 4.0 * spread * np.sqrt(1.0 + 1.0 / 64.0)


def test_the_linear_rule_draws_an_error_for_every_future():
    """What is asked is what is seen: without errors of their own, futures would huddle around the value."""
    sd = 0.1
    observed = seen("gdp_volume_index", 1.6, "dimensionless", year=2035)
    found = hs.monitor(TOY, observed, rng=5, draws=4096, method="linear", measurement_sd=sd)
    y = np.log(of_year(found.result, "gdp_volume_index", 2035))
    gain = y.var(ddof=1) / (y.var(ddof=1) + sd**2)
    noise = np.random.default_rng(12).standard_normal((64, y.size))
    doubled = y + gain * (np.log(1.6) + sd * noise - y) >= np.log(2.0)
    spread = doubled.mean(axis=1).std(ddof=1) * np.sqrt(1.0 + 1.0 / 64.0)
    row = found.frame().set_index("target_id").loc["t_doubling"]
    assert abs(row["probability"] - doubled.mean()) <= 4.0 * spread
