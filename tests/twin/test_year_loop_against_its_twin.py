"""The fast year loop against a slow twin in plain floats: random scenarios, and draws of shipped ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_twin import LOG_DRIVERS, SECTORS, twin

import haidong_sim as hs
from haidong_sim.errors import ScenarioError
from haidong_sim.run.block import Variates, deviations, project_block
from haidong_sim.run.program import compile_scenario
from haidong_sim.scenario import DRIVERS

RATE_DRIVERS = [
    name
    for name in DRIVERS
    if name not in LOG_DRIVERS | {"total", "province", "rest_of_province", "energy_intensity"}
]
OTHER = {"census": "plan", "plan": "census"}
REFERENCE = hs.load_scenario("reference")
REGISTRY = hs.load_registry("haidong")


def published(vintage):
    baseline, other = REGISTRY.baseline(vintage), REGISTRY.baseline(OTHER[vintage])
    base = {name: baseline.value(name) for name in baseline}
    return base, [other.value(name) for name in ("resident_population", "province_resident_population")]


def assert_equal(fast, slow, rel=1e-10):
    for (name, year), value in slow.items():
        if name == "rest_of_province_growth":
            continue
        assert fast[name, year] == pytest.approx(value, rel=rel, abs=1e-13), (name, year)


def table(years, values):
    return {
        "kind": "table",
        "basis": "rate",
        "years": {str(y): v for y, v in zip(years, values, strict=True)},
    }


@st.composite
def random_cases(draw):
    n_years = draw(st.integers(1, 18))
    rates = st.floats(-0.08, 0.12)
    slopes = st.floats(-0.06, 0.08)
    drivers = {name: draw(st.lists(rates, min_size=n_years, max_size=n_years)) for name in RATE_DRIVERS}
    for name in sorted(LOG_DRIVERS):
        drivers[name] = draw(st.lists(slopes, min_size=n_years, max_size=n_years))
    narrow = st.lists(st.floats(0.02, 0.07), min_size=n_years, max_size=n_years)
    if draw(st.booleans()):
        drivers["total"] = draw(narrow)
    drivers[draw(st.sampled_from(["province", "rest_of_province"]))] = draw(narrow)
    options = {
        "interval": draw(st.sampled_from([None, 1, 3, 5, 7])),
        "kappa": draw(st.sampled_from([0.0, 0.3, 0.6])),
        "elasticity": draw(st.sampled_from([1.0, 0.85, 1.15])),
        "basis": draw(st.sampled_from(["gdp", "gdp_per_capita"])),
        "theta": dict(zip(SECTORS, draw(st.sampled_from([(0.3, 1.2, 1.0), (1.0, 0.5, 2.0)])), strict=True)),
    }
    return draw(st.sampled_from(["census", "plan"])), n_years, drivers, options


def scenario_of(vintage, years, drivers, options):
    interval = options["interval"]
    changes = {
        "baseline": vintage,
        "horizon": years[-1],
        "paths": {name: table(years, values) for name, values in drivers.items()},
        "conventions.real_basis": "fixed_base" if interval is None else "chained",
        "conventions.price_base_interval": interval or 5,
        "conventions.income_basis": options["basis"],
        "assumptions.baumol_coefficient.value": options["kappa"],
        "assumptions.income_elasticity.value": options["elasticity"],
    }
    changes |= {
        f"assumptions.reconciliation_weight_{name}.value": weight for name, weight in options["theta"].items()
    }
    return REFERENCE.derive("random", changes)


@settings(max_examples=120, deadline=None)
@given(random_cases())
def test_random_scenarios(case):
    vintage, n_years, drivers, options = case
    years = list(range(2021, 2021 + n_years))
    slow = twin(*published(vintage), years, drivers, **options)
    scenario = scenario_of(vintage, years, drivers, options)
    rest = [slow["rest_of_province_growth", year] for year in years]
    if "province" in drivers and not all(-0.05 <= growth <= 0.15 for growth in rest):
        # City and province paths contradict each other.
        with pytest.raises(ScenarioError, match="the rest of the province would have to grow"):
            hs.project(scenario, registry=REGISTRY)
    else:
        assert_equal(hs.project(scenario, registry=REGISTRY).path, slow)


@pytest.mark.parametrize("name", ["plan", "trend", "high", "low"])
def test_single_draws_of_shipped_scenarios(name):
    """Shocks come from the library; what the year makes of them comes from the twin."""
    scenario = hs.load_scenario(name)
    program = compile_scenario(scenario, REGISTRY, draws=64, precision="double")
    moved = deviations(program, Variates(program, entropy=9, block=0, draws=64))
    years = program.years.tolist()
    fast = {}
    for year, current in project_block(program, Variates(program, entropy=9, block=0, draws=64)):
        fast |= {(key, year): current[key] for key in program.indicators}
    options = {
        "interval": 5,
        "kappa": scenario.assumptions["baumol_coefficient"].value,
        "elasticity": scenario.assumptions["income_elasticity"].value,
        "basis": scenario.conventions.income_basis,
        "theta": dict.fromkeys(SECTORS, 1.0),
    }
    for draw in (0, 17, 63):
        drivers = {}
        for driver in DRIVERS:
            if driver in {"total", "province"}:
                continue
            logs = program.medians[driver] + (moved[driver][:, draw] if driver in moved else 0.0)
            is_log = driver in LOG_DRIVERS
            drivers[driver] = [float(value) if is_log else math.expm1(value) for value in logs]
        slow = twin(*published(scenario.baseline), years, drivers, **options)
        picked = {key: values if np.ndim(values) == 0 else values[draw] for key, values in fast.items()}
        assert_equal(picked, slow)


def test_the_twin_itself_reproduces_a_printed_figure():
    """Nobody checks the checker otherwise: 1436.349308 and 0.927251 in 2035 (method notes, section 1.6)."""
    years = list(range(2021, 2036))
    drivers = {name: [0.0] * 15 for name in (*RATE_DRIVERS, *LOG_DRIVERS)}
    constant = {
        "primary": 0.035,
        "secondary": 0.07,
        "tertiary": 0.06,
        "deflator_primary": 0.02,
        "deflator_tertiary": 0.015,
        "rest_of_province": 0.045,
        "deflator_rest_of_province": 0.01,
        "population": -0.0028,
    }
    drivers |= {name: [rate] * 15 for name, rate in constant.items()}
    options = {"interval": 5, "kappa": 0.0, "elasticity": 1.0, "basis": "gdp", "theta": None}
    slow = twin(*published("census"), years, drivers, **options)
    assert slow["gdp_current", 2035] == pytest.approx(1436.349308, abs=5e-7)
    assert slow["gdp_per_capita_ratio_to_province", 2035] == pytest.approx(0.927251, abs=5e-7)
