"""What the check table says about the plan, against the arithmetic of the method notes (section 7.4).

Plan figures: GDP doubles by 2035; share 17.1 percent to 20 percent by 2030; GDP per head 66.7 percent of the
province (plan) or 17.1 percent over 135.85 of 592.40 (census of 2020); energy intensity down 13.5 percent;
clean capacity 398 to 533; residents' urban part 42 to 48 percent; productivity 5 percent a year.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import haidong_sim as hs


@pytest.fixture(scope="module")
def rows():
    return hs.project("plan").check().set_index("target_id")


@pytest.fixture(scope="module")
def rows_of_the_plan_vintage():
    scenario = hs.load_scenario("plan").derive("plan vintage", {"baseline": "plan"})
    return hs.project(scenario).check().set_index("target_id")


@pytest.mark.parametrize(
    ("target", "percent", "digit"),
    [
        ("t35_gdp_doubling", 4.729, 5e-4),
        ("a30_gdp_share_qinghai", 1.579, 5e-4),
        ("t35_gdp_pc_near_qinghai", 1.976, 5e-4),
        ("t2_12_energy_intensity", -2.859, 5e-4),
        ("t2_13_co2_intensity", -3.891, 5e-4),
        ("t2_26_clean_energy", 6.015, 5e-4),
        ("t2_02_labour_productivity", 5.0, 1e-9),
        ("t2_01_gdp_growth", 6.0, 1e-9),
    ],
)
def test_needed_rates(rows, target, percent, digit):
    assert 100 * rows.needed_rate[target] == pytest.approx(percent, abs=digit)


def test_parity_on_the_population_of_the_plan(rows, rows_of_the_plan_vintage):
    row = rows_of_the_plan_vintage.loc["t35_gdp_pc_near_qinghai"]
    assert row.base_value == pytest.approx(0.667, rel=1e-9)
    assert 100 * row.needed_rate == pytest.approx(2.737, abs=5e-4)
    # Each vintage tells the other's verdict too, and tells the same story about it.
    census = rows.loc["t35_gdp_pc_near_qinghai"]
    assert row.other_reading == census.other_reading == "other population vintage"
    assert row.other_value == pytest.approx(census.value, rel=1e-12)
    assert census.other_value == pytest.approx(row.value, rel=1e-12)


def test_parity_follows_from_share_and_population(rows):
    """r = s/p: the share of 2035 over a population share that shrinks by 0.28 percent a year."""
    path = hs.project("plan").path
    people = 135.85 / 592.40 * (1 + 1 / 0.9972) / 2 * 0.9972**15
    expected = path["gdp_share_of_province", 2035] / people
    assert rows.value["t35_gdp_pc_near_qinghai"] == pytest.approx(expected, rel=1e-12)


def test_plan_doubles_exactly(rows):
    """6 percent for five years, then the least constant rate: 4.100 percent."""
    path = hs.project("plan").path
    assert rows.value["t35_gdp_doubling"] == pytest.approx(2.0, abs=1e-12)
    assert rows.break_even_year["t35_gdp_doubling"] == pytest.approx(2035.0, abs=1e-6)
    for year in range(2021, 2026):
        assert path["gdp_growth", year] == pytest.approx(0.06, abs=1e-12)
    for year in range(2026, 2036):
        assert path["gdp_growth", year] == pytest.approx(0.04099841181, abs=5e-12)
        # The rest of the province makes up the province's rate, in every year.
    assert path["province_gdp_growth", 2022] == pytest.approx(0.023, abs=1e-12)
    assert path["province_gdp_growth", 2031] == pytest.approx(0.040, abs=1e-12)


def test_urbanization_and_its_pace(rows):
    row = rows.loc["t2_04_urbanization"]
    assert row.value == pytest.approx(0.48, abs=5e-11)
    assert row.needed_change == pytest.approx(0.012, abs=1e-12)
    assert row.tolerance == pytest.approx(0.01)


def test_income_ratio_of_2016_to_2020_goes_on(rows):
    """2.85 to 2.69 in five years: 2.539 in 2025, 2.396 in 2030, 2.262 in 2035."""
    printed = {"t25_urban_rural_gap": 2.539, "a30_living_gap": 2.396, "t35_urban_rural_gap": 2.262}
    for target, ratio in printed.items():
        assert rows.value[target] == pytest.approx(ratio, abs=1e-3)
        assert rows.threshold[target] == pytest.approx(2.69)


def test_published_figures_of_2021_are_in_the_trend():
    """City 554.71 and province 3346.63 (1e8 CNY), a share of 16.58 percent; province 3950.8 in 2024."""
    path = hs.project("trend").path
    assert path["gdp_current", 2021] == pytest.approx(554.71, abs=0.05)
    assert path["province_gdp_current", 2021] == pytest.approx(3346.63, abs=0.05)
    assert 100 * path["gdp_share_of_province", 2021] == pytest.approx(16.58, abs=0.01)
    assert path["province_gdp_current", 2024] == pytest.approx(3950.8, rel=1e-3)


def test_dispersion_of_the_share_is_that_of_the_published_series():
    """Yearly change of the logit: sd 4.4 to 5.6 percent, autocorrelation 0.37 to 0.44 (section 6.11).

    A published sd is that of one path, so the median over paths of their own sd is what compares with it. The
    plan holds persistence at its median, which says nothing of its spread; the whole estimate is compared.
    """
    estimated = hs.load_scenario("plan").derive("estimated", {"conventions.yearly_shocks": "posterior"})
    result = hs.simulate(estimated, draws=16_384, rng=3, keep=["gdp_share_of_province"], indicators=[])
    share = result["gdp_share_of_province"][1:].astype(float)
    logit = np.log(share / (1 - share))
    change = np.diff(logit, axis=0)
    assert 0.044 < np.median(change.std(axis=0, ddof=1)) < 0.058
    lagged = [np.corrcoef(change[t], change[t + 1])[0, 1] for t in range(2, len(change) - 1)]
    assert 0.32 < np.mean(lagged) < 0.46
    # A walk of the logit with innovations of 4.5 percent, 0.35 and a trend of 1.2 percent ends with 0.240 in
    # 2030; with what thirteen published changes leave open about all three it cannot end narrower.
    k = sum(((1 - 0.35**j) / (1 - 0.35)) ** 2 for j in range(1, 11))
    plugged_in = math.sqrt(100 * 0.012**2 + 0.045**2 * k)
    assert plugged_in == pytest.approx(0.240, abs=5e-4)
    assert 0.97 * plugged_in < logit[9].std() < 1.35 * plugged_in
