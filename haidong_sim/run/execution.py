"""The work of a run in blocks and tasks: pure functions of a program, an entropy and block numbers."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from threadpoolctl import threadpool_limits

from haidong_sim.run.identity import require_same_package
from haidong_sim.run.samplers import BLOCK_DRAWS
from haidong_sim.run.summary import Part, summarize_block

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from haidong_sim.run.program import Program
    from haidong_sim.run.summary import Grids

Task: TypeAlias = "tuple[tuple[int, int], ...]"
"""Blocks that one worker runs in a row: number and draws of each."""

_LONGEST_TASK: Final = 16
_TASKS_PER_WORKER: Final = 4
_FEW_WORKERS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Work:
    """What every block of a run needs."""

    program: Program
    grids: Grids
    entropy: int

    @cached_property
    def sealed(self) -> bytes:
        """The same, pickled once for all tasks that leave this process."""
        return pickle.dumps((self.program, self.grids, self.entropy), protocol=pickle.HIGHEST_PROTOCOL)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One task of one run; `owner` is the position of the run among those under way."""

    owner: int
    work: Work
    task: Task


def plan_blocks(draws: int) -> Task:
    """Return every block of a run of `draws` draws: number and draws of each."""
    n_blocks = -(-draws // BLOCK_DRAWS)
    return tuple((block, min(BLOCK_DRAWS, draws - block * BLOCK_DRAWS)) for block in range(n_blocks))


def plan_tasks(blocks: Sequence[tuple[int, int]], workers: int) -> list[Task]:
    """Return blocks in tasks of consecutive ones: enough to keep workers busy, short at first.

    Short first tasks show progress soon and leave something to an early interrupt. Many workers get fewer
    tasks each: one session merges all parts, and their number is what keeps it busy.
    """
    n_tasks = max(workers, _TASKS_PER_WORKER * min(workers, _FEW_WORKERS))
    longest = max(1, min(_LONGEST_TASK, len(blocks) // n_tasks))
    tasks: list[Task] = []
    for block, draws in blocks:
        length = min(longest, 1 << max(0, len(tasks) - 1) // min(workers, _FEW_WORKERS))
        if tasks and tasks[-1][-1][0] == block - 1 and len(tasks[-1]) < length:
            tasks[-1] = (*tasks[-1], (block, draws))
        else:
            tasks.append(((block, draws),))
    return tasks


def run_task(program: Program, grids: Grids, entropy: int, task: Task) -> Part:
    """Return the counts of the blocks of one task: a pure function of its arguments."""
    part = Part()
    for block, draws in task:
        summarize_block(part, program, grids, entropy=entropy, block=block, draws=draws)
    # What is sent or kept is counted: sets that wait are far larger.
    part.count_waiting()
    return part


def run_task_apart(sealed: bytes, package: Mapping[str, str], task: Task) -> Part:
    """Return the counts of one task in another process, whose linear algebra keeps to one thread.

    Raises
    ------
    ScenarioError
        If this process runs another version of the package.
    """
    require_same_package(package)
    threadpool_limits(limits=1)
    program, grids, entropy = pickle.loads(sealed)  # noqa: S301  bytes of the session that sent the task
    return run_task(program, grids, entropy, task)
