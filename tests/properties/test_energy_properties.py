"""Identities of the energy block that hold for any economy, convention and description of a place."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haidong_sim.model.energy import (
    advance_energy,
    all_conventions,
    check_energy,
    compile_energy,
    initial_energy,
    results_by_convention,
)
from haidong_sim.model.energy.supply import plan_capacity, roll_capacity
from haidong_sim.scenario.energy import USERS, EnergySpec, Supply

TABLE = tomllib.loads(
    (Path(__file__).parents[1] / "unit" / "model" / "haidong_energy.toml").read_text(encoding="utf-8")
)["energy"]
UNIT = st.floats(0.05, 1.0)
DRAWS = 6


def number(value, points=None):
    out = {"value": value, "low": value, "high": value, "provenance": "assumption"}
    return out | ({"points": points} if points else {})


@st.composite
def places(draw):
    """A place with made-up users, supply and options; shares of users sum to one."""
    weights = [draw(UNIT) for _ in USERS]
    shares = [weight / sum(weights) for weight in weights]
    total = draw(st.floats(50, 5000))
    users = {
        user: {
            "share": number(share),
            "electricity_share": number(draw(st.floats(0, 0.9)), {2035: draw(st.floats(0, 0.9))}),
            "intensity_decline": number(draw(st.floats(-0.03, 0.06))),
        }
        for user, share in zip(USERS, shares, strict=True)
    }
    table = TABLE | {
        "convention": draw(st.sampled_from(all_conventions())).model_dump(),
        "demand": {
            "total": number(total),
            "accounting": draw(st.sampled_from(["calorific", "coal_equivalent"])),
            "users": users,
        },
    }
    if draw(st.booleans()):
        table["feedstock"] = number(0.001 * total)
    # At most half of the industry's energy may be aluminium, under either accounting.
    most = 0.5 * shares[1] * total / 30.5 / 0.132
    table["aluminium"] = TABLE["aluminium"] | {"output": number(most * draw(UNIT))}
    base = {
        f"value_added_{sector}_constant": draw(st.floats(5, 2000))
        for sector in ("primary", "secondary", "tertiary")
    }
    base["gdp_constant"] = sum(base.values())
    base["resident_population"] = draw(st.floats(10, 2000))
    base["urban_population"] = base["resident_population"] * draw(st.floats(0.1, 0.9))
    return EnergySpec.model_validate(table), base


@settings(max_examples=60, deadline=None)
@given(place=places(), seed=st.integers(0, 2**32 - 1))
def test_energy_balances_in_every_draw_and_year(place, seed):
    spec, base = place
    parameters = compile_energy(spec, base=base, base_year=2020, last_year=2030, by_user=True)
    rng = np.random.default_rng(seed)
    previous = {**base, **initial_energy(base, parameters)}
    assert previous["energy_consumption"] > 0
    for year in range(2021, 2031):
        growth = rng.uniform(0.95, 1.12, size=DRAWS)
        current = {name: previous[name] * growth for name in base}
        current["gdp_constant"] = sum(
            value for name, value in current.items() if name.startswith("value_added")
        )
        drivers = {
            "energy_intensity": rng.uniform(0.97, 1.03, size=DRAWS),
            "hydrology": rng.standard_normal(DRAWS),
            "project_electricity": rng.uniform(0, 0.5, size=DRAWS),
            "project_metered_tertiary": rng.uniform(0, 0.2, size=DRAWS)
            * current["value_added_tertiary_constant"],
        }
        current |= advance_energy(previous, current, drivers, parameters, year=year)
        identities = {item.identity for item in check_energy(current, parameters, year=year)}
        # Only an exporter's share may leave (0, 1), and only when it counts what it makes or holds nothing.
        assert identities <= {"0 < non-fossil share < 1"}
        lines = [
            name
            for name in current
            if name.startswith("energy_")
            and name.removeprefix("energy_") in (*USERS, "aluminium", "projects")
        ]
        assert len(lines) == 7
        np.testing.assert_allclose(
            sum(current[name] for name in lines), current["energy_consumption"], rtol=1e-10
        )
        for name in lines:
            assert np.all(current[name] >= 0)
        previous = current


@settings(max_examples=40, deadline=None)
@given(place=places(), growth=st.floats(0.8, 2.0))
def test_consumption_share_lies_inside_one_under_either_accounting(place, growth):
    spec, base = place
    parameters = compile_energy(spec, base=base, base_year=2020, last_year=2025)
    current = {name: np.full(2, value * growth) for name, value in base.items()}
    current |= advance_energy({}, current, {}, parameters, year=2025)
    results = results_by_convention(current, parameters=parameters, year=2025)
    for convention, result in results.items():
        if convention.attribution == "consumption":
            assert np.all((result["non_fossil_share"] > 0) & (result["non_fossil_share"] < 1))
        gross = next(
            other["energy_intensity"]
            for key, other in results.items()
            if key.control == "gross" and key.accounting == convention.accounting
        )
        assert np.all(result["energy_intensity"] <= gross * (1 + 1e-12))
        assert np.all(result["co2_emissions"] >= 0)


@given(
    initial=st.floats(0, 100),
    steps=st.lists(st.tuples(st.floats(0, 10), st.floats(0, 1)), max_size=30),
)
def test_capacity_rolls_forward(initial, steps):
    levels = [initial]
    additions, retirements = [], []
    for added, part in steps:
        additions.append(added)
        retirements.append(part * levels[-1])
        levels.append(levels[-1] + added - retirements[-1])
    rolled = roll_capacity(initial, additions, retirements)
    assert min(rolled) >= 0
    for year, (added, retired) in enumerate(zip(additions, retirements, strict=True), start=1):
        assert rolled[year] == pytest.approx(rolled[year - 1] + added - retired, abs=1e-9)


@given(value=st.floats(3.98, 30), reading=st.sampled_from(["stock", "additions"]), part=st.floats(0, 1))
def test_a_milestone_is_met_in_its_year(value, reading, part):
    milestone = {
        "year": 2025,
        "value": value,
        "reading": reading,
        "mix": {"pv": part, "hydro": 1 - part},
        "provenance": "assumption",
    }
    plan = plan_capacity(
        Supply.model_validate(TABLE["supply"] | {"milestones": [milestone]}), base_year=2020, last_year=2028
    )
    total = [sum(levels[year] for levels in plan.values()) for year in range(9)]
    assert total[0] == pytest.approx(3.97566)
    assert total[5] == pytest.approx(value if reading == "stock" else 3.97566 + value)
    assert total[8] == total[5]
    assert all(later >= earlier - 1e-12 for earlier, later in pairwise(total))
