"""Time the questions of feasibility against the run that they stand on, and against their limits.

Verdict on all targets: under 50 ms beyond the run. Back-cast of three targets with four levers at 2^14 common
draws: under 10 x one run of 2^14 draws. Frontier of 20 points: under 30 x. All minimal conflicts of a plan of
100 targets and 30 bounds: under 2 s, with 0 to 20 three-way conflicts (a target and two caps) planted. These
share caps, so the ways of breaking all of them multiply, and that, not the plan, sets the time.

Run: python benchmarks/bench_feasibility.py
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time

import numpy as np
import scipy

import haidong_sim as hs
from haidong_sim.answers.conflicts import (
    Group,
    Lever,
    LinearPlan,
    cheapest_relaxation,
    find_conflicts,
    minimum_effort,
)

N_TARGETS, N_BOUNDS, N_VARIABLES, N_YEARS = 100, 30, 15, 15
TARGETS = {"a30_gdp_share_qinghai": 0.5, "t35_gdp_doubling": 0.6, "t35_gdp_pc_near_qinghai": 0.5}
LEVERS = ["secondary.growth", "tertiary.growth", "deflator", "population"]


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


def timed(label: str, work, describe, *, repeats: int, limit: float | None = None) -> float:
    seconds, result = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds)
    held = "" if limit is None else f"   limit {limit:.3f} s: {'held' if median < limit else 'MISSED'}"
    print(f"{label:<46} median {median:7.3f} s   {describe(result)}{held}")
    return median


def judge(result: hs.Result):
    # A result remembers its chances; forgetting them keeps the timing honest.
    for name in ("chances", "verdicts"):
        result.__dict__.pop(name, None)
    found = hs.verdict(result)
    found.frame()
    found.joint, found.by_class(), found.lift(), found.conditional(), found.first_to_fail()
    return found


def time_questions(draws: int, repeats: int) -> None:
    plan = hs.load_scenario("plan")
    run = timed(
        f"one run, {draws} draws",
        lambda: hs.simulate(plan, draws=draws, rng=1, progress=False),
        lambda result: f"{result.draws} draws",
        repeats=repeats,
    )
    large = hs.simulate(plan, draws=100_000, rng=1, progress=False)
    timed(
        "verdict on all targets, 100 000 draws",
        lambda: judge(large),
        lambda v: f"{len(v.names)} targets",
        repeats=repeats,
        limit=0.05,
    )
    timed(
        "back-cast, 3 targets, 4 levers",
        lambda: hs.backcast(plan, TARGETS, levers=LEVERS, draws=draws, rng=1),
        lambda found: f"{found.rounds} rounds",
        repeats=repeats,
        limit=10 * run,
    )
    timed(
        "frontier, 20 points",
        lambda: hs.trace_frontier(
            plan,
            "a30_gdp_share_qinghai",
            levers=LEVERS[:2],
            probabilities=np.linspace(0.05, 0.85, 20),
            draws=draws,
            rng=1,
        ),
        lambda table: f"{len(table)} points",
        repeats=repeats,
        limit=30 * run,
    )
    timed("conflicts of the plan, both head counts", lambda: hs.conflicts(plan), repr, repeats=repeats)


def time_conflicts(repeats: int, most: int) -> None:
    print(f"{N_TARGETS} targets, {N_BOUNDS} bounds, {N_VARIABLES * N_YEARS} columns")
    for n_conflicts in (n for n in (0, 1, 3, 5, 10, 20) if n <= most):
        plan = planted_plan(n_conflicts)
        timed(
            f"all conflicts, {n_conflicts} planted",
            lambda plan=plan: find_conflicts(plan),
            repeats=repeats,
            describe=lambda found: (
                f"{len(found.sets)} sets, {found.n_programs} programs, complete {found.complete}"
            ),
            limit=2.0,
        )
    plan = planted_plan(5)
    timed(
        "cheapest relaxation, 5 planted",
        lambda: cheapest_relaxation(plan),
        lambda found: f"cost {found.cost:.3f}",
        repeats=repeats,
    )
    feasible = planted_plan(0)
    levers = {name: Lever() for name in feasible.variables}
    timed(
        "least effort, feasible plan",
        lambda: minimum_effort(feasible, levers=levers),
        lambda r: f"{r.effort:.4f}",
        repeats=repeats,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few draws and repetitions, to see that it runs")
    is_quick = parser.parse_args().quick
    print(f"{platform.machine()}, Python {platform.python_version()}, scipy {scipy.__version__}")
    time_questions(2**11 if is_quick else 2**14, 2 if is_quick else 5)
    time_conflicts(2 if is_quick else 5, 5 if is_quick else 20)


if __name__ == "__main__":
    main()
