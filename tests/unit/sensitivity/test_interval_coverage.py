"""Intervals at nominal 95% cover the truth in 90 to 98% of 500 replications.

Truths are closed forms: S1 and Shapley share of a linear model of independent normals are b_i² / Σ b²;
Spearman's correlation of bivariate normals with correlation r is 6/π asin(r/2); the derivative of P(Y > c) to
the mean of an input of Y = Σ b_i X_i is b_i φ(c/σ)/σ; the Sobol' indices of a product model are those of the
g-function.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, uniform

from haidong_sim.answers.sensitivity import (
    estimate_first_order,
    estimate_probability_sensitivity,
    estimate_rank_correlation,
    estimate_shapley_linear,
    estimate_sobol,
)

REPLICATIONS = 500
SLOPES = np.array([1.0, 0.7, 0.4])
VARIANCE = SLOPES @ SLOPES
WEIGHTS = np.array([0.0, 1.0, 4.5])


def draws_of(seed, n=1000):
    inputs = np.random.default_rng(seed).standard_normal((3, n))
    return inputs, (SLOPES @ inputs)[None]


def first_order(seed):
    table = estimate_first_order(*draws_of(seed)).frame()
    return table["ci_low"], table["ci_high"], SLOPES**2 / VARIANCE


def shapley(seed):
    table = estimate_shapley_linear(*draws_of(seed, 400), groups=32, resamples=40, rng=seed).frame()
    return table["ci_low"], table["ci_high"], SLOPES**2 / VARIANCE


def rank_correlation(seed):
    table = estimate_rank_correlation(*draws_of(seed)).frame()
    return table["ci_low"], table["ci_high"], 6 / np.pi * np.arcsin(SLOPES / np.sqrt(VARIANCE) / 2)


def probability(seed):
    inputs, outputs = draws_of(seed)
    table = estimate_probability_sensitivity(inputs, outputs > 0.5).frame()
    truth = SLOPES * norm.pdf(0.5 / np.sqrt(VARIANCE)) / np.sqrt(VARIANCE)
    return table["dp_dmean"] - table["dp_dmean_conf"], table["dp_dmean"] + table["dp_dmean_conf"], truth


def g_function(x):
    return np.prod((np.abs(4 * x - 2) + WEIGHTS[:, None]) / (1 + WEIGHTS[:, None]), axis=0)[None]


def sobol(seed):
    marginals = {f"x{number}": uniform(0, 1).ppf for number in range(3)}
    table = estimate_sobol(g_function, marginals, base_points=512, sampler="mc", rng=seed).frame()
    alone = 1 / (3 * (1 + WEIGHTS) ** 2)
    whole = np.prod(1 + alone) - 1
    truth = np.concatenate([alone / whole, alone * (1 + whole) / (1 + alone) / whole])
    value = np.concatenate([table["S1"], table["ST"]])
    conf = np.concatenate([table["S1_conf"], table["ST_conf"]])
    return value - conf, value + conf, truth


@pytest.mark.slow
@pytest.mark.parametrize("estimator", [first_order, shapley, rank_correlation, probability, sobol])
def test_intervals_cover_as_often_as_they_say(estimator):
    covered = []
    for seed in range(REPLICATIONS):
        low, high, truth = (np.asarray(part) for part in estimator(seed))
        covered.append((low <= truth) & (truth <= high))
    share = np.mean(covered, axis=0)
    assert ((share >= 0.90) & (share <= 0.98)).all(), share
