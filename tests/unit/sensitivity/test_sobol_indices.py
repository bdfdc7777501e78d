"""Sobol indices against SALib on the same matrices, and the properties that every estimator must have."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, uniform

from haidong_sim.answers.sensitivity import (
    PickFreeze,
    estimate_sobol,
    estimate_sobol_from_outputs,
)
from haidong_sim.errors import EstimationError, ModelError

UNIT = {name: uniform(0, 1).ppf for name in ("a", "b", "c")}


def product(x):
    return np.stack([x[0] * x[1] + x[2], 100 + x[0] + 0 * x[1]])


def outputs_for(model, n_inputs, n, rng):
    a, b = rng.random((2, n_inputs, n))

    def mixed(kept, taken):
        found = []
        for number in range(n_inputs):
            x = kept.copy()
            x[number] = taken[number]
            found.append(model(x))
        return np.stack(found)

    return PickFreeze(at_a=model(a), at_b=model(b), at_ab=mixed(a, b), at_ba=mixed(b, a))


def test_point_estimates_equal_salibs_on_the_same_outputs():
    analyze = pytest.importorskip("SALib.analyze.sobol")
    given = outputs_for(product, 3, 257, np.random.default_rng(0))
    found = estimate_sobol_from_outputs(given, rng=0)
    problem = {"num_vars": 3, "names": list(UNIT), "bounds": [[0, 1]] * 3}
    for row in range(2):
        # SALib's order for each base point: A, every AB, every BA, B.
        stacked = [given.at_a[row], *given.at_ab[:, row], *given.at_ba[:, row], given.at_b[row]]
        # Not seed=0, which SALib takes for no seed.
        theirs = analyze.analyze(problem, np.stack(stacked).T.ravel(), seed=1)
        assert np.abs(found.s1[row] - theirs["S1"]).max() < 1e-12
        assert np.abs(found.st[row] - theirs["ST"]).max() < 1e-12
        upper = np.triu_indices(3, 1)
        assert np.abs(found.s2[row][upper] - theirs["S2"][upper]).max() < 1e-12
        # Two bootstraps of 100 resamples: each half-width has a relative error of 7%.
        assert np.allclose(found.st_conf[row], theirs["ST_conf"], rtol=0.4, atol=1e-9)


def test_the_streamed_design_gives_the_same_indices_in_any_number_of_blocks(monkeypatch):
    whole = estimate_sobol(product, UNIT, base_points=256, second_order=True, rng=0)
    monkeypatch.setattr("haidong_sim.answers.sensitivity.sobol.COLUMNS_AT_ONCE", 400)
    pieces = estimate_sobol(product, UNIT, base_points=256, second_order=True, rng=0)
    assert np.allclose(whole.s1, pieces.s1, rtol=0, atol=1e-12)
    assert np.allclose(whole.st, pieces.st, rtol=0, atol=1e-12)
    assert np.allclose(whole.s2, pieces.s2, rtol=0, atol=1e-12)
    assert np.allclose(whole.st_conf, pieces.st_conf, rtol=0, atol=1e-12)


def test_groups_of_base_points_give_the_intervals_of_single_points(monkeypatch):
    single = estimate_sobol(product, UNIT, base_points=4096, sampler="mc", resamples=400, rng=0)
    monkeypatch.setattr("haidong_sim.answers.sensitivity.sobol.MOST_SUMS", 0)
    grouped = estimate_sobol(product, UNIT, base_points=4096, sampler="mc", resamples=400, rng=0)
    assert np.allclose(single.s1, grouped.s1, rtol=0, atol=1e-12)
    # Spread of a bootstrap sd over 256 groups and 400 resamples: some 6%; three of them.
    assert np.allclose(single.s1_conf[0], grouped.s1_conf[0], rtol=0.25)


@pytest.mark.slow
def test_intervals_cover_nineteen_times_in_twenty():
    weights = np.array([0.0, 1.0, 4.5])
    alone = 1 / (3 * (1 + weights) ** 2)
    total = np.prod(1 + alone) - 1
    s1, st = alone / total, alone * (1 + total) / (1 + alone) / total

    def model(x):
        return np.prod((np.abs(4 * x - 2) + weights[:, None]) / (1 + weights[:, None]), axis=0)[None]

    hits = []
    for seed in range(500):
        found = estimate_sobol(model, UNIT, base_points=512, sampler="mc", rng=seed)
        hits.append(
            np.r_[np.abs(found.s1[0] - s1) <= found.s1_conf[0], np.abs(found.st[0] - st) <= found.st_conf[0]]
        )
    cover = np.mean(hits, axis=0)
    assert (cover >= 0.90).all()
    assert (cover <= 0.98).all()


def test_a_group_of_inputs_is_one_factor():
    # a·b + c: a and b together explain Var(ab), c the rest, and nothing interacts.
    found = estimate_sobol(product, UNIT, base_points=2**12, groups={"ab": ["a", "b"]}, rng=1)
    assert found.factors == ("ab", "c")
    share = (1 / 9 - 1 / 16) / (1 / 9 - 1 / 16 + 1 / 12)
    assert found.s1[0] == pytest.approx([share, 1 - share], abs=0.01)
    assert found.st[0] == pytest.approx([share, 1 - share], abs=0.01)


def test_indices_ignore_a_shift_of_the_outcome():
    given = outputs_for(product, 3, 4000, np.random.default_rng(3))
    given = PickFreeze(at_a=given.at_a, at_b=given.at_b, at_ab=given.at_ab)
    shifted = PickFreeze(at_a=given.at_a + 1e6, at_b=given.at_b + 1e6, at_ab=given.at_ab + 1e6)
    plain = estimate_sobol_from_outputs(given, rng=0)
    assert np.allclose(plain.s1, estimate_sobol_from_outputs(shifted, rng=0).s1, rtol=0, atol=1e-7)


def test_constant_outcomes_give_zeros_with_a_note():
    found = estimate_sobol(lambda x: np.stack([x[0], 0 * x[0] + 0.171]), UNIT, base_points=64, rng=0).frame()
    constant = found[found["outcome"] == "outcome2"]
    assert (constant[["S1", "S1_conf", "ST", "ST_conf"]] == 0).all(axis=None)
    assert constant["note"].str.contains("constant outcome").all()
    seen = found[found["outcome"] == "outcome1"]["note"].tolist()
    assert seen == ["", *["not distinguishable from zero"] * (len(seen) - 1)]


def test_an_output_that_is_not_finite_names_base_points_and_count():
    def model(x):
        return np.where(x[:1] > 0.99, np.nan, x[:1])

    with pytest.raises(ModelError, match=r"'share': \d+ of \d+ draws \(draws \d+"):
        estimate_sobol(model, UNIT, base_points=1024, outcome_names=["share"], rng=0)
    bad = outputs_for(product, 3, 64, np.random.default_rng(0))
    bad.at_ab[1, 0, 5] = np.inf
    with pytest.raises(ModelError, match=r"'outcome1': 1 of 64 draws \(draws 5\)"):
        estimate_sobol_from_outputs(bad)


def test_mistakes_in_the_design_are_explained():
    with pytest.raises(EstimationError, match="Did you mean 'a'"):
        estimate_sobol(product, UNIT, groups={"ab": ["aa", "b"]})
    with pytest.raises(EstimationError, match="in the groups 'one' and 'two'"):
        estimate_sobol(product, UNIT, groups={"one": ["a"], "two": ["a"]})
    with pytest.raises(EstimationError, match="unknown sampler 'sobl'"):
        estimate_sobol(product, UNIT, sampler="sobl")
    with pytest.raises(EstimationError, match="the model must return"):
        estimate_sobol(lambda x: x.sum(axis=0), UNIT, base_points=16)
    with pytest.raises(EstimationError, match="second_order=True"):
        estimate_sobol(product, UNIT, base_points=16).second_order_frame()


def test_rng_zero_repeats_and_years_are_kept():
    def model(x):
        return np.stack([product(x), 2 * product(x)])

    marginals = {name: norm(0, 1).ppf for name in "abc"}
    one = estimate_sobol(model, marginals, base_points=128, years=[2030, 2035], rng=0).frame()
    assert one.equals(estimate_sobol(model, marginals, base_points=128, years=[2030, 2035], rng=0).frame())
    assert one.columns[:7].tolist() == ["outcome", "year", "input", "S1", "S1_conf", "ST", "ST_conf"]
    assert one["year"].unique().tolist() == [2030, 2035]
