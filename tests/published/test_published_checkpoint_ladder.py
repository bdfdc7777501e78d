"""The closed-form checkpoint ladder of the 20 percent share against its printed values.

The ladder of an ensemble is compared with this closed form in the tests of the course.
"""

from __future__ import annotations

import numpy as np
import pytest
from oracles.checkpoint_ladder import cumulative_shock_variance, ladder_of_shares

YEARS = np.arange(2024, 2030)
SETTING = {
    "threshold": 0.2,
    "deadline": 2030,
    "drift": 0.016,
    "shock_sd": 0.02,
    "persistence": 0.3,
}


@pytest.mark.parametrize(
    ("probability", "printed", "tolerance"),
    [
        (0.5, (18.51, 18.75, 19.00, 19.24, 19.49, 19.75), 5.1e-3),
        (0.3, (18.0, 18.3, 18.6, 18.9, 19.2, 19.6), 5.1e-2),
        (0.9, (19.8, 19.9, 20.0, 20.1, 20.2, 20.2), 5.1e-2),
    ],
)
def test_printed_rungs(probability, printed, tolerance):
    found = ladder_of_shares(years=YEARS, probabilities=[probability], **SETTING)
    assert 100 * found[:, 0] == pytest.approx(printed, abs=tolerance)


@pytest.mark.parametrize("persistence", [-0.4, 0.0, 0.3, 0.9])
def test_variance_is_the_printed_sum(persistence):
    for horizon in (0, 1, 2, 7, 15):
        terms = [sum(persistence**k for k in range(j)) ** 2 for j in range(1, horizon + 1)]
        found = cumulative_shock_variance(horizon, sd=0.02, persistence=persistence)
        assert found == pytest.approx(0.02**2 * sum(terms), abs=1e-15)
