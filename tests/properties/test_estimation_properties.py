"""Laws that every sample obeys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.ar1_posterior import predictive_average
from oracles.crps import crps_ensemble, crps_gaussian

from haidong_sim.engine.intervals import clopper_pearson_1934
from haidong_sim.estimation.ar1 import estimate_ar1
from haidong_sim.estimation.changes import logit_changes
from haidong_sim.estimation.data import Sample
from haidong_sim.estimation.estimate import data_hash, describe_years
from haidong_sim.estimation.forecast import Mixture, mixture_cdf, mixture_quantile
from haidong_sim.estimation.scores import crps_mixture

growth = st.lists(st.floats(-0.1, 0.1), min_size=6, max_size=20).filter(lambda x: np.std(x) > 1e-3)


@given(steps=growth, shift=st.floats(-0.1, 0.1), factor=st.floats(0.5, 2.0))
@settings(max_examples=40, deadline=None)
def test_posterior_moves_and_scales_with_its_data(steps, shift, factor):
    """Flat priors: adding a constant moves the forecast by it, multiplying scales it, weights stay."""
    values = np.array(steps)
    years = np.arange(len(values))
    ahead = np.arange(len(values), len(values) + 3)
    plain, moved = estimate_ar1(values, years), estimate_ar1(factor * values + shift, years)
    assert moved.weight == pytest.approx(plain.weight, abs=1e-8)
    one, two = predictive_average(plain, ahead), predictive_average(moved, ahead)
    for probability in (0.1, 0.5, 0.9):
        expected = factor * mixture_quantile(one, probability)[0] + shift
        assert mixture_quantile(two, probability)[0] == pytest.approx(expected, abs=1e-8)


@given(steps=growth)
@settings(max_examples=30, deadline=None)
def test_quantile_inverts_the_distribution_and_series_do_not_meet(steps):
    values = np.array(steps)
    years = np.arange(len(values))
    pair = estimate_ar1(np.c_[values, values[::-1]], years)
    alone = estimate_ar1(values, years)
    both, one = (predictive_average(item, [len(values)]) for item in (pair, alone))
    found = mixture_quantile(both, 0.3)
    assert mixture_cdf(both, found) == pytest.approx(0.3, abs=1e-9)
    assert found[0] == pytest.approx(mixture_quantile(one, 0.3)[0], abs=1e-12)


@given(
    draws=st.lists(st.floats(-5.0, 5.0), min_size=2, max_size=12),
    outcome=st.floats(-6.0, 6.0),
)
def test_ensemble_crps_equals_the_double_sum(draws, outcome):
    x = np.array(draws)
    n = len(x)
    pairs = np.abs(x[:, None] - x[None, :]).sum()
    expected = np.abs(x - outcome).mean() - 0.5 * pairs / (n * (n - 1))
    assert crps_ensemble(draws, outcome) == pytest.approx(expected, abs=1e-12)


@given(mean=st.floats(-2.0, 2.0), sd=st.floats(0.05, 3.0), outcome=st.floats(-8.0, 8.0))
@settings(max_examples=60, deadline=None)
def test_quadrature_agrees_with_the_closed_form(mean, sd, outcome):
    mixture = Mixture(
        weight=np.array([[0.4], [0.6]]), location=np.full((2, 1), mean), scale=np.full((2, 1), sd)
    )
    assert crps_mixture(mixture, outcome) == pytest.approx(float(crps_gaussian(mean, sd, outcome)), rel=1e-5)


@given(n=st.integers(1, 200), data=st.data())
def test_exact_interval_holds_the_rate(n, data):
    successes = data.draw(st.integers(0, n))
    found = clopper_pearson_1934(successes, n)
    assert 0.0 <= found.low <= successes / n <= found.high <= 1.0


@given(city=st.lists(st.floats(10.0, 1000.0), min_size=2, max_size=10), rest=st.floats(1.0, 1e4))
def test_log_odds_change_is_the_growth_gap_to_the_rest(city, rest):
    """Δlogit s = Δln N − Δln R exactly (METHOD 1.3 step 6)."""
    level = np.array(city)
    others = rest * 1.07 ** np.arange(len(level))
    sample = Sample(
        region="city", indicator="share", unit="fraction", price_basis="current", group="toy",
        years=tuple(range(2000, 2000 + len(level))), levels=level / (level + others), source="toy",
    )  # fmt: skip
    expected = np.diff(np.log(level)) - np.log(1.07)
    assert logit_changes(sample).steps == pytest.approx(expected, abs=1e-9)


@given(years=st.sets(st.integers(1990, 2030), min_size=1))
def test_described_years_name_every_year(years):
    named = set()
    for part in describe_years(tuple(years)).split(", "):
        first, _, last = part.partition("-")
        named |= set(range(int(first), int(last or first) + 1))
    assert named == years


@given(rows=st.lists(st.text(), min_size=1), again=st.randoms(use_true_random=False))
def test_hash_is_that_of_the_rows_whatever_their_order(rows, again):
    shuffled = [*rows, rows[0]]
    again.shuffle(shuffled)
    assert data_hash(rows) == data_hash(shuffled)
    assert data_hash([*rows, "".join(rows) + "1"]) != data_hash(rows)
    assert data_hash([]) == ""
