"""Paths without shocks and verdicts of the shipped scenarios, as committed: they say that something changed.

Nothing here is known to be right by being here. A change of results is looked at, explained in the changelog,
and then taken over with `pytest tests/golden --update-golden`.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

import haidong_sim as hs

GOLDEN = Path(__file__).parent
YEARS = (2020, 2021, 2025, 2030, 2035)
DECIMALS = {
    "gdp_current": 4,
    "gdp_volume_index": 6,
    "gdp_deflator": 6,
    "secondary_share": 6,
    "tertiary_share": 6,
    "province_gdp_current": 3,
    "gdp_share_of_province": 6,
    "gdp_per_capita_ratio_to_province": 6,
    "gdp_per_capita_ratio_to_province_other_vintage": 6,
    "resident_population": 4,
    "urbanization_rate": 6,
    "urban_core_population": 4,
    "labour_productivity": 5,
    "disposable_income_constant": 2,
    "disposable_income_urban_current": 2,
    "urban_rural_income_ratio": 5,
    "energy_consumption": 3,
    "energy_intensity": 6,
    "co2_emissions": 2,
    "non_fossil_share": 6,
    "clean_energy_capacity": 5,
}


def written(rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def path_without_shocks(name):
    path = hs.project(name, indicators=list(DECIMALS)).path
    rows = [["indicator", *YEARS]]
    for indicator, decimals in DECIMALS.items():
        rows.append([indicator, *(f"{path[indicator, year]:.{decimals}f}" for year in YEARS)])
    return written(rows)


def verdicts(name):
    table = hs.project(name).check()
    asked = table[table.status.isin(["met", "missed", "on_the_edge"])]
    rows = [["target_id", "status", "value", "threshold", "other_status"]]
    for row in asked.itertuples():
        other = row.other_status if isinstance(row.other_status, str) else ""
        rows.append([row.target_id, row.status, f"{row.value:.5f}", f"{row.threshold:.5f}", other])
    return written(rows)


@pytest.mark.parametrize("name", ["plan", "trend", "high", "low", "parks", "reference"])
@pytest.mark.parametrize("what", [path_without_shocks, verdicts], ids=lambda what: what.__name__)
def test_golden(name, what, update_golden):
    file = GOLDEN / f"{name}_{what.__name__}.csv"
    found = what(name)
    if update_golden:
        changed = not file.is_file() or file.read_text(encoding="utf-8") != found
        file.write_text(found, encoding="utf-8")
        if changed:
            pytest.fail(f"{file.name} was rewritten; look at the difference before committing it")
        return
    assert found == file.read_text(encoding="utf-8"), (
        f"{file.name} no longer holds; if the change is meant, run pytest tests/golden --update-golden"
    )
