"""Paths without shocks and verdicts of the shipped scenarios, as committed: they say that something changed.

Numbers are compared by value: a committed one must be the number found, rounded, or rounded after a change in
its ninth digit. The last bits of a computed number depend on the processor and may carry it over an edge.

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


ROUNDING = 1e-9
"""Largest relative difference between two processors: a bit or two in each of some thousand operations."""


def printed(cell):
    """Return a cell as its file has it; a number is a pair of value and decimals."""
    return f"{cell[0]:.{cell[1]}f}" if isinstance(cell, tuple) else str(cell)


def written(rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([printed(cell) for cell in row] for row in rows)
    return text.getvalue()


def read_rows(text):
    return list(csv.reader(io.StringIO(text)))


def agrees(committed, cell):
    """Whether a committed cell is what `cell` prints, or would print if it differed by rounding."""
    if not isinstance(cell, tuple):
        return committed == str(cell)
    value, decimals = cell
    if len(committed.partition(".")[2]) != decimals:
        return False
    slack = 0.5 * 10.0**-decimals + ROUNDING * max(abs(value), 1.0)
    return abs(float(committed) - value) <= slack


def differences(committed, found):
    """Return where committed rows are not those found, one line each; numbers are compared by value."""
    shapes = [[len(row) for row in rows] for rows in (committed, found)]
    if shapes[0] != shapes[1]:
        return [f"{len(committed)} rows committed, {len(found)} found, or rows of other lengths"]
    return [
        f"row {i} ({row[0]}): committed {old}, found {printed(new)}"
        for i, (row, cells) in enumerate(zip(committed, found, strict=True))
        for old, new in zip(row, cells, strict=True)
        if not agrees(old, new)
    ]


def path_without_shocks(name):
    path = hs.project(name, indicators=list(DECIMALS)).path
    rows = [["indicator", *YEARS]]
    for indicator, decimals in DECIMALS.items():
        rows.append([indicator, *((path[indicator, year], decimals) for year in YEARS)])
    return rows


def verdicts(name):
    table = hs.project(name).check()
    asked = table[table.status.isin(["met", "missed", "on_the_edge"])]
    rows = [["target_id", "status", "value", "threshold", "other_status"]]
    for row in asked.itertuples():
        other = row.other_status if isinstance(row.other_status, str) else ""
        rows.append([row.target_id, row.status, (row.value, 5), (row.threshold, 5), other])
    return rows


@pytest.mark.parametrize("name", ["plan", "trend", "high", "low", "parks", "reference"])
@pytest.mark.parametrize("what", [path_without_shocks, verdicts], ids=lambda what: what.__name__)
def test_golden(name, what, update_golden):
    file = GOLDEN / f"{name}_{what.__name__}.csv"
    found = what(name)
    committed = read_rows(file.read_text(encoding="utf-8")) if file.is_file() else []
    changed = differences(committed, found)
    if update_golden:
        if changed:
            file.write_text(written(found), encoding="utf-8")
            pytest.fail(f"{file.name} was rewritten; look at the difference before committing it")
        return
    assert not changed, (
        f"{file.name} no longer holds; if the change is meant, run pytest tests/golden --update-golden\n"
        + "\n".join(changed)
    )


def test_a_number_may_differ_by_rounding_only():
    assert not differences([["x", "0.13"]], [["x", (0.125 - 1e-14, 2)]])  # printed 0.12 or 0.13
    assert not differences([["x", "-0.00"]], [["x", (1e-17, 2)]])
    assert differences([["x", "0.13"]], [["x", (0.124, 2)]])
    assert differences([["x", "met"]], [["x", "missed"]])
    assert differences([["x", "0.13"]], [["x", (0.13, 2)], ["y", (0.13, 2)]])
    assert differences([["x", "0.13"]], [["x", (0.13, 3)]])
