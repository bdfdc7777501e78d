"""The three-way question: printed trade-offs for both vintages.

Levels: share 17.1 percent, ratio per head 66.7 percent (plan) and 74.57 percent (census), income per head
20 066 of the province's 24 037 yuan in 2020.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from haidong_sim.answers.conflicts.linear_plan import StartingPoint
from haidong_sim.answers.conflicts.three_way import (
    ThreeWayQuestion,
    parity_after_share,
    relative_income,
    trade_off_surface,
)
from haidong_sim.errors import FeasibilityError

INCOME = 20066 / 24037
STARTS = {
    "plan": StartingPoint(base_year=2020, share=0.171, per_capita_ratio=0.667, relative_income=INCOME),
    "census": StartingPoint(base_year=2020, share=0.171, per_capita_ratio=0.7457, relative_income=INCOME),
}
QUESTION = ThreeWayQuestion(
    share=0.2, share_year=2030, parity=1.0, parity_near=0.95, parity_year=2035, income_ceiling=1.0
)
DRIFTS = (0.0, -0.0010, -0.0028, -0.0050, -0.0079)
PRINTED = {
    # vintage: ratio 2035, parity year, log gap after the share date, mean log gap, all at the share's pace
    "census": (
        (0.943, 0.957, 0.984, 1.017, 1.062),
        (2038.7, 2037.6, 2035.9, 2034.2, 2032.5),
        (2.7, 2.4, 1.9, 1.2, 0.4),
        (1.96, 1.86, 1.68, 1.46, 1.17),
    ),
    "plan": (
        (0.844, 0.856, 0.880, 0.909, 0.950),
        (2045.9, 2044.3, 2041.9, 2039.6, 2037.2),
        (5.0, 4.7, 4.1, 3.5, 2.6),
        (2.70, 2.60, 2.42, 2.20, 1.91),
    ),
}


@pytest.mark.parametrize("vintage", ["census", "plan"])
def test_parity_after_the_share(vintage):
    table = parity_after_share(STARTS, QUESTION, drifts=DRIFTS)
    rows = table[table["vintage"] == vintage]
    ratio, year, after, mean = PRINTED[vintage]
    assert rows["ratio_at_parity_year"].to_numpy() == pytest.approx(ratio, abs=6e-4)
    assert rows["parity_year"].to_numpy() == pytest.approx(year, abs=0.05)
    assert 100 * rows["gap_after_share"].to_numpy() == pytest.approx(after, abs=0.051)
    assert 100 * rows["mean_gap"].to_numpy() == pytest.approx(mean, abs=0.0051)
    assert rows["parity_share"].iloc[0] == pytest.approx({"plan": 0.256, "census": 0.229}[vintage], abs=5e-4)


def test_relative_income_in_both_readings():
    census, plan = STARTS["census"], STARTS["plan"]
    assert pytest.approx(0.835, abs=5e-4) == INCOME

    def total(gap_sum):
        return relative_income(census, real_gap=gap_sum / 15, drift=-0.0079, years=15, per_head=False)

    assert total(np.log(0.2 / 0.171)) == pytest.approx(0.976, abs=5e-4)
    assert total(-np.log(0.7457) - 15 * 0.0079) == pytest.approx(0.994, abs=5e-4)
    assert total(1.5 * np.log(0.2 / 0.171)) == pytest.approx(1.056, abs=5e-4)
    # Growth alone closing 66.7 percent: .8348 / .667 = 1.2516. (A printed 125.9 percent summed the
    # compound rate of 2.737 percent as if it were a log rate.)
    assert total(-np.log(0.667)) == pytest.approx(INCOME / 0.667)
    assert total(15 * 0.02737) == pytest.approx(1.259, abs=5e-4)
    for start, printed in ((census, 1.12), (plan, 1.25)):
        way = -np.log(start.per_capita_ratio)
        for drift in (0.0, -0.0079):
            found = relative_income(start, real_gap=way / 15 + drift, drift=drift, years=15, per_head=True)
            assert found == pytest.approx(printed, abs=5e-3)


def test_out_migration_alone():
    # A flat share of 20 percent is parity when the population share is 20 percent: 118.5 of 592.4.
    drift = np.log(0.2 * 592.40 / 135.85) / 15
    assert 100 * drift == pytest.approx(-0.91, abs=5e-3)
    start = StartingPoint(
        base_year=2020, share=0.2, per_capita_ratio=0.2 / (135.85 / 592.40), relative_income=INCOME
    )
    table = trade_off_surface({"stuck": start}, QUESTION, gaps=[0.0], drifts=[drift])
    assert table["ratio_per_head"].iloc[0] == pytest.approx(1.0)


def test_surface_has_every_combination_and_agrees_with_itself():
    gaps, drifts = np.linspace(0, 0.03, 7), np.linspace(-0.008, 0, 5)
    table = trade_off_surface(STARTS, QUESTION, gaps=gaps, drifts=drifts)
    assert len(table) == 2 * 7 * 5
    assert (table["share_met"] == (table["share"] >= 0.2)).all()
    assert (table["parity_met"] == (table["parity_year"] <= 2035 + 1e-9)).all()
    assert (table["parity_near_met"] | ~table["parity_met"]).all()
    for row in table.itertuples():
        met = set(row.demands_met.split("+")) - {""}
        assert ("share" in met, "parity" in met, "income" in met) == (
            row.share_met,
            row.parity_met,
            row.income_total_within,
        )
    # On the plan vintage all three hold nowhere on the grid; the census vintage has a corner at strong drift.
    together = table[table["demands_met"] == "share+parity+income"]
    assert "plan" not in set(together["vintage"])


def test_the_triple_holds_on_the_census_vintage_only_through_population():
    # The share needs 1.567 percent a year, the ceiling allows ln(1 / .8348) / 15 = 1.204 for fifteen years:
    # no constant gap meets both. A share that stops rising in 2030 does, at 97.6 percent of the mean income.
    assert np.log(0.2 / 0.171) / 10 > -np.log(INCOME) / 15
    table = trade_off_surface(STARTS, QUESTION, gaps=[0.012], drifts=[-0.0079])
    census = table[table["vintage"] == "census"].iloc[0]
    assert census["parity_met"]
    assert census["income_total_within"]
    assert not census["share_met"]


def test_a_falling_ratio_never_reaches_parity():
    table = trade_off_surface(STARTS, QUESTION, gaps=[-0.01], drifts=[0.0])
    assert np.isinf(table["parity_year"]).all()
    ahead = replace(STARTS["plan"], per_capita_ratio=1.1)
    assert (
        trade_off_surface({"ahead": ahead}, QUESTION, gaps=[-0.01], drifts=[0.0])["parity_year"].iloc[0]
        == 2020
    )


def test_a_deflator_trend_takes_growth_from_income():
    start = replace(STARTS["census"], relative_deflator_trend=0.01)
    table = trade_off_surface({"x": start}, QUESTION, gaps=[0.01], drifts=[0.0])
    assert table["relative_income_total"].iloc[0] == pytest.approx(INCOME)


def test_missing_levels_and_wrong_dates_are_listed():
    with pytest.raises(FeasibilityError) as caught:
        trade_off_surface(
            {"a": StartingPoint(base_year=2031, share=0.2)},
            replace(QUESTION, parity_year=2030),
            gaps=[0.0],
            drifts=[0.0],
        )
    assert "4 problems" in str(caught.value)
    with pytest.raises(FeasibilityError, match="at least one starting point"):
        parity_after_share({}, QUESTION, drifts=[0.0])
