"""Probabilities of normal orthants against SciPy's own integration and against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal

from haidong_sim.engine.net import N_CELLS, normal_edges
from haidong_sim.engine.orthant import chance_given, genz_1992


def test_edges_are_normal_quantiles():
    edges = normal_edges()
    assert edges.shape == (N_CELLS + 1,)
    np.testing.assert_allclose(edges[1:-1], ndtri(np.arange(1, N_CELLS) / N_CELLS), rtol=1e-9, atol=1e-12)
    assert edges[0] == -np.inf
    assert edges[-1] == np.inf


@pytest.mark.parametrize("distance", [-3.0, 0.0, 1.7, 6.0])
def test_one_variable_is_the_normal_tail(distance):
    assert genz_1992(np.array([distance]), np.eye(1)) == pytest.approx(ndtr(-distance), rel=1e-12)


@pytest.mark.parametrize("rho", [-0.9, -0.3, 0.0, 0.5, 0.99])
def test_two_halves_have_a_closed_form(rho):
    """P(both positive) = 1/4 + asin(rho) / 2 pi (Sheppard)."""
    found = genz_1992(np.zeros(2), np.array([[1.0, rho], [rho, 1.0]]))
    assert found == pytest.approx(0.25 + math.asin(rho) / (2 * math.pi), abs=1e-4)


def test_a_band_of_one_variable_is_a_difference():
    found = genz_1992(np.array([-0.4, -1.1]), np.array([[1.0, -1.0], [-1.0, 1.0]]))
    assert found == pytest.approx(ndtr(1.1) - ndtr(-0.4), abs=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_five_variables_agree_with_an_independent_integration(seed):
    generator = np.random.default_rng(seed)
    loadings = generator.uniform(-0.8, 0.8, (5, 2))
    covariance = loadings @ loadings.T + np.diag(generator.uniform(0.3, 1.0, 5))
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    distances = generator.uniform(-1.5, 0.8, 5)
    exact = multivariate_normal.cdf(-distances, cov=correlation, abseps=1e-8, maxpts=2_000_000, rng=seed)
    assert genz_1992(distances, correlation) == pytest.approx(exact, abs=1e-4)


def test_points_of_different_covariances_give_their_own_probability():
    """Half of the points have one covariance, half another: each half averages to SciPy's integral."""
    generator = np.random.default_rng(8)
    pair = np.array([[[1.0, 0.6], [0.6, 1.0]], [[4.0, -1.0], [-1.0, 0.5]]])
    distances, size = np.array([0.3, -0.4]), 100_000
    chances = chance_given(distances, np.repeat(pair, size, axis=0), generator.random((1, 2 * size)))
    for own, covariance in zip(chances.reshape(2, size), pair, strict=True):
        exact = multivariate_normal.cdf(-distances, cov=covariance)
        assert own.mean() == pytest.approx(exact, abs=4 * own.std() / math.sqrt(size))
