"""Every rule of the registry files: one bad file each, and the words that its author reads."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from haidong_sim.errors import RegistryError
from haidong_sim.place import load_registry

BROKEN = Path(__file__).parents[2] / "broken_files" / "registry"
MINIMAL = BROKEN / "minimal"

MESSAGES = {
    "assumption_without_range": "baseline.csv row 5, column low: is empty; an assumption needs a range",
    "bad_period": "targets.csv row 4, column period: '2025-2021' is not a period such as 2021-2025",
    "base_missing_without_reason": "row 3, column base_reason: is empty, and so is base_observation",
    "baseline_given_twice": "row 4, column name: duplicate of row 3: 'resident_population' in 'plan'",
    "baseline_in_one_vintage_only": "'resident_population' is given for 'census' but not for 'plan'",
    "baseline_of_another_year": "column year: 2019 is not the base year 2020 of place.toml",
    "baseline_unit_of_another_kind": "'TWh' cannot be turned into '1e4 tce', the unit of 'energy_cons",
    "between_without_upper_value": "column value_high: is empty; the comparator 'between' needs both",
    "cap_from_no_statistic": "caps.csv row 2, column group: unknown group of prior_stats.csv 'growth of toy "
    "cites'. Did you mean 'growth of toy cities'?",
    "cap_given_twice": "caps.csv row 3, column cap: duplicate of row 2: 'growth'",
    "core_without_indicator": "column model_indicator: is empty, but the target is core",
    "duplicate_id": "observations.csv row 3, column id: duplicate of row 2: 'o_gdp_share'",
    "duplicate_year": "series.csv row 4: duplicate of row 3: 'urbanization_rate city first publ",
    "impossible_year": "series.csv row 4, column year: '20200' is not a year from 1900 to 2100",
    "infinite_value": "series.csv row 3, column value: 'inf' is not a finite number",
    "limit_on_no_side": "limits.csv row 2, column side: unknown side 'abov'. Did you mean 'above'?",
    "limit_without_years": "row 2, column consecutive_years: '0' is not a number of years; write 1 or more",
    "low_confidence_baseline": "column confidence: 'low' is never a default",
    "missing_column": "series.csv row 1: the column 'vintage' is missing; the columns are indicator, region",
    "missing_source": "observations.csv row 3, column source: is empty; a value is required",
    "missing_year": "series.csv row 4, column year: is empty; a year from 1900 to 2100 is required",
    "non_numeric_value": "observations.csv row 2, column value: 'a quarter' is not a finite number",
    "pace_without_reason": "column not_modelled_reason: is empty, but the target is not core",
    "past_target_as_base": "unknown base observation (an outcome of observations.csv) "
    "'o_forest_old_target'. Did you mean 'o_forest'? Allowed: o_forest, o_gdp_share",
    "place_not_toml": "place.toml: is not valid TOML",
    "place_repeats_a_region": "place.toml: the region id 'city' is given twice",
    "place_unknown_key": "place.toml: unknown key 'base_yaer'. Did you mean 'base_year'?",
    "place_without_nation": "place.toml, table [nation]: is missing or has no name 'en'",
    "ragged_row": "sources.csv row 4: has 10 cells; the header has 9",
    "series_of_two_units": "series.csv row 3, column unit: 'fraction per year' (n/a) differs from row 2",
    "unknown_cap": "caps.csv row 2, column cap: unknown cap 'grwth'. Did you mean 'growth'? Allowed: drift",
    "unknown_column": "policy.csv row 1: unknown column 'commentary'. Did you mean 'comparator'?",
    "unknown_comparator": "unknown comparator 'at_least'. Allowed: approx, between, eq, ge, gt, le, lt, "
    "multiple_of_base, rank_above, sync_with",
    "unknown_conflict": "baseline.csv row 3, column conflict: unknown conflict 'K2'. Did you mean 'K1'?",
    "unknown_functional": "unknown functional 'levels'. Did you mean 'level'?",
    "unknown_model_indicator": "row 2, column model_indicator: unknown indicator 'gdp_share'",
    "unknown_price_basis": "unknown price basis 'curent'. Did you mean 'current'? Allowed: comparable",
    "unknown_provenance": "unknown provenance 'offical'. Did you mean 'official'? Allowed: assumption",
    "unknown_reference_indicator": "unknown reference indicator 'province_gdp_growht'. "
    "Did you mean 'province_gdp_growth'?",
    "unknown_region": "series.csv row 2, column region: unknown region 'county'. Did you mean 'city'? "
    "Allowed: city, nation, province, rest_of_province",
    "unknown_source": "targets.csv row 2, column source: unknown source 'toy_plam'. Did you mean 'toy_plan'?",
    "unknown_unit": "observations.csv row 2, column unit: unknown unit 'percnt'. Did you mean 'percent'?",
    "value_missing_without_reason": "column value_missing_reason: is empty, but there is no value",
    "value_outside_its_range": "row 5, column value: 2000.0 lies outside its range 900.0 to 1100.0",
}


def overlaid(tmp_path: Path, *rules: str) -> Path:
    folder = tmp_path / "place"
    shutil.copytree(MINIMAL, folder)
    for rule in rules:
        shutil.copytree(BROKEN / rule, folder, dirs_exist_ok=True)
    return folder


def test_the_minimal_registry_beside_the_broken_ones_is_valid():
    registry = load_registry(MINIMAL)
    assert len(registry.targets) == 3


def test_every_folder_of_broken_files_has_a_message():
    assert {folder.name for folder in BROKEN.iterdir()} == {"minimal", *MESSAGES}


@pytest.mark.parametrize("rule", sorted(MESSAGES))
def test_one_bad_file_gives_its_message(tmp_path, rule):
    with pytest.raises(RegistryError) as caught:
        load_registry(overlaid(tmp_path, rule))
    assert MESSAGES[rule] in str(caught.value)


@pytest.mark.parametrize("rule", sorted(set(MESSAGES) - {"ragged_row"}))
def test_one_bad_cell_is_one_problem(tmp_path, rule):
    with pytest.raises(RegistryError, match="registry 'place': 1 problem\n"):
        load_registry(overlaid(tmp_path, rule))


def test_problems_of_several_files_are_reported_together(tmp_path):
    rules = (
        "unknown_unit",
        "unknown_comparator",
        "missing_year",
        "low_confidence_baseline",
        "place_without_nation",
    )
    with pytest.raises(RegistryError) as caught:
        load_registry(overlaid(tmp_path, *rules))
    text = str(caught.value)
    assert "registry 'place': 5 problems" in text
    assert all(MESSAGES[rule] in text for rule in rules)


@pytest.mark.parametrize("file", sorted(path.name for path in MINIMAL.iterdir()))
def test_a_missing_file_is_named_with_what_it_must_hold(tmp_path, file):
    folder = overlaid(tmp_path)
    (folder / file).unlink()
    with pytest.raises(RegistryError, match=f"{file}: the file is missing; a registry folder needs it with"):
        load_registry(folder)


def test_a_file_in_another_encoding_is_named(tmp_path):
    folder = overlaid(tmp_path)
    path = folder / "sources.csv"
    path.write_bytes(path.read_text(encoding="utf-8").replace("fictional", "虚构").encode("gbk"))
    with pytest.raises(RegistryError, match=r"sources\.csv: is not UTF-8 text"):
        load_registry(folder)


def test_a_byte_order_mark_is_harmless_in_every_file(tmp_path):
    folder = overlaid(tmp_path)
    for path in (*folder.glob("*.csv"), folder / "place.toml"):
        path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert len(load_registry(folder).sources) == 3


def test_an_unknown_registry_names_the_bundled_ones():
    with pytest.raises(RegistryError, match=r"unknown registry 'haidon'\. Did you mean 'haidong'") as caught:
        load_registry("haidon")
    assert "or the path of a folder" in str(caught.value)
