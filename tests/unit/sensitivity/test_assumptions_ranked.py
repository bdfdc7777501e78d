"""What a run rests on, ranked; known moves on the fictional place with round numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

import haidong_sim as hs
from haidong_sim.answers.sensitivity.assumptions import judged_numbers

TOY = Path(__file__).parents[2] / "toy_district" / "toy.toml"


@pytest.fixture(scope="module")
def scenario():
    return hs.load_scenario(TOY)


@pytest.fixture(scope="module")
def ranked(scenario):
    return hs.rank_assumptions(scenario).set_index("name")


def test_a_moved_threshold_moves_its_own_margin_by_as_much(ranked):
    row = ranked.loc["assumed_targets.t_intensity.value"]
    # From 10% to 5% or 15%: half of the threshold; the path cuts 15.5%, so nothing flips.
    assert row["largest_move"] == pytest.approx(0.5)
    assert row["moved_target"] == "t_intensity"
    assert row["flips"] == 0


def test_growth_turns_the_verdict_that_hangs_on_it(ranked):
    row = ranked.loc["paths.tertiary.growth"]
    flipped = row["flipped_targets"].split(";")
    # With 4% in half of GDP the index ends at 1.84 and not at 2.16: the doubling is missed.
    assert "t_doubling" in flipped
    assert row["flips"] == len(flipped)
    assert row["rank"] == 1


def test_order_is_flips_first_then_the_largest_move(ranked):
    movable = ranked[ranked["rank"].notna()]
    keys = [(-row["flips"], -row["largest_move"]) for _, row in movable.iterrows()]
    assert keys == sorted(keys)
    assert movable["rank"].tolist() == list(range(1, len(movable) + 1))


def test_what_no_target_hangs_on_moves_nothing(ranked):
    row = ranked.loc["paths.nation.growth"]
    assert (row["flips"], row["largest_move"]) == (0, 0.0)


def test_dispersions_and_dependence_have_no_rank_and_say_why(ranked):
    for name in ("uncertainty.tertiary.annual_sd", "dependence.factors.activity.loadings.secondary"):
        row = ranked.loc[name]
        assert row["rank"] is None
        assert "not the path without shocks" in row["reason"]


def test_baseline_judgements_count_only_if_the_run_rests_on_them(ranked):
    assert ranked.loc["registry.baseline.urban_core_population", "moved_target"] == "t_core"
    assert "registry.baseline.capital_output_ratio" not in ranked.index


def test_published_numbers_without_a_range_are_no_assumptions(ranked):
    assert not [name for name in ranked.index if name.startswith("energy.supply.technologies.hydro.capacity")]
    assert ranked["provenance"].isin(["assumption", "derived", "official", "document"]).all()


def test_a_moved_share_leaves_the_whole_at_one(scenario):
    registry = hs.load_registry(scenario.place)
    judged = next(
        found for found in judged_numbers(scenario, registry) if found.name.endswith("secondary.share.value")
    )
    moved = scenario.derive("moved", judged.changes(0.70))
    shares = {name: user.share.value for name, user in moved.energy.demand.users.items()}
    assert shares["secondary"] == 0.70
    assert sum(shares.values()) == pytest.approx(1.0)
    # The others give way in proportion: the tertiary sector keeps half of what the secondary leaves.
    assert shares["tertiary"] == pytest.approx(0.3 * 0.20 / 0.40)


def test_numbers_of_shipped_projects_can_be_moved():
    scenario = hs.load_scenario("plan").derive("parks", {"shipped_projects": ["park_ledu"]})
    registry = hs.load_registry(scenario.place)
    name = "projects.park_ledu.value_added_rate.value"
    judged = next(found for found in judged_numbers(scenario, registry) if found.name == name)
    moved = scenario.derive("moved", judged.changes(0.30))
    assert moved.projects["park_ledu"].value_added_rate.value == 0.30
