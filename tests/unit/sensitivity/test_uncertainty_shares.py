"""Shares of parameters, yearly shocks and events in the variance of a verdict, where they are known."""

from __future__ import annotations

import pytest

import haidong_sim as hs
from haidong_sim.errors import EstimationError

TARGET = "t35_gdp_doubling"
SECTORS = ("primary", "secondary", "tertiary")


def one_driver(**spec):
    """All three sectors move as one, a little: the margin is nearly linear in what moves them."""
    together = dict.fromkeys(SECTORS, 1.0)
    changes = {f"uncertainty.{sector}": spec for sector in SECTORS}
    changes |= {
        "dependence.factors.all.loadings": together,
        "dependence.factors.all.trend_loadings": together,
    }
    return hs.load_scenario("reference").derive("one", changes)


def shares(scenario, **options):
    table = hs.uncertainty_shares(scenario, [TARGET], rng=3, **options)
    return table.set_index("origin")


def test_trend_and_years_share_by_their_variances():
    """T²τ² against σ² K(φ, T) with T = 15, τ = 0.1, σ = 0.3 percent, φ = 0.3."""
    found = shares(one_driver(trend_sd=0.001, annual_sd=0.003, persistence=0.3))
    k = sum(((1 - 0.3**j) / (1 - 0.3)) ** 2 for j in range(1, 16))
    expected = 15**2 * 0.001**2 / (15**2 * 0.001**2 + 0.003**2 * k)
    for name, share in (("parameters", expected), ("yearly shocks", 1 - expected)):
        row = found.loc[name]
        assert row["share"] == pytest.approx(share, abs=2 * row["share_error"])
        assert row["total"] == pytest.approx(share, abs=0.05)
    assert found.loc["parameters", "margin_sd"] > 0


def test_drawn_parameters_alone_explain_nothing_but_act_together_with_the_years():
    levels = [0.05, 0.5, 0.95]
    posterior = {
        "probability": levels,
        "annual_sd_ratio": [0.5, 1.0, 2.0],
        "persistence_shift": [-0.3, 0, 0.3],
    }
    found = shares(one_driver(annual_sd=0.003, persistence=0.3, posterior=posterior))
    row = found.loc["parameters"]
    assert abs(row["share"]) < 2 * row["share_error"] + 0.01
    assert row["total"] > 0.05
    # With two origins, what one does in all is what the other does not do alone.
    years = found.loc["yearly shocks"]
    assert row["total"] == pytest.approx(1 - years["share"], abs=2 * years["share_error"])


def test_events_have_their_share_and_conventions_a_span():
    slump = {"probability": 0.1, "loss": 0.02, "permanent": 1.0, "weights": dict.fromkeys(SECTORS, 1.0)}
    scenario = one_driver(trend_sd=0.001).derive("slumps", {"events.slump": slump})
    found = shares(scenario)
    # Variance of the sum of fifteen years: 15 p(1 - p) 0.02² of events, 15² 0.001² of the trend.
    expected = 15 * 0.09 * 0.02**2 / (15 * 0.09 * 0.02**2 + 15**2 * 0.001**2)
    assert found.loc["events", "share"] == pytest.approx(expected, abs=2 * found.loc["events", "share_error"])
    span = found.loc["conventions"]
    assert span["share"] != span["share"]
    chained = hs.project(scenario).check().set_index("target_id").loc[TARGET, "margin"]
    assert span["margin_low"] <= chained <= span["margin_high"]
    assert span["margin_low"] < span["margin_high"]


def test_refusals():
    with pytest.raises(EstimationError, match="nothing is uncertain"):
        hs.uncertainty_shares(hs.load_scenario("reference").derive("dry", {"energy.supply.hydrology": None}))
    with pytest.raises(EstimationError, match="asked about targets, not about indicators"):
        hs.uncertainty_shares(hs.load_scenario("plan"), ["gdp_current"])
