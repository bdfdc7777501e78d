"""Intervals for proportions: printed values, and statsmodels as oracle."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint

from haidong_sim.engine.intervals import (
    clopper_pearson_1934,
    effective_sample_size,
    replicate_interval,
    weighted_proportion,
    wilson_1927,
)
from haidong_sim.errors import FeasibilityError


def test_eight_of_ten():
    wilson, exact = wilson_1927(8, 10), clopper_pearson_1934(8, 10)
    assert (wilson.low, wilson.high) == pytest.approx((0.4901625, 0.9433178), abs=5e-8)
    assert (exact.low, exact.high) == pytest.approx((0.4439045, 0.9747893), abs=5e-8)


def test_nothing_seen_in_a_thousand():
    assert clopper_pearson_1934(0, 1000).high == pytest.approx(0.0036820839, abs=5e-11)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("n", [1, 7, 100, 20000])
def test_agreement_with_statsmodels(n, confidence):
    counts = np.unique(np.linspace(0, n, 9).astype(int))
    for ours, name in ((wilson_1927, "wilson"), (clopper_pearson_1934, "beta")):
        found = ours(counts, n, confidence=confidence)
        low, high = proportion_confint(counts, n, alpha=1 - confidence, method=name)
        assert found.low == pytest.approx(low, abs=1e-12)
        assert found.high == pytest.approx(high, abs=1e-12)
        assert found.probability == pytest.approx(counts / n)


def test_thirteenth_plan_record():
    # 15 of 20 targets met: 90 percent interval .57 to .87.
    found = wilson_1927(15, 20, confidence=0.90)
    assert (found.low, found.high) == pytest.approx((0.57, 0.87), abs=5e-3)


def test_effective_sample_size():
    assert effective_sample_size(np.ones(50)) == pytest.approx(50.0)
    assert effective_sample_size([1.0, 0.0, 0.0]) == pytest.approx(1.0)
    assert effective_sample_size([3.0, 1.0]) == pytest.approx(16 / 10)
    assert effective_sample_size(np.full(4, 1e-200)) == pytest.approx(4.0)
    for bad in ([-1.0, 2.0], [0.0, 0.0], [np.nan, 1.0]):
        with pytest.raises(FeasibilityError, match="weights"):
            effective_sample_size(bad)


def test_equal_weights_change_nothing():
    met = np.array([True] * 8 + [False] * 2)
    found = weighted_proportion(met, np.full(10, 0.3))
    plain = wilson_1927(8, 10)
    assert found.probability == pytest.approx(0.8)
    assert (float(found.low), float(found.high)) == pytest.approx((float(plain.low), float(plain.high)))
    uneven = weighted_proportion(np.stack([met, ~met]), np.arange(1.0, 11.0))
    assert uneven.probability == pytest.approx([36 / 55, 19 / 55])
    assert (uneven.n < 10).all()
    assert (uneven.high - uneven.low > found.high - found.low).all()


def test_replicates_use_student_t():
    estimates = np.array([0.30, 0.32, 0.28, 0.31])
    low, high = t.interval(0.95, 3, loc=estimates.mean(), scale=estimates.std(ddof=1) / 2)
    found = replicate_interval(estimates)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.n == 4
    with pytest.raises(FeasibilityError, match="at least 2"):
        replicate_interval([0.3])
    with pytest.raises(FeasibilityError, match="0 given"):
        replicate_interval(0.3)


def test_a_fitted_coefficient_and_an_unseen_event_widen_the_interval():
    estimates = np.array([0.30, 0.32, 0.28, 0.31])
    squares = ((estimates - estimates.mean()) ** 2).sum()
    half = t.ppf(0.975, 2) * np.sqrt(squares / 2 / 4)
    found = replicate_interval(estimates, n_fitted=1)
    assert found.high - found.probability == pytest.approx(half)
    wider = replicate_interval(estimates, n_fitted=1, least=0.01)
    assert wider.high - wider.probability == pytest.approx(np.hypot(half, 0.01))
    with pytest.raises(FeasibilityError, match="at least 3"):
        replicate_interval([0.3, 0.4], n_fitted=1)


def test_malformed_counts_are_refused():
    with pytest.raises(FeasibilityError, match="between 0 and the number of draws"):
        wilson_1927(11, 10)
    with pytest.raises(FeasibilityError, match="at least one draw"):
        wilson_1927(0, 0)
    with pytest.raises(FeasibilityError, match=r"write 0\.95"):
        clopper_pearson_1934(1, 10, confidence=95)
    with pytest.raises(FeasibilityError, match="between 0 and the number"):
        wilson_1927(np.nan, 10)


def test_wilson_covers_as_often_as_it_says():
    rng = np.random.default_rng(3)
    truth, n, trials = 0.3, 200, 4000
    found = wilson_1927(rng.binomial(n, truth, trials), n)
    covered = ((found.low <= truth) & (truth <= found.high)).mean()
    # four standard errors of a coverage of .95 over 4000 trials, plus the known discreteness of about .01
    assert abs(covered - 0.95) < 4 * np.sqrt(0.95 * 0.05 / trials) + 0.01
