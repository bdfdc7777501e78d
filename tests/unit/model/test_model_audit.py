"""Accounting identities: they hold in every shipped scenario, and the audit finds each that is broken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import haidong_sim as hs
from haidong_sim.indicators.wiring import evaluate_formulas, order_formulas
from haidong_sim.model.audit import audit_year
from haidong_sim.run.block import Variates, project_block
from haidong_sim.run.program import compile_scenario


@pytest.mark.parametrize("name", hs.bundled_scenarios())
def test_shipped_scenarios_hold_every_identity(name):
    assert hs.audit(name, draws=2048, rng=1) == []
    assert hs.audit(name, draws=0) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"conventions.real_basis": "fixed_base"},
        {"conventions.price_base_interval": 1},
        {"conventions.mean_preserving": True},
        {"conventions.income_basis": "gdp_per_capita"},
        {"baseline": "plan"},
        {"horizon": 2050},
        {"assumptions.baumol_coefficient.value": 0.6},
        {"assumptions.income_elasticity.value": 1.15},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_conventions_hold_every_identity(changes):
    assert hs.audit(hs.load_scenario("plan").derive("changed", changes), draws=256) == []


def test_a_result_is_audited_in_its_own_place_and_randomness():
    result = hs.simulate("reference", draws=64, rng=3)
    assert hs.audit(result) == []


@pytest.fixture(scope="module")
def pair():
    """Two neighbouring years, 2026 starting a price base, with every indicator as the run reports it."""
    program = compile_scenario(
        hs.load_scenario("plan"), hs.load_registry("haidong"), draws=8, precision="double"
    )
    years = dict(project_block(program, Variates(program, entropy=1, block=0, draws=8)))
    return program.parameters, years[2025], years[2026]


def test_sound_years_have_no_findings(pair):
    parameters, previous, current = pair
    assert audit_year(previous, current, parameters, year=2026) == []


@pytest.mark.parametrize(
    ("broken", "identity"),
    [
        ("value_added_primary_current", "sectors = GDP"),
        ("tertiary_share", "shares of the sectors = 1"),
        ("province_gdp_current", "city and rest = province"),
        ("gdp_growth", "1 + growth = weighted sector growth"),
        ("volume_secondary", "volumes of the sectors = volume"),
        ("gdp_volume_index", "volume index chains"),
        ("value_added_secondary_constant", "secondary value added at base-year prices chains"),
        ("province_gdp_growth", "province grows as city and rest together"),
        ("gdp_deflator", "base GDP × volume × deflator = GDP"),
        ("gdp_share_of_province", "odds of the share move with city over rest"),
        ("average_population", "average_population = mean of two year ends"),
        ("average_province_population", "average_province_population = mean of two year ends"),
        ("employment", "employment = mean of two year ends"),
        ("gdp_per_capita_ratio_to_province", "ratio per head = share of GDP over share of people"),
        ("urban_population", "urban and rural = residents"),
        ("labour_productivity", "productivity × employment = GDP"),
        ("gdp_constant_per_capita", "GDP per head × people = GDP"),
        ("disposable_income_rural_current", "weighted incomes = income"),
        ("urban_rural_income_ratio", "urban income = ratio × rural income"),
        ("household_income_share_of_gdp", "share of GDP × GDP per head = income"),
        ("energy_non_electric", "fuel and electricity = energy"),
        ("co2_intensity", "CO2 intensity × GDP = CO2"),
    ],
)
def test_each_broken_identity_is_found(pair, broken, identity):
    parameters, previous, current = pair
    wrong = np.array(current[broken])
    wrong[3] *= 1.0 + 1e-8
    findings = audit_year(previous, current | {broken: wrong}, parameters, year=2026)
    found = {finding.identity: finding for finding in findings}
    assert identity in found
    assert found[identity].year == 2026
    assert found[identity].draws == 1
    assert 1e-10 < found[identity].worst < 1e-7


def test_bounds_and_values_that_are_no_numbers_are_found(pair):
    parameters, previous, current = pair
    core = np.array(current["urban_core_population"])
    core[:2] = current["urban_population"][:2] * 1.5
    weight = np.array(current["survey_urban_weight"])
    weight[5] = np.nan
    wrong = current | {"urban_core_population": core, "survey_urban_weight": weight}
    found = {f.identity: f.draws for f in audit_year(previous, wrong, parameters, year=2026)}
    assert found["0 ≤ urban core ≤ urban"] == 2
    assert found["0 < survey_urban_weight < 1"] == 1
    assert found["weighted incomes = income"] == 1


def test_a_forgotten_switch_of_the_price_base_is_found(pair):
    parameters, previous, current = pair
    found = {
        f.identity
        for f in audit_year(previous, current, replace(parameters, price_base_interval=None), year=2026)
    }
    assert "1 + growth = weighted sector growth" in found


def test_indicators_are_computed_where_a_year_lacks_them(pair):
    parameters, previous, current = pair
    bare = {name: value for name, value in current.items() if not name.endswith("_share") or "fossil" in name}
    assert audit_year(previous, bare, parameters, year=2026) == []
    held = dict(bare)
    evaluate_formulas(order_formulas(["tertiary_share"], held), held)
    np.testing.assert_array_equal(held["tertiary_share"], current["tertiary_share"])
