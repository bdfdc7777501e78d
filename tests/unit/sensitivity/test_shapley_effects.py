from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from haidong_sim.answers.sensitivity import (
    estimate_shapley_linear,
    shapley_linear_gaussian,
)
from haidong_sim.errors import EstimationError


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


def test_the_linear_fit_says_how_much_it_sees():
    rng = np.random.default_rng(1)
    inputs = rng.standard_normal((2, 20_000))
    found = estimate_shapley_linear(inputs, (inputs[0] + inputs[1] ** 2)[None], rng=0)
    # Var(X²) = 2: a third of the variance is linear, all of it in the first input.
    assert found.explained[0] == pytest.approx(1 / 3, abs=0.03)
    assert found.share[0] == pytest.approx([1, 0], abs=0.01)
