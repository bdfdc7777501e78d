"""The check table says how energy is counted where the printed target does not."""

from __future__ import annotations

import pytest

import haidong_sim as hs

TARGETS = ["t2_12_energy_intensity", "t2_13_co2_intensity", "a30_nonfossil_share", "t2_26_clean_energy"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {},
            ["coal_equivalent, gross", "production, with_purchased_power", "coal_equivalent, production", ""],
        ),
        (
            {
                "energy.convention.accounting": "calorific",
                "energy.convention.attribution": "consumption",
                "energy.convention.control": "ex_feedstock_nonfossil",
                "energy.carbon.scope": "direct",
            },
            ["calorific, ex_feedstock_nonfossil", "consumption, direct", "calorific, consumption", ""],
        ),
    ],
)
def test_readings_are_those_of_the_scenario(changes, expected):
    table = hs.project(hs.load_scenario("plan").derive("asked", changes)).check().set_index("target_id")
    assert table.loc[TARGETS, "reading"].tolist() == expected


def test_both_readings_of_the_computing_target_have_a_verdict():
    table = hs.project("parks").check().set_index("target_id")
    total, increase = table.loc["a30_compute_total"], table.loc["a30_compute_increment"]
    # 10 000 in 2030, of which 500 are there in 2024, the year from which an increase counts.
    assert (total["status"], total["value"], total["threshold"]) == ("met", 10_000, 10_000)
    assert (increase["status"], increase["value"], increase["threshold"]) == ("missed", 9_500, 10_000)
    plan = hs.project("plan").check().set_index("target_id")
    assert plan.loc["a30_compute_total", "status"] == "not_assessable"
    assert plan.loc["a30_racks", "status"] == "not_assessable"
    assert table.loc["a30_racks", "status"] in {"met", "missed"}
