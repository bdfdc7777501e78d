"""Growth rates with known answers.

Sources: the plan of the city (output of 2020 doubled by 2035, about 6 % a year to 2025);
the 13th five-year plan of the nation (Government Work Report, 5 March 2016: output of 2010 doubled by
2020 needs at least 6.5 % a year in 2016-2020) with the growth of 2011-2015 as published then
(Statistical Communique for 2015: 9.5, 7.7, 7.7, 7.3, 6.9); Barro and Sala-i-Martin, Economic Growth
(2nd ed., 2004): a speed of convergence of 2 % a year halves a gap in about 35 years.
The ten-digit numbers are closed forms worked out apart from this library.
"""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.scenario.paths import PathContext, load_path

BASE_2020 = PathContext(base_year=2020)


def rate_to(multiple, years, *, context=BASE_2020):
    path = load_path({"kind": "goal_seek", "multiple": multiple, "year": context.base_year + years})
    return path.values([context.base_year + 1], context=context)[0]


def test_doubling_in_fifteen_years():
    assert rate_to(2.0, 15) == pytest.approx(0.04729412282, abs=5e-12)


@pytest.mark.parametrize(
    ("first_five", "after", "tolerance"),
    [(0.06, 0.04099841181, 5e-12), (0.05, 0.04594, 5e-6), (0.04, 0.05096, 5e-6), (0.03, 0.05605, 5e-6)],
)
def test_doubling_after_five_fixed_years(first_five, after, tolerance):
    path = load_path(first_five).then(2025, load_path({"kind": "goal_seek", "multiple": 2.0, "year": 2035}))
    rates = path.values(np.arange(2021, 2036), context=BASE_2020)
    assert rates[:5] == pytest.approx([first_five] * 5, abs=1e-14)
    assert rates[5:] == pytest.approx([after] * 10, abs=tolerance)
    assert path.levels([2035], context=BASE_2020)[0] == pytest.approx(2.0, rel=1e-14)


def test_share_of_the_province_from_171_to_200_per_mille():
    path = load_path({"kind": "goal_seek", "level": 0.2, "year": 2030})
    context = PathContext(base_year=2020, base_level=0.171)
    assert path.values([2021], context=context)[0] == pytest.approx(0.01578872633, abs=5e-12)


@pytest.mark.parametrize(("ratio", "gap"), [(0.667, 0.02737), (0.74568883, 0.01976)])
def test_parity_of_output_per_head_in_2035(ratio, gap):
    path = load_path({"kind": "goal_seek", "level": 1.0, "year": 2035})
    context = PathContext(base_year=2020, base_level=ratio)
    assert path.values([2021], context=context)[0] == pytest.approx(gap, abs=5e-6)


def test_energy_intensity_down_by_135_per_mille_in_five_years():
    assert rate_to(1.0 - 0.135, 5) == pytest.approx(-0.0286, abs=5e-5)


@pytest.mark.parametrize(
    ("yearly", "mean", "tolerance"),
    [((0.10, -0.10), -0.005012563, 5e-10), ((0.09, 0.08, 0.075, 0.07, 0.047), 0.072304, 5e-7)],
)
def test_mean_growth_is_geometric(yearly, mean, tolerance):
    years = range(2021, 2021 + len(yearly))
    path = load_path({"kind": "table", "basis": "rate", "years": dict(zip(years, yearly, strict=True))})
    level = path.levels([years[-1]], context=BASE_2020)[0]
    assert level ** (1 / len(yearly)) - 1 == pytest.approx(mean, abs=tolerance)


def test_the_nation_doubling_output_of_2010_by_2020():
    published = {2011: 0.095, 2012: 0.077, 2013: 0.077, 2014: 0.073, 2015: 0.069}
    path = load_path(
        {
            "kind": "actuals", "actual": published, "basis": "rate", "vintage": "communique for 2015",
            "after": {"kind": "goal_seek", "multiple": 2.0, "year": 2020},
        }
    )  # fmt: skip
    rates = path.values(np.arange(2011, 2021), context=PathContext(base_year=2010))
    assert rates[5:] == pytest.approx([0.065] * 5, abs=5e-4)


def test_convergence_at_two_per_cent_halves_the_gap_in_thirty_five_years():
    context = PathContext(base_year=2000, frontier=np.full(35, 0.02), frontier_ratio=0.25)
    growth = load_path({"kind": "convergence", "speed": 0.02}).log_growth(
        np.arange(2001, 2036), context=context
    )
    gap_left = (np.log(0.25) + np.cumsum(growth - 0.02)) / np.log(0.25)
    assert gap_left[33] > 0.5 > gap_left[34]
