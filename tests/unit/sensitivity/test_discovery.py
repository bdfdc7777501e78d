from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.answers.sensitivity import discover_box, grow_tree, paste, peel
from haidong_sim.answers.sensitivity.discovery import count_box
from haidong_sim.errors import EstimationError


def toy(draws=20_000, inputs=6, noise=0.05, seed=0):
    """True nine times in ten where x0 > 0.6 and x1 < 0.5, and with probability `noise` elsewhere."""
    rng = np.random.default_rng(seed)
    x = rng.random((inputs, draws))
    inside = (x[0] > 0.6) & (x[1] < 0.5)
    return x, np.where(inside, rng.random(draws) < 0.9, rng.random(draws) < noise)


def test_the_toy_box_is_recovered():
    x, wanted = toy()
    found = discover_box(x, wanted, input_names=[f"x{k}" for k in range(6)], rng=0)
    assert found.box.restricted.tolist() == [0, 1]
    # One peel takes 5% of the draws left: limits are right within one slice of the box.
    assert found.box.low[0] == pytest.approx(0.6, abs=0.05)
    assert found.box.high[1] == pytest.approx(0.5, abs=0.05)
    assert found.box.density > 0.85
    assert found.box.coverage > 0.7
    assert found.p_value == pytest.approx(1 / 51)
    assert (found.reproducibility[:2] == 1).all()
    assert (found.reproducibility[2:] < 0.2).all()
    assert found.holdout.density == pytest.approx(found.box.density, abs=0.03)
    assert found.overlap > 0.85


def test_without_a_pattern_no_box_is_claimed():
    rng = np.random.default_rng(1)
    found = discover_box(rng.random((4, 2000)), rng.random(2000) < 0.3, rng=0)
    assert found.p_value > 0.05 or not found.box.restricted.size
    assert "No limit on any input" in count_box(
        np.full(1, -np.inf),
        np.full(1, np.inf),
        np.zeros((1, 4)),
        np.array([True, False, False, True]),
        ("a",),
    ).sentence("it happens")


def test_the_trajectory_trades_coverage_for_density():
    x, wanted = toy()
    path = peel(x, wanted, names=tuple("abcdef"))
    table = path.frame()
    assert table["mass"].is_monotonic_decreasing
    assert table["coverage"].is_monotonic_decreasing
    assert table["density"].iloc[0] == pytest.approx(wanted.mean())
    assert table["mass"].iloc[-1] >= 0.05
    # Each slice takes a twentieth of what is left.
    shrink = (table["n_inside"].shift(-1) / table["n_inside"]).dropna()
    assert np.allclose(shrink, 0.95, atol=0.001)
    dense = path.select(density=0.88)
    assert dense.density >= 0.88
    assert dense.coverage == table[table["density"] >= 0.88]["coverage"].max()
    assert path.select(density=1.1).density == table["density"].max()


def test_the_first_peel_is_the_best_of_all_slices():
    x, wanted = toy(draws=400, inputs=3)
    first = peel(x, wanted, names=("a", "b", "c")).boxes[1]
    candidates = []
    for number in range(3):
        order = np.argsort(x[number])
        candidates += [wanted[order[20:]].mean(), wanted[order[:-20]].mean()]
    assert first.density == pytest.approx(max(candidates), abs=1e-12)
    assert first.inside == 380


def test_pasting_widens_a_box_that_was_cut_too_far():
    x, wanted = toy(noise=0.0)
    tight = count_box(
        np.array([0.8, *[-np.inf] * 5]),
        np.array([np.inf, 0.3, *[np.inf] * 4]),
        x,
        wanted | (x[0] > 0.8),
        tuple("abcdef"),
    )
    wide = paste(tight, x, (x[0] > 0.6) & (x[1] < 0.5))
    assert wide.coverage >= tight.coverage
    assert wide.density >= tight.density


def test_discrete_inputs_are_peeled_value_by_value():
    rng = np.random.default_rng(2)
    x = np.stack([rng.integers(0, 3, 3000).astype(float), rng.random(3000)])
    found = discover_box(x, (x[0] == 2) & (rng.random(3000) < 0.95), rng=0)
    assert found.box.low[0] == 2
    assert found.box.restricted.tolist() == [0]


def test_a_tree_cuts_where_the_outcome_changes():
    x, wanted = toy()
    tree = grow_tree(x, wanted, names=tuple("abcdef"))
    best = tree.best()
    assert best.low[0] == pytest.approx(0.6, abs=0.005)
    assert best.high[1] == pytest.approx(0.5, abs=0.005)
    assert sum(leaf.inside for leaf in tree.leaves) == wanted.size
    assert sum(leaf.hits for leaf in tree.leaves) == wanted.sum()
    assert set(tree.frame()["input"]) == {"a", "b"}


def test_boxes_speak_english_and_chinese():
    x = np.array([[0.01, 0.03, 0.05, 0.07], [1.0, 2.0, 3.0, 4.0]])
    wanted = np.array([False, True, True, False])
    box = count_box(np.array([0.02, -np.inf]), np.array([np.inf, 3.5]), x, wanted, ("growth", "drift"))
    show = {"growth": lambda value: f"{value:.0%}", "drift": lambda value: f"{value:.1f}"}
    english = box.sentence("the target is met", show=lambda name, value: show[name](value))
    assert english == (
        "Where growth is at least 2% and drift is at most 3.5 (50% of 4 futures), the target is met in 100%; "
        "this covers 100% of the futures with that outcome (it happens in 50% of all)."
    )
    chinese = box.sentence("目标达到", language="zh", labels={"growth": "增速", "drift": "人口漂移"})
    assert chinese.startswith("当增速不低于0.02、人口漂移不高于3.5时")
    with pytest.raises(EstimationError, match="unknown language 'de'"):
        box.sentence("x", language="de")


def test_an_outcome_that_never_changes_is_refused():
    with pytest.raises(EstimationError, match="True in every draw"):
        discover_box(np.random.default_rng(0).random((2, 50)), np.ones(50, dtype=bool))
    with pytest.raises(EstimationError, match="true and false"):
        discover_box(np.random.default_rng(0).random((2, 50)), np.arange(50))
