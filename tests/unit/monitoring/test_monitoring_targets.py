"""Monitored targets: courses by hand, odds that add up, refusals, another place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import haidong_sim as hs
from haidong_sim.answers.monitoring.lights import Light
from haidong_sim.answers.monitoring.monitor import disagreement, left_to_do, standing_of
from haidong_sim.errors import ArgumentError, MonitoringError
from haidong_sim.questions import KINDS

TOY = Path(__file__).parents[2] / "toy_district" / "toy.toml"
SHARE = "a30_gdp_share_qinghai"


def table(*rows):
    return pd.DataFrame(
        [(*row, "made up") for row in rows], columns=["indicator", "year", "value", "unit", "source"]
    )


def published(*wanted):
    """Return first-announced values of the registry: (indicator, region, vintage) for all years from 2020."""
    points = hs.load_registry().series_points
    rows = [
        {
            "indicator": p.indicator, "region": p.region, "year": p.year, "value": p.printed_value,
            "unit": p.printed_unit, "price_basis": p.price_basis, "source": p.source,
        }
        for p in points
        if (p.indicator, p.region, p.vintage) in wanted and 2020 <= p.year <= 2023 and p.confidence != "low"
    ]  # fmt: skip
    return pd.DataFrame(rows)


FIRST = (
    ("gdp_current", "city", "as first published each year"),
    ("gdp_current", "province", "as first announced"),
)


@pytest.fixture(scope="module")
def followed():
    return hs.monitor("plan", published(*FIRST), rng=4, draws=16_384)


def question(kind="level", **more):
    about = {
        "target_id": "t", "direction": 1, "indicator": "gdp_share_of_province",
        "first_year": 2020, "last_year": 2030, "threshold": 0.2,
    }  # fmt: skip
    return KINDS[kind](**(about | more))


def test_the_published_years_lower_the_odds_of_the_share(followed):
    row = followed.frame().set_index("target_id").loc[SHARE]
    # The city's figures after 2021 are of low confidence; both series hold 2020: they count as growth.
    share = 0.171 * (554.71 / 514.6) / (3346.63 / 3005.92)
    assert (row["last_year"], row["last_value"]) == (2021, pytest.approx(share, rel=1e-9))
    assert row["needed_rate"] == pytest.approx((0.2 / row["last_value"]) ** (1 / 9) - 1)
    assert row["achieved_rate"] == pytest.approx(share / 0.171 - 1)
    assert row["catch_up_factor"] == np.inf
    assert row["china_midterm"] == "behind"
    assert row["probability"] < row["probability_before"] - 0.05
    assert followed.method == "linear"
    assert row["n_effective"] == row["n"] == 16_384
    low, high = sorted((row["probability_half_sd"], row["probability_double_sd"]))
    assert low < row["probability"] < high


def test_contributions_add_up_to_the_change_of_every_target(followed):
    frame, parts = followed.frame().set_index("target_id"), followed.contributions()
    change = parts.groupby("target_id")["change"].sum()
    moved = frame["probability"] - frame["probability_before"]
    assert change.to_numpy() == pytest.approx(moved.loc[change.index].to_numpy(), abs=1e-12)
    assert set(parts["split"]) == {"Shapley"}
    assert set(parts["series"]) == {"gdp_current", "province_gdp_current"}


def test_the_same_seed_gives_the_same_board(followed):
    again = hs.monitor("plan", published(*FIRST), rng=4, draws=16_384)
    pd.testing.assert_frame_equal(again.frame(), followed.frame())


def test_sentences_say_where_the_share_stands(followed):
    (english,), (chinese,) = (followed.sentences([SHARE], language=lang) for lang in ("en", "zh"))
    assert "needs 2.12% a year from there" in english
    assert "Trend: behind schedule; model: " in english
    assert "此后需每年 2.12%" in chinese
    assert "趋势：滞后" in chinese
    assert len(followed.sentences()) == followed.frame()["last_year"].notna().sum()
    with pytest.raises(MonitoringError, match=f"Did you mean '{SHARE}'"):
        followed.sentences(["a30_gdp_share_qinghay"])
    with pytest.raises(ArgumentError, match="unknown language 'fr'"):
        followed.sentences(language="fr")


def test_as_of_leaves_later_years_out():
    whole = published(*FIRST)
    early = hs.monitor("plan", whole, as_of=2021, rng=4, draws=4096)
    cut = hs.monitor("plan", whole[whole["year"] <= 2021], rng=4, draws=4096)
    pd.testing.assert_frame_equal(early.frame(), cut.frame())
    assert early.last_year == 2021
    with pytest.raises(MonitoringError, match="none is later than 2020 and no later than 2020"):
        hs.monitor("plan", whole, as_of=2020, draws=4096)


def test_both_rules_agree_where_weights_leave_enough_draws():
    """The plan draws the sizes of its shocks: the linear rule approximates, and 1.5 points are allowed."""
    seen = table(("gdp_current", 2021, 554.71, "1e8 CNY"))
    boards = [
        hs.monitor("plan", seen, rng=2, method=method, measurement_sd=0.03).frame().set_index("target_id")
        for method in ("weights", "linear")
    ]
    exact, linear = (board["probability"] for board in boards)
    error = 4.0 * np.sqrt(exact * (1.0 - exact) * (1.0 / boards[0]["n_effective"] + 1.0 / 65_536))
    assert (np.abs(exact - linear) <= 0.015 + error).all()


def test_too_few_draws_are_refused_with_advice():
    with pytest.raises(
        MonitoringError, match=r"weights leave \d+ of 4,096.*method 'linear'.*gdp_current 202"
    ):
        hs.monitor("plan", published(*FIRST), rng=1, draws=4096, method="weights", measurement_sd=0.002)


def test_what_the_scenario_excludes_is_refused_by_its_worst_row():
    with pytest.raises(MonitoringError, match=r"gdp_current 2021 \(row 2\) is \d+\.\d sd off"):
        hs.monitor("plan", table(("gdp_current", 2021, 55.471, "1e8 CNY")), rng=1, draws=4096)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"method": "wieghts"}, "Did you mean 'weights'"), ({"measurement_sd": 1.0}, "write 0.01")],
)
def test_bad_options_are_refused(options, words):
    with pytest.raises(MonitoringError, match=words):
        hs.monitor("plan", table(("gdp_current", 2021, 554.71, "1e8 CNY")), **options)


def test_a_target_that_every_future_just_meets_is_certain():
    """5.33 GW are typed into the scenario and kept as 5.3299999: no red light for that."""
    seen = table(("province_gdp_growth", 2021, 0.057, "fraction per year"))
    row = hs.monitor("plan", seen, rng=1, draws=1024).frame().set_index("target_id").loc["t2_26_clean_energy"]
    assert row["probability_before"] == row["probability"] == 1.0


def test_what_is_certain_teaches_nothing_and_says_so():
    seen = table(("resident_population", 2021, 201.0, "1e4 person"))
    found = hs.monitor(TOY, seen, rng=1, draws=1024)
    frame = found.frame()
    assert found.notes == ("resident_population is certain in this scenario: observing it moves no odds",)
    assert (frame["probability"] == frame["probability_before"]).all()


def test_another_place_with_more_series_than_can_be_shared_out():
    years = (2021, 2022)
    path = hs.project(TOY).path
    names = {
        "secondary_share": "fraction", "tertiary_share": "fraction", "gdp_growth": "fraction per year",
        "province_gdp_growth": "fraction per year", "gdp_deflator": "dimensionless",
        "disposable_income_current": "CNY", "province_gdp_current": "1e8 CNY",
    }  # fmt: skip
    found = hs.monitor(
        TOY, table(*[(name, year, path[name, year], unit) for name, unit in names.items() for year in years]),
        rng=1, draws=4096,
    )  # fmt: skip
    parts = found.contributions()
    assert set(parts["split"]) == {"one series after the other, in the order of the file"}
    frame = found.frame().set_index("target_id")
    moved = frame["probability"] - frame["probability_before"]
    assert parts.groupby("target_id")["change"].sum().to_numpy() == pytest.approx(
        moved.loc[sorted(frame.index)].to_numpy(), abs=1e-12
    )
    # On the path without shocks nothing surprises.
    assert found.chance_of_observed > 0.99
    assert "certain" not in repr(found)


def test_a_reduction_is_followed_by_the_barometer():
    # Toyshire wants ten percent less energy per product by 2025; six percent less after three years.
    known = {("energy_intensity", 2020): 1.0, ("energy_intensity", 2023): 0.94}
    asked = question(
        "reduction", indicator="energy_intensity", threshold=0.10, last_year=2025, price_basis="constant"
    )
    standing = standing_of(asked, known)
    barometer = standing.lights["ndrc_2020"]
    # required: 1 - 0.9^(3/5) = 6.126 percent, so that 2.06 percent of it is missing
    assert barometer.measure == pytest.approx(1.0 - 0.06 / (1.0 - 0.9**0.6))
    assert barometer.colour == "yellow"
    assert standing.lights["china_midterm"].status == "in_line"
    left = left_to_do(standing.course)
    assert left["needed_rate"] == pytest.approx((0.90 / 0.94) ** 0.5 - 1.0)
    assert left["catch_up_factor"] == pytest.approx(left["needed_rate"] / (0.94 ** (1 / 3) - 1.0))


def test_mean_growth_is_followed_on_the_level_that_it_builds():
    known = {("gdp_volume_index", 2020): 1.0, ("gdp_volume_index", 2023): 1.06**3}
    asked = question("mean_growth", indicator="gdp_volume_index", threshold=0.06, last_year=2025)
    standing = standing_of(asked, known)
    assert standing.course.target == pytest.approx(1.06**5)
    assert standing.lights["united_nations_2023"].status == "on_track"
    assert left_to_do(standing.course)["needed_rate"] == pytest.approx(0.06)
    assert standing.outcome == ""


@pytest.mark.parametrize(("share", "outcome"), [(0.21, "met"), (0.195, "on_the_edge"), (0.18, "missed")])
def test_a_deadline_that_has_passed_has_an_outcome(share, outcome):
    known = {("gdp_share_of_province", 2020): 0.17, ("gdp_share_of_province", 2030): share}
    standing = standing_of(question(tolerance=0.01), known)
    assert standing.outcome == outcome
    assert "needed_rate" not in left_to_do(standing.course)


def test_relations_and_bands_have_an_outcome_but_no_trend():
    known = {("tertiary_share", 2020): 0.40, ("tertiary_share", 2021): 0.41, ("tertiary_share", 2022): 0.40}
    rising = question("every_year", indicator="tertiary_share", threshold=0.0, last_year=2022)
    assert (standing_of(rising, known).outcome, standing_of(rising, known).course) == ("missed", None)
    band = question(indicator="urban_core_population", direction=0, threshold=30.0, upper=40.0)
    assert "a band" in standing_of(band, {}).reason
    assert standing_of(question(), {}).reason == "not observed"


def test_only_opposite_colours_disagree():
    green, yellow, red = (
        Light(rule="x", status=status, measure=0.0)
        for status in ("on_track", "acceleration_needed", "limited")
    )
    likely = Light(rule="probability", status="likely", measure=0.9)
    unlikely = Light(rule="probability", status="unlikely", measure=0.1)
    assert disagreement({"a": green, "b": red}, unlikely) == "a green, model red"
    assert disagreement({"a": green, "b": red}, likely) == "b red, model green"
    assert disagreement({"a": yellow}, likely) == ""
    assert disagreement({"a": red}, Light(rule="probability", status="uncertain", measure=0.5)) == ""


def test_the_output_of_one_park_is_listed_but_not_followed():
    found = hs.monitor("parks", table(("gdp_growth", 2021, 6.0, "percent")), rng=1, draws=1024).frame()
    row = found.set_index("target_id").loc["t25_output_ledu"]
    assert np.isnan(row["probability"])
    assert "its draws cannot be followed" in row["reason"]
