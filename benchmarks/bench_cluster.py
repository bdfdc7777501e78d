"""What many cities cost on a cluster, on paper: `python benchmarks/bench_cluster.py`.

The costs of a block and of a part are measured here; the cluster is simulated event by event. Workers of one
core each compute tasks whose times scatter; a worker that dies loses its task, which another takes up after
a pause. In the first layout one session prepares every city and merges every part, one after the other, over
one network link; in the second a worker runs a whole city and sends its result once.
"""

from __future__ import annotations

import argparse
import heapq
from dataclasses import dataclass

import numpy as np
from bench_scale import block_costs

from haidong_sim.run import plan_blocks, plan_tasks

CITIES, DRAWS = 300, 10_000_000
TASK_OVERHEAD = 0.002
PREPARE = 0.4
LINK_BYTES = 125e6
SCATTER = 0.15
HOURS_BETWEEN_DEATHS = 100.0
PAUSE = 5.0


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What a layout cost: seconds from start to end, core-hours paid, and the session's share of the time."""

    seconds: float
    core_hours: float
    session: float
    deaths: int


def simulate_cluster(
    lengths: list[float], workers: int, receive: float, prepare: float, *, seed: int = 0
) -> Bill:
    """Return the bill of tasks of the given seconds; the session spends `receive` on each, in one queue."""
    rng = np.random.default_rng(seed)
    free = [0.0] * workers
    waiting = list(reversed(lengths))
    finished: list[float] = []
    deaths = 0
    while waiting:
        start = heapq.heappop(free)
        length = waiting.pop() * rng.lognormal(-0.5 * SCATTER**2, SCATTER) + TASK_OVERHEAD
        survives = rng.exponential(HOURS_BETWEEN_DEATHS * 3600.0)
        if survives < length:
            deaths += 1
            waiting.append(length - TASK_OVERHEAD)
            heapq.heappush(free, start + survives + PAUSE)
            continue
        finished.append(start + length)
        heapq.heappush(free, start + length)
    session = 0.0
    for arrival in sorted(finished):
        session = max(session, arrival) + receive
    busy = receive * len(finished) + prepare
    seconds = max(session, busy)
    return Bill(seconds=seconds, core_hours=seconds * workers / 3600.0, session=busy / seconds, deaths=deaths)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer cities: does it work")
    parser.add_argument("--cities", type=int, default=CITIES)
    parser.add_argument("--draws", type=int, default=DRAWS)
    chosen = parser.parse_args()
    cities = min(chosen.cities, 10) if chosen.quick else chosen.cities
    costs = block_costs()
    receive = costs["merge"] + costs["sent"] / LINK_BYTES
    blocks = plan_blocks(chosen.draws)
    compute = cities * len(blocks) * costs["block"]
    print(
        f"measured: {1e3 * costs['block']:.0f} ms a block, {costs['sent'] / 1e6:.1f} MB a part, "
        f"{1e3 * costs['merge']:.0f} ms to merge it"
    )
    print(f"{cities} cities x {chosen.draws:,} draws: {compute / 3600:.2f} core-hours of computing")
    print("workers   parts to one session            cities to workers")
    for workers in (2, 16, 64, 256):
        planned = plan_tasks(blocks, max(1, workers // cities))
        tasks = [len(task) * costs["block"] for task in planned] * cities
        shared = simulate_cluster(tasks, workers, receive, PREPARE * cities)
        own = simulate_cluster([PREPARE + len(blocks) * costs["block"]] * cities, workers, receive, 0.0)
        print(
            f"{workers:7d}   "
            + "   ".join(
                f"{bill.seconds:7.0f} s {bill.core_hours:6.2f} core-h, session {bill.session:4.0%}"
                for bill in (shared, own)
            )
        )


if __name__ == "__main__":
    main()
