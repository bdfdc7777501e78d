"""Flags against historical ranges, and refusals of the supply side."""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.answers.supply.supply import Technology, check_plausibility, required_investment
from haidong_sim.errors import FeasibilityError
from haidong_sim.place import HistoricalRange, load_registry

YEARS = np.arange(2021, 2031)


def limit(**changes):
    values = {
        "name": "test",
        "quantity": "gdp_growth",
        "side": "above",
        "value": 0.05,
        "unit": "fraction per year",
        "consecutive_years": 1,
        "window_years": 1,
        "provenance": "assumption",
        "source": "test",
        "statement_en": "fast",
        "statement_zh": "快",
    } | changes
    return HistoricalRange(**values)


def test_every_shipped_limit_has_a_source_a_provenance_and_both_languages():
    found = {one.name: one for one in load_registry().limits}
    for one in found.values():
        assert one.provenance in {"document", "official", "derived", "calibrated", "assumption"}
        assert len(one.source) > 20
        assert one.statement_en
        assert one.statement_zh
        assert one.consecutive_years >= 1
        assert one.window_years >= 1
    assert found["tfp_growth_high"].value == 0.03
    assert found["investment_share_high"].value == 1.0
    assert found["employment_growth_high"].value == 0.01
    assert (found["gap_to_rest_long"].value, found["gap_to_rest_long"].consecutive_years) == (0.025, 6)
    assert found["household_income_share_high"].value == 0.70


def test_a_path_is_flagged_where_it_goes_beyond():
    path = np.full(10, 0.04)
    path[3] = 0.06
    row = check_plausibility({"gdp_growth": path}, YEARS, [limit()]).iloc[0]
    assert row["flagged"]
    assert row["probability"] == 1.0
    assert row["first_year"] == 2024
    assert row["extreme"] == pytest.approx(0.06)
    assert row["source"] == "test"


def test_a_limit_reached_but_not_passed_is_no_flag():
    row = check_plausibility({"gdp_growth": np.full(10, 0.05)}, YEARS, [limit()]).iloc[0]
    assert not row["flagged"]
    assert row["first_year"] is None or np.isnan(row["first_year"])


def test_lower_limits_and_draws():
    draws = np.full((10, 4), 0.04)
    draws[5, 1] = -0.01
    draws[2, 3] = -0.02
    row = check_plausibility({"gdp_growth": draws}, YEARS, [limit(side="below", value=0.0)]).iloc[0]
    assert row["probability"] == pytest.approx(0.5)
    assert row["first_year"] == 2023
    assert row["extreme"] == pytest.approx(-0.02)


@pytest.mark.parametrize(("run", "flagged"), [(5, False), (6, True)])
def test_more_than_five_years_in_a_row(run, flagged):
    path = np.zeros(10)
    path[2 : 2 + run] = 0.03
    one = limit(quantity="gap_to_rest", value=0.025, consecutive_years=6)
    row = check_plausibility({"gap_to_rest": path}, YEARS, [one]).iloc[0]
    assert bool(row["flagged"]) is flagged
    if flagged:
        assert row["first_year"] == 2021 + 2 + 6 - 1


def test_windows_average_growth_in_logs():
    path = np.array([0.10, -0.10, 0.0])
    one = limit(window_years=2, value=-0.005)
    row = check_plausibility({"gdp_growth": path}, YEARS[:3], [one]).iloc[0]
    # +10% then -10% is -0.5% a year, not 0
    assert row["extreme"] == pytest.approx(np.sqrt(0.99) - 1)
    assert not row["flagged"]


def test_a_horizon_shorter_than_the_window_is_no_flag():
    rows = check_plausibility(
        {"gdp_growth": np.full(3, 0.2)}, YEARS[:3], [limit(window_years=5), limit(consecutive_years=4)]
    )
    assert not rows["flagged"].any()


def test_unknown_quantities_and_wrong_lengths_are_refused_together():
    with pytest.raises(FeasibilityError) as caught:
        check_plausibility({"gdp_grwth": np.zeros(10), "gdp_growth": np.zeros(3)}, YEARS, [limit()])
    assert "2 problems" in str(caught.value)
    assert "Did you mean 'gdp_growth'" in str(caught.value)
    assert "3 years of values for 10 calendar years" in str(caught.value)
    with pytest.raises(FeasibilityError, match="no quantity was given"):
        check_plausibility({}, YEARS, [limit()])


def test_technology_is_checked_as_a_whole():
    with pytest.raises(FeasibilityError) as caught:
        Technology(labour_share=50, depreciation=6, capital_output_ratio=-1, human_capital_growth=5)
    assert "4 problems" in str(caught.value)
    assert "write 0.005" in str(caught.value)


def test_a_path_needs_a_year_axis():
    technology = Technology(labour_share=0.5, depreciation=0.06, capital_output_ratio=3.5)
    with pytest.raises(FeasibilityError, match="needs a year axis"):
        required_investment(0.05, tfp_growth=0.01, employment_growth=0.0, technology=technology)
