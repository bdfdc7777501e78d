"""Plans that several tests of this layer build on."""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.answers.conflicts.linear_plan import Group, LinearPlan

NO_LIMIT = np.inf


def row_group(name, row, *, lower=-NO_LIMIT, upper=NO_LIMIT, kind="bound", **more):
    return Group(
        name=name,
        kind=kind,
        matrix=np.atleast_2d(np.asarray(row, dtype=float)),
        lower=np.atleast_1d(np.asarray(lower, dtype=float)),
        upper=np.atleast_1d(np.asarray(upper, dtype=float)),
        **more,
    )


@pytest.fixture
def make_group():
    return row_group


@pytest.fixture
def factory_plan():
    """Two products: A <= 60, B <= 50, and A + 2B >= 220 cannot hold together (SAS/OR documentation)."""
    return LinearPlan(
        variables=("a", "b"),
        years=np.array([2021]),
        groups=(
            row_group("a_cap", [1, 0], upper=60),
            row_group("b_cap", [0, 1], upper=50),
            row_group("demand", [1, 2], lower=220, kind="target"),
            row_group("no_negative_output", np.eye(2), lower=[0, 0], upper=[NO_LIMIT] * 2, kind="identity"),
        ),
    )
