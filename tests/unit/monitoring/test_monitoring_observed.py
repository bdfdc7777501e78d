"""Files of observed values: units and names taken, every problem told with its row, levels spliced."""

from __future__ import annotations

import pandas as pd
import pytest

import haidong_sim as hs
from haidong_sim.answers.monitoring.observed import ObservedValue, actual_values, gather_facts, read_observed
from haidong_sim.errors import MonitoringError

HEAD = "indicator,region,year,value,unit,source"


@pytest.fixture(scope="module")
def plan():
    return hs.project("plan")


def read(tmp_path, plan, text):
    path = tmp_path / "actuals.csv"
    path.write_text(text, encoding="utf-8")
    return read_observed(path, registry=plan.registry, allowed=plan.indicators, last_year=2035)


def value(indicator, year, number, **more):
    about = {"source": "x", "vintage_group": "", "measurement_sd": None, "row": 2} | more
    return ObservedValue(indicator=indicator, year=year, value=number, **about)


@pytest.mark.parametrize(
    ("line", "indicator", "number"),
    [
        ("gdp_current,city,2021,5547100,1e4 CNY,a", "gdp_current", 554.71),
        ("gdp_current,province,2021,3346.63,1e8 CNY,a", "province_gdp_current", 3346.63),
        ("province_gdp_current,,2021,3346.63,亿元,a", "province_gdp_current", 3346.63),
        ("gdp_growth,全国,2021,8.4,percent,a", "nation_gdp_growth", 0.084),
        ("gdp_growth,,2021,7,%,a", "gdp_growth", 0.07),
        ("常住人口（年末）,海东市,2021,1357900,person,a", "resident_population", 135.79),
        ("urbanization_rate,,2021,41.5,percent,a", "urbanization_rate", 0.415),
        ("disposable_income_current,,2021,22000,CNY,a", "disposable_income_current", 22000.0),
        ("clean_energy_capacity,,2021,400,1e4 kW,a", "clean_energy_capacity", 4.0),
    ],
)
def test_names_units_and_regions_as_an_office_writes_them(line, indicator, number, tmp_path, plan):
    (found,) = read(tmp_path, plan, f"\ufeff{HEAD}\n{line}\n\n")
    assert (found.indicator, found.year) == (indicator, 2021)
    assert found.value == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("gdp_curent,,2021,1,1e8 CNY,a", ["row 2, column indicator", "Did you mean 'gdp_current'"]),
        ("gdp_current,,2021,1,1e8 CNX,a", ["column unit", "1e8 CNY"]),
        ("gdp_current,,2021,1,percent,a", ["'percent' cannot be converted to '1e8 CNY'"]),
        ("gdp_current,,2021,much,1e8 CNY,a", ["column value", "not a finite number"]),
        ("gdp_current,,2021,-3,1e8 CNY,a", ["column value", "-3"]),
        ("gdp_current,,21,1,1e8 CNY,a", ["column year"]),
        ("gdp_current,,2019,1,1e8 CNY,a", ["2019 is outside 2020 … 2035"]),
        ("gdp_current,,2021,1,1e8 CNY,", ["column source", "empty"]),
        ("gdp_current,provnce,2021,1,1e8 CNY,a", ["column region", "Did you mean 'province'"]),
        ("province_gdp_current,city,2021,1,1e8 CNY,a", ["number of the province, not of the city"]),
        ("gdp_share_of_province,,2021,16.6,fraction,a", ["write 16.6 with the unit percent"]),
        ("gdp_growth,,2021,5.7,fraction,a", ["unit percent"]),
        ("gdp_current,,2021,1,1e8 CNY", ["row 2", "5 cells", "6"]),
        ("gdp_current,,2021,1,1e8 CNY,a\ngdp_current,,2021,2,1e8 CNY,a", ["row 3", "stands in row 2"]),
        ("", ["holds no value"]),
    ],
)
def test_a_bad_row_is_refused_by_row_and_column(line, words, tmp_path, plan):
    with pytest.raises(MonitoringError) as caught:
        read(tmp_path, plan, f"{HEAD}\n{line}\n")
    for word in words:
        assert word in str(caught.value)


def test_all_problems_stand_in_one_message(tmp_path, plan):
    with pytest.raises(MonitoringError, match=r"3 problems(.|\n)*row 2(.|\n)*row 3(.|\n)*row 4"):
        read(
            tmp_path,
            plan,
            f"{HEAD}\ngdp,,2021,1,1e8 CNY,a\ngdp_current,,20x1,1,1e8 CNY,a\nurban,,2021,1,t,\n".replace(
                "urban,,2021,1,t,", "urbanization_rate,,2021,41,percent,"
            ),
        )


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("indicator,year,value,source", ["'unit' is missing"]),
        (f"{HEAD},price_bais", ["Did you mean 'price_basis'"]),
        (f"{HEAD},geography", ["stands twice"]),
    ],
)
def test_a_bad_header_is_refused(head, words, tmp_path, plan):
    with pytest.raises(MonitoringError) as caught:
        read(tmp_path, plan, f"{head}\n")
    for word in words:
        assert word in str(caught.value)


def test_price_bases_and_levels_of_measurement_never_mix(tmp_path, plan):
    head = f"{HEAD},price_basis,vintage_group"
    with pytest.raises(MonitoringError, match="is 'constant'; gdp_current is at 'current' prices"):
        read(tmp_path, plan, f"{head}\ngdp_current,,2021,1,1e8 CNY,a,constant,\n")
    lines = "gdp_current,,2021,550,1e8 CNY,a,current,old\ngdp_current,,2022,570,1e8 CNY,a,current,new"
    with pytest.raises(MonitoringError, match=r"gdp_current: stands on 2 levels of measurement \(old, new\)"):
        read(tmp_path, plan, f"{head}\n{lines}\n")


def test_files_that_cannot_be_read_are_named(tmp_path, plan):
    with pytest.raises(MonitoringError, match="there is no file"):
        read_observed(tmp_path / "no.csv", registry=plan.registry, allowed=plan.indicators, last_year=2035)
    path = tmp_path / "excel.csv"
    path.write_bytes("indicator,来源".encode("gbk"))
    with pytest.raises(MonitoringError, match="CSV UTF-8"):
        read_observed(path, registry=plan.registry, allowed=plan.indicators, last_year=2035)


def test_a_revised_level_is_taken_as_growth_since_the_base():
    # The provincial product of 2020 was 3005.9 first and 3080.6 after the fifth economic census.
    given = [value("province_gdp_current", 2020, 3080.6), value("province_gdp_current", 2021, 3446.3)]
    facts = gather_facts(given, base={"province_gdp_current": 3005.9}, base_year=2020, as_of=2035)
    (spliced,) = facts.used
    assert spliced.value == pytest.approx(3446.3 * 3005.9 / 3080.6)
    assert "3080.6 in 2020, the scenario 3005.9" in facts.notes[0]
    shares = [value("urbanization_rate", 2020, 0.5), value("urbanization_rate", 2021, 0.6)]
    (moved,) = gather_facts(shares, base={"urbanization_rate": 0.4}, base_year=2020, as_of=2035).used
    # log-odds: ln(2/3) + ln(3/2) - 0 = 0
    assert moved.value == pytest.approx(0.5)


def test_what_follows_from_other_rows_is_known_but_not_counted_twice():
    base = {"gdp_current": 500.0, "province_gdp_current": 3000.0, "gdp_share_of_province": 1 / 6}
    given = [
        value("gdp_share_of_province", 2021, 0.17),
        value("gdp_current", 2021, 550.0),
        value("province_gdp_current", 2021, 3300.0),
        value("gdp_current", 2022, 570.0),
    ]
    facts = gather_facts(given, base=base, base_year=2020, as_of=2021)
    assert [v.indicator for v in facts.used] == ["gdp_current", "province_gdp_current"]
    assert any("was not counted twice" in note for note in facts.notes)
    assert "1 values after 2021 were left out" in facts.notes
    known = gather_facts(given[1:], base=base, base_year=2020, as_of=2035).known
    assert known["gdp_share_of_province", 2021] == pytest.approx(1 / 6)
    assert ("gdp_share_of_province", 2022) not in known


def test_growth_is_chained_only_without_a_gap():
    given = [value("gdp_growth", year, 0.1) for year in (2021, 2022, 2024)]
    known = actual_values(given, {"gdp_current": 100.0, "gdp_volume_index": 1.0}, 2020)
    assert known["gdp_volume_index", 2022] == pytest.approx(1.21)
    assert known["gdp_constant", 2022] == pytest.approx(121.0)
    assert ("gdp_volume_index", 2024) not in known


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("gdp_share_of_province", ["gdp_current", "province_gdp_current"]),
        ("gdp_volume_index", ["gdp_growth"]),
        ("gdp_per_capita_current", ["gdp_current", "resident_population"]),
        ("urban_rural_income_ratio", ["disposable_income_urban_current", "disposable_income_rural_current"]),
        ("disposable_income_constant", ["disposable_income_current", "consumer_price_index"]),
        ("energy_intensity", ["energy_consumption", "gdp_constant"]),
        ("co2_intensity", ["co2_emissions", "gdp_growth"]),
        ("labour_productivity", ["gdp_constant", "employment"]),
        ("gdp_per_capita_ratio_to_province",
         ["gdp_current", "province_gdp_current", "resident_population", "province_resident_population"]),
    ],
)  # fmt: skip
def test_what_is_put_in_relation_is_what_the_model_means_by_it(name, parts, plan):
    base = {about: plan.path[about, 2020] for about in plan.indicators}
    given = [value(part, year, plan.path[part, year]) for part in parts for year in range(2021, 2026)]
    known = actual_values(given, base, 2020)
    for year in range(2021, 2026):
        assert known[name, year] == pytest.approx(plan.path[name, year], rel=1e-9)


def test_a_table_is_read_like_a_file(plan):
    table = pd.DataFrame(
        {"indicator": ["gdp_current"], "year": [2021], "value": [554.71], "unit": ["1e8 CNY"],
         "source": ["panel"], "measurement_sd": [0.02]}
    )  # fmt: skip
    (found,) = read_observed(table, registry=plan.registry, allowed=plan.indicators, last_year=2035)
    assert (found.value, found.measurement_sd) == (554.71, 0.02)
