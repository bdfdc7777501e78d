"""Cheapest relaxation, prices and best attainable level."""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.answers.conflicts.linear_plan import LinearPlan, from_scale, to_scale
from haidong_sim.answers.conflicts.relaxation import best_attainable, cheapest_relaxation
from haidong_sim.errors import FeasibilityError
from haidong_sim.optimization import InfeasibleError, UnboundedError


def test_only_the_demand_gives_way(factory_plan):
    # 60 + 2 x 50 = 160 is 60 short; each unit of A saves one, each unit of B two.
    found = cheapest_relaxation(factory_plan)
    assert found.cost == pytest.approx(60.0, abs=1e-7)
    assert dict(found.slacks) == pytest.approx({"demand": 60.0})
    assert dict(found.prices) == pytest.approx({"a_cap": 1.0, "b_cap": 2.0, "demand": 1.0})


def test_with_equal_weights_the_cheaper_capacity_gives_way(factory_plan):
    found = cheapest_relaxation(factory_plan, elastic=["a_cap", "b_cap", "demand"])
    assert found.cost == pytest.approx(30.0, abs=1e-7)
    assert dict(found.slacks) == pytest.approx({"b_cap": 30.0})
    assert found.paths["b"] == pytest.approx([80.0])


def test_weights_turn_the_choice(factory_plan):
    found = cheapest_relaxation(factory_plan, elastic=["b_cap", "demand"], weights={"b_cap": 3.0})
    assert dict(found.slacks) == pytest.approx({"demand": 60.0})


def test_prices_are_the_slope_of_the_cost(factory_plan):
    base = cheapest_relaxation(factory_plan)
    for name, price in base.prices.items():
        tighter = cheapest_relaxation(factory_plan.relaxed({name: -0.5}))
        assert (tighter.cost - base.cost) / 0.5 == pytest.approx(price, abs=1e-6), name


def test_no_slack_and_no_price_when_everything_holds(factory_plan):
    found = cheapest_relaxation(factory_plan.keeping(["a_cap", "demand"]))
    assert found.cost == pytest.approx(0.0, abs=1e-9)
    assert dict(found.slacks) == {}
    assert max(abs(price) for price in found.prices.values()) == pytest.approx(0.0, abs=1e-9)


def test_what_may_not_give_way_is_named_when_it_contradicts_itself(factory_plan, make_group):
    plan = LinearPlan(
        variables=factory_plan.variables,
        years=factory_plan.years,
        groups=(*factory_plan.groups, make_group("a_floor", [1, 0], lower=70)),
    )
    with pytest.raises(InfeasibleError, match="what may not give way cannot hold together: a_cap, a_floor"):
        cheapest_relaxation(plan)


def test_bad_requests_are_refused_together(factory_plan):
    with pytest.raises(FeasibilityError) as caught:
        cheapest_relaxation(
            factory_plan, elastic=["no_negative_output", "demnd"], weights={"demand": -1.0, "a_cap": np.nan}
        )
    text = str(caught.value)
    assert "4 problems" in text
    assert "no_negative_output: an identity holds always" in text
    assert "Did you mean 'demand'" in text
    assert "weight -1.0 must be positive" in text
    with pytest.raises(FeasibilityError, match="no target may give way"):
        cheapest_relaxation(factory_plan.keeping(["a_cap"]))


def test_best_attainable_is_the_level_at_the_caps(make_group):
    # Start 1, growth at most 3% a year in logs over two years; the threshold 2 is far off.
    plan = LinearPlan(
        variables=("g",),
        years=np.array([2021, 2022]),
        groups=(
            make_group("double", [1, 1], lower=np.log(2), kind="target", threshold=2.0, scale="log"),
            make_group("cap", np.eye(2), lower=[-np.inf] * 2, upper=[0.03, 0.03]),
        ),
    )
    assert best_attainable(plan, "double") == pytest.approx(np.exp(0.06))


def test_best_attainable_of_an_at_most_target_goes_down(make_group):
    plan = LinearPlan(
        variables=("d",),
        years=np.array([2021]),
        groups=(
            make_group(
                "less", [-1], upper=np.log(0.8), kind="target", threshold=0.8, scale="log", direction=-1
            ),
            make_group("cap", [1], upper=0.1),
        ),
    )
    assert best_attainable(plan, "less") == pytest.approx(np.exp(-0.1))
    relaxed = cheapest_relaxation(plan)
    assert relaxed.levels["less"] == pytest.approx(np.exp(-0.1))


def test_nothing_limits_an_unbounded_target(make_group):
    group = make_group("more", [1], lower=1, kind="target", threshold=1.0)
    plan = LinearPlan(variables=("x",), years=np.array([2021]), groups=(group,))
    with pytest.raises(UnboundedError, match="no bound limits it; it rests on x"):
        best_attainable(plan, "more")


def test_kept_targets_count(make_group):
    plan = LinearPlan(
        variables=("x", "y"),
        years=np.array([2021]),
        groups=(
            make_group("x_more", [1, 0], lower=5, kind="target", threshold=5.0),
            make_group("y_more", [0, 1], lower=3, kind="target", threshold=3.0),
            make_group("budget", [1, 1], upper=7),
            make_group("y_floor", [0, 1], lower=0),
        ),
    )
    assert best_attainable(plan, "x_more") == pytest.approx(7.0)
    assert best_attainable(plan, "x_more", keep=["y_more"]) == pytest.approx(4.0)
    with pytest.raises(FeasibilityError, match="'budget' has no threshold"):
        best_attainable(plan, "budget")


@pytest.mark.parametrize("scale", ["log", "logit", "growth", "identity"])
def test_scales_invert(scale):
    assert from_scale(to_scale(0.3, scale), scale) == pytest.approx(0.3, rel=1e-14)
