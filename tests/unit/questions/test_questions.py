"""Every kind of question on toy paths whose verdicts are plain, worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import haidong_sim as hs
from haidong_sim.errors import ScenarioError
from haidong_sim.questions import KINDS, question_of, questions_of
from haidong_sim.questions.margins import break_even
from haidong_sim.questions.question import mean_growth

REGISTRY = hs.load_registry("haidong")
PLAN = hs.load_scenario("plan")
SHARE = next(target for target in REGISTRY.targets if target.id == "a30_gdp_share_qinghai")


def ask(kind="level", **fields):
    given = {"target_id": "toy", "direction": 1, "indicator": "x", "first_year": 2020, "last_year": 2025}
    return KINDS[kind](**(given | fields))


def reader(**paths):
    return lambda name, year: paths[name][year - 2020]


def target_of(**cells):
    """Return the row of the share of the province with other cells."""
    return replace(SHARE, **cells)


@pytest.mark.parametrize(
    ("comparator", "direction", "met", "missed"),
    [
        ("ge", "up", [0.20, 0.21], [0.1999]),
        ("gt", "up", [0.2001], [0.20, 0.19]),
        ("le", "down", [0.20, 0.19], [0.2001]),
        ("lt", "down", [0.1999], [0.20, 0.21]),
        ("approx", "up", [0.20, 0.25], [0.1999]),
        ("approx", "down", [0.20, 0.15], [0.2001]),
        ("approx", "both", [0.20], [0.1999, 0.2001]),
        ("eq", "both", [0.20], [0.24, 0.2001, 0.1999]),
        ("between", "both", [0.20, 0.25, 0.30], [0.1999, 0.3001]),
        ("rank_above", "up", [0.2001], [0.20]),
    ],
)
def test_comparators(comparator, direction, met, missed):
    upper = 0.30 if comparator == "between" else None
    target = target_of(
        comparator=comparator, direction=direction, value=0.20, value_high=upper, tolerance=0.0
    )
    asked = question_of(target, PLAN, base_year=2020)
    for value, expected in [(v, True) for v in met] + [(v, False) for v in missed]:
        margin = asked.margin(lambda *_, value=value: value)
        assert bool(asked.is_met(margin)) is expected, (comparator, value)


@pytest.mark.parametrize("value", [5.33, 0.135, 2.69, 30.0, 1e6])
@pytest.mark.parametrize(
    ("comparator", "direction"), [("ge", "up"), ("le", "down"), ("gt", "up"), ("lt", "down")]
)
def test_a_value_kept_in_single_precision_equals_its_threshold(comparator, direction, value):
    """5.33 is 5.3299999 in single precision, 0.135 is 0.13500001; a millionth off is another number."""
    target = target_of(comparator=comparator, direction=direction, value=value, tolerance=0.0)
    asked = question_of(target, PLAN, base_year=2020)
    for near in (np.float32(value), np.nextafter(np.float32(value), 0), np.nextafter(np.float32(value), 1e9)):
        margin = asked.margin(lambda *_, near=near: np.float64(near))
        assert bool(asked.is_met(margin)) is (comparator in {"ge", "le"})
    off = value * (1 - 1e-6 if comparator in {"ge", "gt"} else 1 + 1e-6)
    assert not asked.is_met(asked.margin(lambda *_: off))


@pytest.mark.parametrize("value", [5.33, 30.0, 1e6])
def test_exactly_is_met_by_what_single_precision_makes_of_it(value):
    asked = ask(direction=0, threshold=value)
    assert asked.is_met(asked.margin(lambda *_: np.float64(np.float32(value))))
    for off in (value * (1 - 1e-6), value * (1 + 1e-6)):
        assert not asked.is_met(asked.margin(lambda *_, off=off: off))


def test_48_percent_is_not_about_40():
    target = target_of(comparator="approx", direction="both", value=0.40, tolerance=0.01)
    asked = question_of(target, PLAN, base_year=2020)
    shares = {
        0.48: "missed",
        0.411: "missed",
        0.41: "on_the_edge",
        0.40: "met",
        0.39: "on_the_edge",
        0.38: "missed",
    }
    for share, status in shares.items():
        assert asked.status(asked.margin(lambda *_, share=share: share)) == status, share
    assert asked.accepted(lambda *_: 0.0) == (pytest.approx(0.39), pytest.approx(0.41))
    assert asked.accepted(lambda *_: 0.0, with_tolerance=False) == (0.40, 0.40)


def test_multiple_of_base():
    target = next(t for t in REGISTRY.targets if t.id == "t35_gdp_doubling")
    asked = question_of(target, PLAN, base_year=2020)
    assert asked.kind == "ratio_to_base"
    level = {2020: 3.0, 2035: 6.0}
    assert asked.margin(lambda _, year: level[year]) == 0.0
    assert asked.is_met(0.0)
    assert not asked.is_met(-1e-6)
    assert asked.level_to_reach(lambda _, year: level[year]) == 6.0
    assert asked.needed(lambda _, year: level[year])["needed_rate"] == pytest.approx(2 ** (1 / 15) - 1)
    since = question_of(replace(target, reference_year=2025, period=None), PLAN, base_year=2020)
    assert (since.first_year, since.requires) == (2025, {(since.indicator, 2025), (since.indicator, 2035)})
    with pytest.raises(ScenarioError, match="compared with 2015, before the run's base year 2020"):
        question_of(replace(target, reference_year=2015, period=None), PLAN, base_year=2020)


def test_sync_with_compares_two_mean_growths():
    target = next(t for t in REGISTRY.targets if t.id == "t25_income_in_step")
    asked, other = (f for f in questions_of(REGISTRY, PLAN) if f.target_id == "t25_income_in_step")
    assert target.comparator == "sync_with"
    paths = {
        "disposable_income_constant": [100 * 1.05**k for k in range(6)],
        "gdp_volume_index": [1.06**k for k in range(6)],
        "gdp_constant_per_capita": [1.04**k for k in range(6)],
    }
    get = reader(**paths)
    assert asked.value(get) == pytest.approx(0.05)
    assert asked.bound(get) == pytest.approx(0.06)
    assert asked.margin(get) == pytest.approx(-0.01)
    assert asked.needed(get) == {"needed_rate": pytest.approx(0.06)}
    assert asked.level_to_reach(get) == pytest.approx(100 * 1.06**5)
    assert other.reading == "GDP per head"
    assert other.margin(get) == pytest.approx(0.01)
    both = question_of(replace(target, direction="both"), PLAN, base_year=2020)
    # Income that runs ahead of growth by more than the tolerance is not in step either.
    ahead = reader(**(paths | {"gdp_volume_index": [1.04**k for k in range(6)]}))
    assert (asked.status(asked.margin(ahead)), both.status(both.margin(ahead))) == ("met", "missed")


def test_growth_above_another_place_reads_its_growth_rates():
    asked = next(f for f in questions_of(REGISTRY, PLAN) if f.target_id == "t25_growth_above_china")
    rates = [0.02, 0.084, 0.03, 0.052, 0.05, 0.045]
    level = [1.0]
    for rate in rates[1:]:
        level.append(level[-1] * (1 + rate))
    get = reader(gdp_volume_index=level, nation_gdp_growth=rates)
    assert asked.margin(get) == pytest.approx(0.0, abs=1e-15)
    assert not asked.is_met(asked.margin(get) + 0.0)
    assert ("nation_gdp_growth", 2020) not in asked.requires
    assert {("nation_gdp_growth", year) for year in range(2021, 2026)} < asked.requires


@pytest.mark.parametrize(
    ("series", "rising", "falling"),
    [
        ([1, 2, 3, 4, 5, 6], 1.0, -1.0),
        ([1, 2, 3, 2.9, 5, 9], -0.1, -4.0),
        ([1, 1, 2, 3, 4, 5], 0.0, -1.0),
        ([9, 8, 6, 5, 4.5, 4], -2.0, 0.5),
        ([9, 8, 8.5, 5, 4.5, 4], -3.5, -0.5),
    ],
)
def test_every_year_is_as_good_as_its_worst_year(series, rising, falling):
    for direction, margin in ((1, rising), (-1, falling)):
        asked = ask("every_year", direction=direction, threshold=0.0, is_strict=True)
        assert asked.margin(reader(x=series)) == pytest.approx(margin)
        assert bool(asked.is_met(asked.margin(reader(x=series)))) is (margin > 0)
        assert asked.requires == {("x", year) for year in range(2020, 2026)}
        assert asked.level_to_reach(reader(x=series)) is None


@pytest.mark.parametrize(
    ("direction", "upper", "series", "value", "margin"),
    [
        (1, None, [0, 7, 8, 6.5, 9, 9], 6.5, 0.5),
        (1, None, [9, 7, 8, 5.5, 9, 9], 5.5, -0.5),
        (-1, None, [9, 5, 4, 5.5, 3, 5], 5.5, 0.5),
        (0, 8.0, [9, 7, 7, 7, 7.5, 7], 7.5, 0.5),
        (0, 8.0, [9, 7, 7, 8.5, 7.5, 7], 8.5, -0.5),
    ],
)
def test_what_is_held_is_as_good_as_its_worst_year(direction, upper, series, value, margin):
    asked = ask("hold", direction=direction, threshold=6.0, upper=upper)
    assert asked.value(reader(x=series)) == pytest.approx(value)
    assert asked.margin(reader(x=series)) == pytest.approx(margin)
    assert asked.requires == {("x", year) for year in range(2021, 2026)}


def test_reduction_and_gap():
    cut = ask("reduction", threshold=0.135)
    path = reader(x=[2.0, 0, 0, 0, 0, 1.7])
    assert cut.margin(path) == pytest.approx(0.15 - 0.135)
    assert (cut.direction, cut.level_direction) == (1, -1)
    assert cut.level_to_reach(path) == pytest.approx(1.73)
    assert cut.margin_on_scale(0.15, 0.135, 0.015) == pytest.approx(math.log(0.865 / 0.85))
    gap = ask("gap", reference="y")
    near = reader(x=[0.42, 0, 0, 0, 0, 0.48], y=[0.60, 0, 0, 0, 0, 0.65])
    assert gap.value(near) == pytest.approx(-0.17)
    assert gap.bound(near) == pytest.approx(-0.18)
    assert gap.is_met(gap.margin(near))
    assert "gap of 2020 narrows" in gap.remark
    assert gap.level_to_reach(near) is None


def test_increase_total_and_ratio_to_another():
    path = reader(x=[10.0, 11, 12, 13, 14, 16], y=[40.0, 0, 0, 0, 0, 80])
    gain = ask("increase", threshold=5.0)
    assert (gain.value(path), gain.margin(path), gain.level_to_reach(path)) == (6.0, 1.0, 15.0)
    assert gain.needed(path)["needed_change"] == 1.0
    total = ask("cumulative", threshold=60.0)
    assert (total.value(path), total.margin(path)) == (66.0, 6.0)
    assert total.needed(path) == {"needed_change": 12.0}
    share = ask("ratio_to_another", reference="y", threshold=0.25)
    assert (share.value(path), share.margin(path)) == (pytest.approx(0.2), pytest.approx(-0.05))
    assert share.requires == {("x", 2025), ("y", 2025)}
    assert share.margin_on_scale(0.2, 0.25, -0.05) == pytest.approx(math.log(0.8))


def test_a_level_against_another_in_the_same_year_or_in_a_named_one():
    path = reader(x=[1.0, 0, 0, 0, 0, 3.0], y=[2.5, 0, 0, 0, 0, 4.0])
    same, then = ask(reference="y"), ask(reference="y", reference_year=2020)
    assert (same.margin(path), then.margin(path)) == (-1.0, 0.5)
    assert then.requires == {("x", 2025), ("y", 2020)}
    assert then.at(2024).requires == {("x", 2024), ("y", 2020)}


@pytest.mark.parametrize(
    ("base", "level", "change"), [(20.0, 30.0, 2.0), (60.0, 50.0, -2.0), (35.0, 35.0, 0.0)]
)
def test_the_level_to_reach_of_a_range_is_its_nearest(base, level, change):
    band = ask(direction=0, threshold=30.0, upper=50.0)
    assert band.level_to_reach(lambda *_: base) == level
    assert band.needed(lambda *_: base)["needed_change"] == pytest.approx(change)
    assert not band.has_milestones


def test_a_path_breaks_even_when_a_level_is_reached():
    path = {("x", 2020 + k): 1.0 + k for k in range(6)}
    get = lambda name, year: path[name, year]
    assert break_even(ask(threshold=3.5), get, base_year=2020) == pytest.approx(2022.5)
    assert break_even(ask("ratio_to_base", threshold=3.0), get, base_year=2020) == pytest.approx(2022.0)
    assert break_even(ask("mean_growth", threshold=0.1), get, base_year=2020) is None
    assert break_even(ask(threshold=30.0), get, base_year=2020) == math.inf
    band = ask(direction=0, threshold=3.5, upper=9.0)
    assert break_even(band, get, base_year=2020) == pytest.approx(2022.5)
    assert break_even(ask(direction=0, threshold=3.5), get, base_year=2020) is None


def test_deadline_and_size_of_the_threshold():
    asked = ask(threshold=4.0)
    assert [asked.is_due(year) for year in (2024, 2025, 2026)] == [False, True, True]
    assert asked.magnitude(lambda *_: 7.0) == 4.0
    assert ask("every_year", threshold=0.0).magnitude(lambda *_: 7.0) == 7.0


@pytest.mark.parametrize(
    ("margin", "strict", "exact", "granted"),
    [
        (0.0, False, True, True),
        (-0.004, False, False, True),
        (-0.005, False, False, True),
        (-0.006, False, False, False),
        (0.0, True, False, True),
        (-0.005, True, False, False),
        (-5e-10, False, True, True),
    ],
)
def test_tolerance_is_the_printed_about(margin, strict, exact, granted):
    asked = ask(threshold=0.06, tolerance=0.005, is_strict=strict)
    assert bool(asked.is_met(margin, with_tolerance=False)) is exact
    assert bool(asked.is_met(margin)) is granted
    assert asked.status(margin) == ("met" if exact else "on_the_edge" if granted else "missed")


def test_one_question_serves_a_path_and_a_block_of_draws():
    generator = np.random.default_rng(0)
    draws = {
        name: np.exp(generator.normal(0, 0.2, (6, 50)).cumsum(axis=0)) for name in ("x", "y", "z_growth")
    }
    numbers = {"mean_growth": 0.02, "every_year": 0.0, "reduction": 0.1, "increase": 0.1, "cumulative": 6.0}
    for kind in KINDS:
        given = {"threshold": numbers.get(kind, 1.1)} | (
            {"reference": "y"} if kind == "ratio_to_another" else {}
        )
        given = {"reference": "y"} if kind == "gap" else given
        cases = [ask(kind, **given), ask(kind, direction=-1, **given), ask(kind, direction=0, **given)]
        if "threshold" in given:
            cases.append(ask(kind, direction=0, upper=given["threshold"] + 0.5, **given))
        for asked in [*cases, ask("mean_growth", reference="z_growth")]:
            block = asked.margin(lambda name, year: draws[name][year - 2020])
            for draw in range(50):
                alone = asked.margin(lambda name, year, draw=draw: float(draws[name][year - 2020, draw]))
                assert block[draw] == pytest.approx(alone, rel=1e-12, abs=1e-14)
            assert {name for name, _ in asked.requires} == set(asked.indicators)


def test_mean_growth_of_a_level_and_of_its_rates_agree():
    rates = [math.nan, 0.1, -0.1, 0.3]
    level = [1.0, 1.1, 0.99, 1.287]
    of_rates = mean_growth("x_growth", 2020, 2023, lambda _, year: rates[year - 2020])
    of_level = mean_growth("x", 2020, 2023, lambda _, year: level[year - 2020])
    assert of_rates == pytest.approx(of_level, rel=1e-13)


def test_assumed_thresholds_come_from_the_scenario():
    target = next(t for t in REGISTRY.targets if t.id == "t2_12_energy_intensity")
    assert target.value is None
    assert question_of(target, PLAN, base_year=2020).threshold == 0.135
    looser = PLAN.derive("looser", {"assumed_targets.t2_12_energy_intensity.value": 0.10})
    assert question_of(target, looser, base_year=2020).threshold == 0.10
    without = PLAN.derive("without", {"assumed_targets.t2_12_energy_intensity": None})
    assert question_of(target, without, base_year=2020) is None


def test_what_lies_beyond_the_horizon_is_not_asked():
    near = PLAN.derive("near", {"horizon": 2026})
    assert {f.last_year for f in questions_of(REGISTRY, near)} == {2025}


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("level", {"threshold": 5.0, "upper": 4.0, "direction": 0}, "ends at 4, before 5"),
        ("level", {"threshold": 5.0, "upper": 6.0}, "an upper end without a range"),
        ("level", {}, "needs a number"),
        ("reduction", {"reference": "y"}, "kind 'reduction' needs a number"),
        (
            "ratio_to_another",
            {"indicator": "gdp_current", "reference": "resident_population", "threshold": 1.0},
            "no two levels of one unit",
        ),
    ],
)
def test_what_is_no_question_is_refused(kind, fields, words):
    with pytest.raises(ScenarioError, match=words):
        ask(kind, **fields)
