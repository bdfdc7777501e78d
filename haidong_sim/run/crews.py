"""Workers: threads, processes or a Dask cluster; the result never knows which.

A crew takes jobs from an iterable, a few more at a time than it has workers, and gives parts back as they
come: what is finished is merged and let go, so that memory does not grow with the length of a run.
"""

from __future__ import annotations

import itertools
import os
import signal
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final, Protocol

from threadpoolctl import threadpool_limits

from haidong_sim.errors import ScenarioError, unknown_name
from haidong_sim.run.execution import run_task, run_task_apart
from haidong_sim.run.identity import differences, package_identity

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from haidong_sim.run.execution import Job
    from haidong_sim.run.summary import Part

    Finished = Generator[tuple[Job, Part], None, None]

EXECUTORS: Final = ("threads", "processes")

_MOST_DEATHS: Final = 3


class Crew(Protocol):
    """Workers that turn jobs into parts, in the order in which they finish."""

    workers: int

    def parts(self, jobs: Iterable[Job]) -> Finished:
        """Yield each job with its part."""
        ...


@contextmanager
def open_crew(executor: Any = "threads", workers: int | None = None) -> Iterator[Crew]:
    """Yield the workers that `executor` names; they are let go at the end, except those of a Dask cluster.

    Raises
    ------
    ScenarioError
        If `executor` is no known name, Dask client or address of a scheduler, if the [dask] extra is missing,
        or if a worker of the cluster runs another version of the package.
    """
    count = workers or os.cpu_count() or 1
    # One thread in the linear algebra: our own workers use the cores, and sums keep one order. The limit
    # belongs to the process, so it is set once around all workers, not by each.
    with threadpool_limits(limits=1):
        if hasattr(executor, "submit") and hasattr(executor, "scatter"):
            yield _DaskCrew(executor)
        elif isinstance(executor, str) and "://" in executor:
            with _distributed().Client(executor) as client:
                yield _DaskCrew(client)
        elif executor == "threads":
            with ThreadPoolExecutor(count) as pool:
                yield _ThreadCrew(pool, count)
        elif executor == "processes":
            crew = _ProcessCrew(count)
            try:
                yield crew
            finally:
                crew.close()
        else:
            if executor == "dask":
                _distributed()
            raise ScenarioError(
                unknown_name("executor", str(executor), EXECUTORS)
                + ", a dask.distributed client, or the address of its scheduler such as 'tcp://host:8786'"
            )


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise ScenarioError(
            "executor: a Dask cluster needs the extra [dask]: pip install 'haidong-sim[dask]'"
        ) from None
    return distributed


class _ThreadCrew:
    def __init__(self, pool: ThreadPoolExecutor, workers: int) -> None:
        self.workers = workers
        self._pool = pool

    def parts(self, jobs: Iterable[Job]) -> Finished:
        if self.workers == 1:
            for job in jobs:
                yield job, run_task(job.work.program, job.work.grids, job.work.entropy, job.task)
            return
        yield from _in_window(jobs, self._submit, _first_done, self.workers + 1, [])

    def _submit(self, job: Job) -> Any:
        return self._pool.submit(run_task, job.work.program, job.work.grids, job.work.entropy, job.task)


class _ProcessCrew:
    """Processes that are replaced when they die; what they had not finished is run again."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._package = package_identity()

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def parts(self, jobs: Iterable[Job]) -> Finished:
        source = iter(jobs)
        deaths = 0
        while True:
            unfinished: list[Job] = []
            try:
                for pair in _in_window(source, self._submit, _first_done, self.workers + 1, unfinished):
                    deaths = 0
                    yield pair
            except BrokenProcessPool:
                deaths += 1
                self.close()
                _require_alive(deaths)
                source = itertools.chain(unfinished, source)
            else:
                return

    def _submit(self, job: Job) -> Any:
        if self._pool is None:
            # Forked workers would inherit the locks of our threads; fresh ones import the package once.
            self._pool = ProcessPoolExecutor(
                self.workers, mp_context=get_context("spawn"), initializer=_leave_interrupts
            )
        return self._pool.submit(run_task_apart, job.work.sealed, self._package, job.task)


def _leave_interrupts() -> None:
    # Ctrl-C reaches every process of a terminal; the session decides, the workers finish what they have.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _require_alive(deaths: int) -> None:
    if deaths >= _MOST_DEATHS:
        raise ScenarioError(
            f"executor: the worker processes died {deaths} times in a row without finishing a task. A script "
            "that asks for processes needs `if __name__ == '__main__':` around its calls; if it has that, "
            'memory may have run out: ask for fewer workers, or for executor="threads"'
        )


class _DaskCrew:
    """The workers of a cluster; its scheduler runs again what a dying worker had."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._wait = _distributed().wait
        self._package = package_identity()
        self._require_same_packages()
        self.workers = max(1, sum(client.nthreads().values()))

    def parts(self, jobs: Iterable[Job]) -> Finished:
        yield from _in_window(jobs, self._submit, self._first_done, 2 * self.workers + 2, [])

    def _submit(self, job: Job) -> Any:
        # The program travels with each task: data scattered once would be lost with the worker that holds it.
        return self._client.submit(run_task_apart, job.work.sealed, self._package, job.task, pure=False)

    def _first_done(self, futures: Iterable[Any]) -> Iterable[Any]:
        done: Iterable[Any] = self._wait(list(futures), return_when=FIRST_COMPLETED).done
        return done

    def _require_same_packages(self) -> None:
        found = []
        answers = self._client.run(package_identity, on_error="return")
        for address, answer in answers.items():
            lines = (
                [f"cannot say its version ({answer})"]
                if isinstance(answer, BaseException)
                else differences(self._package, answer)
            )
            found += [f"worker {address}: {'; '.join(lines)}"] if lines else []
        if found:
            raise ScenarioError(
                "executor: workers of the cluster run another haidong_sim than this session "
                f"(session → worker): {' | '.join(found)}. Install the same version on every worker"
            )


def _first_done(futures: Iterable[Any]) -> Iterable[Any]:
    return wait(futures, return_when=FIRST_COMPLETED).done


def _in_window(
    jobs: Iterable[Job],
    submit: Callable[[Job], Any],
    first_done: Callable[[Iterable[Any]], Iterable[Any]],
    size: int,
    unfinished: list[Job],
) -> Finished:
    """Yield finished jobs while at most `size` are under way; `unfinished` lists those that were begun."""
    source = iter(jobs)
    pending: dict[Any, Job] = {}
    try:
        while True:
            for job in itertools.islice(source, size - len(pending)):
                unfinished.append(job)
                pending[submit(job)] = job
            if not pending:
                return
            for future in first_done(pending):
                part = future.result()
                job = pending.pop(future)
                unfinished.remove(job)
                yield job, part
                # The part now belongs to whoever merges it; a reference here would keep it a round longer.
                del part, future
    finally:
        for future in pending:
            future.cancel()
