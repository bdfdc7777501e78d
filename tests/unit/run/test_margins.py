"""A program narrowed to one target draws just what that reads, and gives the margin of the whole one."""

from __future__ import annotations

import numpy as np
import pytest

import haidong_sim as hs
from haidong_sim.run.block import Variates, deviations
from haidong_sim.run.directions import margins_at, narrowed
from haidong_sim.run.program import compile_scenario

GROWTH = {"primary", "secondary", "tertiary"}


@pytest.fixture(scope="module", params=["plan", "trend"])
def program(request):
    scenario = hs.load_scenario(request.param)
    return compile_scenario(
        scenario, hs.load_registry(scenario.place), indicators=(), draws=64, sampler="mc", precision="double"
    )


def target(program, name):
    return next(functional for functional in program.functionals if functional.name == name)


@pytest.mark.parametrize(
    ("name", "drivers"),
    [
        ("t2_04_urbanization", {"urbanization"}),
        ("t25_urbanization_near_qinghai", {"urbanization", "province_urbanization"}),
        ("a30_living_gap", {"urban_rural_ratio"}),
        ("t2_01_gdp_growth", GROWTH),
        ("t2_02_labour_productivity", GROWTH | {"population", "employment_rate"}),
        ("t2_26_clean_energy", set()),
    ],
)
def test_just_the_drivers_that_a_target_reads_are_left(name, drivers, program):
    # The level of real GDP follows its sectors; prices of the base year only weigh them where they differ.
    left = set(narrowed(program, [target(program, name)]).plan.terms)
    assert left - {"deflator"} == drivers
    assert program.plan.terms.keys() > left


def test_margins_are_those_of_the_whole_program(program):
    variates = Variates(program, entropy=3, block=0, draws=64)
    moved = deviations(program, variates)
    whole = margins_at(program, {name: rows.copy() for name, rows in moved.items()}, program.functionals)
    for functional in program.functionals:
        narrow = narrowed(program, [functional])
        own = {name: rows.copy() for name, rows in moved.items() if name in narrow.plan.terms}
        found = margins_at(narrow, own, [functional])[functional.name]
        np.testing.assert_allclose(
            np.broadcast_to(found, 64), np.broadcast_to(whole[functional.name], 64), rtol=1e-9, atol=1e-12
        )
