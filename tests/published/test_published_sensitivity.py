"""Functions whose sensitivity indices are known in closed form.

Ishigami and Homma (1990), doi:10.1109/ISUMA.1990.151285, with a = 7, b = 0.1; the variance is
a²/8 + bπ⁴/5 + b²π⁸/18 + ½.
Sobol' g-function: Saltelli and Sobol' (1995); partial variance of input i alone is 1/(3(1 + a_i)²).
Linear-Gaussian split of ln r in 2035: variances .0144, .002025, .005625 and .011626 of trend, population,
deflator and shocks (population enters with a minus sign).
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import uniform

from haidong_sim.answers.sensitivity import (
    estimate_first_order,
    estimate_shapley_linear,
    estimate_sobol,
    shapley_linear_gaussian,
)

A, B = 7.0, 0.1
VARIANCE = A**2 / 8 + B * np.pi**4 / 5 + B**2 * np.pi**8 / 18 + 0.5
ISHIGAMI_S1 = np.array([(1 + B * np.pi**4 / 5) ** 2 / 2, A**2 / 8, 0.0]) / VARIANCE
ISHIGAMI_S13 = 8 * B**2 * np.pi**8 / 225 / VARIANCE
ISHIGAMI_ST = ISHIGAMI_S1 + np.array([ISHIGAMI_S13, 0.0, ISHIGAMI_S13])
# Nominal 95% half-widths are 1.96 standard errors: three of them.
THREE_SE = 3 / 1.96


def ishigami(x):
    return (np.sin(x[0]) + A * np.sin(x[1]) ** 2 + B * x[2] ** 4 * np.sin(x[0]))[None]


ANGLES = {name: uniform(-np.pi, 2 * np.pi).ppf for name in ("one", "two", "three")}
G_WEIGHTS = np.array([0.0, 1.0, 4.5, 9.0, 99.0])


def g_function(x):
    return np.prod((np.abs(4 * x - 2) + G_WEIGHTS[:, None]) / (1 + G_WEIGHTS[:, None]), axis=0)[None]


def g_indices():
    alone = 1 / (3 * (1 + G_WEIGHTS) ** 2)
    total = np.prod(1 + alone) - 1
    return alone / total, alone * (1 + total) / (1 + alone) / total


def test_the_reference_numbers_of_ishigami_are_those_in_print():
    assert np.allclose(ISHIGAMI_S1, [0.3139, 0.4424, 0.0], atol=5e-5)
    assert np.allclose(ISHIGAMI_ST, [0.5576, 0.4424, 0.2437], atol=5e-5)


def test_sobol_indices_of_ishigami():
    found = estimate_sobol(ishigami, ANGLES, base_points=2**12, second_order=True, sampler="mc", rng=3)
    assert (np.abs(found.s1[0] - ISHIGAMI_S1) <= THREE_SE * found.s1_conf[0]).all()
    assert (np.abs(found.st[0] - ISHIGAMI_ST) <= THREE_SE * found.st_conf[0]).all()
    pairs = found.second_order_frame()
    expected = np.array([0.0, ISHIGAMI_S13, 0.0])
    assert (np.abs(pairs["S2"] - expected) <= THREE_SE * pairs["S2_conf"]).all()


def test_a_scrambled_net_comes_closer_than_its_interval_says():
    found = estimate_sobol(ishigami, ANGLES, base_points=2**13, rng=0)
    assert np.abs(found.s1[0] - ISHIGAMI_S1).max() < 0.005
    assert np.abs(found.st[0] - ISHIGAMI_ST).max() < 0.005


def test_sobol_indices_of_the_g_function():
    marginals = {f"x{number}": uniform(0, 1).ppf for number in range(5)}
    found = estimate_sobol(g_function, marginals, base_points=2**13, sampler="mc", rng=1)
    s1, st = g_indices()
    assert (np.abs(found.s1[0] - s1) <= THREE_SE * found.s1_conf[0]).all()
    assert (np.abs(found.st[0] - st) <= THREE_SE * found.st_conf[0]).all()


@pytest.mark.parametrize("draws", [1_000, 100_000])
def test_first_order_indices_of_the_ordinary_run(draws):
    rng = np.random.default_rng(11)
    angles = rng.uniform(-np.pi, np.pi, size=(3, draws))
    found = estimate_first_order(angles, ishigami(angles))
    assert (np.abs(found.s1[0] - ISHIGAMI_S1) <= THREE_SE * found.s1_conf[0]).all()
    assert found.distinguishable[0].tolist() == [True, True, False]
    unit = rng.random((5, draws))
    found = estimate_first_order(unit, g_function(unit))
    assert (np.abs(found.s1[0] - g_indices()[0]) <= THREE_SE * found.s1_conf[0]).all()


VARIANCES = np.array([0.0144, 0.002025, 0.005625, 0.011626])
SIGNS = np.array([[1.0, -1.0, 1.0, 1.0]])
PRINTED = {0.0: [0.428, 0.060, 0.167, 0.345], 0.5: [0.359, 0.031, 0.199, 0.411]}


def covariance(rho):
    cov = np.diag(VARIANCES)
    cov[0, 1] = cov[1, 0] = rho * np.sqrt(VARIANCES[0] * VARIANCES[1])
    return cov


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_exact_shapley_effects_of_ln_r(rho):
    assert np.allclose(shapley_linear_gaussian(SIGNS, covariance(rho))[0], PRINTED[rho], atol=5e-4)


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_shapley_effects_of_ln_r_from_draws(rho):
    cov = covariance(rho)
    exact = shapley_linear_gaussian(SIGNS, cov)[0]
    draws = np.random.default_rng(2).multivariate_normal(np.zeros(4), cov, size=20_000).T
    fitted = estimate_shapley_linear(draws, SIGNS @ draws, rng=0)
    assert (np.abs(fitted.share[0] - exact) <= THREE_SE * fitted.share_conf[0]).all()
    assert fitted.explained[0] == pytest.approx(1, abs=1e-9)


def test_first_order_indices_of_ln_r_with_dependent_inputs_include_the_shared_part():
    # Jointly normal inputs: S1 of an input is its squared correlation with the outcome.
    cov = covariance(0.5)
    reach = (cov @ SIGNS[0]) ** 2 / VARIANCES / (SIGNS[0] @ cov @ SIGNS[0])
    draws = np.random.default_rng(8).multivariate_normal(np.zeros(4), cov, size=50_000).T
    found = estimate_first_order(draws, SIGNS @ draws)
    assert (np.abs(found.s1[0] - reach) <= THREE_SE * found.s1_conf[0]).all()
    assert found.dependent.tolist() == [True, True, False, False]
    notes = found.frame()["note"].tolist()
    assert "correlated inputs" in notes[0]
    assert not notes[3]
