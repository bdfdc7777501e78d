from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, uniform

from haidong_sim.answers.sensitivity import (
    estimate_morris,
    estimate_one_at_a_time,
    summarize_morris,
)
from haidong_sim.answers.sensitivity.morris import draw_trajectories
from haidong_sim.errors import EstimationError, ModelError

UNIT = {name: uniform(0, 1).ppf for name in ("a", "b", "c")}


def test_effects_of_a_linear_model_are_its_slopes():
    found = estimate_morris(
        lambda x: np.stack([3 * x[0] - 2 * x[1], 5 + 0 * x[0]]), UNIT, quantiles=(0, 1), rng=0
    )
    assert np.allclose(found.mu[0], [3, -2, 0], atol=1e-12)
    assert np.allclose(found.mu_star[0], [3, 2, 0], atol=1e-12)
    assert np.allclose(found.sigma, 0, atol=1e-12)
    assert (found.mu[1] == 0).all()
    assert "constant outcome" in found.frame()["note"].iloc[-1]


def test_equals_salib_on_the_same_trajectories():
    analyze = pytest.importorskip("SALib.analyze.morris")
    points = draw_trajectories(3, trajectories=20, rng=1)
    outputs = np.stack([points[0] * points[1] + points[2] ** 2, np.exp(points[2])])
    found = summarize_morris(points, outputs, rng=0)
    problem = {"num_vars": 3, "names": list(UNIT), "bounds": [[0, 1]] * 3}
    for row in range(2):
        theirs = analyze.analyze(problem, points.T, outputs[row], num_levels=4, seed=1)
        assert np.allclose(found.mu[row], theirs["mu"], rtol=0, atol=1e-12)
        assert np.allclose(found.mu_star[row], theirs["mu_star"], rtol=0, atol=1e-12)
        assert np.allclose(found.sigma[row], theirs["sigma"], rtol=0, atol=1e-12)


def test_trajectories_move_every_input_once_and_stay_on_the_grid():
    points = draw_trajectories(4, trajectories=30, levels=6, rng=2)
    assert set(np.round(points.ravel() * 5, 9)) <= set(range(6))
    moves = np.diff(points.T.reshape(30, 5, 4), axis=1)
    assert (np.count_nonzero(moves, axis=2) == 1).all()
    assert (np.count_nonzero(moves, axis=1) == 1).all()
    assert np.allclose(np.abs(moves[moves != 0]), 0.6)
    assert {True, False} == set((moves[moves != 0] > 0).tolist())


def test_broken_trajectories_and_odd_grids_are_refused():
    with pytest.raises(EstimationError, match="even number"):
        draw_trajectories(3, trajectories=2, levels=5)
    with pytest.raises(EstimationError, match="one at a time"):
        summarize_morris(np.zeros((2, 3)), np.zeros((1, 3)))
    with pytest.raises(ModelError, match="non-finite outcome values"):
        estimate_morris(lambda x: x[:1] * np.nan, UNIT)


def test_tornado_shows_both_signs_and_sorts_by_swing():
    marginals = {
        "small": norm(1, 1).ppf,
        "large": norm(0, 2).ppf,
        "idle": uniform(0, 1).ppf,
    }
    found = estimate_one_at_a_time(lambda x: (x[0] - x[1])[None], marginals, outcome_names=["gap"])
    table = found.frame()
    z = 1.2815515655446004  # 90% quantile of the standard normal
    assert table["input"].tolist() == ["large", "small", "idle"]
    assert table["base"].tolist() == pytest.approx([1, 1, 1])
    assert table["change_low"].tolist() == pytest.approx([2 * z, -z, 0])
    assert table["change_high"].tolist() == pytest.approx([-2 * z, z, 0])
    assert "not variance" in table["method"].iloc[0]


def test_spider_has_a_point_for_every_level_and_year():
    found = estimate_one_at_a_time(
        lambda x: np.stack([x[:1], 2 * x[:1]]), {"a": uniform(0, 1).ppf, "b": uniform(0, 1).ppf},
        levels=(0.1, 0.5, 0.9), years=[2030, 2035],
    )  # fmt: skip
    table = found.spider_frame()
    leg = table[(table["year"] == 2035) & (table["input"] == "a")]
    assert leg["quantile"].tolist() == [0.1, 0.5, 0.9]
    assert leg["value"].tolist() == pytest.approx([0.2, 1.0, 1.8])
    with pytest.raises(EstimationError, match="rise within"):
        estimate_one_at_a_time(lambda x: x[:1], UNIT, levels=(0.9, 0.1))
