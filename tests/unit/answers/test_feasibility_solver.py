"""The solver's statuses reach the user as errors."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import scipy.optimize

from haidong_sim.errors import HaidongSimError
from haidong_sim.optimization import InfeasibleError, SolverError, UnboundedError, solve_linear


def solve(cost, rows, sides):
    free = np.full((len(cost), 2), [-np.inf, np.inf])
    return solve_linear(
        cost=np.array(cost, dtype=float),
        upper=(np.array(rows, dtype=float), np.array(sides, dtype=float)),
        equal=None,
        bounds=free,
        subject="test",
    )


def test_an_optimum_carries_its_marginals():
    found = solve([-1.0], [[1.0]], [3.0])
    assert found.value == pytest.approx(-3.0)
    assert found.upper_marginals == pytest.approx([-1.0])


def test_infeasible_and_unbounded_are_told_apart():
    with pytest.raises(InfeasibleError, match="test: the constraints contradict"):
        solve([1.0], [[1.0], [-1.0]], [1.0, -2.0])
    with pytest.raises(UnboundedError, match="test: nothing limits the objective"):
        solve([1.0], [[1.0]], [1.0])


@pytest.mark.parametrize("status", [1, 4])
def test_any_other_status_is_a_failure_never_a_result(monkeypatch, status):
    stopped = SimpleNamespace(status=status, message="time out", x=None, fun=None)
    monkeypatch.setattr(scipy.optimize, "linprog", lambda *_, **__: stopped)
    with pytest.raises(SolverError, match=f"status {status} \\(time out\\)") as caught:
        solve([1.0], [[1.0]], [1.0])
    assert isinstance(caught.value, HaidongSimError)
