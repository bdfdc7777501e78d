"""Each kind of path against its formula, written out slowly and year by year."""

from __future__ import annotations

import math

import numpy as np
import pytest

from haidong_sim.errors import ScenarioError
from haidong_sim.scenario.paths import PathContext, load_path

YEARS = np.arange(2021, 2036)
CONTEXT = PathContext(base_year=2020, base_level=100.0)


def rates(declared, years=YEARS, context=CONTEXT):
    return load_path(declared).values(years, context=context)


def test_constant():
    assert rates({"growth": 0.06}).tolist() == [0.06] * 15
    assert rates(0.06).tolist() == [0.06] * 15
    assert load_path(0.06).log_growth([2021], context=CONTEXT)[0] == pytest.approx(
        0.0582689081239758, abs=1e-15
    )


def test_constant_level_has_no_growth_and_needs_no_base_level():
    path = load_path({"value": 2.69})
    nowhere = PathContext(base_year=2020)
    assert path.is_level
    assert path.values(YEARS, context=nowhere).tolist() == [2.69] * 15
    assert path.log_growth(YEARS, context=nowhere).tolist() == [0.0] * 15


def test_periods_include_both_ends():
    declared = {"kind": "periods", "periods": {"2021-2025": 0.06, "2026": 0.02, "2027-2035": 0.05}}
    assert rates(declared).tolist() == [0.06] * 5 + [0.02] + [0.05] * 9


def test_periods_may_be_written_in_any_order_or_as_rows():
    table = load_path({"kind": "periods", "periods": {"2026-2030": 0.05, "2021-2025": 0.06}})
    assert load_path({"kind": "periods", "periods": [["2021-2025", 0.06], [2026, 2030, 0.05]]}) == table


def test_blended_periods_lie_on_the_line_between_the_two_rates():
    declared = {"kind": "periods", "blend": True, "periods": {"2021-2025": 0.06, "2026-2035": 0.03}}
    blended = rates(declared)
    assert blended == pytest.approx([0.06] * 4 + [0.05, 0.04] + [0.03] * 9, abs=1e-15)
    assert blended.sum() == pytest.approx(0.06 * 5 + 0.03 * 10, abs=1e-15)


def test_blending_a_single_year_uses_both_neighbours():
    declared = {
        "kind": "periods",
        "blend": True,
        "periods": {"2021-2022": 0.06, "2023": 0.03, "2024-2025": 0.09},
    }
    expected = [0.06, 0.05, 0.03 + 0.01 + 0.02, 0.07, 0.09]
    assert rates(declared, YEARS[:5]) == pytest.approx(expected, abs=1e-15)


def test_periods_of_levels_grow_from_their_own_base_year():
    path = load_path({"kind": "periods", "basis": "level", "periods": {"2018-2020": 2.0, "2021-2022": 3.0}})
    assert path.log_growth([2021, 2022], context=CONTEXT) == pytest.approx([math.log(1.5), 0.0])


def test_glide_holds_its_ends():
    declared = {"kind": "glide", "start": 0.07, "end": 0.04, "start_year": 2022, "end_year": 2025}
    expected = [0.07, 0.07, 0.06, 0.05] + [0.04] * 11
    assert rates(declared) == pytest.approx(expected, abs=1e-15)
    assert rates(declared)[[1, 4]].tolist() == [0.07, 0.04]


def test_decay_follows_the_exponential():
    expected = [0.03 + 0.05 * math.exp(-0.1 * (year - 2020)) for year in YEARS]
    assert rates({"kind": "decay", "start": 0.08, "limit": 0.03, "speed": 0.1}) == pytest.approx(
        expected, abs=1e-15
    )


def test_decay_stands_at_its_start_until_its_year():
    declared = {"kind": "decay", "start": 0.08, "limit": 0.03, "speed": 0.1, "start_year": 2023}
    expected = [0.03 + 0.05 * math.exp(-0.1 * max(year - 2023, 0)) for year in YEARS]
    assert rates(declared) == pytest.approx(expected, abs=1e-15)


def test_convergence_follows_its_recursion():
    frontier = [0.05, 0.04, 0.06, 0.03, 0.05]
    context = PathContext(base_year=2020, frontier=np.array(frontier), frontier_ratio=0.667)
    growth = load_path({"kind": "convergence", "speed": 0.08, "target": 0.95}).log_growth(
        YEARS[:5], context=context
    )
    log_ratio = math.log(0.667)
    for step, own in zip(frontier, growth, strict=True):
        before = log_ratio
        log_ratio = math.exp(-0.08) * before + (1.0 - math.exp(-0.08)) * math.log(0.95)
        assert own == pytest.approx(step + log_ratio - before, abs=1e-15)


def test_convergence_after_another_path_starts_from_the_ratio_reached():
    declared = {
        "kind": "then", "first": 0.08, "year": 2025,
        "second": {"kind": "convergence", "speed": 0.1, "frontier": 0.05},
    }  # fmt: skip
    context = PathContext(base_year=2020, frontier_ratio=0.7)
    growth = load_path(declared).log_growth(YEARS, context=context)
    ratio = math.log(0.7) + np.cumsum(growth - math.log(1.05))
    assert ratio[4] == pytest.approx(math.log(0.7) + 5 * math.log(1.08 / 1.05), abs=1e-14)
    assert ratio[14] == pytest.approx(ratio[4] * math.exp(-1.0), abs=1e-14)


def test_convergence_after_another_path_reads_the_frontier_of_its_own_years():
    frontier = 0.01 * np.arange(1, 16)
    context = PathContext(base_year=2020, frontier=frontier, frontier_ratio=0.7)
    path = load_path(0.05).then(2025, load_path({"kind": "convergence", "speed": 0.1}))
    log_ratio = math.log(0.7) + 5 * math.log(1.05) - 0.15
    expected = []
    for step in frontier[5:]:
        expected.append(step + (math.exp(-0.1) - 1.0) * log_ratio)
        log_ratio *= math.exp(-0.1)
    assert path.log_growth(YEARS, context=context)[5:] == pytest.approx(expected, abs=1e-14)


def test_convergence_says_what_it_misses():
    declared = {"kind": "convergence", "speed": 0.1}
    with pytest.raises(
        ScenarioError, match="the frontier's growth is known for 0 years after 2020 and needed to 2021"
    ):
        rates(declared, [2021])
    with pytest.raises(
        ScenarioError, match="relative to the frontier in 2020 is unknown; declare it under start_ratio"
    ):
        rates({**declared, "frontier": 0.05}, [2021])


def test_s_curve_follows_the_normalised_logistic():
    declared = {"kind": "s_curve", "start": 10.0, "end": 50.0, "start_year": 2020, "end_year": 2035,
                "midpoint": 2026.0, "width": 5.0}  # fmt: skip

    def logistic(year):
        return 1.0 / (1.0 + math.exp(-2.0 * math.log(9.0) / 5.0 * (year - 2026.0)))

    low, high = logistic(2020), logistic(2035)
    expected = [10.0 + 40.0 * (logistic(year) - low) / (high - low) for year in YEARS]
    assert rates(declared) == pytest.approx(expected, rel=1e-12)


def test_s_curve_width_is_the_time_from_ten_to_ninety_per_cent():
    # Far-off ends make the normalisation negligible, so 10 and 90 per cent of the rise are met themselves.
    path = load_path({"kind": "s_curve", "start": 0.0, "end": 1.0, "start_year": 2000, "end_year": 2060,
                      "midpoint": 2030.0, "width": 4.0})  # fmt: skip
    reached = path.values([2028, 2030, 2032], context=PathContext(base_year=2020))
    assert reached == pytest.approx([0.1, 0.5, 0.9], abs=1e-12)


def test_s_curve_is_flat_outside_its_years():
    path = load_path(
        {"kind": "s_curve", "start": 4.0, "end": 8.0, "start_year": 2023, "end_year": 2027, "width": 3.0}
    )
    levels = path.values(YEARS, context=CONTEXT)
    assert levels[:3].tolist() == [4.0] * 3
    assert levels[6:].tolist() == [8.0] * 9
    assert levels[4] == pytest.approx(6.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"end_year": 2020}, "end_year must be after 2020, where the path starts"),
        (
            {"start_year": 2015},
            "start_year 2015 is before 2020, where the path starts; give the level of start_year",
        ),
        ({"midpoint": 2200.0}, "the curve does not rise between 2020 and 2035; move midpoint = 2200 nearer"),
    ],
)
def test_s_curve_refuses_what_has_no_curve(change, message):
    declared = {"kind": "s_curve", "end": 50.0, "end_year": 2035, "width": 3.0, **change}
    with pytest.raises(ScenarioError, match=message):
        rates(declared)


def project(**change):
    declared = {"kind": "project_step", "gross_output": 70.0, "value_added_rate": 0.24, "opening_year": 2022,
                "ramp_years": 2, **change}  # fmt: skip
    return load_path(declared)


def test_project_step_adds_value_added_not_gross_output():
    assert project().full_value_added == pytest.approx(16.8)
    assert project().added(np.arange(2020, 2027)) == pytest.approx(
        [0.0, 0.0, 0.0, 8.4, 16.8, 16.8, 16.8], abs=1e-12
    )


def test_project_step_deducts_displacement_and_what_is_already_counted():
    path = project(displacement=0.25, already_counted=0.5, deflator=1.2)
    assert path.full_value_added == pytest.approx(70.0 * 0.24 * 0.75 * 0.5 / 1.2)


def test_project_step_may_be_late():
    assert project(delay=2).added(np.arange(2022, 2028)) == pytest.approx(
        [0.0, 0.0, 0.0, 8.4, 16.8, 16.8], abs=1e-12
    )


def test_project_step_on_a_host_follows_the_recursion_of_the_level():
    path = project(host={"growth": 0.05})
    level, added = 100.0, 0.0
    for year, reached in zip(YEARS, path.levels(YEARS, context=CONTEXT), strict=True):
        now = 16.8 * min(
            max((year - 2022) / 2, 0.0), 1.0
        )  # the ramp of two years passes its middle at one half
        level = level * 1.05 + now - added
        added = now
        assert reached == pytest.approx(level, rel=1e-12)


def test_project_without_ramp_is_a_step_after_its_opening_year():
    assert project(ramp_years=0).added(np.arange(2021, 2025)).tolist() == pytest.approx(
        [0.0, 0.0, 16.8, 16.8]
    )


def test_shock_follows_its_level_effect():
    declared = {"kind": "shock", "depth": 0.04, "year": 2023, "permanent": 0.25, "persistence": 0.6}
    effect = [0.0, 0.0] + [-0.04 * (0.25 + 0.75 * 0.6**k) for k in range(13)]
    assert np.cumsum(load_path(declared).log_growth(YEARS, context=CONTEXT)) == pytest.approx(
        effect, abs=1e-15
    )


def test_shock_before_the_start_leaves_its_recovery():
    declared = {"kind": "shock", "depth": 0.04, "year": 2019, "permanent": 0.0, "persistence": 0.5}
    growth = load_path(declared).log_growth(YEARS[:3], context=CONTEXT)
    assert growth == pytest.approx([0.01, 0.005, 0.0025], abs=1e-15)


def test_table_of_rates():
    listed = {year: 0.01 * (year - 2019) for year in range(2021, 2036)}
    assert rates({"kind": "table", "basis": "rate", "years": listed}).tolist() == list(listed.values())


def test_table_misses_years_unless_told_how_to_fill_them():
    declared = {"kind": "table", "basis": "rate", "years": {2021: 0.06, 2024: 0.03}}
    with pytest.raises(ScenarioError, match="no value for 2022, 2023, 2025; add the years, or choose fill ="):
        rates(declared, YEARS[:5])
    assert rates({**declared, "fill": "previous"}, YEARS[:5]).tolist() == [0.06, 0.06, 0.06, 0.03, 0.03]
    assert rates({**declared, "fill": "linear"}, YEARS[:4]) == pytest.approx([0.06, 0.05, 0.04, 0.03])
    with pytest.raises(ScenarioError, match="no value for 2025"):
        rates({**declared, "fill": "linear"}, YEARS[:5])
    with pytest.raises(ScenarioError, match="no value for 2021"):
        rates({"kind": "table", "basis": "rate", "fill": "previous", "years": {2022: 0.06}}, YEARS[:5])


def test_table_of_levels_grows_from_the_driver_or_from_its_own_base_year():
    listed = {"kind": "table", "basis": "level", "years": {2021: 110.0, 2022: 121.0}}
    assert load_path(listed).log_growth([2021, 2022], context=CONTEXT) == pytest.approx([math.log(1.1)] * 2)
    revised = {**listed, "years": {2020: 105.0, **listed["years"]}}
    assert load_path(revised).log_growth([2021], context=CONTEXT) == pytest.approx([math.log(110.0 / 105.0)])
    with pytest.raises(ScenarioError, match="needs the level in 2020; give the driver a base level"):
        load_path(listed).log_growth([2021], context=PathContext(base_year=2020))


def test_a_level_that_is_not_positive_has_no_growth_rate_but_is_a_level():
    path = load_path({"kind": "table", "basis": "level", "years": {2021: 5.0, 2022: 0.0}})
    assert path.values([2021, 2022], context=CONTEXT).tolist() == [5.0, 0.0]
    with pytest.raises(ScenarioError, match="the level in 2022 is not positive"):
        path.log_growth([2021, 2022], context=CONTEXT)


def test_goal_seek_goes_on_at_its_rate():
    path = load_path({"kind": "goal_seek", "level": 150.0, "year": 2025})
    assert path.levels([2025, 2030], context=CONTEXT) == pytest.approx([150.0, 225.0], rel=1e-14)


def test_goal_seek_refuses_a_year_that_is_over():
    with pytest.raises(ScenarioError, match="its year must be after 2020, where the path starts"):
        rates({"kind": "goal_seek", "multiple": 2.0, "year": 2020})
    with pytest.raises(ScenarioError, match="needs the level in 2020"):
        rates({"kind": "goal_seek", "level": 2.0, "year": 2030}, context=PathContext(base_year=2020))
    with pytest.raises(ScenarioError, match="level 0 in 2020 is not positive"):
        rates(
            {"kind": "goal_seek", "level": 2.0, "year": 2030},
            context=PathContext(base_year=2020, base_level=0.0),
        )


def test_actuals_of_levels_are_spliced_by_growth():
    # A later vintage puts 2020 at 105, not 100: its growth is used, its level is not.
    declared = {"kind": "actuals", "basis": "level", "vintage": "after the census",
                "actual": {2020: 105.0, 2021: 115.5, 2022: 120.12}, "after": 0.05}  # fmt: skip
    levels = load_path(declared).levels(YEARS[:3], context=CONTEXT)
    assert levels == pytest.approx([110.0, 114.4, 120.12], rel=1e-14)


def test_actuals_of_levels_before_a_rate_give_rates():
    declared = {"kind": "actuals", "basis": "level", "vintage": "v", "actual": {2021: 110.0}, "after": 0.05}
    assert not load_path(declared).is_level
    assert rates(declared, YEARS[:3]) == pytest.approx([0.10, 0.05, 0.05], abs=1e-14)


def test_actuals_of_levels_before_levels_are_levels():
    declared = {
        "kind": "actuals",
        "basis": "level",
        "vintage": "v",
        "actual": {2021: 2.7},
        "after": {"value": 2.5},
    }
    assert load_path(declared).is_level
    assert rates(declared, YEARS[:3]).tolist() == [2.7, 2.5, 2.5]


def test_actuals_miss_no_year():
    declared = {
        "kind": "actuals",
        "basis": "rate",
        "vintage": "v",
        "actual": {2021: 0.05, 2023: 0.04},
        "after": 0.05,
    }
    with pytest.raises(ScenarioError, match="no value for 2022"):
        rates(declared)


def test_actuals_before_the_base_year_are_history():
    declared = {
        "kind": "actuals",
        "basis": "rate",
        "vintage": "v",
        "actual": {2019: 0.07, 2020: 0.047},
        "after": 0.05,
    }
    assert rates(declared) == pytest.approx([0.05] * 15, abs=1e-15)


def test_a_path_that_is_not_finite_is_refused_by_year():
    path = load_path({"kind": "table", "basis": "level", "years": {2021: 1e308, 2022: 1e308}})
    grown = PathContext(base_year=2020, base_level=1.0, grown=float("nan"))
    with pytest.raises(ScenarioError, match="not finite in 2021"):
        path.log_growth([2021], context=grown)
