"""Required rates, gaps, parity and urbanization of the plan: closed forms with printed values.

Levels: GDP share 17.1 percent in 2020, target 20 percent in 2030; ratio of GDP per head 66.7 percent (plan)
or share over population share 22.931817 percent (census of 2020); 13th five-year record 7.5 against 5.9
percent. Populations and GDP of 2019: statistical bulletins of Haidong (GDP 487.73, residents 148.02 and
149.32, published GDP per head 32 806).
"""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.answers.supply.supply import employment_need
from haidong_sim.questions.pace import annual_milestones, break_even_year, margin, required_rate

SHARE, GOAL = 0.171, 0.2
PLAN = 0.667
POPULATION_SHARE = 1358471 / 5923957
CENSUS = SHARE / POPULATION_SHARE


def odds(share):
    return share / (1.0 - share)


def test_doubling():
    assert required_rate(2.0, 1.0, years=15) == pytest.approx(0.04729412282, abs=5e-12)
    assert required_rate(2.0, 1.06**5, years=10) == pytest.approx(0.04099841181, abs=5e-12)
    for earlier, printed in ((0.05, 0.04594), (0.04, 0.05096), (0.03, 0.05605)):
        assert required_rate(2.0, (1 + earlier) ** 5, years=10) == pytest.approx(printed, abs=5e-6)


def test_share_against_province_and_against_the_rest():
    assert required_rate(GOAL, SHARE, years=10) == pytest.approx(0.01578872633, abs=5e-12)
    assert required_rate(odds(GOAL), odds(SHARE), years=10) == pytest.approx(0.01941223779, abs=5e-12)
    assert margin(GOAL, SHARE, direction=1, scale="logit") == pytest.approx(0.19226223751, abs=5e-12)


@pytest.mark.parametrize(
    ("province", "city", "rest"), [(0.05, 6.66, 4.63), (0.06, 7.67, 5.62), (0.07, 8.69, 6.62)]
)
def test_city_and_rest_growth_behind_the_share(province, city, rest):
    own = (1 + province) * (1 + required_rate(GOAL, SHARE, years=10)) - 1
    others = (1 + own) / (1 + required_rate(odds(GOAL), odds(SHARE), years=10)) - 1
    assert 100 * own == pytest.approx(city, abs=5e-3)
    assert 100 * others == pytest.approx(rest, abs=5e-3)


@pytest.mark.parametrize(("share_2025", "printed"), [(0.171, 3.92), (0.178, 2.9)])
def test_gap_to_the_rest_from_2025(share_2025, printed):
    found = 100 * required_rate(odds(GOAL), odds(share_2025), years=5)
    assert found == pytest.approx(printed, abs=0.05 if printed == 2.9 else 5e-3)


@pytest.mark.parametrize(
    ("share_2024", "to_province", "to_rest"),
    [
        (0.155, 4.34, 5.30),
        (0.160, 3.79, 4.64),
        (0.165, 3.26, 4.00),
        (0.170, 2.75, 3.38),
        (0.175, 2.25, 2.78),
        (0.180, 1.77, 2.19),
    ],
)
def test_gaps_from_2024(share_2024, to_province, to_rest):
    assert 100 * required_rate(GOAL, share_2024, years=6) == pytest.approx(to_province, abs=5e-3)
    assert 100 * required_rate(odds(GOAL), odds(share_2024), years=6) == pytest.approx(to_rest, abs=5e-3)


@pytest.mark.parametrize(
    ("ratio", "level", "printed"),
    [
        (PLAN, 1.0, 2.737),
        (PLAN, 0.95, 2.386),
        (PLAN, 0.90, 2.017),
        (CENSUS, 1.0, 1.976),
        (CENSUS, 0.95, 1.627),
        (CENSUS, 0.90, 1.262),
    ],
)
def test_parity_gap_per_head(ratio, level, printed):
    assert 100 * required_rate(level, ratio, years=15) == pytest.approx(printed, abs=5e-4)


def test_per_capita_figures_of_2019():
    average = (148.02 + 149.32) / 2
    assert 487.73 / average * 1e4 == pytest.approx(32806.215, abs=5e-4)
    # 61.18 of 149.32 live in towns; the ratio of 2019 is the document's 66.7 percent.
    assert pytest.approx(0.40972, abs=5e-6) == 61.18 / 149.32


def test_ratio_is_share_over_population_share():
    assert pytest.approx(0.25637181, abs=5e-9) == SHARE / PLAN
    assert pytest.approx(0.78011696, abs=5e-9) == GOAL / (SHARE / PLAN)
    assert pytest.approx(0.22931817, abs=5e-9) == POPULATION_SHARE
    assert pytest.approx(0.74568883, abs=5e-9) == CENSUS


@pytest.mark.parametrize(
    ("ratio", "drift", "printed"),
    [
        (CENSUS, 0.0, 2038.7),
        (CENSUS, -0.0010, 2037.6),
        (CENSUS, -0.0028, 2035.9),
        (CENSUS, -0.0050, 2034.2),
        (CENSUS, -0.0079, 2032.5),
        (PLAN, 0.0, 2045.9),
        (PLAN, -0.0010, 2044.3),
        (PLAN, -0.0028, 2041.9),
        (PLAN, -0.0050, 2039.6),
        (PLAN, -0.0079, 2037.2),
    ],
)
def test_parity_year_at_the_pace_of_the_share_target(ratio, drift, printed):
    years = np.arange(2020, 2036)
    pace = np.log(GOAL / SHARE) / 10 - drift
    path = ratio * np.exp(pace * (years - 2020))
    margins = margin(path, 1.0, direction=1, scale="log")
    assert break_even_year(years, margins, drift_years=5) == pytest.approx(printed, abs=0.05)
    assert (break_even_year(years, margins) == np.inf) == (printed > 2035)


def test_urbanization_milestones():
    found = annual_milestones(start=0.42, threshold=0.48, years=np.arange(2021, 2026), scale="logit")
    assert found[-1] == pytest.approx(0.48, abs=1e-14)
    slope = (np.log(odds(0.48)) - np.log(odds(0.42))) / 5
    assert slope == pytest.approx(0.0485461369, abs=5e-11)


def test_employment_behind_growth_and_productivity():
    assert 100 * employment_need(0.06, 0.05) == pytest.approx(0.95, abs=5e-3)


def test_intensity_target_and_room_for_energy_growth():
    assert 100 * required_rate(0.865, 1.0, years=5) == pytest.approx(-2.859, abs=5e-4)
    for growth, printed in ((0.04, 1.03), (0.047, 1.71), (0.05, 2.00), (0.06, 2.97)):
        room = (1 + growth) * (1 + required_rate(0.865, 1.0, years=5)) - 1
        assert 100 * room == pytest.approx(printed, abs=5e-3)
    assert 100 * required_rate(5.33, 3.98, years=5) == pytest.approx(6.0, abs=0.05)
