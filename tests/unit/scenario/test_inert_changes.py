"""Changes that something else overrules are told by the scenario, its difference and its results."""

from __future__ import annotations

import pytest

import haidong_sim as hs


@pytest.fixture(scope="module")
def plan():
    return hs.load_scenario("plan")


def test_a_sector_under_a_total_moves_no_growth_and_the_scenario_says_so(plan):
    changed = plan.derive("changed", {"paths.tertiary.growth": 0.12})
    result, before = hs.project(changed), hs.project(plan)
    assert result.path["gdp_volume_index", 2035] == pytest.approx(before.path["gdp_volume_index", 2035])
    (note,) = result.notes
    assert note.startswith("paths.tertiary.growth: paths.total rescales the sectors")
    assert plan.diff(changed)["notes"] == (None, [note])
    assert note in str(changed)
    simulated = hs.simulate(changed, draws=64, rng=1, indicators=(), progress=False)
    assert note in simulated.notes


def test_what_has_an_effect_is_not_noted(plan):
    faster = plan.derive("faster", {"paths.total.second": {"kind": "constant", "growth": 0.06}})
    assert faster.notes == []
    assert "notes" not in plan.diff(faster)
    # Ten years at 6% instead of the 4.01% that double GDP: 2.397 times the level of 2020.
    assert hs.project(faster).path["gdp_volume_index", 2035] == pytest.approx(1.06**15, rel=1e-9)
    free = plan.derive("free", {"paths.total": None, "paths.tertiary.growth": 0.12})
    assert free.notes == []
    assert hs.project(free).path["gdp_volume_index", 2035] > 2.5


def test_a_note_stays_with_descendants_as_long_as_its_reason(plan):
    changed = plan.derive("changed", {"paths.tertiary.growth": 0.12})
    assert changed.derive("later", {"horizon": 2033}).notes == changed.notes
    assert changed.derive("free", {"paths.total": None}).notes == []


def test_a_file_that_extends_another_says_so_and_its_resolved_text_keeps_it(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('extends = "plan"\n[paths.tertiary]\ngrowth = 0.08\n', encoding="utf-8")
    mine = hs.load_scenario(path)
    assert [note.partition(":")[0] for note in mine.notes] == ["paths.tertiary.growth"]
    again = tmp_path / "again.toml"
    again.write_text(mine.to_toml(), encoding="utf-8")
    assert hs.load_scenario(again) == mine


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        (
            {"conventions.real_basis": "fixed_base", "conventions.price_base_interval": 4},
            "conventions.price_base_interval",
        ),
        (
            {"paths.total": None, "assumptions.reconciliation_weight_tertiary.value": 0.9},
            "assumptions.reconciliation_weight_tertiary.value",
        ),
        (
            {"uncertainty.secondary.degrees_of_freedom": 5.0},
            "uncertainty.secondary.degrees_of_freedom",
        ),
        (
            {
                "conventions.yearly_shocks": "posterior",
                "dependence.degrees_of_freedom": 6.0,
                "uncertainty.secondary.degrees_of_freedom": 5.0,
            },
            "uncertainty.secondary.degrees_of_freedom",
        ),
    ],
)
def test_other_changes_that_nothing_reads(plan, changes, key):
    (note,) = plan.derive("changed", changes).notes
    assert note.startswith(f"{key}: ")
    # Without that key the futures are the same.
    rest = {name: value for name, value in changes.items() if name != key}
    options = {"draws": 256, "rng": 3, "indicators": ["gdp_current"], "progress": False}
    one = hs.simulate(plan.derive("one", changes), **options).frame()
    two = hs.simulate(plan.derive("one", rest), **options).frame()
    assert one.equals(two)


@pytest.mark.parametrize("name", ["plan", "trend", "reference", "high", "low", "parks"])
def test_shipped_scenarios_have_nothing_to_note(name):
    assert hs.load_scenario(name).notes == []


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_may_begin_with_a_byte_order_mark(tmp_path, mark):
    path = tmp_path / "marked.toml"
    path.write_bytes(mark + b'extends = "plan"\nhorizon = 2030\n')
    assert hs.load_scenario(path).horizon == 2030
