"""The worked example of the method notes (section 1.6, cases V3, V4, V8, V9, V14, V26, V31, V33).

Constant rates: sectors 3.5, 7.0 and 6.0 percent with prices 2.0, 0 and 1.5 percent; rest of the province 4.5
percent with prices 1.0 percent; residents -0.28 percent, province flat; census of 2020; new price base every
five years. Every figure below is printed in the notes to the digits given here. V3 is the statistical
bulletin of Haidong for 2019 (487.73; 148.02 and 149.32; published GDP per head 32 806).
"""

from __future__ import annotations

import math

import pytest

import haidong_sim as hs
from haidong_sim.indicators import derived
from haidong_sim.model.economy import advance_prices, advance_production
from haidong_sim.model.people import advance_population
from haidong_sim.questions.question import mean_growth

PRINTED = {
    "gdp_current": {
        2021: 550.308632,
        2025: 723.291762,
        2026: 774.521626,
        2030: 1018.783755,
        2035: 1436.349308,
    },
    "gdp_share_of_province": {
        2021: 0.173032,
        2025: 0.181409,
        2026: 0.183568,
        2030: 0.192459,
        2035: 0.204167,
        2050: 0.243380,
    },
    "gdp_volume_index": {
        2021: 1.060015,
        2025: 1.339874,
        2026: 1.420614,
        2030: 1.797230,
        2035: 2.413143,
        2050: 5.872467,
    },
    "gdp_per_capita_ratio_to_province": {
        2021: 0.755596,
        2025: 0.801115,
        2026: 0.812921,
        2030: 0.861909,
        2035: 0.927251,
        2050: 1.152824,
    },
    "gdp_deflator": {2021: 1.009999, 2025: 1.050210, 2026: 1.060679, 2030: 1.102821, 2035: 1.157987},
}
HALF_A_DIGIT = 0.5e-6


@pytest.fixture(scope="module")
def path():
    reference = hs.load_scenario("reference").derive("reference to 2050", {"horizon": 2050})
    return hs.project(reference).path


@pytest.mark.parametrize(
    ("name", "year", "printed"), [(n, y, v) for n, row in PRINTED.items() for y, v in row.items()]
)
def test_golden_run(path, name, year, printed):
    assert path[name, year] == pytest.approx(printed, abs=1.01 * HALF_A_DIGIT, rel=0)


def test_growth_with_and_without_a_new_price_base(path):
    fixed = hs.load_scenario("reference").derive("fixed", {"conventions.real_basis": "fixed_base"})
    without = hs.project(fixed).path
    assert path["gdp_growth", 2026] == pytest.approx(0.060260, abs=HALF_A_DIGIT)
    assert without["gdp_growth", 2026] == pytest.approx(0.060621, abs=HALF_A_DIGIT)
    assert without["gdp_volume_index", 2035] == pytest.approx(2.425033, abs=HALF_A_DIGIT)


def test_sector_shares_of_2035(path):
    found = [100 * path[f"{sector}_share", 2035] for sector in ("primary", "secondary", "tertiary")]
    assert found == pytest.approx([12.18, 37.42, 50.40], abs=0.005)


def test_base_year_is_as_printed(path):
    printed = {
        "gdp_current": 514.01232,
        "province_gdp_current": 3005.92,
        "gdp_share_of_province": 0.171,
        "primary_share": 0.151,
        "secondary_share": 0.379,
        "tertiary_share": 0.470,
        "urbanization_rate": 0.42,
        "disposable_income_current": 20066.0,
        "urban_rural_income_ratio": 2.69,
        "labour_productivity": 6.0,
        "clean_energy_capacity": 3.98,
    }
    for name, value in printed.items():
        assert path[name, 2020] == pytest.approx(value, rel=1e-12), name
    assert path["gdp_per_capita_ratio_to_province", 2020] == pytest.approx(0.171 * 592.40 / 135.85, rel=1e-12)
    assert path["gdp_per_capita_ratio_to_province_other_vintage", 2020] == pytest.approx(0.667, rel=1e-9)


def test_two_sectors_with_a_new_price_base():
    """V8: growth 8 and 3 percent; prices of 2025 0.8 and 1.15; two of three sectors are alike."""
    volumes = {"primary": 40.0, "secondary": 30.0, "tertiary": 30.0}
    growth = {"primary": 1.08, "secondary": 1.03, "tertiary": 1.03}
    prices = dict.fromkeys(volumes, math.log(1.15) / 5) | {"primary": math.log(0.8) / 5}
    found = {}
    for label, switch in (("fixed", None), ("chained", 2026)):
        year = {"gdp_current": 100.0, "volume": 100.0, "gdp_volume_index": 1.0}
        year |= {"rest_of_province_gdp_current": 1.0, "volume_rest_of_province": 1.0}
        for sector, volume in volumes.items():
            year[f"price_base_deflator_{sector}"] = 1.0
            for name in (
                f"volume_{sector}",
                f"value_added_{sector}_current",
                f"value_added_{sector}_constant",
            ):
                year[name] = volume
        for when in range(2021, 2031):
            drivers = {**growth, "rest_of_province": 1.0, "deflator_rest_of_province": 1.0}
            for sector in volumes:
                drivers[f"deflator_{sector}"] = prices[sector] if when <= 2025 else 0.0
            current = advance_production(year, drivers, is_switch=when == switch)
            current |= advance_prices(year, current, drivers, baumol_coefficient=0.0)
            year = current
            found[label, when] = year
    assert found["fixed", 2030]["gdp_volume_index"] == pytest.approx(1.6699198265, abs=5e-11)
    assert found["chained", 2030]["gdp_volume_index"] == pytest.approx(1.6349905933, abs=5e-11)
    assert found["fixed", 2026]["gdp_growth_factor"] - 1 == pytest.approx(0.0528992913, abs=5e-11)
    assert found["chained", 2026]["gdp_growth_factor"] - 1 == pytest.approx(0.0485099942, abs=5e-11)
    last = found["chained", 2030]
    sectors = sum(last[f"value_added_{sector}_constant"] for sector in volumes)
    assert 100.0 * last["gdp_volume_index"] - sectors == pytest.approx(-3.4929233168, abs=5e-9)
    of_2025 = found["chained", 2025]
    nominal = of_2025["value_added_primary_current"] / of_2025["gdp_current"]
    # The notes print ...8839; in exact fractions it is 0.37019988370.
    assert nominal == pytest.approx(0.37019988370, abs=5e-12)
    assert nominal == pytest.approx(0.3701998839, abs=2.1e-10)
    assert of_2025["volume_primary"] / of_2025["volume"] == pytest.approx(0.4579858267, abs=5e-11)


@pytest.mark.parametrize(
    ("weights", "printed"), [((13.8, 50.1, 36.1), 6.9233), ((14.44, 37.92, 47.64), 6.4028)]
)
def test_city_growth_of_2019_from_its_sectors(weights, printed):
    """V9: base-year weights reproduce the published 7.0 after rounding, weights at current prices do not."""
    sectors = dict(zip(("primary", "secondary", "tertiary"), weights, strict=True))
    year = {f"volume_{name}": weight for name, weight in sectors.items()}
    year |= {f"value_added_{name}_constant": weight for name, weight in sectors.items()}
    year |= {f"price_base_deflator_{name}": 1.0 for name in sectors}
    year |= {"volume": 100.0, "gdp_volume_index": 1.0, "volume_rest_of_province": 1.0}
    drivers = {"primary": 1.052, "secondary": 1.090, "tertiary": 1.047, "rest_of_province": 1.0}
    growth = advance_production(year, drivers, is_switch=False)["gdp_growth_factor"] - 1.0
    assert 100 * growth == pytest.approx(printed, abs=5e-5)


def test_official_gdp_per_head_of_2019():
    """V3: the average of two year ends gives the published 32 806; a year end does not."""
    drivers = dict.fromkeys(("province_population", "employment_rate"), 1.0)
    drivers |= dict.fromkeys(("urbanization", "province_urbanization", "urban_core"), 1.0)
    drivers["population"] = 149.32 / 148.02
    names = ("resident_population", "province_resident_population")
    year = dict.fromkeys([f"{name}{suffix}" for name in names for suffix in ("", "_other_vintage")], 148.02)
    odds = 56.91 / (148.02 - 56.91)
    year |= dict.fromkeys(("province_urban_odds", "urban_core_odds", "employment_year_end"), 1.0)
    current = advance_population(year | {"urban_odds": odds}, drivers)
    per_head = derived.gdp_per_capita_current(487.73, current["average_population"])
    assert per_head == pytest.approx(32806.215, abs=5e-4)
    assert round(float(per_head)) == 32806
    assert derived.urbanization_rate(current["urban_odds"]) == pytest.approx(0.38448, abs=1e-5)


def test_ratio_per_head_is_share_of_gdp_over_share_of_people():
    """V4: 0.171 over 1 358 471 of 5 923 957."""
    ratio = derived.gdp_per_capita_ratio_to_province(0.171, 1358471.0, 5923957.0)
    assert ratio == pytest.approx(0.74568883, abs=5e-9)


def test_logistic_urbanization(path):
    """V14: 42 percent and a slope of 0.0485461369 give 48 percent after five years."""
    printed = {2025: 0.48, 2030: 0.5405825243, 2035: 0.5999888528, 2050: 0.7565046281}
    for year, value in printed.items():
        # The slope is printed to ten decimals, which moves the last digit of the later years.
        assert path["urbanization_rate", year] == pytest.approx(value, abs=3e-10)


def test_incomes_rise_more_than_either_part():
    """V26: both incomes rise by 5 percent, the urban weight from 0.36 to 0.42: the whole rises by 11.62."""
    before = 0.36 * 33600 + 0.64 * 12490
    after = before * 1.116200
    for income, weight, urban, rural in (
        (before, 0.36, 33600.0, 12490.0),
        (after, 0.42, 35280.0, 13114.5),
    ):
        found = derived.disposable_income_rural_current(income, weight, urban / rural)
        assert found == pytest.approx(rural, rel=5e-7)
        assert derived.disposable_income_urban_current(found, urban / rural) == pytest.approx(urban, rel=5e-7)


@pytest.mark.parametrize(
    ("rates", "printed", "digit"),
    [((10.0, -10.0), -0.5012563, 5e-8), ((9.0, 8.0, 7.5, 7.0, 4.7), 7.2304, 5e-5)],
)
def test_mean_growth_is_geometric(rates, printed, digit):
    """V31: the mean of growth rates is that of the levels, not of the rates."""
    growth = {2000 + i: rate / 100 for i, rate in enumerate(rates, 1)}
    level, value = {2000: 100.0}, 100.0
    for year, rate in growth.items():
        level[year] = value = value * (1.0 + rate)
    last = 2000 + len(rates)
    of_rates = mean_growth("gdp_growth", 2000, last, lambda _, year: growth[year])
    of_levels = mean_growth("gdp_constant", 2000, last, lambda _, year: level[year])
    assert 100 * of_rates == pytest.approx(printed, abs=digit)
    assert of_levels == pytest.approx(of_rates, abs=1e-14)
