"""Runs at scale: memory, workers, the same bits: `python benchmarks/bench_scale.py` (--quick: seconds).

Speed-ups are ratios of wall times within one process, the crews measured in turn and the best of the rounds
taken. Beside each stands how many cores the machine was busy with in that time: where that is more than the
workers account for, somebody else was computing and the ratio says little.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench_engine import INDICATORS, floor_per_draw

import haidong_sim as hs
from haidong_sim.run import (
    Job,
    Part,
    RunOptions,
    open_crew,
    plan_blocks,
    plan_tasks,
    prepare_run,
    run_task,
    write_part,
)

if TYPE_CHECKING:
    from haidong_sim.run import Crew, Run

MEMORY_JOB = """
import resource, sys
import haidong_sim as hs
from bench_engine import INDICATORS
draws, workers = map(int, sys.argv[1:])
result = hs.simulate("plan", draws=draws, rng=2020, indicators=INDICATORS, workers=workers)
# Linux counts kilobytes, macOS bytes.
unit = 1e6 if sys.platform == "darwin" else 1e3
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, result.draws)
"""


def prepared(draws: int) -> Run:
    """Return the run of the main job."""
    return prepare_run(
        hs.load_scenario("plan"),
        hs.load_registry("haidong"),
        draws=draws,
        entropy=2020,
        options=RunOptions(indicators=INDICATORS),
    )


def busy_seconds() -> float:
    """Return the processor seconds that this machine has spent so far; nan where it does not say."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return float("nan")
    user, nice, system, _, _, *others = map(int, stat.read_text().splitlines()[0].split()[1:])
    return (user + nice + system + sum(others[:3])) / os.sysconf("SC_CLK_TCK")


def digest(part: Part) -> str:
    """Return a hash of every count of a part."""
    found = hashlib.sha256()
    for key in sorted(part.histograms):
        found.update(part.histograms[key].values(flow=True).tobytes())
    found.update(repr(sorted(part.masks.items())).encode())
    for block in sorted(part.met_by_block):
        found.update(part.met_by_block[block].tobytes())
    return found.hexdigest()[:12]


def timed(crew: Crew, run: Run) -> tuple[float, float, str]:
    """Return wall seconds, busy cores of the machine, and a hash of the counts of one run."""
    tasks = plan_tasks(run.blocks, crew.workers)
    whole = Part()
    busy, began = busy_seconds(), time.perf_counter()
    for _, part in crew.parts(Job(owner=0, work=run.work, task=task) for task in tasks):
        whole.merge(part)
    wall = time.perf_counter() - began
    return wall, (busy_seconds() - busy) / wall, digest(whole)


def bench_memory(sizes: tuple[int, ...]) -> None:
    """Print the largest resident memory of a fresh process for runs of several lengths."""
    print(f"largest resident memory, {len(INDICATORS)} indicators with all summaries and targets:")
    for workers in (1, 2):
        peaks = []
        for draws in sizes:
            answer = subprocess.run(
                [sys.executable, "-c", MEMORY_JOB, str(draws), str(workers)],
                check=True,
                capture_output=True,
                text=True,
                cwd=Path(__file__).parent,
            ).stdout.split()
            peaks.append(float(answer[0]))
            print(f"  {workers} thread{'s' * (workers > 1)}, {draws:>10,} draws: {peaks[-1]:5.0f} MB")
        print(f"  longest against shortest: {peaks[-1] / peaks[0]:.2f}")


def bench_crews(draws: int, rounds: int) -> None:
    """Print wall times and speed-ups of every crew for the same run, warm, and whether the bits agree."""
    run = prepared(draws)
    with ExitStack() as stack:
        kinds = {(name, count): (name, count) for name in ("threads", "processes") for count in (1, 2)}
        clients = {("Dask workers", count): stack.enter_context(local_cluster(count)) for count in (1, 2)}
        crews = {kind: stack.enter_context(open_crew(*found)) for kind, found in kinds.items()}
        crews |= {kind: stack.enter_context(open_crew(client)) for kind, client in clients.items()}
        warm = prepared(100_000)
        for crew in crews.values():
            timed(crew, warm)
        times: dict[tuple[str, int], list[tuple[float, float, str]]] = {kind: [] for kind in crews}
        for _ in range(rounds):
            for kind, crew in crews.items():
                times[kind].append(timed(crew, run))
    best = {kind: min(found) for kind, found in times.items()}
    print(f"{draws:,} draws, best of {rounds}:")
    for (name, count), (wall, busy, _) in best.items():
        ratio = f"{best[name, 1][0] / wall:4.2f} x one of them"
        print(f"  {count} {name:<12} {wall:7.2f} s, machine busy {busy:4.2f} cores, {ratio}")
    ratio = best["Dask workers", 2][0] / best["threads", 2][0]
    print(f"  wall time of two Dask workers / two threads: {ratio:.2f}")
    bits = {bits for found in times.values() for _, _, bits in found}
    print(f"  bits: {'the same everywhere' if len(bits) == 1 else 'DIFFERENT ' + str(bits)}")
    if len(bits) > 1:
        sys.exit(1)


def local_cluster(workers: int) -> Any:
    """Return a client of a Dask cluster on this machine; it ends with the client."""
    from distributed import Client

    return Client(n_workers=workers, threads_per_worker=1, dashboard_address=":0")


def block_costs() -> dict[str, float]:
    """Return what a cluster's bill is made of, measured here: seconds and bytes."""
    import pickle

    run = prepared(1_000_000)
    task = plan_blocks(16 * 16384)
    floor = floor_per_draw()
    with open_crew("threads", 1):
        run_task(run.work.program, run.work.grids, 2020, task[:2])
        began = time.process_time()
        part = run_task(run.work.program, run.work.grids, 2020, task)
        block = (time.process_time() - began) / len(task)
    sent = pickle.dumps(part)
    whole = Part()
    whole.merge(part)
    began = time.process_time()
    for _ in range(5):
        whole.merge(pickle.loads(sent))  # noqa: S301  bytes of the line above
    merge = (time.process_time() - began) / 5
    stored = Path(f"bench-part-{os.getpid()}.npz")
    began = time.process_time()
    write_part(stored, part, task)
    write = time.process_time() - began
    size = stored.stat().st_size
    stored.unlink()
    return {
        "floors": block / 16384 / floor,
        "block": block,
        "merge": merge,
        "write": write,
        "sent": len(sent),
        "stored": size,
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small runs: does it work, not how fast is it")
    parser.add_argument("--only", choices=("memory", "crews", "costs"), help="one part of it")
    parser.add_argument("--draws", type=int, help="draws of the runs that compare workers")
    parser.add_argument("--rounds", type=int, default=3, help="how often each crew is measured")
    chosen = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    if chosen.only in {None, "costs"}:
        costs = block_costs()
        print(f"a block of 16,384 draws: {1e3 * costs['block']:.0f} ms, {costs['floors']:.2f} x floor a draw")
        print(
            f"a part of 16 blocks: {costs['sent'] / 1e6:.1f} MB to send, {1e3 * costs['merge']:.0f} ms to "
            f"take in; for a resume {costs['stored'] / 1e6:.2f} MB, {1e3 * costs['write']:.0f} ms"
        )
    if chosen.only in {None, "memory"}:
        bench_memory((100_000, 300_000) if chosen.quick else (100_000, 1_000_000, 10_000_000))
    if chosen.only in {None, "crews"}:
        draws = chosen.draws or (200_000 if chosen.quick else 10_000_000)
        bench_crews(draws, 1 if chosen.quick else chosen.rounds)


if __name__ == "__main__":
    main()
