"""Clean capacity from year to year, and wet and dry years."""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.errors import ModelError, ScenarioError
from haidong_sim.model.energy.supply import (
    advance_hydrology,
    hydrology_deviation,
    hydrology_factor,
    plan_capacity,
    roll_capacity,
)
from haidong_sim.scenario.energy import EnergySpec


def test_two_readings_of_the_capacity_target(table):
    supply = EnergySpec.model_validate(table).supply
    stock = plan_capacity(supply, base_year=2020, last_year=2030)
    assert sum(levels[5] for levels in stock.values()) == pytest.approx(5.33)
    assert sum(levels[10] for levels in stock.values()) == pytest.approx(5.33)
    np.testing.assert_allclose(np.diff(stock["pv"])[:5], (5.33 - 3.97566) / 5)
    table["supply"]["milestones"][0]["reading"] = "additions"
    other = plan_capacity(EnergySpec.model_validate(table).supply, base_year=2020, last_year=2030)
    assert sum(levels[5] for levels in other.values()) == pytest.approx(3.97566 + 5.33)


def test_a_stock_milestone_replaces_what_retires(table):
    technology = table["supply"]["technologies"]["pv"]
    technology["retirements"] = {"2023": 0.2}
    technology["additions"] = {"2022": 0.3}
    second = {"year": 2030, "value": 7.0, "mix": {"pv": 0.5, "hydro": 0.5}}
    table["supply"]["milestones"].append(table["supply"]["milestones"][0] | second)
    plan = plan_capacity(EnergySpec.model_validate(table).supply, base_year=2020, last_year=2032)
    assert sum(levels[5] for levels in plan.values()) == pytest.approx(5.33)
    assert sum(levels[10] for levels in plan.values()) == pytest.approx(7.0)
    assert plan["hydro"][10] - plan["hydro"][5] == pytest.approx((7.0 - 5.33) / 2)


def test_impossible_capacity_is_refused(table):
    table["supply"]["milestones"][0]["value"] = 3.0
    table["supply"]["milestones"].append(table["supply"]["milestones"][0] | {"year": 2019, "value": 2.0})
    with pytest.raises(ScenarioError, match=r"a stock of 3 GW is less than the 3.97566 GW there") as caught:
        plan_capacity(EnergySpec.model_validate(table).supply, base_year=2020, last_year=2030)
    assert "milestone 2019: must lie after 2020" in str(caught.value)
    with pytest.raises(ModelError, match=r"capacity goes negative: -0\.5 GW in year 2"):
        roll_capacity(1.0, [0.0, 0.5], [0.0, 2.0])


@pytest.mark.parametrize("variation", [0.05, 0.12, 0.3])
def test_wet_years_have_mean_one_and_the_stated_variation(variation):
    deviation = hydrology_deviation(variation)
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    weights = weights / weights.sum()
    factor = hydrology_factor(nodes * deviation, deviation=deviation)
    mean = weights @ factor
    assert mean == pytest.approx(1.0, rel=1e-12)
    assert np.sqrt(weights @ (factor - mean) ** 2) == pytest.approx(variation, rel=1e-12)
    assert factor.min() > 0


def test_wet_years_persist():
    rng = np.random.default_rng(11)
    draws, persistence, deviation = 200_000, 0.6, 0.06
    state = advance_hydrology(None, rng.standard_normal(draws), deviation=deviation, persistence=persistence)
    following = advance_hydrology(
        state, rng.standard_normal(draws), deviation=deviation, persistence=persistence
    )
    error = 4 / np.sqrt(draws)
    assert np.corrcoef(state, following)[0, 1] == pytest.approx(persistence, abs=error)
    assert following.std() / deviation == pytest.approx(1.0, abs=error)
