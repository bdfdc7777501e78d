"""Least-effort paths against closed forms and an independent optimiser."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, minimize

from haidong_sim.answers.conflicts.linear_plan import LinearPlan
from haidong_sim.answers.conflicts.relaxation import Lever, minimum_effort
from haidong_sim.errors import FeasibilityError
from haidong_sim.optimization import (
    InfeasibleError,
    QuadraticProgram,
    SolverError,
    UnboundedError,
    lawson_hanson,
)

YEARS = np.arange(2021, 2031)


@pytest.fixture
def one_sum(make_group):
    def build(total, **more):
        group = make_group("sum", np.ones(10), lower=total, kind="target", **more)
        return LinearPlan(variables=("u",), years=YEARS, groups=(group,))

    return build


def test_one_sum_is_spread_evenly(one_sum):
    found = minimum_effort(one_sum(0.2, threshold=np.exp(0.2), scale="log"), levers={"u": Lever()})
    assert found.paths["u"] == pytest.approx(np.full(10, 0.02))
    assert found.effort == pytest.approx(10 * 0.02**2)
    assert found.levels["sum"] == pytest.approx(np.exp(0.2))
    # d/dc of c^2 / n
    assert found.prices["sum"] == pytest.approx(2 * 0.2 / 10)


def test_a_slack_demand_costs_nothing(one_sum):
    found = minimum_effort(one_sum(0.2), levers={"u": Lever(baseline=0.03)})
    assert found.paths["u"] == pytest.approx(np.full(10, 0.03))
    assert found.effort == pytest.approx(0.0, abs=1e-15)
    assert found.prices["sum"] == 0.0


def test_an_exact_target_can_have_a_negative_price(one_sum):
    found = minimum_effort(one_sum(0.2), levers={"u": Lever(baseline=0.03)}, exactly=["sum"])
    assert found.paths["u"] == pytest.approx(np.full(10, 0.02))
    # effort = (0.3 - c)^2 / 10, so its slope at c = 0.2 is -2 x 0.1 / 10
    assert found.prices["sum"] == pytest.approx(-0.02)


def test_weights_share_the_effort_in_inverse_proportion(make_group):
    group = make_group("both", [1, 1], lower=0.3, kind="target")
    plan = LinearPlan(variables=("u", "v"), years=np.array([2021]), groups=(group,))
    found = minimum_effort(plan, levers={"u": Lever(weight=1.0), "v": Lever(weight=2.0)})
    assert found.paths["u"] == pytest.approx([0.2])
    assert found.paths["v"] == pytest.approx([0.1])


def test_smoothness_solves_the_first_order_conditions(one_sum):
    baseline = 0.01 * np.sin(np.arange(10.0))
    lam = 4.0
    found = minimum_effort(one_sum(0.5), levers={"u": Lever(baseline=baseline)}, smoothness=lam)
    # Karush-Kuhn-Tucker system written out: (2 + 2 lam D'D) u - price = 2 baseline, sum u = 0.5.
    change = np.diff(np.eye(10), axis=0)
    system = np.zeros((11, 11))
    system[:10, :10] = 2 * np.eye(10) + 2 * lam * change.T @ change
    system[:10, 10] = -1.0
    system[10, :10] = 1.0
    solution = np.linalg.solve(system, np.append(2 * baseline, 0.5))
    assert found.paths["u"] == pytest.approx(solution[:10], abs=1e-12)
    assert found.prices["sum"] == pytest.approx(solution[10], abs=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_random_programs_agree_with_an_independent_optimiser(seed):
    rng = np.random.default_rng(seed)
    size, rows = 6, 9
    root = rng.normal(size=(size, size))
    hessian = root @ root.T + np.eye(size)
    linear, inside = rng.normal(size=(2, size))
    lower, equal = rng.normal(size=(rows, size)), rng.normal(size=(2, size))
    side, equal_side = lower @ inside - rng.uniform(0, 1, rows), equal @ inside
    program = QuadraticProgram(
        hessian=hessian,
        linear=linear,
        equal=equal,
        equal_side=equal_side,
        lower=lower,
        lower_side=side,
        names=tuple("abcdef"),
    )
    found = lawson_hanson(program)
    other = minimize(
        lambda x: 0.5 * x @ hessian @ x - linear @ x,
        inside,
        jac=lambda x: hessian @ x - linear,
        method="SLSQP",
        constraints=[LinearConstraint(lower, side, np.inf), LinearConstraint(equal, equal_side, equal_side)],
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert found.x == pytest.approx(other.x, abs=1e-5)
    assert (lower @ found.x >= side - 1e-9).all()
    assert (found.lower_prices >= 0.0).all()
    force = hessian @ found.x - linear - lower.T @ found.lower_prices - equal.T @ found.equal_prices
    assert np.abs(force).max() < 1e-8
    assert found.lower_prices @ (lower @ found.x - side) == pytest.approx(0.0, abs=1e-8)


def test_prices_are_the_slope_of_the_effort(make_group):
    def effort(total, cap):
        plan = LinearPlan(
            variables=("u",),
            years=YEARS,
            groups=(
                make_group("sum", np.ones(10), lower=total, kind="target"),
                make_group("cap", np.eye(10)[:4], lower=[-np.inf] * 4, upper=[cap] * 4),
            ),
        )
        return minimum_effort(plan, levers={"u": Lever()})

    base = effort(0.2, 0.015)
    step = 1e-6
    assert (effort(0.2 + step, 0.015).effort - base.effort) / step == pytest.approx(
        base.prices["sum"], rel=1e-3
    )
    assert (effort(0.2, 0.015 - step).effort - base.effort) / step == pytest.approx(
        base.prices["cap"], rel=1e-3
    )


def test_contradictions_are_named(factory_plan):
    with pytest.raises(
        InfeasibleError, match="minimum effort: these cannot hold together: a_cap, b_cap, demand"
    ):
        minimum_effort(factory_plan, levers={"a": Lever(), "b": Lever()})


def test_exact_targets_that_cannot_both_be_hit(make_group):
    plan = LinearPlan(
        variables=("u",),
        years=np.array([2021]),
        groups=(
            make_group("one", [1], lower=1, kind="target"),
            make_group("two", [1], lower=2, kind="target"),
        ),
    )
    with pytest.raises(InfeasibleError, match="the exact targets cannot all be hit"):
        minimum_effort(plan, levers={"u": Lever()}, exactly=["one", "two"])
    assert minimum_effort(plan, levers={"u": Lever()}).paths["u"] == pytest.approx([2.0])


def test_an_undetermined_variable_is_named(factory_plan):
    with pytest.raises(UnboundedError, match="neither effort nor an identity determines b"):
        minimum_effort(factory_plan, levers={"a": Lever()})


def test_bad_requests_are_refused_together(factory_plan):
    plan = LinearPlan(
        variables=("a", "b", "idle"), years=np.array([2021]), groups=(_wide(factory_plan.groups[0]),)
    )
    with pytest.raises(FeasibilityError) as caught:
        minimum_effort(
            plan,
            levers={"idle": Lever(), "a": Lever(weight=0.0, baseline=np.zeros(3)), "c": Lever()},
            smoothness=-1.0,
            exactly=["a_cap"],
        )
    text = str(caught.value)
    assert "6 problems" in text
    assert "lever 'idle': no target, bound or identity depends on it" in text
    assert "unknown plan variable 'c'" in text
    with pytest.raises(FeasibilityError, match="the list is empty"):
        minimum_effort(plan, levers={})


def _wide(group):
    from dataclasses import replace

    return replace(group, matrix=np.hstack([group.matrix, [[0.0]]]))


def test_a_solver_that_stops_early_is_reported(one_sum, monkeypatch):
    import scipy.optimize

    def stop(*args, **kwargs):
        raise RuntimeError("Maximum number of iterations reached.")

    monkeypatch.setattr(scipy.optimize, "nnls", stop)
    with pytest.raises(SolverError, match="Maximum number of iterations"):
        minimum_effort(one_sum(0.2), levers={"u": Lever()})
