"""What the energy block and the projects cost: `python benchmarks/bench_energy.py`.

Three runs of the same scenario, measured in turn within this process, in processor time per draw: without the
energy block (its equations, random sources, four indicators and the targets that ask them left out), with it,
and with the eight shipped projects besides. Only their ratios mean anything on another machine.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
from bench_engine import INDICATORS
from threadpoolctl import threadpool_limits

import haidong_sim as hs
from haidong_sim.run import (
    BLOCK_DRAWS,
    Part,
    Variates,
    compile_scenario,
    find_controls,
    pilot_grids,
    project_block,
    summarize_block,
)

if TYPE_CHECKING:
    from haidong_sim.run import Program

ENERGY = {"energy_consumption", "energy_intensity", "co2_intensity", "non_fossil_share"}
LIMIT = 1.3


def without_energy(*_: Any, **__: Any) -> dict[str, Any]:
    """Stand in for the energy block of a year: nothing."""
    return {}


def prepared(scenario: hs.Scenario, registry: hs.Registry, *, energy: bool) -> tuple[Program, Any]:
    """Return a program and the grids of its summaries; without energy nothing of it is asked."""
    names = [name for name in INDICATORS if energy or name not in ENERGY]
    program = compile_scenario(scenario, registry, indicators=names, draws=100_000)
    if not energy:
        kept = [f for f in program.functionals if not any(_is_energy(name) for name in f.indicators)]
        program = replace(program, functionals=tuple(kept))
    program = replace(program, controls=find_controls(program, BLOCK_DRAWS))
    return program, pilot_grids(program, 1)


def _is_energy(name: str) -> bool:
    return name in ENERGY or name.startswith("clean_energy")


def whole_job(program: Program, grids: Any, block: int) -> float:
    """Return processor seconds per draw: drawing, equations, summaries, targets."""
    part = Part()
    started = time.process_time()
    summarize_block(part, program, grids, entropy=1, block=block, draws=BLOCK_DRAWS)
    part.count_waiting()
    return (time.process_time() - started) / part.draws


def year_loop(program: Program, _: Any, block: int) -> float:
    """Return processor seconds per draw: drawing and equations only."""
    started = time.process_time()
    for _year in project_block(program, Variates(program, entropy=1, block=block, draws=BLOCK_DRAWS)):
        pass
    return (time.process_time() - started) / BLOCK_DRAWS


def main() -> None:
    """Measure and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repetitions, to see that it runs")
    repeats = 3 if parser.parse_args().quick else 15
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}")
    plan = hs.load_scenario("plan")
    registry = hs.load_registry(plan.place)
    stub = mock.patch("haidong_sim.model.year.advance_energy", without_energy)
    with threadpool_limits(limits=1):
        cases: dict[str, tuple[Program, Any]] = {}
        with stub:
            bare = plan.derive(
                "bare", {"energy.supply.hydrology": None, "uncertainty.energy_intensity": None}
            )
            cases["no energy"] = prepared(bare, registry, energy=False)
        cases["energy"] = prepared(plan, registry, energy=True)
        with_parks = plan.derive("with parks", {"shipped_projects": ["all"]})
        cases["energy and projects"] = prepared(with_parks, registry, energy=True)
        for title, job in (("whole job", whole_job), ("drawing and equations", year_loop)):
            _compare(title, job, cases, stub, repeats)


def _compare(title: str, job: Any, cases: dict[str, tuple[Program, Any]], stub: Any, repeats: int) -> None:
    times: dict[str, list[float]] = {name: [] for name in cases}
    for block in range(repeats + 1):
        for name, (program, grids) in cases.items():
            if name == "no energy":
                with stub:
                    spent = job(program, grids, block)
            else:
                spent = job(program, grids, block)
            # The first round warms caches up.
            if block:
                times[name].append(spent)
    print(f"{title}, median of {repeats} blocks of {BLOCK_DRAWS} draws:")
    for name, spent in times.items():
        ratios = sorted(one / base for one, base in zip(spent, times["no energy"], strict=True))
        # Paired within a block, so that a slow moment of the machine hits both sides.
        middle = statistics.median(ratios)
        told = "" if name == "no energy" else f"   limit {LIMIT}: {'kept' if middle <= LIMIT else 'BROKEN'}"
        print(f"  {name:<20} {middle:4.2f}   (per block {ratios[0]:.2f} … {ratios[-1]:.2f}){told}")


if __name__ == "__main__":
    main()
