"""Yearly targets and checkpoint ladders of a run."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.checkpoint_ladder import ladder_of_shares

import haidong_sim as hs
from haidong_sim.answers.verdict.course import course, ladder_of_draws
from haidong_sim.errors import FeasibilityError

SHARE, INTENSITY = "a30_gdp_share_qinghai", "t2_12_energy_intensity"


@pytest.fixture(scope="module")
def run():
    kept = ["gdp_share_of_province", "energy_intensity"]
    return hs.simulate("plan", draws=4096, rng=1, indicators=[*kept], keep=kept)


def test_yearly_targets_start_from_the_last_actual_year_and_end_at_the_target(run):
    table = course(run, SHARE)
    # 16.58 percent was published for 2021.
    assert table.index.tolist() == list(range(2022, 2031))
    assert table["even"].iloc[-1] == pytest.approx(0.2)
    odds = np.log(table["even"]) - np.log1p(-table["even"])
    first = 554.71 / 3346.63
    step = (np.log(0.25) - np.log(first / (1 - first))) / 9
    assert np.diff(odds) == pytest.approx(np.full(8, step))
    assert table["along_path"].iloc[-1] == pytest.approx(0.2)


def test_the_ladder_meets_the_target_at_the_deadline_and_rises_with_the_chance(run):
    table = course(run, SHARE)
    chances = [name for name in table if name.startswith("at_")]
    assert chances == ["at_30%", "at_50%", "at_70%", "at_90%"]
    assert table.loc[2030, chances].to_numpy(dtype=float) == pytest.approx(np.full(4, 0.2))
    assert (np.diff(table.loc[:2029, chances].to_numpy(dtype=float), axis=1) > 0).all()


def test_a_reduction_has_a_ladder_that_falls(run):
    table = course(run, INTENSITY)
    base = run.path["energy_intensity", 2020]
    assert table["even"].iloc[-1] == pytest.approx(0.865 * base)
    assert (table["at_90%"].iloc[:-1] < table["at_50%"].iloc[:-1]).all()


def test_ladder_of_gaussian_draws_is_the_closed_form():
    # A random walk in log-odds without persistence: both ladders are the same.
    rng = np.random.default_rng(4)
    years = np.arange(2021, 2031)
    odds = np.log(0.171 / 0.829) + np.cumsum(0.016 + 0.02 * rng.standard_normal((10, 40_000)), axis=0)
    given = {"threshold": 0.2, "deadline": 2030, "years": years, "probabilities": (0.3, 0.5, 0.9)}
    drawn = ladder_of_draws(1 / (1 + np.exp(-odds)), scale="logit", **given)
    exact = ladder_of_shares(drift=0.016, shock_sd=0.02, persistence=0.0, **given)
    # Standard error of a 90 percent quantile of nine years' way: .06 / (.175 sqrt(40000)) = .0017 log-odds.
    assert drawn.to_numpy() == pytest.approx(exact, abs=4 * 0.0017 * 0.16)


def test_without_kept_draws_there_is_no_ladder():
    table = course(hs.project("plan"), SHARE)
    assert list(table.columns) == ["even", "along_path", "without_shocks"]


def test_what_has_no_course_is_refused(run):
    with pytest.raises(FeasibilityError, match="asks for no level"):
        course(run, "t2_01_gdp_growth")
    with pytest.raises(FeasibilityError, match=f"Did you mean '{SHARE}'"):
        course(run, "a30_gdp_share_qinghay")
    with pytest.raises(FeasibilityError, match="between 0 and 1"):
        course(run, SHARE, probabilities=[1.0])
    with pytest.raises(FeasibilityError, match="not among the years"):
        ladder_of_draws(
            np.full((3, 2), 0.1), years=[2021, 2022, 2023], threshold=0.2, deadline=2030, probabilities=[0.5],
            scale="logit",
        )  # fmt: skip
