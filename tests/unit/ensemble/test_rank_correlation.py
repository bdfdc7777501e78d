"""Iman and Conover's reordering: marginals to the bit, rank correlation as asked."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from haidong_sim.ensemble.rank_correlation import iman_conover_1982
from haidong_sim.errors import ScenarioError

WANTED = np.array([[1.0, 0.7, -0.4], [0.7, 1.0, 0.1], [-0.4, 0.1, 1.0]])


def samples(draws=5000, seed=3):
    generator = np.random.default_rng(seed)
    return np.stack(
        [generator.lognormal(size=draws), generator.uniform(size=draws), generator.gamma(0.5, size=draws)]
    )


def test_values_stay_and_the_first_keeps_its_order():
    given = samples()
    found = iman_conover_1982(given, WANTED, rng=0)
    np.testing.assert_array_equal(np.sort(found, axis=1), np.sort(given, axis=1))
    np.testing.assert_array_equal(found[0], given[0])


def test_reaches_the_rank_correlation():
    """Normal scores have the correlation asked for; Spearman's is 6/pi asin(r/2) of it."""
    found = spearmanr(iman_conover_1982(samples(), WANTED, rng=0).T).statistic
    implied = 6 / np.pi * np.arcsin(WANTED / 2)
    np.testing.assert_allclose(found[~np.eye(3, dtype=bool)], implied[~np.eye(3, dtype=bool)], atol=0.01)


def test_is_reproducible_and_leaves_the_caller_alone():
    given = samples(draws=200)
    before = given.copy()
    first, second = (iman_conover_1982(given, WANTED, rng=7) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(given, before)


@pytest.mark.parametrize(
    ("given", "wanted", "message"),
    [
        (np.zeros(5), WANTED, "is not \\(variable, draw\\)"),
        (np.zeros((3, 2)), WANTED, "2 draws are too few for 3 variables"),
        (np.full((3, 9), np.nan), WANTED, "27 values are not finite"),
        (np.ones((2, 9)), WANTED, "does not fit 2 variables"),
        (np.ones((2, 9)), [[1.0, 0.5], [0.4, 1.0]], "not symmetric"),
        (np.ones((2, 9)), [[1.0, 1.2], [1.2, 1.0]], "not positive definite"),
    ],
)
def test_refuses(given, wanted, message):
    with pytest.raises(ScenarioError, match=message):
        iman_conover_1982(given, wanted)
