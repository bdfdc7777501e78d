"""Time the search for all minimal conflicts of a plan with 100 targets and 30 bounds.

Targets that hold together, with 0 to 20 three-way conflicts (a target and two caps) planted in them. The
conflicts share caps, so the ways of breaking all of them multiply; that, not the plan, sets the time.

Run: python benchmarks/bench_conflicts.py
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time

import numpy as np
import scipy

from haidong_sim.feasibility.conflicts import find_conflicts
from haidong_sim.feasibility.linear_plan import Group, LinearPlan
from haidong_sim.feasibility.min_effort import Lever, minimum_effort
from haidong_sim.feasibility.relaxation import cheapest_relaxation

N_TARGETS, N_BOUNDS, N_VARIABLES, N_YEARS = 100, 30, 15, 15
REPEATS = 5


def planted_plan(n_conflicts: int, *, seed: int = 0) -> LinearPlan:
    """Build targets on sums of two variables; `n_conflicts` of them exceed what the two caps allow."""
    rng = np.random.default_rng(seed)
    years = np.arange(2021, 2021 + N_YEARS)
    size = N_VARIABLES * N_YEARS
    groups = []
    for number in range(N_BOUNDS):
        variable, is_cap = number // 2, number % 2 == 0
        matrix = np.zeros((N_YEARS, size))
        matrix[np.arange(N_YEARS), variable * N_YEARS + np.arange(N_YEARS)] = 1.0
        free = np.full(N_YEARS, np.inf)
        limit = np.full(N_YEARS, 0.05 if is_cap else -0.05)
        groups.append(
            Group(
                name=f"bound {number}",
                kind="bound",
                matrix=matrix,
                lower=-free if is_cap else limit,
                upper=limit if is_cap else free,
            )
        )
    for number in range(N_TARGETS):
        first, second = rng.choice(N_VARIABLES, 2, replace=False)
        horizon = int(rng.integers(5, N_YEARS + 1))
        row = np.zeros((1, size))
        row[0, first * N_YEARS : first * N_YEARS + horizon] = 1.0
        row[0, second * N_YEARS : second * N_YEARS + horizon] = 1.0
        reach = 0.05 * 2 * horizon
        asked = reach * (1.1 if number < n_conflicts else 0.5 * rng.random())
        groups.append(
            Group(
                name=f"target {number}",
                kind="target",
                matrix=row,
                lower=np.array([asked]),
                upper=np.array([np.inf]),
            )
        )
    return LinearPlan(variables=tuple(f"x{k}" for k in range(N_VARIABLES)), years=years, groups=tuple(groups))


def timed(label: str, work, describe, repeats: int = REPEATS) -> None:
    seconds, result = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    print(f"{label:<46} median {statistics.median(seconds):7.3f} s   {describe(result)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few conflicts, once, to see that it runs")
    is_quick = parser.parse_args().quick
    repeats = 1 if is_quick else REPEATS
    print(f"{platform.machine()}, Python {platform.python_version()}, scipy {scipy.__version__}")
    print(f"{N_TARGETS} targets, {N_BOUNDS} bounds, {N_VARIABLES * N_YEARS} columns")
    for n_conflicts in (0, 3) if is_quick else (0, 1, 3, 5, 10, 20):
        plan = planted_plan(n_conflicts)
        timed(
            f"all conflicts, {n_conflicts} planted",
            lambda plan=plan: find_conflicts(plan),
            lambda found: f"{len(found.sets)} sets, {found.n_programs} programs, complete {found.complete}",
            repeats,
        )
    plan = planted_plan(5)
    timed(
        "cheapest relaxation, 5 planted",
        lambda: cheapest_relaxation(plan),
        lambda found: f"cost {found.cost:.3f}",
        repeats,
    )
    feasible = planted_plan(0)
    levers = {name: Lever() for name in feasible.variables}
    timed(
        "least effort, feasible plan",
        lambda: minimum_effort(feasible, levers=levers),
        lambda r: f"{r.effort:.4f}",
        repeats,
    )


if __name__ == "__main__":
    main()
