"""The split of a run's energy and CO2: exact, chained, with entrants, against hand-written sums."""

from __future__ import annotations

import math

import numpy as np
import pytest

import haidong_sim as hs
from haidong_sim.answers.attribution import decompose_carbon, decompose_energy
from haidong_sim.answers.attribution.energy_users import FACTORS
from haidong_sim.errors import EstimationError
from haidong_sim.run.replaying import replay_years


@pytest.fixture(scope="module")
def parks():
    return decompose_energy("parks")


def log_mean(a, b):
    return a if a == b else (a - b) / math.log(a / b)


@pytest.mark.parametrize("draws", [0, 200])
@pytest.mark.parametrize("name", ["plan", "parks"])
def test_effects_add_up_in_every_draw(name, draws):
    found = decompose_energy(name, draws=draws, rng=3)
    replay = replay_years(name, draws=draws, rng=3)
    change = replay.years[2035]["energy_consumption"] - replay.years[2020]["energy_consumption"]
    np.testing.assert_allclose(found.effects.sum(axis=(0, 1, 2)), change, rtol=0, atol=1e-12 * 700)
    # Year by year too, and the users' energy is the total.
    np.testing.assert_allclose(found.effects.sum(axis=(1, 2)), np.diff(found.totals, axis=0), atol=1e-9)
    assert np.abs(found.total.residual).max() < 1e-12 * found.totals.max()
    ratio = found.total.multiplicative.prod(axis=0)
    np.testing.assert_allclose(ratio, found.totals[-1] / found.totals[0], rtol=1e-12)


def test_one_year_by_hand():
    """The same year written out for three users with the textbook formula."""
    replay = replay_years("plan")
    before, after = replay.years[2024], replay.years[2025]
    table = decompose_energy("plan", 2024, 2025).frame("both").set_index(["user", "factor"])["effect"]
    for user in ("secondary", "rural"):
        energy = (before[f"energy_{user}"], after[f"energy_{user}"])
        whole = "gdp_constant" if user == "secondary" else "resident_population"
        weight = log_mean(energy[1], energy[0])
        volume = after[f"activity_{user}"] / before[f"activity_{user}"]
        size = after[whole] / before[whole]
        name = "activity" if user == "secondary" else "population"
        assert table[user, name] == pytest.approx(weight * math.log(size))
        assert table[user, "structure"] == pytest.approx(weight * math.log(volume / size))
        assert table[user, "intensity"] == pytest.approx(weight * math.log(energy[1] / energy[0] / volume))
        assert table[user, "population" if user == "secondary" else "activity"] == 0
    # The same tonnes of metal: only the electricity per tonne moves it.
    assert table["aluminium", "activity"] == 0
    assert table["aluminium", "intensity"] == pytest.approx(
        after["energy_aluminium"] - before["energy_aluminium"]
    )


def test_the_computing_base_enters_from_zero(parks):
    table = parks.frame("both")
    projects = table[table["user"] == "projects"]
    entry = projects[projects["to_year"] == 2026].set_index("factor")["effect"]
    replay = replay_years("parks")
    assert replay.years[2025].get("energy_projects", 0) == 0
    assert entry["structure"] == pytest.approx(float(replay.years[2026]["energy_projects"]))
    assert entry.drop("structure").eq(0).all()


def test_tables_by_factor_and_user_agree(parks):
    both, factor, user = (parks.frame(by) for by in ("both", "factor", "user"))
    keys = ["from_year", "to_year"]
    for one, name in ((factor, "factor"), (user, "user")):
        left = both.groupby([*keys, name])["effect"].sum()
        right = one.set_index([*keys, name])["effect"]
        np.testing.assert_allclose(left.sort_index(), right.sort_index(), atol=1e-12)
    assert tuple(factor["factor"].unique()) == FACTORS
    whole = factor[(factor["from_year"] == 2020) & (factor["to_year"] == 2035)]
    steps = factor.drop(whole.index).groupby("factor")["effect"].sum()
    np.testing.assert_allclose(steps[list(FACTORS)], whole.set_index("factor")["effect"][list(FACTORS)])


def test_racks_of_the_energy_table_follow_their_number():
    def fixed(value, points=None):
        return {"value": value, "low": value, "high": value, "provenance": "assumption"} | (
            {"points": points} if points else {}
        )

    centres = {
        "racks": fixed(0, {2030: 10_000}),
        "kw_per_rack": fixed(2.5),
        "load": fixed(0.6),
        "power_usage_effectiveness": fixed(1.2),
        "utilization": fixed(1.0),
    }
    scenario = hs.load_scenario("plan").derive("racks", {"energy.data_centres": centres})
    table = decompose_energy(scenario, 2025, 2030).frame("both")
    whole = table[(table["from_year"] == 2025) & (table["to_year"] == 2030)].set_index(["user", "factor"])
    electricity = 10_000 * 2.5 * 0.6 * 1.2 * 8.76e-6
    grown = electricity * (1 - 0.5)
    assert whole.loc[("data_centres", "activity"), "effect"] == pytest.approx(grown * 30.5)
    assert whole.loc[("data_centres", "intensity"), "effect"] == pytest.approx(0, abs=1e-12)
    first = decompose_energy(scenario, 2020, 2021).frame("both").set_index(["user", "factor"])["effect"]
    assert first["data_centres", "activity"] == pytest.approx(electricity / 10 * 30.5)


def test_carbon_is_people_times_gdp_times_energy_times_content():
    found = decompose_carbon("plan", draws=50, rng=1)
    assert found.factors == (
        "resident_population",
        "gdp_constant_per_capita",
        "energy_intensity",
        "carbon_content",
    )
    replay = replay_years("plan", draws=50, rng=1)
    change = replay.years[2035]["co2_emissions"] - replay.years[2020]["co2_emissions"]
    np.testing.assert_allclose(found.additive.sum(axis=0), change, rtol=1e-10)


def test_a_result_is_split_with_its_own_randomness():
    result = hs.simulate("plan", draws=64, rng=11, indicators=())
    one = decompose_energy(result, draws=64)
    two = decompose_energy("plan", draws=64, rng=11)
    np.testing.assert_array_equal(one.effects, two.effects)


@pytest.mark.parametrize("span", [(2019, 2025), (2030, 2030), (2030, 2025), (2030, 2036)])
def test_a_span_outside_the_run_is_refused(span):
    with pytest.raises(EstimationError, match="2020 … 2035"):
        decompose_energy("plan", *span)
    with pytest.raises(EstimationError, match="2020 … 2035"):
        decompose_carbon("plan", *span)


def test_an_unknown_grouping_names_the_known_ones(parks):
    with pytest.raises(EstimationError, match="Did you mean 'factor'"):
        parks.frame("factors")
