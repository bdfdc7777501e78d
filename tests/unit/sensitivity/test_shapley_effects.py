from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from haidong_sim.errors import EstimationError
from haidong_sim.sensitivity import (
    estimate_shapley,
    estimate_shapley_linear,
    normal_marginal,
    shapley_linear_gaussian,
    uniform_marginal,
)


def explained(slopes, cov, known):
    """Variance of the conditional mean of Σ b_i X_i given the inputs `known`."""
    known = list(known)
    if not known:
        return 0.0
    reach = (cov @ slopes)[known]
    return reach @ np.linalg.solve(cov[np.ix_(known, known)], reach)


def slow_effects(slopes, cov):
    count = len(slopes)
    orders = list(permutations(range(count)))
    effect = np.zeros(count)
    for order in orders:
        for place, player in enumerate(order):
            gain = explained(slopes, cov, order[: place + 1]) - explained(slopes, cov, order[:place])
            effect[player] += gain
    return effect / len(orders) / (slopes @ cov @ slopes)


def test_equals_the_mean_over_all_orders():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(4, 4))
    cov = np.zeros((5, 5))
    cov[:4, :4] = root @ root.T
    cov[4, 4] = 2.0
    slopes = rng.normal(size=(2, 5))
    found = shapley_linear_gaussian(slopes, cov)
    assert np.allclose(found, [slow_effects(line, cov) for line in slopes], atol=1e-10)
    assert np.allclose(found.sum(axis=1), 1)


def test_a_repeated_input_shares_with_its_copy():
    cov = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert np.allclose(shapley_linear_gaussian([[1.0, 0.0, 1.0]], cov), [[0.25, 0.25, 0.5]])


def test_refuses_what_is_no_covariance_and_too_many_dependent_inputs():
    with pytest.raises(EstimationError, match="symmetric"):
        shapley_linear_gaussian([[1, 1]], [[1, 0.5], [0.2, 1]])
    with pytest.raises(EstimationError, match="negative eigenvalue"):
        shapley_linear_gaussian([[1, 1]], [[1, 2], [2, 1]])
    with pytest.raises(EstimationError, match="17 inputs depend on each other"):
        shapley_linear_gaussian(np.ones((1, 17)), np.full((17, 17), 0.5) + np.eye(17))
    with pytest.raises(EstimationError, match="positive definite"):
        estimate_shapley(
            lambda x: x[:1], {name: normal_marginal(0, 1) for name in "ab"}, correlation=[[1, 1], [1, 1]]
        )


@pytest.mark.slow
def test_permutation_intervals_cover_for_a_product_of_dependent_inputs():
    # Y = X1·X2 with unit normals of correlation r: by symmetry each has half of the variance, whatever r.
    # A third input is idle and correlated with nothing.
    marginals = {name: normal_marginal(0, 1) for name in "abc"}
    correlation = np.array([[1, 0.6, 0], [0.6, 1, 0], [0, 0, 1]])
    hits = []
    for seed in range(300):
        found = estimate_shapley(
            lambda x: (x[0] * x[1])[None], marginals, correlation=correlation, permutations=300, rng=seed
        )
        hits.append(np.abs(found.share[0] - [0.5, 0.5, 0.0]) <= found.share_conf[0] + 1e-12)
    cover = np.mean(hits, axis=0)
    assert (cover[:2] >= 0.90).all()
    assert (cover[:2] <= 0.98).all()


def test_constant_outcomes_and_several_years():
    found = estimate_shapley(
        lambda x: np.stack([x[:1], 0 * x[:1] + 3]), {name: uniform_marginal(0, 1) for name in "ab"},
        years=[2030, 2035], permutations=200, rng=0,
    )  # fmt: skip
    table = found.frame()
    assert table[table["year"] == 2030]["shapley"].tolist() == pytest.approx([1, 0], abs=0.1)
    assert table[table["year"] == 2035]["shapley"].tolist() == [0, 0]
    assert table["note"].iloc[-1].startswith("constant outcome")


def test_the_linear_fit_says_how_much_it_sees():
    rng = np.random.default_rng(1)
    inputs = rng.standard_normal((2, 20_000))
    found = estimate_shapley_linear(inputs, (inputs[0] + inputs[1] ** 2)[None], rng=0)
    # Var(X²) = 2: a third of the variance is linear, all of it in the first input.
    assert found.explained[0] == pytest.approx(1 / 3, abs=0.03)
    assert found.share[0] == pytest.approx([1, 0], abs=0.01)
