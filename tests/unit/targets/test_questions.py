"""Every comparator, functional and reading of a target, on toy paths whose verdicts are plain."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import haidong_sim as hs
from haidong_sim.targets import Functional, compile_target, functionals_of
from haidong_sim.targets.functionals import mean_growth

REGISTRY = hs.load_registry("haidong")
PLAN = hs.load_scenario("plan")
SHARE = next(target for target in REGISTRY.targets if target.id == "a30_gdp_share_qinghai")


def functional(**fields):
    given = {"target_id": "toy", "kind": "level", "sense": "at_least", "indicator": "x"}
    return Functional(**(given | {"first_year": 2020, "last_year": 2025} | fields))


def reader(**paths):
    return lambda name, year: paths[name][year - 2020]


@pytest.mark.parametrize(
    ("comparator", "met", "missed"),
    [
        ("ge", [0.20, 0.21], [0.1999]),
        ("gt", [0.2001], [0.20, 0.19]),
        ("le", [0.20, 0.19], [0.2001]),
        ("lt", [0.1999], [0.20, 0.21]),
        ("approx", [0.20, 0.25], [0.1999]),
        ("eq", [0.20, 0.21], [0.1999]),
        ("between", [0.20, 0.25, 0.30], [0.1999, 0.3001]),
        ("rank_above", [0.2001], [0.20]),
    ],
)
def test_comparators(comparator, met, missed):
    target = replace(SHARE, comparator=comparator, value=0.20, value_high=0.30, tolerance=0.0)
    asked = compile_target(target, PLAN, base_year=2020)
    for value, expected in [(v, True) for v in met] + [(v, False) for v in missed]:
        margin = asked.margin(lambda *_, value=value: value)
        assert bool(asked.is_met(margin)) is expected, (comparator, value)


def test_multiple_of_base():
    target = next(t for t in REGISTRY.targets if t.id == "t35_gdp_doubling")
    asked = compile_target(target, PLAN, base_year=2020)
    assert asked.kind == "ratio_to_base"
    level = {2020: 3.0, 2035: 6.0}
    assert asked.margin(lambda _, year: level[year]) == 0.0
    assert asked.is_met(0.0)
    assert not asked.is_met(-1e-6)


def test_sync_with_compares_two_mean_growths():
    target = next(t for t in REGISTRY.targets if t.id == "t25_income_in_step")
    asked, other = (f for f in functionals_of(REGISTRY, PLAN) if f.target_id == "t25_income_in_step")
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
    assert other.reading == "GDP per head"
    assert other.margin(get) == pytest.approx(0.01)


def test_growth_above_another_place_reads_its_growth_rates():
    asked = next(f for f in functionals_of(REGISTRY, PLAN) if f.target_id == "t25_growth_above_china")
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
    ("series", "margin"),
    [([1, 2, 3, 4, 5, 6], 1.0), ([1, 2, 3, 2.9, 5, 9], -0.1), ([1, 1, 2, 3, 4, 5], 0.0)],
)
def test_every_year_is_as_good_as_its_worst_year(series, margin):
    asked = functional(kind="every_year", threshold=0.0, is_strict=True)
    assert asked.margin(reader(x=series)) == pytest.approx(margin)
    assert bool(asked.is_met(asked.margin(reader(x=series)))) is (margin > 0)
    assert asked.requires == {("x", year) for year in range(2020, 2026)}


def test_reduction_and_gap():
    cut = functional(kind="reduction", threshold=0.135)
    assert cut.margin(reader(x=[2.0, 0, 0, 0, 0, 1.7])) == pytest.approx(0.15 - 0.135)
    gap = functional(kind="gap", reference="y")
    near = reader(x=[0.42, 0, 0, 0, 0, 0.48], y=[0.60, 0, 0, 0, 0, 0.65])
    assert gap.value(near) == pytest.approx(-0.17)
    assert gap.bound(near) == pytest.approx(-0.18)
    assert gap.is_met(gap.margin(near))


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
    asked = functional(threshold=0.06, tolerance=0.005, is_strict=strict)
    assert bool(asked.is_met(margin, with_tolerance=False)) is exact
    assert bool(asked.is_met(margin)) is granted


def test_one_functional_serves_a_path_and_a_block_of_draws():
    generator = np.random.default_rng(0)
    draws = {
        name: np.exp(generator.normal(0, 0.2, (6, 50)).cumsum(axis=0)) for name in ("x", "y", "z_growth")
    }
    cases = [
        functional(threshold=1.1),
        functional(threshold=1.1, sense="at_most"),
        functional(threshold=0.8, upper=1.3, sense="within"),
        functional(kind="mean_growth", threshold=0.02),
        functional(kind="mean_growth", reference="z_growth"),
        functional(kind="ratio_to_base", threshold=1.2),
        functional(kind="reduction", threshold=0.1),
        functional(kind="every_year", threshold=0.0, is_strict=True),
        functional(kind="gap", reference="y"),
    ]
    for asked in cases:
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
    assert compile_target(target, PLAN, base_year=2020).threshold == 0.135
    looser = PLAN.derive("looser", {"assumed_targets.t2_12_energy_intensity.value": 0.10})
    assert compile_target(target, looser, base_year=2020).threshold == 0.10
    without = PLAN.derive("without", {"assumed_targets.t2_12_energy_intensity": None})
    assert compile_target(target, without, base_year=2020) is None


def test_what_lies_beyond_the_horizon_is_not_asked():
    near = PLAN.derive("near", {"horizon": 2026})
    assert {f.last_year for f in functionals_of(REGISTRY, near)} == {2025}
