"""The ensemble engine against its floor: `python benchmarks/bench_engine.py`.

The floor is the processor time of drawing 195 standard normals a draw (13 drivers, 15 years) with NumPy's
default generator in float64, one thread, measured in this process between the repetitions. Everything is a
multiple of it, or a ratio of two things measured side by side; absolute times only say which machine it was.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

import haidong_sim as hs
from haidong_sim.run import (
    BLOCK_DRAWS,
    Part,
    Program,
    compile_scenario,
    conditional_chance,
    find_controls,
    narrowed,
    pilot_grids,
    summarize_block,
)

if TYPE_CHECKING:
    from haidong_sim.questions import Question

INDICATORS = (
    "gdp_current", "gdp_volume_index", "gdp_growth", "gdp_deflator", "primary_share", "secondary_share",
    "tertiary_share", "province_gdp_current", "province_gdp_growth", "gdp_share_of_province",
    "resident_population", "gdp_per_capita_current", "gdp_per_capita_ratio_to_province", "urbanization_rate",
    "urban_population", "urban_core_population", "labour_productivity", "disposable_income_current",
    "disposable_income_urban_current", "disposable_income_rural_current", "urban_rural_income_ratio",
    "energy_consumption", "energy_intensity", "co2_intensity", "non_fossil_share",
)  # fmt: skip
MODES = (("mc", "double"), ("mc", "single"), ("sobol", "double"), ("sobol", "single"))
HEADLINE = ("a30_gdp_share_qinghai", "t35_gdp_doubling")


def floor_per_draw(repeats: int = 3) -> float:
    """Return the processor seconds of 195 default normals, per draw."""
    generator, out = np.random.default_rng(0), np.empty((195, 8192))
    started = time.process_time()
    for _ in range(repeats):
        generator.standard_normal(out=out)
    return (time.process_time() - started) / repeats / out.shape[1]


def bench_modes(scenario: hs.Scenario, registry: hs.Registry, blocks: int) -> None:
    """Print the whole job per draw, as a multiple of the floor: quantiles, moments, targets, controls."""
    print(f"whole job, {len(INDICATORS)} indicators x 15 years, all targets, one thread:")
    for sampler, precision in MODES:
        program = compile_scenario(
            scenario, registry, indicators=INDICATORS, draws=100_000, sampler=sampler, precision=precision
        )
        program = replace(program, controls=find_controls(program, 100_000))
        grids = pilot_grids(program, 1)
        ratios = []
        for first in range(0, 5 * blocks, blocks):
            part, floor = Part(), floor_per_draw()
            started = time.process_time()
            for block in range(first, first + blocks):
                summarize_block(part, program, grids, entropy=1, block=block, draws=BLOCK_DRAWS)
            part.count_waiting()
            ratios.append((time.process_time() - started) / part.draws / floor)
        middle = statistics.median(ratios)
        spread = f"(min {min(ratios):.2f}, max {max(ratios):.2f})"
        print(f"  {sampler:<6} {precision:<7} {middle:5.2f} x floor   {spread}")


def bench_variance(scenario: hs.Scenario, draws: int) -> None:
    """Print how many plain draws one draw of the ordinary run is worth, per target."""
    chances = hs.simulate(scenario, draws=draws, rng=3).chances
    gains = {}
    for name, chance in chances.items():
        se = (chance.ci_high - chance.ci_low) / 2.0 / 1.97
        if 0.0 < chance.probability < 1.0 and se > 0:
            gains[name] = chance.probability * (1.0 - chance.probability) / chance.n / se**2
    values = sorted(gains.values())
    print(f"variance reduction of the ordinary run of '{scenario.name}', {len(values)} targets:")
    least = min(gains, key=gains.__getitem__)
    print(f"  least {values[0]:.1f} ({least}), median {statistics.median(values):.0f}")
    print(f"  at least 5 in {sum(v >= 5 for v in values)} of {len(values)}")


def bench_one_target(scenario: hs.Scenario, registry: hs.Registry) -> None:
    """Print the processor time of one probability to a given error, beside plain Monte Carlo."""
    program = compile_scenario(scenario, registry, indicators=(), draws=1)
    for name in HEADLINE:
        functional = next(f for f in program.functionals if f.name == name)
        for se in (5e-4, 2e-4):
            times = []
            for entropy in range(7):
                started = time.process_time()
                chance = conditional_chance(program, functional, entropy=entropy, se=se)
                times.append(time.process_time() - started)
            needed = chance.probability * (1.0 - chance.probability) / se**2
            plain = _plain_seconds(program, functional, needed)
            spent = statistics.median(times)
            print(
                f"  {name}: se <= {100 * se:.2f} points in {1e3 * spent:.1f} ms ({chance.n} points), "
                f"plain Monte Carlo {plain:.1f} s: 1/{plain / spent:.0f}"
            )


def _plain_seconds(program: Program, functional: Question, draws: float) -> float:
    """Return what counting `draws` pseudo-random draws of just this target takes, in single precision."""
    program = replace(narrowed(program, [functional]), sampler="mc", precision="single")
    grids, part = pilot_grids(program, 1), Part()
    started = time.process_time()
    for block in range(8):
        summarize_block(part, program, grids, entropy=1, block=block, draws=BLOCK_DRAWS)
    part.count_waiting()
    return (time.process_time() - started) / part.draws * draws


def bench_cold(repeats: int) -> None:
    """Print the wall time from a cold interpreter to fan-chart quantiles of 8192 draws.

    Modules are compiled beforehand, as they are where a package was installed.
    """
    code = (
        "import haidong_sim as hs; r = hs.simulate('plan', draws=8192, rng=1);"
        "[r.statistics(n, y) for n in r.indicators for y in r.years.tolist()]"
    )
    times = []
    with tempfile.TemporaryDirectory() as compiled:
        env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        env["PYTHONPYCACHEPREFIX"] = compiled
        for _ in range(1 + repeats):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, env=env)
            times.append(time.perf_counter() - started)
    del times[0]
    middle = statistics.median(times)
    print(f"cold process to the quantiles of 8192 draws: {middle:.2f} s (min {min(times):.2f})")


def main() -> None:
    """Run every part and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repetitions, to see that it runs")
    quick = parser.parse_args().quick
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}")
    print(f"floor: {1e6 * floor_per_draw():.2f} us per draw here")
    scenario = hs.load_scenario("plan")
    registry = hs.load_registry(scenario.place)
    with threadpool_limits(limits=1):
        bench_modes(scenario, registry, blocks=1 if quick else 4)
        for measured in (scenario, hs.load_scenario("trend")):
            bench_variance(measured, draws=32_768 if quick else 262_144)
        print("one probability to a given standard error, processor time:")
        bench_one_target(scenario, registry)
    bench_cold(1 if quick else 5)


if __name__ == "__main__":
    main()
