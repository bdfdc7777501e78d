"""Runs that are asked more targets than one whole number of 64 bits has room for."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import haidong_sim as hs
from haidong_sim.questions import ask_target
from haidong_sim.run.checkpoint import read_part, write_part
from haidong_sim.run.summary import Grids, Part, set_members

SHARES = tuple(round(0.10 + 0.001 * k, 3) for k in range(150))


@pytest.fixture(scope="module")
def run():
    place, plan = hs.load_registry(), hs.load_scenario("plan")
    questions = [ask_target(f"gdp_share_of_province@2030>={share}", place, plan) for share in SHARES]
    return hs.simulate(
        plan,
        draws=2048,
        rng=3,
        indicators=(),
        keep=["gdp_share_of_province"],
        questions=questions,
        progress=False,
    )


def test_each_of_150_questions_is_counted_as_the_kept_draws_count_it(run):
    # From the end, which the horizon of 2035 fixes.
    kept = run["gdp_share_of_province"][2030 - 2036].astype(np.float64)
    names = [question.name for question in run.functionals]
    assert sum(run.part.masks.values()) == run.draws
    for share in SHARES:
        bit = 1 << names.index(f"gdp_share_of_province@2030>={share}")
        met = sum(count for mask, count in run.part.masks.items() if mask & bit)
        # Single precision may put a draw that lies on the threshold on either side.
        assert met == pytest.approx((kept >= share).sum(), abs=1.5), share


def test_joint_events_reach_over_the_words(run):
    first, last = (f"gdp_share_of_province@2030>={share}" for share in (SHARES[20], SHARES[120]))
    assert run.joint_probability([first, last]) == pytest.approx(run.joint_probability([last]), abs=1e-5)
    assert run.joint_probability([first]) > run.joint_probability([last]) > 0.0


@pytest.mark.parametrize("n_targets", [1, 62, 63, 124, 125, 200])
def test_sets_are_counted_as_a_dictionary_counts_them(n_targets):
    rng = np.random.default_rng(n_targets)
    patterns = rng.random((7, n_targets)) < 0.5
    chosen = rng.integers(0, 7, 500)
    expected = Counter(sum(1 << k for k in np.flatnonzero(patterns[row]).tolist()) for row in chosen.tolist())
    part = Part(draws=500)
    words = np.zeros((-(-n_targets // 62), 500), dtype=np.int64)
    for k in range(n_targets):
        words[k // 62] |= patterns[chosen, k].astype(np.int64) << (k % 62)
    part.add_masks(words[:, :200])
    part.add_masks(words[:, 200:])
    assert part.masks == expected
    members = set_members(part.masks, n_targets)
    assert [sum(1 << k for k in np.flatnonzero(row).tolist()) for row in members] == list(part.masks)


def test_wide_sets_outlive_a_file(tmp_path):
    part = Part(draws=3, counted=Counter({1 << 130 | 5: 2, 0: 1}))
    write_part(tmp_path / "part.npz", part, ((0, 3),))
    found = read_part(tmp_path / "part.npz", Grids(edges={}))
    assert found is not None
    assert found[1].masks == part.masks
