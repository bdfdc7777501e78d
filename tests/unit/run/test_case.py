"""A question is asked about one scenario at one place: what a run was given travels with its result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import haidong_sim as hs
from haidong_sim.cli.application import build_application
from haidong_sim.errors import ArgumentError, ScenarioError
from haidong_sim.run.case import case_of
from haidong_sim.run.simulate import result_of, results_of

TOY = Path(__file__).parents[2] / "toy_district"
SHARE = "gdp_share_of_province"
FUTURES = {"draws": 1024, "rng": 1}


@pytest.fixture(scope="module")
def toyshire():
    return hs.load_registry(TOY / "registry")


@pytest.fixture(scope="module")
def scenarios():
    """Two scenarios that name Haidong as their place; the runs of this page are all of Toyshire."""
    first = hs.load_scenario(TOY / "toy.toml").derive("first", {"place": "haidong"})
    return first, first.derive("second", {"paths.tertiary.growth": 0.08})


@pytest.fixture(scope="module")
def runs(scenarios, toyshire):
    return [hs.simulate(scenario, registry=toyshire, **FUTURES) for scenario in scenarios]


def test_a_case_is_resolved_once(runs, scenarios, toyshire):
    for subject in (runs[0], scenarios[0]):
        case = case_of(subject, registry=toyshire, rng=1)
        assert (case.scenario, case.registry, case.entropy) == (scenarios[0], toyshire, 1)
    assert case_of("plan").registry.place.name == "haidong"
    assert case_of(runs[0]).registry is toyshire
    assert case_of(runs[0], rng=7).entropy == 7
    with pytest.raises(ArgumentError, match="NoneType is nothing that a question can be about"):
        case_of(None)


def test_a_result_and_another_place_contradict_each_other(runs, toyshire):
    with pytest.raises(ScenarioError, match="run is one of 'toyshire', and 'haidong' was given"):
        hs.check(runs[0], registry=hs.load_registry())
    with pytest.raises(ScenarioError, match="'toyshire', and 'haidong'"):
        hs.conflicts(runs[0], registry="haidong")
    changed = replace(toyshire, targets=toyshire.targets[1:])
    with pytest.raises(ScenarioError, match="rows given for 'toyshire' are not those"):
        hs.verdict(runs[0], registry=changed)
    same = hs.load_registry(TOY / "registry")
    assert len(hs.check(runs[0], registry=same)) == len(toyshire.targets)


def test_attribution_rests_on_the_place_of_the_runs(runs):
    # A quarter of the province in Toyshire, an eighth in Haidong: only one of them can be the start.
    found = hs.attribute(runs, [SHARE, "t_share"], year=2030)
    for end, run in ((found.start, runs[0]), (found.end, runs[1])):
        assert end[0, 0] == pytest.approx(run.path[SHARE, 2030], rel=1e-12)
        assert end[1, 0] == pytest.approx(run.path[SHARE, 2030] - 0.3, abs=1e-12)
    chances = hs.attribute(runs, "t_share", measure="probability")
    assert chances.start[0, 0] == runs[0].chances["t_share"].probability
    assert chances.end[0, 0] == runs[1].chances["t_share"].probability


def test_the_way_to_a_target_rests_on_the_place_of_the_run(runs):
    way = hs.attribute(runs[0], "t_doubling")
    parts = way.frame().set_index("block")["contribution"]
    margin = runs[0].path["gdp_volume_index", 2035] - 2.0
    assert parts["still missing"] == pytest.approx(-margin, abs=1e-12)


def test_two_places_differ_by_the_block_place(scenarios, toyshire):
    values = tuple(
        replace(row, value=0.2) if row.name == SHARE else
        replace(row, value=4000.0) if row.name == "rest_of_province_gdp_current" else
        replace(row, value=5000.0) if row.name == "province_gdp_current" else row
        for row in toyshire.baseline_values
    )  # fmt: skip
    other = replace(toyshire, baseline_values=values)
    here, there = (hs.project(scenarios[0], registry=place) for place in (toyshire, other))
    found = hs.attribute([here, there], SHARE, year=2030)
    assert found.blocks == ("place",)
    assert found.start[0, 0] == pytest.approx(here.path[SHARE, 2030], rel=1e-12)
    assert found.end[0, 0] == pytest.approx(there.path[SHARE, 2030], rel=1e-12)
    assert found.end[0, 0] < found.start[0, 0]


def test_conflicts_start_from_the_place_of_the_run(runs):
    found = hs.conflicts(runs[0], vintages=["census"])["census"]
    assert found.source.problem.start.share == pytest.approx(0.25, abs=1e-12)
    assert found.source.problem.start.base_year == 2020
    assert {name for name in found.plan_names if name.startswith("t_")} >= {"t_share", "t_doubling"}


def test_every_later_question_is_about_the_place_of_the_run(runs):
    assert set(hs.check(runs[0])["target_id"]) == {target.id for target in runs[0].registry.targets}
    assert "t_share" in set(hs.sensitivity(runs[0], draws=256).frame()["outcome"])
    assert set(hs.uncertainty_shares(runs[0], ["t_share"], draws=64)["target"]) == {"t_share"}
    assert hs.attainment_probability(runs[0], "t_share", se=0.01).probability == pytest.approx(
        runs[0].chances["t_share"].probability, abs=0.05
    )
    assert (
        hs.backcast(runs[0], {"t_share": 0.5}, levers=["tertiary.growth"], draws=256).registry
        is runs[0].registry
    )
    assert not set(hs.rank_assumptions(runs[0])["name"]) & set(hs.rank_assumptions("plan")["source"])


def _written(folder, scenarios):
    names = []
    for scenario in scenarios:
        path = folder / f"{scenario.name}.toml"
        path.write_text(scenario.to_toml(), encoding="utf-8")
        names.append(str(path))
    return names


def _said(*arguments):
    result = CliRunner(env={"COLUMNS": "160"}).invoke(
        build_application(), [*arguments, "--registry", str(TOY / "registry")]
    )
    assert result.exit_code == 0, result.output
    return result.output


def test_compare_on_the_command_line_splits_the_gap_at_the_place_named(runs, scenarios, tmp_path):
    names = _written(tmp_path, scenarios)
    said = _said("compare", *names, "--draws", "1024", "--rng", "1", "--year", "2030", "--attribute", SHARE)
    ends = [f"{run.scenario.name} {100 * run.path[SHARE, 2030]:.1f}%" for run in runs]
    assert f"{ends[0]}, {ends[1]};" in said
    assert "t_share" in said
    assert "a30_gdp_share_qinghai" not in said


def test_solve_tells_growth_before_and_after_at_the_place_named(runs, scenarios, tmp_path):
    (name,) = _written(tmp_path, scenarios[:1])
    asked = ["--target", "t_share", "--probability", "0.4", "--lever", "tertiary.growth", "--draws", "256"]
    said = _said("solve", name, *asked)
    line = next(line.split() for line in said.splitlines() if line.startswith("2030 "))
    assert line[-2] == f"{runs[0].path['gdp_growth', 2030]:.2%}"
    # At the place that the scenario names, its target of energy intensity is not known at all.
    with pytest.raises(ScenarioError, match="t_intensity"):
        hs.project(scenarios[0])


def test_a_run_that_answers_is_not_made_again(runs):
    run = runs[0]
    assert result_of(run) is run
    assert result_of(run, **FUTURES) is run
    assert result_of(run, rng=2) is not run
    kept = result_of(run, keep=["gdp_growth"])
    assert (kept.draws, kept.entropy, kept.registry) == (1024, 1, run.registry)
    assert kept["gdp_growth"].shape == (16, 1024)
    assert kept.frame().equals(run.frame())
    assert result_of(run, draws=0).entropy is None
    path = hs.project(run.scenario, registry=run.registry)
    assert result_of(path) is path
    assert result_of(path, draws=256).draws == 256


def test_runs_that_are_compared_share_their_random_numbers(runs, scenarios, toyshire):
    both = results_of([runs[0], hs.load_scenario(TOY / "toy.toml")])
    assert both[0] is runs[0]
    assert (both[1].entropy, both[1].draws) == (1, 1024)
    made = results_of(scenarios, draws=256, registry=toyshire)
    assert made[0].entropy == made[1].entropy
    table = hs.compare([runs[0], scenarios[1]], registry=toyshire)
    assert table.equals(hs.compare(runs))
    assert np.isfinite(table["difference"]).all()
