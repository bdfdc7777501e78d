"""The base year: what is printed becomes a state whose parts add up to their wholes."""

from __future__ import annotations

import pytest

from haidong_sim.model.start import start_year

PRINTED = {
    "gdp_current": 500.0,
    "province_gdp_current": 3000.0,
    "primary_share": 0.15,
    "secondary_share": 0.38,
    "tertiary_share": 0.4705,
    "resident_population": 136.0,
    "province_resident_population": 592.0,
    "urbanization_rate": 0.4,
    "urban_core_population": 20.4,
    "employment": 80.0,
    "disposable_income_current": 20_000.0,
    "urban_rural_income_ratio": 2.7,
    "survey_urban_weight": 0.25,
}
OTHER = {"resident_population": 150.0, "province_resident_population": 600.0}


def test_rounded_shares_are_made_to_add_up():
    year = start_year(PRINTED, OTHER)
    sectors = [year[f"value_added_{name}_current"] for name in ("primary", "secondary", "tertiary")]
    assert sum(sectors) == pytest.approx(500.0, rel=1e-14)
    assert sectors == pytest.approx([75.0 / 1.0005, 190.0 / 1.0005, 235.25 / 1.0005], rel=1e-14)


def test_odds_and_head_counts_are_those_of_their_own_wholes():
    year = start_year(PRINTED, OTHER)
    # 20.4 of 54.4 urban residents: three eighths; odds of three to five.
    assert year["urban_core_odds"] == pytest.approx(3.0 / 5.0)
    assert year["urban_odds"] == pytest.approx(2.0 / 3.0)
    # A survey weight of a quarter has odds of a third, half of those of being urban.
    assert year["survey_weight_odds_ratio"] == pytest.approx(0.5)
    assert (year["average_population"], year["average_population_other_vintage"]) == (136.0, 150.0)
    assert year["province_resident_population_other_vintage"] == 600.0
    assert year["volume_rest_of_province"] == 2500.0
