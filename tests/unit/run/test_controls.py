"""Control variates hold as often as their stated probability, and make each draw worth at least five."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import haidong_sim as hs
from haidong_sim.run.control import find_controls
from haidong_sim.run.program import compile_scenario
from haidong_sim.run.samplers import BLOCK_DRAWS
from haidong_sim.run.stopping import require_rule
from haidong_sim.run.summary import Part, pilot_grids, summarize_block

BLOCKS = 16


@pytest.mark.parametrize("name", ["plan", "trend"])
def test_a_control_holds_as_often_as_it_says(name):
    """Over 262 144 pseudo-random draws each count is within four standard errors of its expectation."""
    scenario = hs.load_scenario(name)
    program = compile_scenario(scenario, hs.load_registry(scenario.place), indicators=(), sampler="mc")
    part = Part()
    with threadpool_limits(limits=1):
        controls = find_controls(program, draws=1 << 20)
        program = replace(program, controls=controls, replicate_draws=BLOCK_DRAWS)
        grids = pilot_grids(program, 1)
        for block in range(BLOCKS):
            summarize_block(part, program, grids, entropy=5, block=block, draws=BLOCK_DRAWS)
    counts = np.concatenate(list(part.met_by_block.values()), axis=1)[len(program.functionals) :].sum(axis=1)
    draws = BLOCKS * BLOCK_DRAWS
    errors = np.sqrt(controls.chances * (1 - controls.chances) / draws)
    assert len(counts) == len(controls.targets) == 22
    assert (np.abs(counts / draws - controls.chances) < 4 * errors + controls.inaccuracies).all()
    assert (controls.inaccuracies < 5e-4).all()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("plan", {"horizon": 2024}),
        ("trend", {"horizon": 2024}),
        ("reference", {"horizon": 2024, "energy.supply.hydrology": None}),
    ],
)
def test_a_run_without_controls_is_a_run_like_any_other(name, changes):
    """Before the first deadline no target is due: the paths scatter all the same."""
    result = hs.simulate(hs.load_scenario(name).derive("short", changes), draws=1024, rng=1)
    assert result.chances == {}
    assert result.statistics("gdp_current", 2024)["median"] > 0


def test_a_stopping_rule_gets_controls_for_the_draws_that_it_asks_for():
    rule = require_rule({"se": 0.01})
    assert [rule.draws_expected(most) for most in (1 << 23, 1000)] == [2500, 1000]
    assert require_rule("verdict").draws_expected(1 << 23) == 1 << 17


@pytest.mark.parametrize("name", ["plan", "trend"])
def test_a_draw_is_worth_at_least_five_for_every_projected_target(name):
    """Of plain draws, by the width of the interval: t over 256 replicates, so 1.97 standard errors."""
    chances = hs.simulate(name, draws=1 << 18, rng=3, indicators=[]).chances.values()
    uncertain = [chance for chance in chances if 0.0 < chance.probability < 1.0]
    assert len(uncertain) == 22
    for chance in uncertain:
        error = (chance.ci_high - chance.ci_low) / 2 / 1.97
        plain = chance.probability * (1 - chance.probability) / chance.n
        assert plain / error**2 > 5
