from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from haidong_sim.answers.attribution import attribute, differing_blocks, mix_scenarios
from haidong_sim.answers.attribution.scenarios import MISSING, standstill
from haidong_sim.errors import ArgumentError, EstimationError, ScenarioError
from haidong_sim.run import project, simulate
from haidong_sim.scenario import bundled_scenarios, load_scenario

SHARE = "gdp_share_of_province"
DEARER = {"kind": "constant", "growth": 0.04, "provenance": "assumption", "note": "for the test"}
FASTER = {"kind": "constant", "growth": 0.08, "provenance": "assumption", "note": "for the test"}
TARGET = "a30_gdp_share_qinghai"


@pytest.mark.slow
@pytest.mark.parametrize("pair", list(combinations(bundled_scenarios(), 2)), ids="-".join)
def test_the_gap_between_any_two_shipped_scenarios_is_split_without_rest(pair):
    first, second = (load_scenario(name) for name in pair)
    parts = list(differing_blocks(first, second).items())
    # Three blocks, so that every pair stays quick: the last one holds all that is left.
    blocks = {**dict(parts[:2]), "all else": tuple(key for _, keys in parts[2:] for key in keys)}
    found = attribute([first, second], [SHARE, "gdp_volume_index", TARGET], year=2030, blocks=blocks)
    ends = [project(scenario, indicators=[SHARE]).path[SHARE, 2030] for scenario in (first, second)]
    assert found.start[0, 0] == pytest.approx(ends[0], rel=1e-12)
    assert found.end[0, 0] == pytest.approx(ends[1], rel=1e-12)
    assert np.abs(found.residual).max() <= 1e-9 * np.abs(found.end).max()


@pytest.mark.slow
@pytest.mark.parametrize("pair", list(combinations(bundled_scenarios(), 2)), ids="-".join)
def test_the_gap_between_any_two_chances_is_split_without_rest(pair):
    first, second = (load_scenario(name) for name in pair)
    # Two halves, so that four small runs suffice.
    keys = [key for part in differing_blocks(first, second).values() for key in part]
    paths = tuple(key for key in keys if key.startswith("paths."))
    blocks = {"paths": paths, "all else": tuple(key for key in keys if key not in paths)}
    runs = [simulate(one, draws=512, rng=0, indicators=(), progress=False) for one in (first, second)]
    names = [TARGET, "t35_gdp_doubling"]
    used = {name: part for name, part in blocks.items() if part}
    found = attribute(runs, names, measure="probability", blocks=used)
    for row, name in enumerate(names):
        gap = runs[1].chances[name].probability - runs[0].chances[name].probability
        assert found.contribution[:, row].sum() == pytest.approx(gap, rel=1e-9, abs=1e-9)


def test_the_way_to_a_target_starts_where_nothing_grows_and_ends_at_its_threshold():
    scenario = load_scenario("plan")
    names = [TARGET, "t35_gdp_doubling", "t2_04_urbanization"]
    found = attribute(scenario, names)
    margins = {row["target_id"]: row["margin"] for row in project(scenario, indicators=()).verdicts}
    parts = found.frame().set_index(["outcome", "block"])["contribution"]
    for name in names:
        assert parts[name, MISSING] == pytest.approx(-margins[name], abs=1e-12)
    # Without growth of output the index stays at one, and a doubling misses by one.
    assert found.start[1, 0] == pytest.approx(-1.0, abs=1e-12)
    assert parts["t35_gdp_doubling", "paths of output"] == pytest.approx(1.0, abs=1e-9)
    assert np.abs(found.residual).max() <= 1e-9
    assert (found.end == 0).all()
    still = project(standstill(scenario), indicators=["gdp_volume_index", "resident_population"])
    for name in ("gdp_volume_index", "resident_population"):
        assert still.path[name, 2035] == pytest.approx(still.path[name, 2020], rel=1e-12)
    with pytest.raises(EstimationError, match=f"Did you mean '{TARGET}'"):
        attribute(scenario, "a30_gdp_share_qingha")


def test_many_differences_are_joined_by_subject():
    blocks = differing_blocks(load_scenario("low"), load_scenario("reference"))
    assert 4 <= len(blocks) <= 12
    assert {"paths of output", "spread"} <= set(blocks)
    both = [key for keys in blocks.values() for key in keys]
    assert len(both) == len(set(both))


def test_one_changed_path_gets_the_whole_gap():
    first = load_scenario("trend")
    second = first.derive("dearer", {"paths.deflator": DEARER})
    assert list(differing_blocks(first, second)) == ["paths.deflator"]
    found = attribute([first, second], [SHARE, TARGET], year=2030)
    gap = found.end - found.start
    assert gap[0, 0] > 0
    assert np.allclose(found.contribution[0], gap)


def test_idle_blocks_get_nothing_and_chances_are_split_too():
    first = load_scenario("trend")
    changes = {"paths.deflator": DEARER, "paths.urban_core": FASTER, "paths.secondary": FASTER}
    second = first.derive("faster", changes)
    runs = [simulate(scenario, draws=2048, rng=0, progress=False) for scenario in (first, second)]
    found = attribute(runs, TARGET, measure="probability")
    assert found.start[0, 0] == runs[0].chances[TARGET].probability
    assert found.end[0, 0] == runs[1].chances[TARGET].probability
    parts = found.frame().set_index("block")["contribution"]
    assert parts["paths.urban_core"] == 0
    assert parts["paths.deflator"] > 0
    assert parts["paths.secondary"] != 0
    assert parts.sum() == pytest.approx(found.end[0, 0] - found.start[0, 0], abs=1e-12)


def test_mixing_everything_gives_the_other_scenario():
    first, second = load_scenario("low"), load_scenario("high")
    keys = [key for keys in differing_blocks(first, second).values() for key in keys]
    mixed = mix_scenarios(first, second, keys)
    assert differing_blocks(mixed, second) == {}
    assert differing_blocks(mix_scenarios(first, second, []), first) == {}


def test_what_cannot_be_split_is_explained():
    scenario = load_scenario("trend")
    other = scenario.derive("other", {"paths.deflator": DEARER})
    with pytest.raises(EstimationError, match="do not differ"):
        attribute([scenario, scenario], SHARE)
    with pytest.raises(EstimationError, match="Did you mean 'probability'"):
        attribute([scenario, other], SHARE, measure="probabilty")
    with pytest.raises(EstimationError, match=f"Did you mean '{SHARE}'"):
        attribute([scenario, other], "gdp_share_of_provnce")
    with pytest.raises(EstimationError, match="not projected in 2060"):
        attribute([scenario, other], SHARE, year=2060)
    with pytest.raises(ArgumentError, match="3 were given"):
        attribute([scenario, other, other], SHARE)
    runs = [simulate(one, draws=1024, rng=rng, progress=False) for one, rng in ((scenario, 0), (other, 1))]
    with pytest.raises(ScenarioError, match="different random numbers"):
        attribute(runs, TARGET, measure="probability")
