"""Blocks over workers: threads, processes or a Dask cluster; the result never knows which."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from threadpoolctl import threadpool_limits

from haidong_sim.ensemble.samplers import BLOCK_DRAWS
from haidong_sim.ensemble.summary import Part, summarize_block
from haidong_sim.errors import ScenarioError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from haidong_sim.ensemble.program import Program
    from haidong_sim.ensemble.summary import Grids

    Progress = Callable[[int, Part], None]

Task: TypeAlias = "tuple[tuple[int, int], ...]"
"""Blocks that one worker runs in a row: number and draws of each."""

EXECUTORS: Final = ("threads", "processes")


def plan_tasks(draws: int, workers: int) -> list[Task]:
    """Return the blocks of a run in tasks: enough of them to keep workers busy and progress moving."""
    n_blocks = -(-draws // BLOCK_DRAWS)
    blocks = [(block, min(BLOCK_DRAWS, draws - block * BLOCK_DRAWS)) for block in range(n_blocks)]
    length = max(1, min(16, n_blocks // (4 * workers)))
    return [tuple(blocks[first : first + length]) for first in range(0, n_blocks, length)]


def run_task(program: Program, grids: Grids, entropy: int, task: Task) -> Part:
    """Return the counts of the blocks of one task: a pure function of its arguments."""
    part = Part()
    for block, draws in task:
        summarize_block(part, program, grids, entropy=entropy, block=block, draws=draws)
    return part


def run_task_apart(program: Program, grids: Grids, entropy: int, task: Task) -> Part:
    """Return the counts of one task in a process of its own, whose linear algebra keeps to one thread."""
    threadpool_limits(limits=1)
    return run_task(program, grids, entropy, task)


def run_blocks(
    program: Program,
    grids: Grids,
    *,
    entropy: int,
    draws: int,
    executor: Any = "threads",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Part:
    """Run all blocks and return their merged counts.

    Raises
    ------
    ScenarioError
        If `executor` is neither a known name nor a Dask client.
    ModelError
        If a draw is not finite.
    """
    count = workers or os.cpu_count() or 1
    tasks = plan_tasks(draws, count)
    whole = Part()
    # One thread in the linear algebra: our own workers use the cores, and sums keep one order. The limit
    # belongs to the process, so it is set once around all workers, not by each.
    with threadpool_limits(limits=1):
        for part in _parts(program, grids, entropy, tasks, executor, count):
            whole.merge(part)
            if progress is not None:
                progress(whole.draws, whole)
    return whole


def _parts(
    program: Program, grids: Grids, entropy: int, tasks: Sequence[Task], executor: Any, workers: int
) -> Iterator[Part]:
    if hasattr(executor, "submit") and hasattr(executor, "scatter"):
        yield from _dask_parts(executor, program, grids, entropy, tasks)
        return
    if executor not in EXECUTORS:
        raise ScenarioError(
            unknown_name("executor", str(executor), EXECUTORS) + ", or a dask.distributed client"
        )
    if len(tasks) == 1 or workers == 1:
        for task in tasks:
            yield run_task(program, grids, entropy, task)
        return
    # Forked workers would inherit the locks of our threads; fresh ones import the package once.
    pool: ThreadPoolExecutor | ProcessPoolExecutor = (
        ThreadPoolExecutor(workers)
        if executor == "threads"
        else ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    )
    run = run_task if executor == "threads" else run_task_apart
    with pool:
        futures = [pool.submit(run, program, grids, entropy, task) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


def _dask_parts(
    client: Any, program: Program, grids: Grids, entropy: int, tasks: Sequence[Task]
) -> Iterator[Part]:
    from distributed import as_completed as dask_as_completed

    sent, grid = client.scatter([program, grids], broadcast=True)
    futures = [client.submit(run_task_apart, sent, grid, entropy, task, pure=False) for task in tasks]
    for future in dask_as_completed(futures):  # type: ignore[no-untyped-call]
        yield future.result()
