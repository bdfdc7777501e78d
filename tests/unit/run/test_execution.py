"""Blocks over workers: the same bits from every crew, dead workers replaced, foreign ones refused."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from dataclasses import replace

import numpy as np
import pytest

import haidong_sim as hs
from haidong_sim.errors import ScenarioError
from haidong_sim.run import crews
from haidong_sim.run.crews import open_crew
from haidong_sim.run.execution import Job, plan_blocks, plan_tasks, run_task_apart
from haidong_sim.run.identity import package_identity
from haidong_sim.run.samplers import BLOCK_DRAWS
from haidong_sim.run.simulate import RunOptions, prepare_run
from haidong_sim.run.summary import Part

DRAWS = 5 * BLOCK_DRAWS
FEW = ("gdp_growth", "gdp_share_of_province")


def bits(part: Part) -> dict[object, object]:
    counts = {key: histogram.values(flow=True).tobytes() for key, histogram in part.histograms.items()}
    blocks = {block: met.astype(np.int64).tobytes() for block, met in part.met_by_block.items()}
    return counts | blocks | {"masks": dict(part.masks), "draws": part.draws, "same": dict(part.constants)}


@pytest.fixture(scope="module")
def run():
    return prepare_run(
        hs.load_scenario("plan"),
        hs.load_registry("haidong"),
        draws=DRAWS,
        entropy=2020,
        options=RunOptions(indicators=FEW),
    )


def one_block_jobs(run):
    return [Job(owner=0, work=run.work, task=(block,)) for block in plan_blocks(DRAWS)]


def merged(pairs) -> Part:
    whole = Part()
    for _, part in pairs:
        whole.merge(part)
    return whole


@pytest.fixture(scope="module")
def expected(run):
    with open_crew("threads", 1) as crew:
        return bits(merged(crew.parts(one_block_jobs(run))))


@pytest.fixture(scope="module")
def client():
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_blocks_cover_a_run_once_and_tasks_cover_its_blocks_in_order():
    blocks = plan_blocks(70 * BLOCK_DRAWS + 1024)
    assert [block for block, _ in blocks] == list(range(71))
    assert sum(draws for _, draws in blocks) == 70 * BLOCK_DRAWS + 1024
    for workers in (1, 2, 7):
        tasks = plan_tasks(blocks, workers)
        assert [block for task in tasks for block in task] == list(blocks)
        assert len(tasks[0]) == 1
        assert max(len(task) for task in tasks) <= 16


def test_a_task_never_spans_a_gap():
    blocks = [(block, BLOCK_DRAWS) for block in (*range(40), *range(60, 100))]
    for task in plan_tasks(blocks, 1):
        numbers = [block for block, _ in task]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.parametrize("workers", [2, 3])
def test_threads_give_the_same_bits(run, expected, workers):
    with open_crew("threads", workers) as crew:
        assert bits(merged(crew.parts(one_block_jobs(run)))) == expected


def test_neither_the_order_of_blocks_nor_their_grouping_matters(run, expected):
    jobs = list(reversed(one_block_jobs(run)))
    grouped = [
        Job(owner=0, work=run.work, task=tuple(plan_blocks(DRAWS)[part])) for part in (slice(3), slice(3, 5))
    ]
    with open_crew("threads", 2) as crew:
        assert bits(merged(crew.parts(jobs))) == expected
        assert bits(merged(crew.parts(grouped))) == expected


def test_a_process_that_dies_is_replaced_and_nothing_is_lost(run, expected):
    pairs = []
    with open_crew("processes", 2) as crew:
        for pair in crew.parts(one_block_jobs(run)):
            pairs.append(pair)
            if len(pairs) == 1:
                victim = multiprocessing.active_children()[0]
                victim.kill()
                victim.join()
    assert len(pairs) == len(plan_blocks(DRAWS))
    assert bits(merged(pairs)) == expected


def die(*_):
    os._exit(3)


def test_processes_that_die_at_once_are_given_up_with_advice(run, monkeypatch):
    monkeypatch.setattr(crews, "run_task_apart", die)
    with open_crew("processes", 1) as crew, pytest.raises(ScenarioError, match=r"died 3 times.*__main__"):
        list(crew.parts(one_block_jobs(run)))


def test_dask_gives_the_same_bits_even_when_a_worker_is_killed(run, expected, client):
    pairs = []
    with open_crew(client) as crew:
        assert crew.workers == 2
        for pair in crew.parts(one_block_jobs(run)):
            pairs.append(pair)
            if len(pairs) == 1:
                os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
    assert bits(merged(pairs)) == expected


def test_a_scheduler_may_be_named_by_its_address(run, expected, client):
    with open_crew(client.scheduler.address) as crew:
        assert bits(merged(crew.parts(one_block_jobs(run)))) == expected


def test_a_cluster_with_another_version_is_refused(client, monkeypatch):
    here = os.getpid()
    newer = package_identity() | {"version": "9.9.9"}
    monkeypatch.setattr(
        crews, "package_identity", lambda: newer if os.getpid() == here else package_identity()
    )
    with pytest.raises(ScenarioError, match=r"worker tcp.*version: 9\.9\.9 → ") as caught, open_crew(client):
        pass
    assert package_identity()["version"] in str(caught.value)


def test_a_worker_refuses_work_of_another_version_before_it_reads_it():
    wanted = package_identity() | {"sources": "0123"}
    with pytest.raises(ScenarioError, match="sources: 0123 → "):
        run_task_apart(b"not a program", wanted, ((0, BLOCK_DRAWS),))


def test_the_version_covers_the_sources_that_decide_numbers():
    assert set(package_identity()) == {"version", "sources", "numpy"}
    assert len(package_identity()["sources"]) == 16


@pytest.mark.parametrize("executor", ["thread", "fibers", 3, None])
def test_an_unknown_executor_is_refused_with_what_is_allowed(executor):
    with (
        pytest.raises(ScenarioError, match=r"unknown executor .*processes, threads.*dask\.distributed"),
        open_crew(executor),
    ):
        pass


class ClientLike:
    def submit(self):
        """Nothing."""

    def scatter(self):
        """Nothing."""


@pytest.mark.parametrize("executor", ["dask", "tcp://127.0.0.1:8786", ClientLike()])
def test_a_cluster_without_the_extra_names_it(executor, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ScenarioError, match=r"pip install 'haidong-sim\[dask\]'"), open_crew(executor):
        pass


def test_a_failing_block_ends_the_run_with_its_own_error(run):
    broken = replace(run.work, entropy=-1)
    with open_crew("threads", 2) as crew, pytest.raises(ValueError, match="non-negative"):
        list(crew.parts([Job(owner=0, work=broken, task=((0, BLOCK_DRAWS),))]))


def test_finished_parts_are_not_held_back(run):
    """At most one more task than workers is under way, so that memory does not grow with the run."""
    taken = []

    def jobs():
        for job in one_block_jobs(run):
            taken.append(job)
            yield job

    with open_crew("threads", 2) as crew:
        finished = crew.parts(jobs())
        next(finished)
        assert len(taken) <= 3
        finished.close()
