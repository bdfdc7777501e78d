"""The checkpoint ladder of the 20 percent share: printed values, its limit cases, and a simulation."""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.errors import FeasibilityError
from haidong_sim.feasibility.ladder import checkpoint_ladder, cumulative_shock_variance

YEARS = np.arange(2024, 2030)
SETTING = {
    "threshold": 0.2,
    "deadline": 2030,
    "drift": 0.016,
    "shock_sd": 0.02,
    "persistence": 0.3,
    "scale": "logit",
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
    found = checkpoint_ladder(years=YEARS, probabilities=[probability], **SETTING)
    assert list(found.index) == list(YEARS)
    assert 100 * found[probability].to_numpy() == pytest.approx(printed, abs=tolerance)


@pytest.mark.parametrize("persistence", [-0.4, 0.0, 0.3, 0.9])
def test_variance_is_the_printed_sum(persistence):
    for horizon in (0, 1, 2, 7, 15):
        terms = [sum(persistence**k for k in range(j)) ** 2 for j in range(1, horizon + 1)]
        found = cumulative_shock_variance(horizon, sd=0.02, persistence=persistence)
        assert found == pytest.approx(0.02**2 * sum(terms), abs=1e-15)


def test_the_last_rung_is_the_target_itself():
    found = checkpoint_ladder(years=[2030], probabilities=[0.1, 0.9], **SETTING)
    assert found.to_numpy() == pytest.approx(np.full((1, 2), 0.2))


def test_an_upper_limit_turns_the_signs():
    at_most = {**SETTING, "drift": -0.016}
    up = checkpoint_ladder(years=YEARS, probabilities=[0.8], **SETTING).to_numpy()
    down = checkpoint_ladder(years=YEARS, probabilities=[0.8], direction=-1, **at_most).to_numpy()
    odds = np.log(0.2 / 0.8)
    assert np.log(down / (1 - down)) - odds == pytest.approx(-(np.log(up / (1 - up)) - odds))


def test_a_path_on_the_rung_meets_the_target_as_often_as_promised():
    rng = np.random.default_rng(11)
    draws, left = 40_000, 6
    rung = checkpoint_ladder(years=[2024], probabilities=[0.3], trend_sd=0.008, **SETTING).to_numpy()[0, 0]
    shock, path = np.zeros(draws), np.full(draws, np.log(rung / (1 - rung)))
    trend = 0.016 + 0.008 * rng.standard_normal(draws)
    for _ in range(left):
        shock = 0.3 * shock + 0.02 * rng.standard_normal(draws)
        path += trend + shock
    hit = (path >= np.log(0.2 / 0.8)).mean()
    assert abs(hit - 0.3) < 4 * np.sqrt(0.3 * 0.7 / draws)


def test_bad_ladders_are_refused_together():
    bad = {**SETTING, "persistence": 1.0, "shock_sd": -0.1}
    with pytest.raises(FeasibilityError) as caught:
        checkpoint_ladder(years=[2031], probabilities=[1.0], **bad)
    assert "4 problems" in str(caught.value)
