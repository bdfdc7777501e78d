"""Scores, comparisons and forecasters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from oracles.crps import crps_ensemble

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.ar1 import AR1Prior
from haidong_sim.estimation.changes import Changes
from haidong_sim.estimation.forecast import (
    HOUSE_PRIOR,
    SIMPLE_FORECASTERS,
    Mixture,
    gaussian,
    historical_mean,
    mixture_cdf,
    mixture_log_density,
    mixture_quantile,
    parent_plus_gap,
    parent_plus_shrunk_gap,
    plugged_in_ar1,
    posterior_trend,
    random_walk,
)
from haidong_sim.estimation.gaps import SHARE_GAP_PRIOR
from haidong_sim.estimation.scorecard import (
    HOUSE,
    PLAN,
    Case,
    score_frozen,
    score_rolling,
    summarize_against,
    summarize_coverage,
    summarize_scores,
)
from haidong_sim.estimation.scores import (
    central_coverage,
    crps_mixture,
    diebold_mariano_1995,
    pit_counts,
    score_point,
)


def changes(steps, first=2000):
    return Changes(
        label="toy",
        price_basis="current",
        years=tuple(range(first, first + len(steps))),
        steps=np.array(steps, dtype=float),
        source="toy",
    )


@pytest.fixture
def history():
    return changes(0.05 + 0.02 * np.random.default_rng(1).standard_normal(20))


def test_mixture_crps_of_a_t_equals_its_sampled_value():
    mixture = Mixture(
        weight=np.array([[0.3], [0.7]]),
        location=np.array([[0.0], [0.05]]),
        scale=np.array([[0.01], [0.02]]),
        dof=6.0,
    )
    rng = np.random.default_rng(2)
    node = rng.random(200_000) < 0.7
    draws = np.where(node, 0.05, 0.0) + np.where(node, 0.02, 0.01) * rng.standard_t(6.0, 200_000)
    assert crps_mixture(mixture, 0.03) == pytest.approx(crps_ensemble(draws, 0.03), rel=0.01)
    assert mixture_cdf(mixture, 0.03)[0] == pytest.approx(np.mean(draws <= 0.03), abs=0.005)
    assert mixture_quantile(mixture, 0.9)[0] == pytest.approx(np.quantile(draws, 0.9), abs=5e-4)


def test_log_density_integrates_to_one_and_is_the_derivative_of_the_cdf():
    mixture = Mixture(
        weight=np.array([[0.5], [0.5]]), location=np.array([[0.0], [1.0]]), scale=np.ones((2, 1)), dof=5.0
    )
    step = 1e-5
    slope = (mixture_cdf(mixture, 0.4 + step) - mixture_cdf(mixture, 0.4 - step)) / (2 * step)
    assert np.exp(mixture_log_density(mixture, 0.4))[0] == pytest.approx(slope[0], rel=1e-8)
    normal = gaussian(0.0, 2.0)
    assert mixture_log_density(normal, 0.0)[0] == pytest.approx(-np.log(2.0 * np.sqrt(2.0 * np.pi)))


def test_quantiles_refuse_impossible_probabilities():
    with pytest.raises(EstimationError, match=r"strictly between 0 and 1, not \[1\.5\]"):
        mixture_quantile(gaussian(0.0, 1.0), 1.5)


def test_a_point_is_scored_by_its_absolute_error():
    score = score_point(0.06, 0.075)
    assert score.crps == pytest.approx(0.015)
    assert np.isnan(score.pit)


def test_coverage_and_counts():
    pit = [0.02, 0.3, 0.5, 0.7, 0.98, np.nan]
    found = central_coverage(pit, 0.8)
    assert (found.inside, found.n) == (3, 5)
    # Clopper and Pearson's limits of 3 in 5
    assert (found.low, found.high) == pytest.approx((0.14663, 0.94726), abs=5e-6)
    assert sum(item.inside for item in pit_counts(pit)) == 5
    with pytest.raises(EstimationError, match="no binomial interval for 0 of 0"):
        central_coverage([np.nan], 0.9)


def test_diebold_mariano_one_step_is_a_scaled_t_test():
    """At h = 1 the correction √((n − 1)/n) turns the statistic into the one-sample t of the differences."""
    rng = np.random.default_rng(3)
    loss, other = rng.random(12), rng.random(12) + 0.2
    gap = loss - other
    student = gap.mean() / (gap.std(ddof=1) / np.sqrt(12))
    assert diebold_mariano_1995(loss, other).statistic == pytest.approx(student, rel=1e-12)


def test_diebold_mariano_two_steps_by_hand():
    """Differences 1, 2, 0, 1, 3, −1: mean 1, γ0 = 10/6, γ1 = −1 (times 6: −6), h = 2 by hand.

    Deviations 0, 1, −1, 0, 2, −2: γ0 = (1 + 1 + 4 + 4)/6 = 10/6; γ1 = (0 − 1 + 0 + 0 − 4)/6 = −5/6, so the
    variance is γ0 + 2·γ1 = 0, which is not positive, and γ0 alone is used: 1/√(10/36) = 1.897367. The
    correction is √((6 + 1 − 4 + 2·1/6)/6) = √(10/18).
    """
    gap = np.array([1.0, 2.0, 0.0, 1.0, 3.0, -1.0])
    found = diebold_mariano_1995(gap, np.zeros(6), horizon=2)
    assert found.statistic == pytest.approx(np.sqrt(3.6) * np.sqrt(10.0 / 18.0), rel=1e-12)


def test_diebold_mariano_holds_its_size():
    rng = np.random.default_rng(4)
    rejected = [diebold_mariano_1995(rng.random(15), rng.random(15)).p_value < 0.05 for _ in range(2_000)]
    assert np.mean(rejected) == pytest.approx(0.05, abs=4.0 * np.sqrt(0.05 * 0.95 / 2_000))


def test_diebold_mariano_refuses_too_few_and_equal():
    with pytest.raises(EstimationError, match="at least 10 are needed"):
        diebold_mariano_1995(np.ones(8), np.zeros(8), horizon=5)
    with pytest.raises(EstimationError, match="nothing varies"):
        diebold_mariano_1995(np.ones(8), np.ones(8))


def test_random_walk_spread_is_that_of_summed_steps(history):
    """Average of three years of a walk: variance σ²(1 + 2² + 3²)/9 for partial sums of weights 3, 2, 1."""
    step = np.sqrt((np.diff(history.steps) ** 2).mean())
    found = random_walk(history, 3, average=True)
    assert found.scale[0, 0] == pytest.approx(step * np.sqrt(14.0 / 9.0))
    assert found.location[0, 0] == history.steps[-1]
    assert random_walk(history, 3, average=False).scale[0, 0] == pytest.approx(step * np.sqrt(3.0))


def test_plugged_in_ar1_two_steps_by_hand(history):
    found = plugged_in_ar1(history, 2, average=False)
    one = plugged_in_ar1(history, 1, average=False)
    mean = history.steps.mean()
    phi = (one.location[0, 0] - mean) / (history.steps[-1] - mean)
    assert found.location[0, 0] == pytest.approx(mean + phi**2 * (history.steps[-1] - mean))
    assert found.scale[0, 0] == pytest.approx(one.scale[0, 0] * np.sqrt(1 + phi**2))


def test_parent_plus_gap_adds_means_and_variances(history):
    gap = changes(0.01 + 0.01 * np.random.default_rng(5).standard_normal(20))
    above, between = (
        rule(part, 2, average=True) for rule, part in ((posterior_trend, history), (historical_mean, gap))
    )
    both = parent_plus_gap(history, gap, 2, average=True)
    assert both.location == pytest.approx(above.location + between.location)
    assert both.scale**2 == pytest.approx(above.scale**2 + between.scale**2)


def test_parent_plus_shrunk_gap_is_the_sum_of_the_two_posteriors(history):
    """Moments of the sum against draws of both parts, each a mixture of Student t."""
    gap = changes(0.01 + 0.01 * np.random.default_rng(5).standard_normal(20))
    both = parent_plus_shrunk_gap(history, gap, 2, average=True, prior=SHARE_GAP_PRIOR)
    rng = np.random.default_rng(6)
    total = np.zeros(200_000)
    for part, prior in ((history, HOUSE_PRIOR), (gap, SHARE_GAP_PRIOR)):
        one = posterior_trend(part, 2, average=True, prior=prior)
        node = rng.choice(len(one.weight), size=total.size, p=one.weight[:, 0])
        total += one.location[node, 0] + one.scale[node, 0] * rng.standard_t(one.dof, total.size)
    for probability in (0.1, 0.5, 0.9):
        # The sum of two Student t is taken as one, which moves its quantiles by less than half a point.
        assert np.mean(total <= mixture_quantile(both, probability)[0]) == pytest.approx(
            probability, abs=0.005
        )


def test_the_house_derives_a_series_with_a_gap_prior_from_its_parent(history):
    gap = changes(0.01 + 0.01 * np.random.default_rng(5).standard_normal(20))
    case = Case(
        region="toy", indicator="toy", parent=history, gap_prior=SHARE_GAP_PRIOR,
        changes=changes(history.steps + gap.steps),
    )  # fmt: skip
    scores = score_frozen(case, origin=2014, last=2015).set_index("forecaster")
    known = parent_plus_shrunk_gap(
        history.between(0, 2014), gap.between(0, 2014), 1, average=False, prior=SHARE_GAP_PRIOR
    )
    assert scores.loc[HOUSE, "median"] == pytest.approx(mixture_quantile(known, 0.5)[0], abs=1e-6)


def test_score_card_ranks_the_truth_first():
    """Mean-reverting data: the historical mean must beat the random walk, and the house not lose badly."""
    rng = np.random.default_rng(6)
    case = Case(region="toy", indicator="toy", changes=changes(0.05 + 0.02 * rng.standard_normal(40)))
    scores = score_rolling(case, horizons=(1, 3))
    against = summarize_against(scores).set_index("forecaster")
    assert against.loc["random_walk", "crps_ratio"] < 0.9
    assert against.loc["historical_mean", "crps_ratio"] < 1.1
    assert set(scores["forecaster"]) == {HOUSE, *SIMPLE_FORECASTERS}
    rates = summarize_coverage(scores)
    ninety = rates[(rates["nominal"] == 0.9) & (rates["forecaster"] == HOUSE) & (rates["horizon"] == 1)]
    assert ninety["rate"].iloc[0] > 0.75


def test_a_forecast_never_sees_the_years_it_predicts(history):
    case = Case(region="toy", indicator="toy", changes=history)
    changed = changes([*history.steps[:15], *(history.steps[15:] + 0.2)])
    one = score_frozen(case, origin=2014, last=2019)
    two = score_frozen(Case(region="toy", indicator="toy", changes=changed), origin=2014, last=2019)
    assert (one["median"] == two["median"]).all()
    assert not (one["outcome"] == two["outcome"]).any()


def test_plan_paths_are_scored_where_they_exist(history):
    case = Case(region="toy", indicator="toy", changes=history, plan={2015: 0.04, 2016: 0.06})
    scores = score_frozen(case, origin=2014, last=2017)
    plan = scores[scores["forecaster"] == PLAN]
    assert sorted(zip(plan["functional"], plan["horizon"], strict=True)) == [
        ("average", 2),
        ("year", 1),
        ("year", 2),
    ]
    assert plan.set_index(["functional", "horizon"]).loc[("average", 2), "median"] == pytest.approx(0.05)


def test_summary_pairs_outcomes(history):
    case = Case(region="toy", indicator="toy", changes=history)
    summary = summarize_scores(score_rolling(case, horizons=(1,)))
    house = summary[summary["forecaster"] == HOUSE]
    assert house["crps_ratio"].iloc[0] == pytest.approx(1.0)
    assert isinstance(summary, pd.DataFrame)


def test_house_forecaster_widens_with_a_drifting_level(history):
    still = posterior_trend(history, 5, average=True, prior=AR1Prior())
    moving = posterior_trend(history, 5, average=True, prior=AR1Prior(drift=(0.4,)))
    width = [mixture_quantile(item, 0.9)[0] - mixture_quantile(item, 0.1)[0] for item in (still, moving)]
    assert width[1] > width[0]
