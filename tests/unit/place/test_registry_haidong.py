"""The registry of Haidong: complete, unchanged from print, and every number with its source."""

from __future__ import annotations

import csv
import re
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest

from haidong_sim.errors import RegistryError
from haidong_sim.indicators.catalogue import catalogue
from haidong_sim.place import load_registry

DATA = files("haidong_sim.place").joinpath("data", "haidong")

# Figures typed from the two plans: id -> value as printed, unit as printed.
PRINTED_OBSERVATIONS = {
    "o_poor_population_exited_text": ("16.9", "1e4 person"),
    "o_gdp_2020_floor": ("500", "1e8 CNY"),
    "o_gdp_growth_avg_13fyp": ("7.5", "percent"),
    "o_gdp_growth_gap_qinghai_13fyp": ("1.6", "percentage_point"),
    "o_urban_rural_income_ratio_2015": ("2.85", "dimensionless"),
    "o_urban_rural_income_ratio_2020": ("2.69", "dimensionless"),
    "o_primary_share_of_gdp_2020": ("15.1", "percent"),
    "o_secondary_share_of_gdp_2020": ("37.9", "percent"),
    "o_services_share_of_gdp_2020": ("47", "percent"),
    "o_t1_services_share_2020": ("40", "percent"),
    "o_pv_capacity_2020": ("621", "MW"),
    "o_urbanization_2015": ("34", "percent"),
    "o_urbanization_2020": ("42", "percent"),
    "o_gdp_share_of_qinghai_2020": ("17.1", "percent"),
    "o_gdp_pc_ratio_qinghai_2020": ("66.7", "percent"),
    "o_gdp_pc_ratio_china_2020": ("46.1", "percent"),
    "o_t1_gdp_growth_2015": ("11.2", "percent"),
    "o_t1_labour_productivity_2020": ("6", "1e4 CNY/person"),
    "o_t1_fai_2015": ("611.4", "1e8 CNY"),
    "o_t1_income_2015": ("12805", "CNY"),
    "o_t1_income_2020": ("20066", "CNY"),
    "o_t2_gdp_growth_2020": ("4.7", "percent"),
    "o_t2_grain_capacity_2020": ("53.4", "1e4 t"),
    "o_t2_clean_energy_capacity_2020": ("398", "1e4 kW"),
    "o_aluminium_capacity_minhe": ("45", "1e4 t"),
}
PRINTED_TARGETS = {
    "t35_gdp_doubling": ("2", "dimensionless", 2035),
    "t2_01_gdp_growth": ("6", "percent", 2025),
    "t2_02_labour_productivity": ("5", "percent", 2025),
    "t2_04_urbanization": ("48", "percent", 2025),
    "t2_05_rd_intensity": ("0.15", "percent", 2025),
    "t2_19_physicians": ("2.75", "count/(1e3 person)", 2025),
    "t2_25_grain": ("54", "1e4 t", 2025),
    "t2_26_clean_energy": ("533", "1e4 kW", 2025),
    "t25_output_ledu": ("90", "1e8 CNY", 2025),
    "a30_gdp_share_qinghai": ("20", "percent", 2030),
    "a30_nonfossil_share": ("65", "percent", 2030),
    "a30_racks": ("5", "1e4 rack", 2030),
    "a30_compute_total": ("10000", "PFLOPS", 2030),
    "a35_urban_core_population": ("30", "1e4 person", 2035),
    "a25_water_use": ("5.63", "1e8 m**3", 2025),
}


@pytest.fixture(scope="module")
def haidong():
    return load_registry()


@pytest.fixture(scope="module")
def cells():
    """Return every cell of every CSV file as (file, row, column, text)."""
    found = []
    for path in DATA.iterdir():
        if path.name.endswith(".csv"):
            rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
            found += [(path.name, n, c, t) for n, row in enumerate(rows, 2) for c, t in row.items()]
    return found


def test_all_observations_and_targets_are_there(haidong):
    assert len(haidong.observations) == 191
    assert Counter(row.source for row in haidong.observations) == {"plan_14fyp": 187, "action_plan_2024": 4}
    assert Counter(row.status for row in haidong.observations) == {"outcome": 167, "past_target": 24}
    assert len(haidong.targets) == 234
    assert Counter(row.source for row in haidong.targets) == {"plan_14fyp": 142, "action_plan_2024": 92}


def test_targets_by_deadline_class_comparator_and_theme(haidong):
    targets = haidong.targets
    assert Counter(row.deadline for row in targets) == {2025: 135, 2030: 86, 2035: 12, 2050: 1}
    assert Counter(row.modelable for row in targets) == {"core": 20, "pace": 165, "qualitative": 49}
    assert Counter(row.binding for row in targets) == {
        "binding": 9, "expected": 19, "action_plan": 92, "unspecified": 114,
    }  # fmt: skip
    assert Counter(row.comparator for row in targets) == {
        "ge": 101, "eq": 77, "le": 13, "approx": 12, "gt": 8, "lt": 7, "between": 7, "sync_with": 5,
        "multiple_of_base": 2, "rank_above": 2,
    }  # fmt: skip
    assert Counter(row.theme for row in targets) == {
        "livelihood": 56, "agriculture": 31, "environment": 30, "energy": 15, "transport": 15, "industry": 15,
        "economy": 12, "digital": 12, "urbanization": 10, "water": 9, "innovation": 7, "health": 7,
        "education": 6, "culture": 6, "opening": 2, "safety": 1,
    }  # fmt: skip


def test_targets_without_a_number_are_the_27_relations_and_assignments_less_the_reading_of_parity(haidong):
    empty = [row for row in haidong.targets if row.value is None]
    assert len(empty) == 27 - 1
    assert all(row.value_missing_reason for row in empty)
    parity = haidong.target("t35_gdp_pc_near_qinghai")
    assert (parity.value, parity.tolerance, parity.provenance) == (1.0, 0.05, "derived")
    assert not parity.printed_value


@pytest.mark.parametrize(("id_", "printed"), PRINTED_OBSERVATIONS.items())
def test_observations_are_as_printed(haidong, id_, printed):
    row = haidong.observation(id_)
    assert (row.printed_value, row.printed_unit) == printed


@pytest.mark.parametrize(("id_", "printed"), PRINTED_TARGETS.items())
def test_targets_are_as_printed(haidong, id_, printed):
    row = haidong.target(id_)
    assert (row.printed_value, row.printed_unit, row.deadline) == printed


def test_values_are_fractions_and_catalogue_units(haidong):
    assert haidong.observation("o_services_share_of_gdp_2020").value == 0.47
    assert haidong.observation("o_t2_gdp_growth_2020").unit == "fraction per year"
    assert haidong.observation("o_gdp_growth_gap_qinghai_13fyp").value == 0.016
    assert haidong.target("t2_26_clean_energy").value == 5.33
    assert haidong.target("t2_01_gdp_growth").value == 0.06
    gain = haidong.target("t25_agri_processing_gain")
    assert (gain.value, gain.value_high, gain.reference_value) == (0.02, 0.05, 0.57)
    assert not [row.id for row in haidong.targets if row.unit in {"percent", "percentage_point"}]


def test_every_row_has_a_source_a_unit_and_a_place(haidong):
    rows = [*haidong.observations, *haidong.targets, *haidong.series_points, *haidong.baseline_values]
    assert all(row.source and row.unit and row.locator and row.vintage for row in rows)
    assert all(row.confidence in {"low", "medium", "high"} for row in rows)
    assert {row.kind for row in haidong.sources if row.id in {"plan_14fyp", "action_plan_2024"}} == {
        "document"
    }


def test_every_source_is_cited_or_stands_behind_a_conflict(haidong):
    cited = {
        row.source
        for rows in (
            haidong.observations, haidong.targets, haidong.series_points, haidong.baseline_values,
            haidong.policy, haidong.prior_statistics,
        )
        for row in rows
    }  # fmt: skip
    assert {row.id for row in haidong.sources} - cited == {"city_size_standard_2014", "grain_news_2023"}


def test_no_address_of_a_repost_or_a_personal_repository_is_left(cells):
    address = re.compile(
        r"https?:|www\.|github|gitlab|kaggle|\.(com|cc|ltd|net|org|io|xlsx|xls)\b|mirror|[0-9a-f]{8,}:|@[0-9a-f]{6}",
        re.IGNORECASE,
    )
    assert not [cell for cell in cells if address.search(cell[3])]
    official = re.compile(r"tjj\.qinghai\.gov\.cn")
    hosts = [cell for cell in cells if re.search(r"\b[\w-]+\.(cn|de)\b", cell[3])]
    assert hosts
    assert all(
        cell[0] == "sources.csv" and cell[2] == "address" and official.match(cell[3]) for cell in hosts
    )


def test_reposts_are_cited_by_their_publisher_and_marked(haidong):
    assert haidong.source("haidong_work_report_2020").seen == "via repost"
    assert haidong.source("haidong_bulletin_2019").seen == "original"
    assert not [row.id for row in haidong.sources if row.seen == "via repost" and row.address]


def test_core_targets_are_answered_by_the_catalogue_and_the_others_say_why_not(haidong):
    for row in haidong.targets:
        assert bool(row.model_indicator) == row.is_core == (not row.not_modelled_reason), row.id
    assert {row.model_indicator for row in haidong.core_targets} <= set(catalogue())
    assert len(haidong.core_targets) == 20


def test_core_targets_have_a_threshold_or_a_reference_or_an_assumption(haidong):
    for row in haidong.core_targets:
        has_reference = row.reference_value is not None or bool(row.reference_indicator)
        assert row.value is not None or has_reference or row.value_assumption_key, row.id
    assert {row.id: row.value_assumption_key for row in haidong.targets if row.value_assumption_key} == {
        "t2_12_energy_intensity": "scenario.assumed_targets.t2_12_energy_intensity",
        "t2_13_co2_intensity": "scenario.assumed_targets.t2_13_co2_intensity",
    }


def test_the_units_of_core_targets_are_those_of_their_indicator(haidong):
    for row in haidong.core_targets:
        if row.functional in {"level", "every_year"}:
            assert row.unit == catalogue()[row.model_indicator].unit, row.id
        if row.tolerance is not None:
            assert row.tolerance_unit == row.unit, row.id


def test_the_printed_about_has_a_tolerance_with_its_source(haidong):
    tolerances = {row.id: row.tolerance for row in haidong.core_targets if row.tolerance}
    assert tolerances == {
        "t35_gdp_pc_near_qinghai": 0.05,
        "t2_01_gdp_growth": 0.005,
        "t2_02_labour_productivity": 0.005,
        "t2_04_urbanization": 0.01,
        "t25_income_in_step": 0.005,
        "t2_16_income_growth": 0.005,
    }
    for id_ in tolerances:
        assert haidong.target(id_).tolerance_source.startswith("assumption: ")


def test_the_base_of_a_target_is_an_outcome_of_2020(haidong):
    for row in haidong.targets:
        if row.base_observation:
            base = haidong.observation(row.base_observation)
            assert (base.year, base.status, base.period) == (2020, "outcome", None), row.id
            assert base.confidence != "low", row.id
        else:
            assert row.base_reason, row.id
    assert haidong.target("t25_services_share_rises").base_observation == "o_services_share_of_gdp_2020"


def test_every_conflict_of_the_plans_is_carried(haidong):
    ids = {row.id for row in haidong.conflicts}
    assert {f"C{n}" for n in range(1, 36)} | {"C3b"} <= ids
    assert {f"A{n}" for n in range(1, 14)} <= ids
    assert haidong.conflict("C1").default == "a"
    assert haidong.conflict("C8").default == "both"


def test_the_baseline_holds_the_published_starting_values(haidong):
    census, plan = haidong.baseline("census"), haidong.baseline("plan")
    assert census.value("gdp_current") == pytest.approx(0.171 * 3005.92, rel=1e-12)
    assert census.value("resident_population") == 135.85
    assert census.value("province_resident_population") == 592.40
    assert plan.value("gdp_per_capita_ratio_to_province") == 0.667
    assert census.value("survey_urban_weight") == pytest.approx(0.3605, abs=0.0025)
    assert census.value("employment") == pytest.approx(514.01232 / 6)
    assert census.value("clean_energy_capacity") == 3.98


@pytest.mark.parametrize("vintage", ["plan", "census"])
def test_the_baseline_agrees_with_itself(haidong, vintage):
    value = haidong.baseline(vintage).value
    share = value("gdp_share_of_province")
    population_share = value("resident_population") / value("province_resident_population")
    assert value("gdp_per_capita_ratio_to_province") == pytest.approx(share / population_share, rel=1e-8)
    assert value("primary_share") + value("secondary_share") + value("tertiary_share") == pytest.approx(1)
    assert value("gdp_current") + value("rest_of_province_gdp_current") == pytest.approx(3005.92, rel=1e-12)
    assert value("gdp_per_capita_current") == pytest.approx(
        1e4 * value("gdp_current") / value("resident_population"), rel=1e-8
    )
    assert value("urban_population") == pytest.approx(0.42 * value("resident_population"), rel=1e-8)
    income, ratio, weight = (
        value(name)
        for name in ("disposable_income_current", "urban_rural_income_ratio", "survey_urban_weight")
    )
    # The urban income of 2020 in the city panel, which the weight was solved from.
    assert ratio * income / (1 + weight * (ratio - 1)) == pytest.approx(33509.1478, rel=1e-7)
    assert value("energy_intensity") == pytest.approx(
        value("energy_consumption") / value("gdp_current"), rel=1e-8
    )


def test_assumptions_have_ranges_and_nothing_of_low_confidence_is_a_default(haidong):
    for row in haidong.baseline_values:
        assert row.confidence != "low", row.name
        assert (row.provenance == "assumption") == (row.source == "haidong_sim_judgement"), row.name
    assumed = {row.name for row in haidong.baseline_values if row.provenance == "assumption"}
    assert assumed == {
        "urban_core_population", "clean_energy_generation", "energy_consumption", "energy_intensity",
        "non_fossil_share", "capital_output_ratio",
    }  # fmt: skip


def test_the_share_of_the_province_by_year_in_matching_vintages(haidong):
    """Shares in percent, 2005-2017, each worked out by hand from the two publications of the year."""
    city = haidong.series("gdp_current", "city", "as first published each year")
    assert city.breaks == (2019,)
    share = haidong.ratio(city, haidong.series("gdp_current", "province", "pre-4th-census (pub. 2018)"))
    expected = [13.65, 13.06, 12.80, 12.01, 12.55, 12.83, 13.13, 14.48, 15.88, 15.88, 15.90, 16.44, 16.61]
    assert list(share.years) == list(range(2005, 2018))
    np.testing.assert_allclose(100 * share.data, expected, atol=0.0051)
    recent = haidong.ratio(city, haidong.series("gdp_current", "province", "as first announced"))
    assert 100 * recent.at(2020) == pytest.approx(17.12, abs=0.005)
    assert 100 * recent.at(2021) == pytest.approx(16.58, abs=0.006)


def test_a_share_across_the_economic_censuses_is_refused(haidong):
    city = haidong.series("gdp_current", "city", "as first published each year")
    for vintage in ("post-4th-census (2020 as revised)", "post-5th-census (pub. 2025-2026)"):
        with pytest.raises(RegistryError, match="would cross vintages"):
            haidong.ratio(city, haidong.series("gdp_current", "province", vintage))


def test_population_is_not_chained_across_the_census(haidong):
    series = haidong.series(
        "resident_population", "city", "mixed: pre-7th-census to 2019, census-based 2020+"
    )
    assert series.breaks == (2020,)
    assert 2020 not in series.log_growth()


def test_series_rows_of_the_published_statistics_are_all_there(haidong):
    assert len(haidong.series_points) == 1215 + 1  # one derived row: energy consumption of 2019
    assert len(haidong.prior_statistics) == 123
    # E_2018 solves (1 - 17.36 %)(1 + 7 %) E_2018 = E_2018 - 86.91.
    e_2018 = 86.91 / (1 - 0.8264 * 1.07)
    energy = haidong.series("energy_consumption", "city").at(2019)
    assert energy == pytest.approx(e_2018 - 86.91, abs=0.05)


def test_labels_are_given_in_both_languages(haidong):
    assert haidong.place.region("city").name_zh == "海东市"
    assert haidong.place.region("province").name_en == "Qinghai"
    assert len(haidong.place.districts) == 6
    assert all(row.name_en and row.name_zh for row in [*haidong.targets, *haidong.observations])
