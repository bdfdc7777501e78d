"""Many scenarios at many places in one call: each the run it would be alone, with common random numbers."""

from __future__ import annotations

import dataclasses

import pytest

import haidong_sim as hs
from haidong_sim.errors import ScenarioError
from haidong_sim.run import crews
from haidong_sim.run.execution import run_task
from haidong_sim.run.samplers import BLOCK_DRAWS

OPTIONS = {"draws": 2 * BLOCK_DRAWS, "indicators": ("gdp_growth",)}


def elsewhere(registry, name):
    return dataclasses.replace(registry, place=dataclasses.replace(registry.place, name=name))


def test_each_result_is_that_of_the_scenario_alone():
    many = hs.simulate_many(["plan", "trend"], rng=5, **OPTIONS, workers=2)
    assert list(many) == [("plan", "haidong"), ("trend", "haidong")]
    for (name, _), result in many.items():
        alone = hs.simulate(name, rng=5, **OPTIONS)
        assert dict(result.part.masks) == dict(alone.part.masks)
        assert result.frame().equals(alone.frame())


def test_random_numbers_are_common_even_where_none_are_given():
    plan = hs.load_scenario("plan")
    other = plan.derive("other", {})
    many = hs.simulate_many([plan, other], **OPTIONS)
    one, two = many.values()
    assert one.entropy == two.entropy
    assert dict(one.part.masks) == dict(two.part.masks)


def test_every_scenario_runs_at_every_place():
    here = hs.load_registry("haidong")
    places = [here, elsewhere(here, "twin")]
    many = hs.simulate_many(["plan", "trend"], registry=places, rng=5, **OPTIONS)
    assert list(many) == [("plan", "haidong"), ("plan", "twin"), ("trend", "haidong"), ("trend", "twin")]
    assert dict(many["plan", "haidong"].part.masks) == dict(many["plan", "twin"].part.masks)
    assert many["trend", "twin"].registry is places[1]


def test_two_runs_of_one_name_are_refused():
    with pytest.raises(ScenarioError, match=r"\('plan', 'haidong'\)\] more than once"):
        hs.simulate_many(["plan", "plan"], rng=5, **OPTIONS)


def test_each_run_resumes_from_a_folder_of_its_own(tmp_path, monkeypatch):
    done = []

    def counted(program, grids, entropy, task):
        done.append(program.scenario.name)
        if len(done) == 2:
            raise KeyboardInterrupt
        return run_task(program, grids, entropy, task)

    monkeypatch.setattr(crews, "run_task", counted)
    begun = hs.simulate_many(["plan", "trend"], rng=5, **OPTIONS, resume=tmp_path, workers=1)
    assert list(begun) == [("plan", "haidong")]
    assert begun["plan", "haidong"].is_partial
    many = hs.simulate_many(["plan", "trend"], rng=5, **OPTIONS, resume=tmp_path, workers=1)
    assert done[2:] == ["plan", "trend", "trend"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan at haidong", "trend at haidong"]
    assert dict(many["trend", "haidong"].part.masks) == dict(
        hs.simulate("trend", rng=5, **OPTIONS).part.masks
    )


def test_runs_stop_one_by_one():
    many = hs.simulate_many(
        ["plan", "trend"], rng=5, until={"se": 0.5 - 1e-9}, indicators=("gdp_growth",), draws=4 * BLOCK_DRAWS
    )
    assert [result.draws for result in many.values()] == [BLOCK_DRAWS, BLOCK_DRAWS]
    assert not any(result.is_partial for result in many.values())


def test_options_reach_every_run():
    many = hs.simulate_many(["plan", "trend"], rng=5, draws=1000, sampler="mc", keep=["gdp_growth"])
    for result in many.values():
        assert result.program.sampler == "mc"
        assert result["gdp_growth"].shape == (16, 1000)
