"""The shipped three-way study: both vintages, the registry's own demands, and its figure."""

from __future__ import annotations

import pytest

from haidong_sim.answers.conflicts.three_way import study_three_way
from haidong_sim.errors import FeasibilityError
from haidong_sim.place import load_registry


@pytest.fixture(scope="module")
def study():
    return study_three_way("plan")


def test_demands_and_starts_are_the_registry_s(study):
    q = study.question
    assert (q.share, q.share_year, q.parity, q.parity_near, q.parity_year) == (0.2, 2030, 1.0, 0.95, 2035)
    assert {name: round(start.per_capita_ratio, 3) for name, start in study.starts.items()} == {
        "plan": 0.667,
        "census": 0.746,
    }


def test_printed_answers(study):
    rows = study.after_share.set_index(["vintage", "population_drift"])
    assert rows.loc[("census", 0.0), "ratio_at_parity_year"] == pytest.approx(0.943, abs=6e-4)
    assert rows.loc[("plan", 0.0), "ratio_at_parity_year"] == pytest.approx(0.844, abs=6e-4)
    english = study.sentences()
    # incomes in step with GDP end at 125 (plan) and 112 percent (census); 97.6 if the share stops at 20.
    assert "125% of the provincial mean" in english[0]
    assert "112% of the provincial mean" in english[1]
    assert all("97.6%" in sentence for sentence in english + study.sentences("zh"))


def test_no_constant_gap_meets_all_three(study):
    assert not (study.surface["demands_met"] == "share+parity+income").any()
    census = study.surface[study.surface["vintage"] == "census"]
    plan = study.surface[study.surface["vintage"] == "plan"]
    # The census vintage reaches share and parity over more of the grid.
    both = [(part["share_met"] & part["parity_met"]).sum() for part in (plan, census)]
    assert both[0] < both[1]


def test_a_horizon_without_the_demands_is_refused():
    from haidong_sim.scenario import load_scenario

    short = load_scenario("plan").derive("short", {"horizon": 2027})
    with pytest.raises(FeasibilityError, match="no level target"):
        study_three_way(short, registry=load_registry())


def test_the_figure_has_a_chart_for_each_vintage(study):
    from haidong_sim.figures.canvas import figure_svg
    from haidong_sim.figures.tradeoff import plot_three_way

    axes = plot_three_way(study)
    assert len(axes) == 2
    svg = figure_svg(axes[0])
    assert "Head count of the census: ratio per head 74.6% in 2020" in svg
    assert "20% share in 2030 and parity in 2035" in svg
