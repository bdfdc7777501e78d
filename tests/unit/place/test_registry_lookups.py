"""Look-ups, baselines and series of a fictional place: nothing is wired to one city."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from haidong_sim.errors import RegistryError
from haidong_sim.place import load_registry

TOY = Path(__file__).parents[2] / "toy_district" / "registry"


@pytest.fixture(scope="module")
def toy():
    return load_registry(TOY)


def test_place_and_base_year_are_data(toy):
    assert toy.place.name == "toyshire"
    assert toy.place.base_year == 2020
    assert toy.place.region("province").name_en == "Toyland"
    assert [region.id for region in toy.place.districts] == ["upper", "lower"]
    assert toy.place.region("nowhere") is None


def test_the_two_vintages_differ_where_population_enters_and_nowhere_else(toy):
    plan, census = toy.baseline("plan").numbers(), toy.baseline("census").numbers()
    assert plan.keys() == census.keys()
    assert {name for name in plan if plan[name] != census[name]} == {
        "resident_population", "gdp_per_capita_ratio_to_province", "gdp_per_capita_ratio_to_nation",
        "gdp_per_capita_current", "urban_population", "household_income_share_of_gdp",
    }  # fmt: skip
    assert census["resident_population"] == 200
    assert plan["resident_population"] == 250


def test_a_baseline_is_a_mapping_that_names_the_nearest(toy):
    census = toy.baseline("census")
    assert "gdp_current" in census
    assert len(census) == len(list(census)) == 36
    assert census.value("gdp_current") == census["gdp_current"].value == 1000
    assert (census["urban_core_population"].low, census["urban_core_population"].high) == (30, 50)
    with pytest.raises(
        RegistryError, match=r"unknown baseline value 'gdp_curent'\. Did you mean 'gdp_current'"
    ):
        census["gdp_curent"]
    with pytest.raises(RegistryError, match=r"unknown baseline vintage 'cencus'\. Did you mean 'census'"):
        toy.baseline("cencus")


def test_growth_and_shares_are_fractions_and_the_printed_form_stays(toy):
    growth = toy.target("t_growth")
    assert (growth.value, growth.unit) == (0.06, "fraction per year")
    assert (growth.printed_value, growth.printed_unit) == ("6", "percent")
    observed = toy.observation("o_growth")
    assert (observed.value, observed.unit, observed.printed_value) == (0.05, "fraction per year", "5")
    clean = toy.target("t_clean")
    assert (clean.value, clean.unit, clean.printed_value, clean.printed_unit) == (4, "GW", "400", "1e4 kW")
    core = toy.target("t_core")
    assert (core.value, core.value_high, core.unit) == (40, 60, "1e4 person")


def test_every_comparator_is_loaded(toy):
    assert {target.comparator for target in toy.targets} == {
        "ge", "le", "gt", "lt", "eq", "approx", "between", "multiple_of_base", "sync_with", "rank_above",
    }  # fmt: skip


def test_a_reference_year_is_a_year_or_a_word(toy):
    assert toy.target("t_doubling").reference_year == 2020
    assert toy.target("t_share").reference_year == "same"
    assert toy.target("t_services_rise").reference_year == "previous"
    assert toy.target("t_above_province").reference_year == "same_period"
    assert not toy.target("t_clean").reference_year


@pytest.mark.parametrize(
    ("look_up", "name", "message"),
    [
        ("target", "t_shar", "unknown target 't_shar'. Did you mean 't_share'?"),
        ("observation", "o_forst", "unknown observation 'o_forst'. Did you mean 'o_forest'?"),
        ("source", "toy_book", "unknown source 'toy_book'."),
        ("conflict", "K9", "unknown conflict 'K9'. Did you mean 'K1'?"),
    ],
)
def test_unknown_ids_name_the_nearest(toy, look_up, name, message):
    with pytest.raises(RegistryError) as caught:
        getattr(toy, look_up)(name)
    assert message in str(caught.value)


def test_a_series_breaks_where_the_level_was_revised(toy):
    series = toy.series("gdp_current", "city")
    assert list(series.years) == [2016, 2017, 2018, 2019, 2020]
    assert list(series.data) == [400, 500, 600, 900, 1000]
    assert series.breaks == (2019,)
    growth = series.log_growth()
    assert growth.keys() == {2017, 2018, 2020}
    assert growth[2020] == pytest.approx(math.log(10 / 9))


def test_low_confidence_is_asked_for_by_name(toy):
    assert 2021 not in toy.series("gdp_current", "city").years
    assert toy.series("gdp_current", "city", min_confidence="low").at(2021) == 1100
    with pytest.raises(RegistryError, match="has no 2021; years: 2016, 2017, 2018, 2019, 2020"):
        toy.series("gdp_current", "city").at(2021)
    with pytest.raises(RegistryError, match="unknown confidence 'lo'"):
        toy.series("gdp_current", "city", min_confidence="lo")


def test_vintages_are_never_mixed(toy):
    with pytest.raises(RegistryError) as caught:
        toy.series("gdp_current", "province")
    assert str(caught.value) == (
        "gdp_current of the province has 2 vintages, which are never mixed; "
        "name one: 'new yearbook' (2017-2020); 'old yearbook' (2016-2018)"
    )
    assert toy.series("gdp_current", "province", "old yearbook").at(2018) == 3000
    assert toy.series("gdp_current", "province", "new yearbook").at(2018) == 3200


def test_a_ratio_is_formed_within_one_vintage_only(toy):
    city = toy.series("gdp_current", "city")
    old = toy.ratio(city, toy.series("gdp_current", "province", "old yearbook"))
    assert list(old.data) == [0.2, 0.2, 0.2]
    assert list(old.years) == [2016, 2017, 2018]
    assert old.unit == "fraction"
    with pytest.raises(RegistryError) as caught:
        toy.ratio(city, toy.series("gdp_current", "province", "new yearbook"))
    assert "2017, 2018 would cross vintages ('old' over 'new')" in str(caught.value)


def test_a_ratio_across_units_is_refused(toy):
    city = toy.series("gdp_current", "city")
    with pytest.raises(RegistryError, match="cannot be divided by fraction per year"):
        toy.ratio(city, toy.series("gdp_growth", "province"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gdp_curent", "city"), "unknown series 'gdp_curent'. Did you mean 'gdp_current'?"),
        (("gdp_current", "nation"), "unknown region of the series 'gdp_current' 'nation'"),
        (
            ("gdp_current", "city", "second published"),
            "unknown vintage 'second published'. Did you mean 'first",
        ),
    ],
)
def test_unknown_series_name_what_there_is(toy, arguments, message):
    with pytest.raises(RegistryError) as caught:
        toy.series(*arguments)
    assert message in str(caught.value)


def test_frames_have_one_row_each(toy):
    assert len(toy.targets_frame()) == len(toy.targets) == 12
    assert len(toy.observations_frame()) == len(toy.observations) == 10
    assert len(toy.baseline_frame("plan")) == 36
    assert len(toy.baseline_frame()) == 42
    assert len(toy.series_frame()) == len(toy.series_points)
    assert toy.targets_frame().set_index("id").loc["t_commute", "region"] == "upper;lower"
    assert toy.targets_frame().set_index("id").loc["t_growth", "period"] == "2021-2025"
    assert list(toy.sources_frame()["id"]) == ["toy_plan", "toy_yearbook", "toy_judgement"]
    assert list(toy.conflicts_frame()["id"]) == ["K1"]
    assert list(toy.policy_frame()["value"]) == [-0.1]
    assert list(toy.prior_statistics_frame()["value"]) == [2]


def test_a_registry_travels_to_another_process(toy):
    toy.target("t_share")
    assert pickle.loads(pickle.dumps(toy)) == toy  # noqa: S301 - own bytes


def test_loading_a_registry_does_not_import_pandas():
    code = "import sys, haidong_sim.place as r; r.load_registry(); print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
