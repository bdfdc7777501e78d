"""Closed-form probabilities of the share and of parity: the printed tables for both vintages.

Shares in logs: sd 2 percent, persistence .3, trend sd .8 percent, drift sd .3 points unless a table says
otherwise; need ln(.2 / .171) by 2030 and -ln(ratio) by 2035. Printed to two decimals.
"""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.engine.orthant import genz_1992
from haidong_sim.optimization import QuadraticProgram, lawson_hanson

PLAN, CENSUS = 0.667, 0.7457
LOG_ODDS_NEED = 0.19226223751


def gap_covariance(years, *, shock_sd, persistence=0.0, trend_sd=0.0):
    """Return the covariance (year, year) of yearly gaps: AR(1) shocks from zero plus one uncertain trend."""
    lags = np.subtract.outer(np.arange(years), np.arange(years))
    carried = np.tril(np.power(persistence, np.maximum(lags, 0).astype(float)))
    return shock_sd**2 * carried @ carried.T + trend_sd**2


def attainment(mean, covariance, rows, needs):
    """Return P(rows @ x >= needs, all of them), with x ~ N(mean, covariance)."""
    rows = np.atleast_2d(rows)
    spread = rows @ covariance @ rows.T
    sd = np.sqrt(np.diag(spread))
    return genz_1992((needs - rows @ mean) / sd, spread / np.outer(sd, sd))


def most_likely_path(mean, covariance, need):
    """Return the most likely yearly gaps that sum to `need` or more, and their distance in sd."""
    years, inverse = len(mean), np.linalg.inv(covariance)
    program = QuadraticProgram(
        hessian=inverse,
        linear=inverse @ mean,
        equal=np.zeros((0, years)),
        equal_side=np.zeros(0),
        lower=np.ones((1, years)),
        lower_side=np.array([need]),
        names=tuple(f"gap_{year}" for year in range(years)),
    )
    path = lawson_hanson(program).x
    return path, np.sqrt((path - mean) @ inverse @ (path - mean))


@pytest.mark.parametrize(
    ("correlation", "printed"),
    [(0.6, 0.2964702557), (0.0, 0.3660890570), (0.9, 0.1561852005), (1.0, 0.0037599489)],
)
def test_share_between_two_lognormal_economies(correlation, printed):
    # City 6.5 percent (sd 3), rest 5 percent (sd 2.5), ten years from a share of 17.1 percent.
    cross = correlation * 0.03 * 0.025
    covariance = 10 * np.array([[0.03**2, cross], [cross, 0.025**2]])
    found = attainment([0.65, 0.50], covariance, [1, -1], LOG_ODDS_NEED)
    assert found == pytest.approx(printed, abs=1e-10)


def test_most_likely_success_with_independent_shocks_is_flat():
    mean, covariance = np.full(10, 0.01), gap_covariance(10, shock_sd=0.02)
    path, beta = most_likely_path(mean, covariance, LOG_ODDS_NEED)
    assert path == pytest.approx(np.full(10, LOG_ODDS_NEED / 10))
    assert beta == pytest.approx(1.46, abs=5e-3)
    assert attainment(mean, covariance, np.ones(10), LOG_ODDS_NEED) == pytest.approx(0.072, abs=5e-4)


def test_most_likely_success_with_persistent_shocks_is_a_hump():
    mean, covariance = np.full(10, 0.01), gap_covariance(10, shock_sd=0.02, persistence=0.3)
    path, beta = most_likely_path(mean, covariance, LOG_ODDS_NEED)
    assert 100 * path[[0, 4, -1]] == pytest.approx([1.70, 2.00, 1.77], abs=5e-3)
    assert path.sum() == pytest.approx(LOG_ODDS_NEED)
    assert beta == pytest.approx(1.06, abs=5e-3)
    assert attainment(mean, covariance, np.ones(10), LOG_ODDS_NEED) == pytest.approx(0.144, abs=5e-4)


def test_share_by_2030_at_several_gaps_to_the_rest():
    covariance = gap_covariance(10, shock_sd=0.02, persistence=0.3, trend_sd=0.008)
    printed = {0.0: 0.05, 0.5: 0.11, 1.0: 0.22, 1.6: 0.39, 1.92: 0.50, 2.5: 0.69, 3.0: 0.82}
    for mean, expected in printed.items():
        found = attainment(np.full(10, mean / 100), covariance, np.ones(10), LOG_ODDS_NEED)
        assert found == pytest.approx(expected, abs=5.1e-3), mean


def probabilities(ratio, mean, drift, *, parity=1.0, share=0.171, origin=2020, shock=(0.02, 0.3, 0.008)):
    """Return P(share), P(parity) and P(both) of yearly gaps to the province and one mean drift."""
    late, early = 2035 - origin, 2030 - origin
    covariance = np.zeros((late + 1, late + 1))
    covariance[:late, :late] = gap_covariance(
        late, shock_sd=shock[0], persistence=shock[1], trend_sd=shock[2]
    )
    covariance[late, late] = 0.003**2
    center = np.append(np.full(late, mean / 100), drift / 100)
    rows = np.zeros((2, late + 1))
    rows[0, :early] = 1.0
    rows[1, :late] = 1.0
    rows[1, late] = -late
    needs = np.array([np.log(0.2 / share), np.log(parity / ratio)])
    single = [attainment(center, covariance, row, need) for row, need in zip(rows, needs, strict=True)]
    return *single, attainment(center, covariance, rows, needs)


@pytest.mark.parametrize(
    ("mean", "drift", "plan", "census"),
    [
        # plan: P(share), P(parity), joint, joint with 95 percent; census: the same without P(share)
        (0.5, 0.0, (0.18, 0.02, 0.02, 0.05), (0.10, 0.08, 0.12)),
        (1.0, -0.5, (0.32, 0.14, 0.13, 0.19), (0.34, 0.26, 0.29)),
        (1.6, 0.0, (0.51, 0.16, 0.16, 0.24), (0.38, 0.35, 0.42)),
        (1.6, -0.28, (0.51, 0.23, 0.23, 0.32), (0.47, 0.41, 0.47)),
        (1.6, -0.5, (0.51, 0.30, 0.28, 0.37), (0.55, 0.45, 0.49)),
        (1.6, -0.79, (0.51, 0.39, 0.36, 0.43), (0.65, 0.49, 0.50)),
        (1.0, -0.79, (0.32, 0.21, 0.18, 0.24), (0.44, 0.29, 0.31)),
        (0.0, -0.79, (0.09, 0.04, 0.04, 0.06), (0.15, 0.08, 0.09)),
        (2.7, 0.0, (0.83, 0.50, 0.50, 0.61), (0.75, 0.72, 0.78)),
    ],
)
def test_share_and_parity_together(mean, drift, plan, census):
    found = *probabilities(PLAN, mean, drift), probabilities(PLAN, mean, drift, parity=0.95)[2]
    assert found == pytest.approx(plan, abs=6e-3)
    found = *probabilities(CENSUS, mean, drift)[1:], probabilities(CENSUS, mean, drift, parity=0.95)[2]
    assert found == pytest.approx(census, abs=6e-3)


@pytest.mark.parametrize(
    ("origin", "share", "ratio", "rows"),
    [
        (
            2020,
            0.1712,
            0.7457,
            {
                (0.0, -0.3): (0.22, 0.17, 0.14, 0.16),
                (0.8, -0.3): (0.35, 0.31, 0.26, 0.29),
                (1.6, 0.0): (0.51, 0.42, 0.38, 0.42),
                (1.6, -0.3): (0.51, 0.49, 0.42, 0.45),
            },
        ),
        (
            2021,
            0.1658,
            0.7243,
            {
                (0.0, -0.3): (0.16, 0.13, 0.10, 0.11),
                (0.8, -0.3): (0.27, 0.25, 0.19, 0.22),
                (1.6, 0.0): (0.41, 0.35, 0.29, 0.33),
                (1.6, -0.3): (0.41, 0.41, 0.33, 0.36),
            },
        ),
        (
            2022,
            0.156,
            0.683,
            {
                (0.0, -0.3): (0.07, 0.08, 0.04, 0.05),
                (0.8, -0.3): (0.14, 0.16, 0.10, 0.11),
                (1.6, 0.0): (0.24, 0.24, 0.17, 0.19),
                (1.6, -0.3): (0.24, 0.29, 0.19, 0.21),
            },
        ),
    ],
)
def test_data_calibrated_table(origin, share, ratio, rows):
    setting = {"share": share, "origin": origin, "shock": (0.037, 0.35, 0.010)}
    for (mean, drift), printed in rows.items():
        single = probabilities(ratio, mean, drift, **setting)
        near = probabilities(ratio, mean, drift, parity=0.95, **setting)[2]
        assert (*single, near) == pytest.approx(printed, abs=6e-3), (mean, drift)


def test_covariance_is_that_of_the_recursion():
    # x_t = phi x_{t-1} + e_t from x_0 = 0: cov(x_1, x_3) = phi^2 sd^2, var(x_2) = (1 + phi^2) sd^2.
    found = gap_covariance(3, shock_sd=0.1, persistence=0.5)
    assert found[0, 2] == pytest.approx(0.25 * 0.01)
    assert found[1, 1] == pytest.approx(1.25 * 0.01)
    assert found == pytest.approx(found.T)
    assert gap_covariance(2, shock_sd=0.0, trend_sd=0.2) == pytest.approx(np.full((2, 2), 0.04))
    negative = gap_covariance(2, shock_sd=1.0, persistence=-0.5)
    assert negative[0, 1] == pytest.approx(-0.5)


def test_a_mean_that_meets_the_target_needs_no_departure():
    mean, covariance = np.full(5, 0.03), gap_covariance(5, shock_sd=0.02)
    path, beta = most_likely_path(mean, covariance, 0.1)
    assert path == pytest.approx(mean)
    assert beta == pytest.approx(0.0, abs=1e-9)


def test_three_independent_targets():
    found = attainment(np.zeros(3), gap_covariance(3, shock_sd=1.0), np.eye(3), np.zeros(3))
    assert found == pytest.approx(1 / 8, abs=1e-4)
