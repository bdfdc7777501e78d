"""Joint arithmetic of targets on a table small enough to count by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from haidong_sim.answers.verdict.joint import attainment_from_draws, attainment_from_masks
from haidong_sim.errors import FeasibilityError

NAMES = ("a", "b", "c")
MET = np.array(
    [
        [1, 1, 1, 1, 0, 0, 0, 0],
        [1, 1, 0, 0, 1, 0, 0, 0],
        [1, 0, 1, 0, 0, 1, 0, 0],
    ],
    dtype=bool,
)


@pytest.fixture
def table():
    return attainment_from_draws(MET, NAMES)


def test_counts_by_hand(table):
    assert table.probabilities() == pytest.approx([4 / 8, 3 / 8, 3 / 8])
    assert table.joint() == pytest.approx(1 / 8)
    assert table.joint(["a", "b"]) == pytest.approx(2 / 8)
    assert table.frechet(["a", "b"]) == pytest.approx((0.0, 3 / 8))
    assert table.independence_product(["a", "b"]) == pytest.approx(12 / 64)
    assert table.expected_met() == pytest.approx(10 / 8)
    assert table.number_met() == pytest.approx([2 / 8, 3 / 8, 2 / 8, 1 / 8])
    assert table.n == 8


def test_pairs(table):
    assert table.together()[0, 1] == pytest.approx(2 / 8)
    assert table.conditional()[0, 1] == pytest.approx(2 / 4)
    assert table.conditional()[1, 0] == pytest.approx(2 / 3)
    assert table.lift()[0, 1] == pytest.approx((2 / 8) / (12 / 64))
    assert np.diagonal(table.conditional()) == pytest.approx([1.0, 1.0, 1.0])


def test_a_target_never_met_has_no_conditional():
    never = attainment_from_draws([[1, 1], [0, 0]], ("a", "b"))
    assert np.isnan(never.conditional()[1]).all()
    assert np.isnan(never.lift()[0, 1])
    assert never.frechet() == (0.0, 0.0)


def test_first_to_fail_by_hand(table):
    found = table.first_to_fail({"a": 2025, "b": 2030, "c": 2030})
    # a is missed in four draws; of the rest one misses b alone, one c alone, one both, one nothing
    assert found == pytest.approx({"a": 4 / 8, "b": 1.5 / 8, "c": 1.5 / 8})
    assert sum(found.values()) == pytest.approx(1 - table.joint())


def test_weights_count():
    weighted = attainment_from_draws(MET, NAMES, weights=[1, 0, 0, 0, 0, 0, 0, 1])
    assert weighted.joint() == pytest.approx(0.5)
    with pytest.raises(FeasibilityError, match="expected 8 weights"):
        attainment_from_draws(MET, NAMES, weights=np.zeros(8))


@given(arrays(bool, st.tuples(st.integers(1, 11), st.integers(1, 40))))
def test_draws_and_streamed_masks_agree(met):
    names = [f"t{k}" for k in range(len(met))]
    direct = attainment_from_draws(met, names)
    masks = Counter(int(sum(1 << k for k, hit in enumerate(column) if hit)) for column in met.T)
    streamed = attainment_from_masks(masks, names)
    assert streamed.n == direct.n == met.shape[1]
    assert streamed.joint() == pytest.approx(direct.joint())
    assert streamed.together() == pytest.approx(direct.together())
    assert streamed.number_met() == pytest.approx(direct.number_met())
    low, high = direct.frechet()
    assert low - 1e-12 <= direct.joint() <= high + 1e-12
    assert direct.number_met() @ np.arange(len(met) + 1) == pytest.approx(direct.expected_met())
    assert direct.joint() == pytest.approx(met.all(axis=0).mean())


def test_more_than_64_targets():
    met = np.random.default_rng(0).random((100, 500)) < 0.9
    found = attainment_from_draws(met, [str(k) for k in range(100)])
    assert found.probabilities() == pytest.approx(met.mean(axis=1))
    assert found.expected_met() == pytest.approx(met.sum(axis=0).mean())
    masks = Counter(int(sum(1 << k for k, hit in enumerate(column) if hit)) for column in met.T)
    streamed = attainment_from_masks(masks, [str(k) for k in range(100)])
    assert streamed.probabilities() == pytest.approx(met.mean(axis=1))
    assert streamed.together() == pytest.approx(found.together())


def test_malformed_tables_are_refused(table):
    with pytest.raises(FeasibilityError, match=r"expected \(2 targets, draws\), got shape \(3, 8\)"):
        attainment_from_draws(MET, ("a", "b"))
    with pytest.raises(FeasibilityError, match="bits beyond the 2 targets"):
        attainment_from_masks({4: 1}, ("a", "b"))
    with pytest.raises(FeasibilityError, match="empty or has a negative count"):
        attainment_from_masks({}, ("a", "b"))
    with pytest.raises(FeasibilityError, match="unknown target 'd'"):
        table.joint(["a", "d"])


YEARS = np.array([2021, 2022, 2023])
PATHS = np.array([[1.0, 0.5, 0.5, 0.5], [1.0, 1.5, 0.5, 1.5], [1.0, 0.8, 0.9, 1.6]])


def crossing(met, *, weights=None, is_sustained=False):
    names = [str(year) for year in YEARS]
    table = attainment_from_draws(met, names, weights=weights)
    return table.first_met(names, YEARS, is_sustained=is_sustained)


def test_crossing_years_with_the_mass_of_never():
    found = crossing(PATHS >= 1.0)
    assert found.probability == pytest.approx([0.25, 0.5, 0.0])
    assert found.never == pytest.approx(0.25)
    assert found.probability.sum() + found.never == pytest.approx(1.0)
    assert found.quantile(0.25) == 2021
    assert found.quantile(0.5) == 2022
    assert found.quantile(0.9) == np.inf
    with pytest.raises(FeasibilityError, match="quantile level"):
        found.quantile(1.0)


def test_a_sustained_crossing_does_not_count_relapses():
    found = crossing(PATHS >= 1.0, is_sustained=True)
    assert found.probability == pytest.approx([0.25, 0.25, 0.0])
    assert found.never == pytest.approx(0.5)


def test_crossing_downwards_with_weights():
    found = crossing(PATHS <= 0.6, weights=[1, 1, 2, 0])
    assert found.probability == pytest.approx([0.75, 0.0, 0.0])
    assert found.never == pytest.approx(0.25)
