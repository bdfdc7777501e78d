"""Plausibility of runs: the arithmetic of growth accounting, flags, and what is refused."""

from __future__ import annotations

import pytest

from haidong_sim import project, simulate
from haidong_sim.answers.supply.supply import NEEDED, plausibility, supply_assumptions
from haidong_sim.errors import FeasibilityError
from haidong_sim.place import HistoricalRange


@pytest.fixture(scope="module")
def path():
    return project("plan", indicators=NEEDED)


@pytest.fixture(scope="module")
def found(path):
    return plausibility(path)


def test_required_investment_of_the_first_year_by_hand(found, path):
    # 1 + gK = ((1 + gY) / ((1 + gA) ((1 + gh)(1 + gL))^b))^(1 / (1 - b)); I/Y = K/Y (gK + d)
    labour = path.path["employment", 2021] / path.path["employment", 2020]
    capital = (1.06 / (1.015 * (1.005 * labour) ** 0.5)) ** 2 - 1
    row = found.frame().loc[2021]
    assert row["implied_investment_share"] == pytest.approx(4.5 * (capital + 0.096), rel=1e-9)
    assert row["icor"] == pytest.approx(row["implied_investment_share"] / 0.06, rel=1e-9)
    bought = 0.8 / 4.5 - 0.096
    assert row["implied_tfp_growth"] == pytest.approx(
        1.06 / ((1 + bought) ** 0.5 * (1.005 * labour) ** 0.5) - 1, rel=1e-9
    )
    assert row["growth_from_investment"] == pytest.approx(
        1.015 * (1 + bought) ** 0.5 * (1.005 * labour) ** 0.5 - 1, rel=1e-9
    )


def test_six_percent_with_five_percent_productivity_needs_nearly_one_percent_more_workers(found):
    assert found.frame().loc[2021, "employment_need"] == pytest.approx(0.0095, abs=5e-5)


def test_the_plan_needs_about_four_fifths_of_gdp(found):
    # 6 percent: .82 at K/Y 4.5, depreciation 9.6 percent and 1.5 percent productivity growth, without the
    # small fall of employment that the scenario adds.
    share = found.frame()["implied_investment_share"]
    assert share.loc[2021] == pytest.approx(0.82, abs=0.01)
    assert found.is_plausible
    assert "75% to 92% of GDP" in repr(found)


def test_faster_growth_is_flagged_with_its_source(path):
    fast = path.scenario.derive(
        "fast", {"paths.total": {"kind": "constant", "growth": 0.09, "provenance": "assumption", "note": "x"}}
    )
    about = plausibility(project(fast, indicators=NEEDED))
    raised = about.flags.set_index("name")
    assert not about.is_plausible
    assert raised.loc["investment_share_high", "on_path_without_shocks"]
    assert raised.loc["gap_to_rest_long", "on_path_without_shocks"]
    assert (raised["source"].str.len() > 10).all()
    assert "larger than GDP" in repr(about)


def test_assumptions_come_from_the_place_the_caller_or_the_shipped_table(found, path):
    assert found.assumptions["capital_output_ratio"].source.startswith("haidong_sim_judgement")
    own = plausibility(path, assumptions={"tfp_growth": 0.025, "capital_output_ratio": 3.5})
    assert own.assumptions["tfp_growth"].provenance == "given"
    assert (own.frame()["implied_investment_share"] < found.frame()["implied_investment_share"]).all()
    for row in supply_assumptions().values():
        assert row.low <= row.value <= row.high
        assert row.source
    assert set(found.assumptions_frame()["name"]) == set(supply_assumptions())


def test_an_ensemble_is_judged_draw_by_draw():
    run = simulate("plan", draws=2048, rng=3, indicators=NEEDED, keep=NEEDED)
    flags = plausibility(run).flags.set_index("name")
    assert (flags["draws"] == 2048).all()
    kept = run["employment"].astype(float)
    growth = kept[1:] / kept[:-1] - 1
    expected = (growth > 0.01).any(axis=0).mean()
    assert flags.loc["employment_growth_high", "probability"] == pytest.approx(expected, abs=1e-9)
    assert flags.loc["employment_growth_high", "probability_of_mean"] == pytest.approx(
        (growth.mean(axis=0) > 0.01).mean()
    )
    assert not flags["on_path_without_shocks"].any()


def test_draws_that_were_not_kept_are_drawn_again():
    run = simulate("plan", draws=1024, rng=3, indicators=["gdp_growth"], keep=["gdp_growth"])
    kept = simulate("plan", draws=1024, rng=3, indicators=NEEDED, keep=NEEDED)
    again, expected = (plausibility(each).flags for each in (run, kept))
    assert (again["draws"] == 1024).all()
    assert again["probability"].tolist() == expected["probability"].tolist()
    assert 0 < again["probability"].max() < 1


def test_own_ranges(path):
    limit = HistoricalRange(
        name="slow", quantity="gdp_growth", side="below", value=0.05, unit="fraction per year",
        consecutive_years=1, window_years=5, provenance="assumption", source="a test",
        statement_en="five years below 5%", statement_zh="五年低于5%",
    )  # fmt: skip
    about = plausibility(path, ranges=[limit])
    assert about.flags["on_path_without_shocks"].tolist() == [True]


@pytest.mark.parametrize(
    ("assumptions", "words"),
    [
        ({"tfp_groth": 0.01}, "Did you mean 'tfp_growth'"),
        ({"depreciation": float("nan")}, "is not a number"),
        ({"labour_share": 1.2}, "must lie between"),
    ],
)
def test_unusable_assumptions_are_refused(path, assumptions, words):
    with pytest.raises(FeasibilityError, match=words):
        plausibility(path, assumptions=assumptions)


def test_a_path_without_the_indicators_is_projected_again(path, found):
    other = plausibility(project("plan", indicators=["urbanization_rate"]))
    assert other.frame().equals(found.frame())
    assert (other.flags["draws"] == 1).all()
