"""Every column of targets.csv is used: it changes the question or its row, is refused, or stays on record."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

import haidong_sim as hs
from haidong_sim.errors import HaidongSimError
from haidong_sim.place.targets import TARGET_COLUMNS
from haidong_sim.questions import questions_of

TOY = Path(__file__).parents[2] / "toy_district"

ASKED = [
    ("t_growth", {"model_indicator": "gdp_constant"}, {"indicator": "gdp_constant"}),
    ("t_clean", {"comparator": "gt"}, {"is_strict": True}),
    ("t_growth", {"direction": "both"}, {"direction": 0}),
    ("t_growth", {"direction": "down"}, {"direction": -1}),
    ("t_clean", {"value": "500"}, {"threshold": 5.0}),
    ("t_core", {"value_high": "70"}, {"upper": 70.0}),
    ("t_clean", {"unit": "MW"}, {"threshold": 0.4}),
    ("t_clean", {"functional": "increase"}, {"kind": "increase"}),
    ("t_clean", {"functional": "cumulative"}, {"kind": "cumulative"}),
    ("t_clean", {"functional": "every_year"}, {"kind": "hold"}),
    ("t_services_rise", {"value": "1", "value_missing_reason": ""}, {"threshold": 0.01}),
    ("t_services_rise", {"comparator": "lt", "direction": "down"}, {"direction": -1}),
    ("t_clean", {"deadline": "2028"}, {"last_year": 2028}),
    ("t_growth", {"period": "2023-2025"}, {"first_year": 2022}),
    ("t_above_province", {"reference_indicator": "nation_gdp_growth", "reference_region": "nation"},
     {"reference": "nation_gdp_growth"}),
    ("t_doubling", {"reference_year": "2025"}, {"first_year": 2025}),
    ("t_income_ratio", {"reference_value": ""},
     {"reference": "urban_rural_income_ratio", "reference_year": 2020}),
    ("t_income_ratio", {"reference_value": "1.9"}, {"threshold": 1.9}),
    ("t_growth", {"tolerance": "0.004"}, {"tolerance": 0.004}),
    ("t_growth", {"tolerance": "0.4", "tolerance_unit": "percent"}, {"tolerance": 0.004}),
    ("t_clean", {"tolerance": "3", "tolerance_unit": "1e4 kW"}, {"tolerance": 0.03}),
    ("t_share", {"model_indicator": "gdp_current"},
     {"kind": "ratio_to_another", "reference": "province_gdp_current"}),
]  # fmt: skip

REFUSED = [
    ("t_clean", {"direction": "down"}, "'down' contradicts the comparator 'ge'"),
    ("t_clean", {"value_high": "500"}, "'ge' has one threshold only"),
    ("t_growth", {"statistic": "share"}, "'share' contradicts the functional 'mean_growth'"),
    ("t_growth", {"period": "2021-2024"}, "ends in 2024, the deadline is 2025"),
    ("t_above_province", {"reference_region": "nation"},
     "not that of 'province_gdp_growth', which is 'province'"),
    ("t_above_province", {"reference_indicator": "", "reference_year": ""}, "without a reference_indicator"),
    ("t_doubling", {"reference_year": "previous"}, "'previous' has no meaning for 'ratio_to_base'"),
    ("t_doubling", {"reference_year": "2015"}, "compared with 2015, before the run's base year 2020"),
    ("t_doubling", {"reference_value": "1.5"}, "a multiple counts from the base of the run"),
    ("t_growth", {"tolerance_unit": "GW"}, "'GW' does not measure the value"),
    ("t_growth", {"tolerance": ""}, "without a tolerance"),
    ("t_growth", {"tolerance": "-1"}, "is negative"),
    ("t_growth", {"direction": "both", "tolerance": "", "tolerance_unit": ""}, "needs a number for 'about'"),
    ("t_share", {"price_basis": "constant"}, "stated at price basis 'constant'"),
    ("t_share", {"reference_value": "3000"}, "only the denominator of a share"),
    ("t_intensity", {"value_assumption_key": "assumed.t_intensity"},
     "must begin with 'scenario.assumed_targets.'"),
    ("t_clean", {"reference_indicator": "clean_energy_capacity", "reference_year": "2020"},
     "only the denominator of a share"),
    ("t_income_ratio", {"functional": "reduction", "reference_value": ""}, "kind 'reduction' needs a number"),
]  # fmt: skip

SHOWN = [
    ("t_forest", {"indicator": "forest_cover"}, {"indicator": "forest_cover"}),
    ("t_share", {"name_en": "part"}, {"name_en": "part"}),
    ("t_share", {"name_zh": "占比"}, {"name_zh": "占比"}),
    ("t_intensity", {"value_assumption_key": ""}, {"status": "not_assessable"}),
    ("t_intensity", {"value_assumption_key": "scenario.assumed_targets.t_share"},
     {"status": "not_assessable"}),
    ("t_forest", {"base_observation": "o_services"}, {"base_value": 0.5}),
    ("t_commute", {"base_reason": "nobody knows"}, {"reason": "nobody knows"}),
    ("t_share", {"population_basis": "resident_average"}, {"population_basis": "resident_average"}),
    ("t_share", {"energy_convention": "unstated"}, {"energy_convention": "unstated"}),
    ("t_share", {"binding": "binding"}, {"binding": "binding"}),
    ("t_share", {"theme": "other"}, {"theme": "other"}),
    ("t_share", {"modelable": "qualitative", "not_modelled_reason": "a wish"}, {"reason": "a wish"}),
    ("t_share", {"region": "upper"}, {"region": "upper"}),
    ("t_share", {"locator": "page 9"}, {"locator": "page 9"}),
    ("t_share", {"provenance": "official"}, {"provenance": "official"}),
    ("t_share", {"confidence": "low"}, {"confidence": "low"}),
    ("t_share", {"note": "so it is"}, {"note": "so it is"}),
    ("t_clean", {"deadline": "2060"}, {"status": "not_assessable"}),
]  # fmt: skip

ON_RECORD = {
    "id", "value_missing_reason", "deadline_basis", "reference_note", "tolerance_source", "source", "vintage",
    "conflict",
}  # fmt: skip
"""Said of a target and kept with it; nothing is computed from them."""


def registry_with(tmp_path, target_id, cells):
    folder = tmp_path / "registry"
    shutil.copytree(TOY / "registry", folder)
    path = folder / "targets.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    next(row for row in rows if row["id"] == target_id).update(cells)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, TARGET_COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return hs.load_registry(folder)


@pytest.fixture(scope="module")
def toy():
    return hs.load_scenario(TOY / "toy.toml")


@pytest.mark.parametrize(("target_id", "cells", "expected"), ASKED)
def test_a_cell_changes_the_question(tmp_path, toy, target_id, cells, expected):
    def asked(registry):
        return next(one for one in questions_of(registry, toy) if one.name == target_id)

    changed, before = (
        asked(registry_with(tmp_path, target_id, cells)),
        asked(hs.load_registry(TOY / "registry")),
    )
    for field, value in expected.items():
        assert getattr(changed, field) == (pytest.approx(value) if isinstance(value, float) else value)
        assert getattr(before, field, None) != getattr(changed, field), field


@pytest.mark.parametrize(("target_id", "cells", "words"), REFUSED)
def test_a_cell_that_contradicts_the_others_is_refused(tmp_path, toy, target_id, cells, words):
    with pytest.raises(HaidongSimError, match=words):
        questions_of(registry_with(tmp_path, target_id, cells), toy)


@pytest.mark.parametrize(("target_id", "cells", "expected"), SHOWN)
def test_a_cell_shows_in_the_row_of_the_check(tmp_path, toy, target_id, cells, expected):
    def row(registry):
        return hs.project(toy, registry=registry).check().set_index("target_id").loc[target_id]

    changed, before = row(registry_with(tmp_path, target_id, cells)), row(hs.load_registry(TOY / "registry"))
    for field, value in expected.items():
        assert changed[field] == value
        assert before[field] != value


def test_no_column_is_without_a_use():
    spoken = {column for _, cells, _ in (*ASKED, *REFUSED, *SHOWN) for column in cells}
    assert spoken | ON_RECORD == set(TARGET_COLUMNS)
    assert not spoken & ON_RECORD - {"value_missing_reason"}
