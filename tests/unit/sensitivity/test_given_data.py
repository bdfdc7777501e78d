from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from haidong_sim.answers.sensitivity import estimate_first_order, estimate_pawn, estimate_rank_correlation
from haidong_sim.answers.sensitivity.study import cut_evenly, rank_draws
from haidong_sim.errors import EstimationError, ModelError


def linear_case(draws, rng):
    factor = np.linalg.cholesky(np.array([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]]))
    slopes = np.array([1, 0.5, 1.0])
    inputs = factor @ rng.standard_normal((3, draws))
    exact = (factor @ factor.T @ slopes) ** 2 / (slopes @ factor @ factor.T @ slopes + 1)
    return inputs, (slopes @ inputs + rng.standard_normal(draws))[None], exact


def bin_of(values, width):
    return cut_evenly(rank_draws(values[None]), width)[0]


def slow_index(x, y, width):
    """Adjusted R² of one straight line per bin, by least squares on the full design matrix."""
    codes = bin_of(x, width)
    columns = []
    for code in np.unique(codes):
        inside = codes == code
        columns.append(inside.astype(float))
        if np.ptp(x[inside]) > 0 and inside.sum() > 2:
            columns.append(np.where(inside, x - x[inside].mean(), 0.0))
    design = np.stack(columns, axis=1)
    residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    freedom = y.size - design.shape[1]
    return 1 - (residual @ residual / freedom) / y.var(ddof=1)


def test_equals_least_squares_with_one_line_per_bin():
    rng = np.random.default_rng(0)
    inputs = np.stack([rng.normal(size=700), rng.integers(0, 4, 700), rng.exponential(size=700)])
    outputs = np.stack([inputs[0] ** 2 + inputs[1], 1e9 + np.sin(3 * inputs[2]) + rng.normal(size=700)])
    found = estimate_first_order(inputs, outputs, bins=7)
    expected = [[slow_index(x, y, 7) for x in inputs] for y in outputs]
    assert np.allclose(found.s1, expected, rtol=0, atol=1e-6)


def test_intervals_agree_with_those_of_a_bootstrap():
    rng = np.random.default_rng(11)
    # A smooth effect, a coarse input and an outcome with heavy tails.
    inputs = np.stack([rng.normal(size=600), rng.integers(0, 4, 600)])
    outputs = np.stack([inputs[0] ** 2 + inputs[1], inputs[0] + inputs[1] + rng.standard_t(5, 600)])
    stated = estimate_first_order(inputs, outputs, bins=5).s1_conf / stats.norm.ppf(0.975)
    resampled = []
    for _ in range(200):
        again = rng.integers(0, 600, 600)
        resampled.append([[slow_index(x[again], y[again], 5) for x in inputs] for y in outputs])
    # The spread of 200 resamples is known to 5%, that of 600 influences with such tails to some 10%.
    assert np.allclose(stated, np.std(resampled, axis=0, ddof=1), rtol=0.25)


@pytest.mark.slow
@pytest.mark.parametrize("draws", [500, 2000])
def test_intervals_cover_nineteen_times_in_twenty(draws):
    hits = []
    for seed in range(500):
        rng = np.random.default_rng(seed)
        inputs, outputs, exact = linear_case(draws, rng)
        found = estimate_first_order(inputs, outputs)
        hits.append(np.abs(found.s1[0] - exact) <= found.s1_conf[0])
    cover = np.mean(hits, axis=0)
    assert (cover >= 0.90).all()
    assert (cover <= 0.98).all()


def test_the_error_of_an_idle_input_is_the_spread_of_its_index():
    rng = np.random.default_rng(13)
    inputs = rng.standard_normal((2, 2000))
    found = estimate_first_order(inputs, rng.standard_normal((400, 2000)))
    stated = found.s1_conf.mean(axis=0) / stats.norm.ppf(0.975)
    # The sd of 400 values has a relative error of 3.5%; what an index has of chance alone adds some percent.
    assert np.allclose(stated, found.s1.std(axis=0), rtol=0.2)


def test_idle_inputs_are_seldom_called_distinguishable():
    rng = np.random.default_rng(4)
    inputs = rng.standard_normal((5, 2000))
    # The spread of the outcome depends on the first input, its mean on none.
    outputs = rng.standard_normal((200, 2000)) * (0.2 + inputs[0] ** 2)
    found = estimate_first_order(inputs, outputs)
    # One outcome in twenty would show some input by chance; binomial sd over 200 outcomes is 1.5 points.
    assert found.distinguishable.any(axis=1).mean() <= 0.05 + 3 * 0.0154


def test_years_outcomes_and_scale_do_not_mix():
    rng = np.random.default_rng(1)
    inputs = rng.standard_normal((2, 3000))
    outputs = np.stack(
        [np.stack([inputs[0], 1e6 * inputs[1]]), np.stack([inputs[0] + inputs[1], np.full(3000, 0.171)])]
    )
    found = estimate_first_order(
        inputs, outputs, input_names=["a", "b"], outcome_names=["p", "q"], years=[2030, 2035]
    )
    table = found.frame().set_index(["outcome", "year", "input"])
    assert table.loc[("p", 2030, "a"), "S1"] == pytest.approx(1, abs=0.001)
    assert table.loc[("q", 2030, "a"), "S1"] == pytest.approx(0, abs=0.02)
    assert table.loc[("p", 2035, "b"), "S1"] == pytest.approx(0.5, abs=0.05)
    constant = table.loc[("q", 2035, "b")]
    assert constant["S1"] == 0
    assert constant["S1_conf"] == 0
    assert "constant outcome" in constant["note"]
    assert not constant["distinguishable"]


def test_adding_a_constant_and_reordering_draws_changes_nothing_that_matters():
    rng = np.random.default_rng(2)
    inputs, outputs, _ = linear_case(1000, rng)
    plain = estimate_first_order(inputs, outputs).s1
    shifted = estimate_first_order(inputs, outputs + 1000).s1
    order = rng.permutation(1000)
    shuffled = estimate_first_order(inputs[:, order], outputs[:, order]).s1
    assert np.allclose(plain, shifted, rtol=0, atol=1e-9)
    assert np.allclose(plain, shuffled, rtol=0, atol=1e-12)


def test_an_output_that_is_not_finite_is_named():
    outputs = np.ones((1, 2, 50)) * np.arange(50)
    outputs[0, 1, [7, 9]] = np.nan, np.inf
    for estimate in (estimate_first_order, estimate_rank_correlation, estimate_pawn):
        with pytest.raises(ModelError, match=r"'gdp \(2030\)': 2 of 50 draws \(draws 7, 9\)"):
            estimate(np.arange(100.0).reshape(2, 50), outputs, outcome_names=["s", "gdp"], years=[2030])


def test_shapes_and_names_that_do_not_fit_are_refused():
    with pytest.raises(EstimationError, match=r"given shapes \(2, 5\) and \(1, 6\)"):
        estimate_first_order(np.zeros((2, 5)), np.zeros((1, 6)))
    with pytest.raises(EstimationError, match="2 different names of inputs"):
        estimate_first_order(np.zeros((2, 5)), np.zeros((1, 5)), input_names=["a", "a"])
    with pytest.raises(EstimationError, match="2 years, 1 are named"):
        estimate_first_order(np.zeros((2, 5)), np.zeros((2, 1, 5)), years=[2030])
    with pytest.raises(EstimationError, match="'input2': 1 of 5 draws"):
        estimate_first_order([[1, 2, 3, 4, 5], [1, 2, np.nan, 4, 5]], np.ones((1, 5)))


def test_a_constant_up_to_rounding_is_a_constant():
    inputs = np.random.default_rng(14).standard_normal((2, 1000))
    outputs = np.where(inputs[:1] > 0, 0.1 + 0.2, 0.3)
    assert np.ptp(outputs) > 0
    for found in (
        estimate_first_order(inputs, outputs).s1,
        estimate_rank_correlation(inputs, outputs).rho,
        estimate_pawn(inputs, outputs).median,
    ):
        assert (found == 0).all()


def test_a_constant_input_explains_nothing():
    rng = np.random.default_rng(3)
    inputs = np.stack([np.full(400, 2.0), rng.normal(size=400)])
    found = estimate_first_order(inputs, inputs[1:])
    assert found.s1[0, 0] == 0
    assert found.p_value[0, 0] == 1


def test_rank_correlation_equals_scipy_with_ties():
    rng = np.random.default_rng(6)
    inputs = np.stack([rng.normal(size=300), rng.integers(0, 5, 300)])
    outputs = np.stack([np.round(inputs[0] + rng.normal(size=300)), np.full(300, 3.0)])
    found = estimate_rank_correlation(inputs, outputs)
    for number, values in enumerate(inputs):
        assert found.rho[0, number] == pytest.approx(stats.spearmanr(values, outputs[0]).statistic, abs=1e-12)
    assert (found.rho[1] == 0).all()
    assert "constant outcome" in found.frame()["note"].iloc[-1]


def test_rank_correlation_intervals_cover():
    hits = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((1, 200))
        found = estimate_rank_correlation(x, 0.6 * x + 0.8 * rng.standard_normal((1, 200)))
        # Spearman's rho of a normal pair with correlation r is 6/π·asin(r/2).
        hits.append(found.ci_low[0, 0] <= 6 / np.pi * np.arcsin(0.3) <= found.ci_high[0, 0])
    assert 0.92 <= np.mean(hits) <= 0.98


def test_pawn_equals_scipys_distance_in_every_bin():
    rng = np.random.default_rng(7)
    inputs = rng.standard_normal((3, 501))
    outputs = np.round(inputs[:1] + rng.standard_normal((1, 501)), 1)
    found = estimate_pawn(inputs, outputs, levels=501)
    for number in range(3):
        codes = bin_of(inputs[number], 10)
        distance = [
            stats.ks_2samp(outputs[0][codes == code], outputs[0]).statistic for code in np.unique(codes)
        ]
        assert found.median[0, number] == pytest.approx(np.median(distance), abs=1e-12)
        assert found.maximum[0, number] == pytest.approx(np.max(distance), abs=1e-12)


def test_pawn_at_quantiles_misses_less_than_chance_moves_it():
    rng = np.random.default_rng(12)
    inputs = rng.standard_normal((2, 50_000))
    outputs = np.exp(inputs[:1] + 0.5 * inputs[1:] + rng.standard_normal((1, 50_000)))
    found = estimate_pawn(inputs, outputs)
    for number in range(2):
        codes = bin_of(inputs[number], 10)
        exact = [stats.ks_2samp(outputs[0][codes == code], outputs[0]).statistic for code in range(10)]
        # A distance at fewer places is never larger; that of 5000 draws has an sd of 0.26/√5000 by chance.
        assert 0 <= np.median(exact) - found.median[0, number] < 0.26 / np.sqrt(5000)
        assert 0 <= np.max(exact) - found.maximum[0, number] < 0.26 / np.sqrt(5000)


def test_pawn_takes_an_idle_input_for_more_once_in_twenty():
    rng = np.random.default_rng(8)
    inputs = rng.standard_normal((5, 2000))
    found = estimate_pawn(inputs, rng.standard_normal((200, 2000)))
    # Binomial sd of 1000 such verdicts is 0.7 points, the level itself is known to some 0.5 points.
    assert (found.median > found.null_median).mean() == pytest.approx(0.05, abs=0.03)


def test_pawn_sees_what_moves_no_mean_and_leaves_constants_at_zero():
    rng = np.random.default_rng(9)
    inputs = rng.standard_normal((1, 4000))
    found = estimate_pawn(inputs, np.stack([inputs[0] * rng.standard_normal(4000), np.ones(4000)]))
    assert found.frame()["distinguishable"].tolist() == [True, False]
    assert found.median[1, 0] == 0


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).normal(size=1001),
        np.random.default_rng(1).integers(-3, 3, 1000).astype(float),
        1e12 + np.random.default_rng(2).normal(size=777),
        np.geomspace(1e-300, 1e300, 50)[::-1] * np.array([1, -1] * 25),
        np.array([0.0, -0.0, 1.0, 0.0]),
        np.full(5, 2.5),
    ],
    ids=["normal", "discrete", "far from zero", "all sizes", "signed zeros", "constant"],
)
def test_ranks_equal_scipys_whatever_is_tied(values):
    found = rank_draws(values[None])
    assert (found.below[0] + 1 == stats.rankdata(values, method="min")).all()
    assert (found.upto[0] == stats.rankdata(values, method="max")).all()


def test_equal_values_share_a_bin():
    codes = bin_of(np.array([0.0] * 70 + [1.0] * 20 + [2.0] * 10), 10)
    assert len(set(codes[:70])) == len(set(codes[70:90])) == len(set(codes[90:])) == 1
    assert len(set(codes)) == 3
