"""Shapley values of games whose answer is known without computing."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from haidong_sim.coalitions import shapley_values


def test_the_glove_game():
    # One right glove and two left ones, a pair is worth 1: 2/3, 1/6, 1/6 (a textbook case).
    worth = np.array([1.0 if subset & 1 and subset & 6 else 0.0 for subset in range(8)])
    assert shapley_values(worth) == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=1e-15)


def test_an_additive_game_pays_each_player_its_own():
    own = np.array([[3.0, -1.0], [0.5, 2.0], [0.0, 0.0], [-7.0, 1.0]])
    member = np.array([[subset >> player & 1 for player in range(4)] for subset in range(16)])
    assert np.allclose(shapley_values(member @ own), own, rtol=0, atol=1e-14)


def test_equals_the_mean_over_all_orders_and_adds_up():
    worth = np.random.default_rng(0).normal(size=(32, 3))
    expected = np.zeros((5, 3))
    for order in permutations(range(5)):
        inside = 0
        for player in order:
            expected[player] += worth[inside | 1 << player] - worth[inside]
            inside |= 1 << player
    found = shapley_values(worth)
    assert np.allclose(found, expected / 120, rtol=0, atol=1e-13)
    assert np.allclose(found.sum(axis=0), worth[-1] - worth[0], rtol=0, atol=1e-13)
