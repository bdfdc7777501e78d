"""What the file of conflicts works out is worked out again from the figures that the registry holds."""

from __future__ import annotations

import re

import pytest

from haidong_sim.place import load_registry

HAIDONG = load_registry("haidong")
CENSUS = HAIDONG.baseline("census")
CONFLICTS = {row.id: row for row in HAIDONG.conflicts}
CENSUS_COUNT = 1_358_471
PROVINCE_COUNT = 5_923_957
PARK_OUTPUT = 300.0


def seen(id_):
    return HAIDONG.observation(id_).value


def start(name):
    return CENSUS[name].value


def point(indicator, region, year, source):
    (found,) = {
        row.value
        for row in HAIDONG.series_points
        if (row.indicator, row.region, row.year, row.source) == (indicator, region, year, source)
    }
    return found


def pace(first, last, years):
    """Return percent a year from one level to another."""
    return 100.0 * ((last / first) ** (1.0 / years) - 1.0)


def urban_income(weight):
    ratio = seen("o_urban_rural_income_ratio_2020")
    return ratio * start("disposable_income_current") / (1.0 + weight * (ratio - 1.0))


def sector(name):
    """Return real growth a year if the shift of a sector's share were real."""
    then, now = seen(f"o_{name}_share_of_gdp_2015"), seen(f"o_{name}_share_of_gdp_2020")
    return (100.0 * (1.0 + seen("o_gdp_growth_avg_13fyp")) * (1.0 + pace(then, now, 5) / 100.0)) - 100.0


SHARES = {name: seen(f"o_{name}_share_of_gdp_2020") for name in ("primary", "secondary", "services")}
IMPLIED_PART = seen("o_gdp_share_of_qinghai_2020") / seen("o_gdp_pc_ratio_qinghai_2020")
PRODUCTIVITY = {year: seen(f"o_t1_labour_productivity_{year}") for year in (2015, 2020)}
INCOME = {year: seen(f"o_t1_income_{year}") for year in (2015, 2020)}
REPORTED_INCOME_GROWTH = 1.0 + seen("o_t1_income_growth")

# Of a conflict: the words around a number, and the number.
WORKED_OUT = [
    (
        "C1",
        r"would have to be ([\d.]+)\.$",
        100 * (1.0 - SHARES["primary"] - seen("o_t1_services_share_2020")),
    ),
    ("C2", r"gives ([\d.]+), not 10\.5", PRODUCTIVITY[2015] * 1.10**5),
    (
        "C2",
        r"employment to rise ([\d.]+) percent",
        100
        * (1.0 + seen("o_gdp_growth_avg_13fyp"))
        / (1.0 + pace(PRODUCTIVITY[2015], PRODUCTIVITY[2020], 5) / 100)
        - 100,
    ),
    ("C2", r"6 growing at 5 percent gives ([\d.]+) in 2025", PRODUCTIVITY[2020] * 1.05**5),
    ("C3", r"a province of ([\d.]+), which", seen("o_grain_output_13fyp_text") / 0.469),
    ("C4", r"^([\d.]+) percent a year from the levels", pace(INCOME[2015], INCOME[2020], 5)),
    ("C4", r"from 12805 gives (\d+)", INCOME[2015] * REPORTED_INCOME_GROWTH**5),
    (
        "C4",
        r"the difference is ([\d.]+) percent",
        100 * (1.0 + pace(INCOME[2015], INCOME[2020], 5) / 100) / REPORTED_INCOME_GROWTH - 100,
    ),
    ("C8", r"implies ([\d.]+) percent of the provincial", 100 * IMPLIED_PART),
    ("C8", r"population, ([\d,]+) persons", IMPLIED_PART * PROVINCE_COUNT),
    ("C8", r"persons, ([\d.]+) percent above", 100 * (IMPLIED_PART * PROVINCE_COUNT / CENSUS_COUNT - 1.0)),
    ("C8", r"^([\d.]+) and 51\.5 percent from", 100 * 0.171 * PROVINCE_COUNT / CENSUS_COUNT),
    (
        "C8",
        r"^74\.6 and ([\d.]+) percent from",
        100 * seen("o_gdp_pc_ratio_china_2020") * IMPLIED_PART * PROVINCE_COUNT / CENSUS_COUNT,
    ),
    (
        "C9",
        r"a 2020 level of ([\d.]+) carried",
        seen("o_t1_fai_2015") * (1.0 + seen("o_fai_growth_avg_13fyp")) ** 5,
    ),
    (
        "C10",
        r"^([\d.]+) \(95\.18 in 2020 less",
        100 * (seen("o_senior_high_enrolment_2020_text") - seen("o_senior_high_enrolment_gain")),
    ),
    (
        "C11",
        r"asks for ([\d.]+) years a year",
        (HAIDONG.target("a30_schooling_years").value - seen("o_t1_schooling_years_2020")) / 10,
    ),
    ("C13", r"add up to ([\d.]+) MW", 1000 * start("hydro_capacity") + 620.8),
    ("C17", r"province (\d+) points remain", 100 * (start("province_urbanization_rate") - 0.48)),
    ("C24", r"Doubling needs ([\d.]+) percent a year", pace(1.0, 2.0, 15)),
    ("C24", r"the share ([\d.]+) points", pace(start("gdp_share_of_province"), 0.20, 10)),
    ("C24", r"parity ([\d.]+) \(", pace(seen("o_gdp_pc_ratio_qinghai_2020"), 1.0, 15)),
    ("C24", r"\(or ([\d.]+) on the census\)", pace(start("gdp_per_capita_ratio_to_province"), 1.0, 15)),
    (
        "C27",
        r"a real shift of ([\d.]+) points",
        100 * (seen("o_secondary_share_of_gdp_2015") - SHARES["secondary"]),
    ),
    ("C27", r"services to grow ([\d.]+) percent", sector("services")),
    ("C27", r"secondary sector ([\d.]+) percent a year", sector("secondary")),
    (
        "C32",
        r"300 is ([\d.]+) times the value added",
        PARK_OUTPUT / (start("secondary_share") * start("gdp_current")),
    ),
    ("C35", r"asks for ([\d.]+) percent a year", pace(seen("o_t1_rd_intensity_2020"), 0.0015, 5)),
    ("A5", r"514 in 2020: ([\d.]+) percent", pace(384.4, start("gdp_current"), 5)),
    (
        "A12",
        r"^([\d.]+) \(solves",
        (
            start("disposable_income_current")
            / (point("disposable_income_urban_current", "city", 2020, "haidong_city_panel") / 2.69)
            - 1.0
        )
        / 1.69,
    ),
    (
        "A12",
        r"have fallen by ([\d.]+) percent",
        100
        - 100
        * urban_income(0.42)
        / point("disposable_income_urban_current", "city", 2019, "haidong_work_report_2020"),
    ),
    ("B1", r"^([\d.]+) \(17\.1 percent", start("gdp_share_of_province") * start("province_gdp_current")),
    ("B1", r"sectors; ([\d.]+) percent\)", 100 * 514.6 / start("province_gdp_current")),
    (
        "B2",
        r"last vintage gives ([\d.]+)\.$",
        100 * start("gdp_current") / point("gdp_current", "province", 2020, "nbs_data_2026"),
    ),
    ("B5", r"moved the level by (\d+) percent", 100 * (1.0 - 135.85 / 149.32)),
    ("B7", r"raised the rate by ([\d.]+) points", 58.78 - 55.52),
]


@pytest.mark.parametrize(("id_", "words", "value"), WORKED_OUT, ids=[f"{w[0]}-{w[1]}" for w in WORKED_OUT])
def test_a_number_worked_out_from_the_registry_is_right_to_its_last_digit(id_, words, value):
    row = CONFLICTS[id_]
    texts = (row.reading_a, row.reading_b, row.more_readings, row.reason)
    (printed,) = {found[1] for text in texts if (found := re.search(words, text))}
    decimals = len(printed.partition(".")[2])
    assert abs(float(printed.replace(",", "")) - value) <= 0.5 * 10.0**-decimals + 1e-9
