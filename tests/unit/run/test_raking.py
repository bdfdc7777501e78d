"""One event, one probability: weights of patterns that agree with every single probability."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

import haidong_sim as hs
from haidong_sim.errors import ModelError
from haidong_sim.run.raking import raked_masks


def marginals(masks, n_targets):
    whole = sum(masks.values())
    return [sum(w for mask, w in masks.items() if mask >> n & 1) / whole for n in range(n_targets)]


def test_two_targets_against_the_closed_form():
    """Least relative entropy keeps the odds ratio of a table; with given margins that is a quadratic."""
    counts = Counter({0b00: 400, 0b01: 100, 0b10: 200, 0b11: 300})
    first, second = 0.45, 0.52
    ratio = (300 * 400) / (100 * 200)
    # x / (a - x) · (1 - a - b + x) / (b - x) = ratio, for x = P(both).
    quadratic = [1 - ratio, 1 - first - second + ratio * (first + second), -ratio * first * second]
    (both,) = (float(x) for x in np.roots(quadratic) if 0 < x < min(first, second))
    masks = raked_masks(counts, [first, second])
    assert masks[0b11] / 1000 == pytest.approx(both, abs=2e-6)
    assert marginals(masks, 2) == pytest.approx([first, second], abs=1e-12)
    assert sum(masks.values()) == pytest.approx(1000)


def test_probabilities_that_the_counts_have_already_change_nothing():
    counts = Counter({0b000: 25, 0b011: 50, 0b111: 125})
    masks = raked_masks(counts, [0.875, 0.875, 0.625])
    for mask, count in counts.items():
        assert masks[mask] == pytest.approx(count, abs=2e-3)


def test_certain_and_impossible_targets_are_exact():
    counts = Counter({0b001: 600, 0b011: 400})
    masks = raked_masks(counts, [1.0, 0.3, 0.0])
    assert all(mask & 0b001 and not mask & 0b100 for mask in masks)
    assert masks[0b011] == pytest.approx(300, abs=1e-6)


def test_what_the_draws_cannot_express_is_still_met():
    """The second target was never met without the first, and is said to be the likelier one."""
    counts = Counter({0b00: 500, 0b01: 10, 0b11: 490})
    masks = raked_masks(counts, [0.49, 0.495])
    assert marginals(masks, 2) == pytest.approx([0.49, 0.495], abs=1e-9)
    both = masks[0b11] / 1000
    assert both == pytest.approx(0.49, abs=1e-4)


@pytest.fixture(scope="module", params=[("plan", 8192, 1), ("trend", 2048, 4), ("plan", 64, 2)])
def run(request):
    name, draws, rng = request.param
    return hs.simulate(name, draws=draws, rng=rng, indicators=(), progress=False)


def test_one_event_has_one_probability(run):
    table = run.check().set_index("target_id")["probability"].dropna()
    for name, probability in table.items():
        assert run.joint_probability([name]) == probability
        assert run.joint_probability([name, name]) == probability
        assert run.joint_probability(name) == probability
    for first, second in itertools.combinations(table.index, 2):
        both = run.joint_probability([first, second])
        assert max(0.0, table[first] + table[second] - 1.0) - 1e-15 <= both
        assert both <= min(table[first], table[second])
        assert both == run.joint_probability([second, first])


def test_joint_probabilities_lie_near_the_counts(run):
    names = [functional.name for functional in run.functionals]
    for first, second in itertools.combinations(range(len(names)), 2):
        wanted = 1 << first | 1 << second
        counted = sum(n for mask, n in run.part.masks.items() if mask & wanted == wanted) / run.draws
        error = 4 * (max(counted * (1 - counted), 1 / run.draws) / run.draws) ** 0.5
        assert run.joint_probability([names[first], names[second]]) == pytest.approx(counted, abs=error)


def test_the_verdict_reads_the_same_weights(run):
    both = ["t35_gdp_doubling", "t35_gdp_pc_near_qinghai"]
    about = hs.verdict(run, both)
    joint = run.joint_probability(both)
    assert about.joint.probability == pytest.approx(joint, abs=1e-12)
    given = about.conditional().loc[both[0], both[1]]
    assert given == pytest.approx(joint / run.chances[both[0]].probability, abs=1e-10)
    assert about.expected_met() == pytest.approx(sum(run.chances[name].probability for name in both))


def test_only_known_names(run):
    with pytest.raises(ModelError, match="Did you mean 't35_gdp_doubling'"):
        run.joint_probability(["t35_gdp_doublin"])
    assert run.joint_probability([]) == 1.0
