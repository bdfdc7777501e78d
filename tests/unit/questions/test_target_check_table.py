"""The check table: a row for each of the 234 targets, each with a verdict or with the reason for none."""

from __future__ import annotations

import math

import pytest

import haidong_sim as hs
from haidong_sim.questions.check import COLUMNS, STATUSES
from haidong_sim.questions.pace import break_even_year

FIRST_COLUMNS = [
    "target_id",
    "indicator",
    "status",
    "value",
    "threshold",
    "margin",
    "unit",
    "needed_rate",
    "break_even_year",
    "probability",
    "ci_low",
    "ci_high",
    "n",
    "method",
    "reason",
]


@pytest.fixture(scope="module")
def table():
    return hs.project("plan").check().set_index("target_id", drop=False)


@pytest.fixture(scope="module")
def drawn():
    return hs.simulate("plan", draws=8192, rng=1).check().set_index("target_id", drop=False)


def test_one_row_for_every_target_in_the_registry_s_order(table):
    assert len(table) == 234
    assert list(table.target_id) == [target.id for target in hs.load_registry("haidong").targets]
    assert list(table.columns) == list(COLUMNS)
    assert list(COLUMNS[:15]) == FIRST_COLUMNS


def test_every_row_has_a_verdict_or_a_reason(table):
    assert set(table.status) <= set(STATUSES)
    projected = table[table.status.isin(["met", "missed", "on_the_edge"])]
    assert projected[["value", "threshold", "margin"]].notna().all().all()
    others = table[table.status.isin(["pace", "not_assessable"])]
    assert (others.reason.str.len() > 10).all()
    assert others[["value", "margin"]].isna().all().all()
    paced = table[table.status == "pace"]
    assert (paced.needed_rate.notna() | paced.needed_change.notna()).all()


def test_all_twenty_core_targets_are_answered(table):
    core = table[table.modelable == "core"]
    assert len(core) == 20
    assert set(core.status) <= {"met", "missed", "on_the_edge"}


def test_every_status_is_reached():
    """The edge: growth of 5.7 percent where 'about 6' is printed, and income just behind growth."""
    scenario = hs.load_scenario("plan").derive("slower", {"paths.total.first.growth": 0.057})
    row = hs.project(scenario).check().set_index("target_id").loc["t2_01_gdp_growth"]
    assert row.status == "on_the_edge"
    assert row.margin == pytest.approx(-0.003, abs=1e-12)
    assert row.tolerance == pytest.approx(0.005)
    assert "within the tolerance of 0.005" in row.reason
    slower = scenario.derive("slowest", {"paths.total.first.growth": 0.0549})
    statuses = hs.project(slower).check().set_index("target_id").status
    assert statuses["t2_01_gdp_growth"] == "missed"
    assert {*hs.project(scenario).check().status, "missed"} == set(STATUSES)


@pytest.mark.parametrize(
    ("target", "rate", "change"),
    [
        ("t2_03_nonpublic_share", None, 0.01),
        ("t2_05_rd_intensity", 10.8, None),
        ("t2_06_talent", 4.40, 0.31),
        ("t2_08_patents", 5.92, 0.036),
        ("t2_19_physicians", 8.97, None),
        ("a30_physicians", 2.98, None),
        ("a30_schooling_years", None, 0.24),
        ("t2_14_agri_processing", None, 0.01),
    ],
)
def test_pace_of_targets_outside_the_model(table, target, rate, change):
    """Printed arithmetic of the registry: percent a year from the 2020 base, or units a year."""
    row = table.loc[target]
    assert row.status == "pace"
    assert row.base_year == 2020
    if rate is not None:
        assert 100 * row.needed_rate == pytest.approx(rate, abs=0.05 if rate == 10.8 else 0.005)
    if change is not None:
        assert row.needed_change == pytest.approx(change, rel=1e-9)


def test_totals_over_a_period_are_paced_from_zero(table):
    row = table.loc["t2_23_housing_improved"]
    assert (row.base_value, row.base_year, row.needed_change) == (0.0, 2020, pytest.approx(1.2))
    assert math.isnan(row.needed_rate)


def test_what_is_reached_already_says_so(table):
    row = table.loc["a30_air_good_days"]
    assert row.needed_rate < 0
    assert "already reached in 2020" in row.reason


def test_a_range_keeps_both_of_its_ends(table):
    """The urban core is to hold 300 000 to 500 000 people in 2035; other targets have one threshold."""
    core = table.loc["a35_urban_core_population"]
    assert (core["threshold"], core["threshold_high"], core["unit"]) == (30.0, 50.0, "1e4 person")
    assert math.isnan(table.loc["a30_gdp_share_qinghai", "threshold_high"])


def test_a_year_beyond_the_horizon_is_a_reason():
    near = (
        hs.project(hs.load_scenario("plan").derive("near", {"horizon": 2028})).check().set_index("target_id")
    )
    assert near.status["a30_gdp_share_qinghai"] == "not_assessable"
    assert near.reason["a30_gdp_share_qinghai"] == "due in 2030, after the horizon 2028 of the scenario"


def test_a_threshold_that_nobody_gives_is_a_reason():
    scenario = hs.load_scenario("plan").derive("without", {"assumed_targets.t2_12_energy_intensity": None})
    row = hs.project(scenario).check().set_index("target_id").loc["t2_12_energy_intensity"]
    assert row.status == "not_assessable"
    assert row.reason.startswith("no number to reach: assigned by the province")


def test_probabilities_come_with_their_interval(drawn):
    asked = drawn[drawn.probability.notna()]
    assert len(asked) >= 20
    assert ((asked.ci_low <= asked.probability) & (asked.probability <= asked.ci_high)).all()
    assert ((asked.ci_low >= 0) & (asked.ci_high <= 1)).all()
    assert (asked.n == 8192).all()
    assert (asked.method.str.len() > 0).all()
    # What every draw shares is certain, and still has an interval.
    certain = asked.loc["t2_26_clean_energy"]
    assert certain.probability == 1.0
    assert 0.999 < certain.ci_low < 1.0


def test_a_path_without_shocks_has_no_probability(table):
    assert table.probability.isna().all()
    assert (table.n.dropna() == 1).all()
    assert set(table.method.dropna()) == {"path without shocks"}


def test_two_readings_of_income_in_step(drawn):
    for target in ("t25_income_in_step", "t2_16_income_growth"):
        row = drawn.loc[target]
        assert (row.reading, row.other_reading) == ("GDP", "GDP per head")
        # People leave, so growth per head is faster than growth and harder to keep step with.
        assert row.other_probability < row.probability


def test_two_vintages_of_parity(drawn):
    row = drawn.loc["t35_gdp_pc_near_qinghai"]
    assert row.other_reading == "other population vintage"
    assert row.other_value == pytest.approx(row.value * 0.667 / 0.745678322, rel=1e-6)
    assert row.other_probability < row.probability
    assert "0.05" in f"{row.tolerance:g}"


def test_numbers_keep_their_tags(table):
    assert table.price_basis["a30_gdp_share_qinghai"] == "current"
    assert table.price_basis["t35_gdp_doubling"] == "constant"
    assert table.price_basis["t25_income_in_step"] == "consumer_prices"
    assert table.energy_convention["a30_nonfossil_share"] != ""
    assert (table.source.str.len() > 0).all()
    assert (table.locator.str.len() > 0).all()


@pytest.mark.parametrize(
    ("margins", "expected"),
    [
        ([-3.0, -1.0, 1.0], 2022.5),
        ([-2.0, -1.0, -0.5], math.inf),
        ([0.5, -1.0, 1.0], 2021.0),
        ([-1.0, 0.0, 1.0], 2022.0),
    ],
)
def test_break_even_year(margins, expected):
    years = list(range(2021, 2021 + len(margins)))
    assert break_even_year(years, margins) == expected
