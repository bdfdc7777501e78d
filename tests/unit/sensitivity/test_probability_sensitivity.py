"""A linear margin of jointly normal inputs: the probability and all its derivatives are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from haidong_sim.answers.sensitivity import (
    estimate_information_value,
    estimate_margin_flips,
    estimate_probability_flips,
    estimate_probability_sensitivity,
)
from haidong_sim.errors import EstimationError

MEAN = np.array([1.0, 2.0, 0.0])
SD = np.array([0.5, 2.0, 1.0])
CORRELATION = np.array([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])
SLOPES = np.array([1.0, -0.5, 0.3])
THRESHOLD = 0.1
NAMES = ["trend", "drift", "price"]
DRAWS = 100_000


def spread(sd):
    return np.sqrt(SLOPES @ (np.outer(sd, sd) * CORRELATION) @ SLOPES)


DISTANCE = SLOPES @ MEAN - THRESHOLD
CHANCE = stats.norm.cdf(DISTANCE / spread(SD))


@pytest.fixture(scope="module")
def run():
    normals = np.linalg.cholesky(CORRELATION) @ np.random.default_rng(0).standard_normal((3, DRAWS))
    inputs = MEAN[:, None] + SD[:, None] * normals
    return inputs, (SLOPES @ inputs >= THRESHOLD)[None]


def test_derivatives_to_mean_and_sd_are_those_of_the_normal_law(run):
    found = estimate_probability_sensitivity(*run, input_names=NAMES)
    to_mean = stats.norm.pdf(DISTANCE / spread(SD)) * SLOPES / spread(SD)
    step = 1e-5
    up = np.array([stats.norm.cdf(DISTANCE / spread(SD + step * unit)) for unit in np.eye(3)])
    down = np.array([stats.norm.cdf(DISTANCE / spread(SD - step * unit)) for unit in np.eye(3)])
    to_sd = (up - down) / (2 * step)
    assert (np.abs(found.to_mean[0] - to_mean) <= 3 * found.to_mean_se[0]).all()
    assert (np.abs(found.to_sd[0] - to_sd) <= 3 * found.to_sd_se[0]).all()
    assert (found.to_mean_se[0] < 0.02 * np.abs(to_mean).max()).all()


def test_the_smallest_shift_of_each_mean_reaches_the_threshold(run):
    found = estimate_probability_flips(*run, thresholds=(0.4, 0.9), input_names=NAMES)
    shift = (spread(SD) * stats.norm.ppf(0.4) - DISTANCE) / SLOPES
    # An error of one se in P moves the shift by se divided by the derivative.
    tolerance = (
        4 * np.sqrt(CHANCE * (1 - CHANCE) / DRAWS) / (stats.norm.pdf(0.2) * np.abs(SLOPES) / spread(SD))
    )
    moves = found.value_to[0] - found.value_from[0]
    assert (np.abs(moves - shift) <= tolerance + 0.02 * SD).all()
    assert (found.after[0] == 0.4).all()


def test_a_threshold_out_of_reach_is_said_to_be_so(run):
    table = estimate_probability_flips(*run, thresholds=(0.0001,), input_names=NAMES).frame()
    price = table[table["input"] == "price"].iloc[0]
    assert np.isnan(price["move"])
    assert price["note"] == "no move within 1.5 sd does it"


def test_margin_flips_are_where_the_margin_crosses_zero():
    marginals = {name: stats.norm(m, s).ppf for name, m, s in zip(NAMES, MEAN, SD, strict=True)}
    found = estimate_margin_flips(
        lambda x: np.stack([SLOPES @ x - 0.5, 0 * x[0] + 1]), marginals, target_names=["share", "always"]
    )
    table = found.frame().set_index(["target", "input"])
    assert table.loc["share"]["value_to"].tolist() == pytest.approx([1.5, 1.0, 0.5 / 0.3], rel=1e-6)
    assert table.loc["share"]["before"].tolist() == [0, 0, 0]
    assert table.loc["always"]["move"].isna().all()


def test_information_value_equals_the_integral_over_the_known_input(run):
    found = estimate_information_value(*run, bins=50, rng=0)
    normal = np.linspace(-8, 8, 20_001)
    weight = stats.norm.pdf(normal) * (normal[1] - normal[0])
    cov = np.outer(SD, SD) * CORRELATION
    exact = []
    for number in range(3):
        reach = (cov @ SLOPES)[number] / SD[number]
        rest = np.sqrt(spread(SD) ** 2 - reach**2)
        given = stats.norm.cdf((DISTANCE + reach * normal) / rest)
        exact.append(min(CHANCE, 1 - CHANCE) - (np.minimum(given, 1 - given) * weight).sum())
    # Bins lose a little where the probability passes one half inside one of them.
    assert (np.abs(found.value[0] - exact) <= 4 * found.value_se[0] + 0.002).all()
    assert found.perfect[0] == pytest.approx(min(CHANCE, 1 - CHANCE), abs=0.005)
    assert found.frame()["rank"].tolist() == (np.argsort(np.argsort(-np.array(exact))) + 1).tolist()


def test_noise_does_not_pass_for_knowledge():
    rng = np.random.default_rng(3)
    met = rng.random((50, 2000)) < 0.5
    found = estimate_information_value(rng.standard_normal((4, 2000)), met, rng=0)
    assert found.value.mean() <= 3 * found.value.std() / np.sqrt(found.value.size)


def test_discrete_inputs_constant_verdicts_and_bad_verdicts(run):
    inputs, met = run
    inputs = np.stack([inputs[0], np.random.default_rng(1).integers(0, 2, DRAWS)])
    table = estimate_probability_sensitivity(inputs, np.concatenate([met, np.ones((1, DRAWS))])).frame()
    assert "compare scenarios" in table["note"].iloc[1]
    assert table["note"].iloc[2] == "the verdict is the same in every draw"
    assert table["dp_dmean"].iloc[2] == 0
    with pytest.raises(EstimationError, match="true or false"):
        estimate_probability_sensitivity(inputs, 0.5 * met)
    with pytest.raises(EstimationError, match="repeat each other"):
        estimate_probability_sensitivity(np.stack([inputs[0], inputs[0]]), met)
    with pytest.raises(EstimationError, match="true or false"):
        estimate_information_value(inputs, 0.5 * met)
