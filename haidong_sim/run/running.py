"""Runs on their way to results: which blocks are missing, what the finished ones found, when to stop."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from haidong_sim.errors import OutputError
from haidong_sim.run.chances import target_chances
from haidong_sim.run.execution import Job, plan_blocks, plan_tasks
from haidong_sim.run.identity import package_version
from haidong_sim.run.result import Result
from haidong_sim.run.stopping import round_ends
from haidong_sim.run.summary import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from haidong_sim.engine.spill import KeptDraws
    from haidong_sim.place import Registry
    from haidong_sim.questions.check import Chance
    from haidong_sim.run.checkpoint import Checkpoint
    from haidong_sim.run.crews import Crew
    from haidong_sim.run.execution import Task, Work
    from haidong_sim.run.progress import Report
    from haidong_sim.run.stopping import StoppingRule

_MOST_PARTS: Final = 4
"""Unmerged parts that a run holds: merging each by itself would copy all counts every time."""


class DiskFullError(OutputError):
    """Finished blocks could not be written; `partial` is the result of those that were."""

    def __init__(self, message: str, partial: Result | None = None) -> None:
        super().__init__(message)
        self.partial = partial


class Run:
    """One scenario at one place: the blocks that were asked for and the counts of the finished ones.

    Parameters
    ----------
    draws
        Draws of the whole run, in whole replicates.
    blocks
        First block and the one after the last, if only a part of the run is wanted.
    """

    def __init__(
        self,
        *,
        work: Work,
        registry: Registry,
        path: Mapping[tuple[str, int], float],
        draws: int,
        blocks: tuple[int, int] | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.work = work
        self.registry = registry
        self.draws = draws
        self.blocks: Task = plan_blocks(draws)[slice(*blocks) if blocks else slice(None)]
        self.checkpoint: Checkpoint | None = None
        self.kept: KeptDraws | None = None
        self._parts: list[Part] = []
        self.undecided: tuple[str, ...] = ()
        self._is_stopped = False
        self._path = path
        self._notes = tuple(notes)

    @property
    def draws_wanted(self) -> int:
        """Draws of the blocks that were asked for."""
        return sum(draws for _, draws in self.blocks)

    @property
    def whole(self) -> Part:
        """The counts of all finished blocks."""
        if len(self._parts) != 1:
            # Merged beside and assigned last: an interrupt between two histograms must not split a part.
            merged = Part()
            for part in self._parts:
                merged.merge(part)
            self._parts = [merged]
        return self._parts[0]

    @property
    def draws_done(self) -> int:
        """Draws of all finished blocks."""
        return sum(part.draws for part in self._parts)

    def chances(self) -> dict[str, Chance]:
        """Return the chance of each target from the blocks finished so far."""
        return target_chances(self.work.program, self.whole) if self.draws_done else {}

    def missing(self, end: int, workers: int) -> list[Task]:
        """Return the tasks to run among the first `end` blocks; those of the checkpoint are taken in."""
        wanted = self.blocks[:end]
        if self.checkpoint is not None:
            for task, part in self.checkpoint.finished(wanted, self.work.grids):
                if not any(self._has(block) for block, _ in task):
                    self._take_in(part)
        left = [(block, draws) for block, draws in wanted if not self._has(block)]
        return plan_tasks(left, workers)

    def _has(self, block: int) -> bool:
        return any(block in part.met_by_block for part in self._parts)

    def accept(self, task: Task, part: Part) -> None:
        """Take in the part of a finished task.

        Raises
        ------
        OutputError
            If the disk is full.
        """
        if self.checkpoint is not None:
            self.checkpoint.write(task, part)
        self._take_in(part)

    def _take_in(self, part: Part) -> None:
        if self.kept is not None:
            self.kept.add(part.kept)
            part.kept = {}
        self._parts.append(part)
        if len(self._parts) >= _MOST_PARTS:
            self._parts = [self.whole]

    def is_settled(self, rule: StoppingRule) -> bool:
        """Return whether the rule is satisfied; remember which targets still need draws."""
        self.undecided = rule.undecided(self.chances())
        self._is_stopped = not self.undecided
        return self._is_stopped

    def result(self, rule: StoppingRule | None = None) -> Result:
        """Return what the finished blocks found."""
        if self.kept is not None:
            self.kept.finish(self.whole.met_by_block)
        done = self.draws_done
        planned = done if self._is_stopped else self.draws
        program = self.work.program
        return Result(
            program=program,
            registry=self.registry,
            path=self._path,
            draws=done,
            planned_draws=planned,
            entropy=self.work.entropy,
            part=self.whole,
            kept=self.kept,
            is_partial=done < planned,
            undecided=self.undecided,
            version=package_version(),
            notes=(*self._notes, *self._closing_notes(rule, done, planned)),
        )

    def rescued(self) -> Result | None:
        """Return what is finished after a disk filled up; without kept draws if those do not fit either."""
        if not self.draws_done:
            return None
        try:
            return self.result()
        except OutputError:
            self.kept = None
            return self.result()

    def _closing_notes(self, rule: StoppingRule | None, done: int, planned: int) -> Iterator[str]:
        if done < planned:
            n_blocks = len(plan_blocks(planned))
            yield (
                f"partial: {done:,} of {planned:,} draws, {len(self.whole.met_by_block)} of {n_blocks} "
                "blocks; every number is right for the draws that it counts"
            )
        elif rule is not None and self.undecided:
            yield f"the cap of {done:,} draws was reached; undecided: {', '.join(self.undecided)}"
        elif rule is not None:
            yield f"stopped after {done:,} draws: the stopping rule holds for every target"
        if self.checkpoint is not None and self.checkpoint.damaged:
            yield f"damaged files of the resume folder were run again: {', '.join(self.checkpoint.damaged)}"


def drive(
    runs: Sequence[Run], crew: Crew, *, rule: StoppingRule | None = None, report: Report | None = None
) -> None:
    """Run the missing blocks of all runs, round by round; the first Ctrl-C ends it with what is finished.

    Raises
    ------
    KeyboardInterrupt
        If nothing is finished yet.
    DiskFullError
        If finished blocks cannot be written.
    """
    active = list(range(len(runs)))
    try:
        for end in round_ends(max(len(run.blocks) for run in runs), rule):
            _drive_round(runs, active, crew, end, report)
            if rule is not None:
                active = [owner for owner in active if not runs[owner].is_settled(rule)]
            if not active:
                return
    except KeyboardInterrupt:
        if not any(run.draws_done for run in runs):
            raise


def _drive_round(
    runs: Sequence[Run], active: Sequence[int], crew: Crew, end: int, report: Report | None
) -> None:
    # Runs side by side keep the workers busy together, so that each may be cut into longer tasks.
    share = max(1, crew.workers // len(active))
    jobs = (
        Job(owner=owner, work=runs[owner].work, task=task)
        for owner in active
        for task in runs[owner].missing(end, share)
    )
    with closing(crew.parts(jobs)) as finished:
        for job, part in finished:
            run = runs[job.owner]
            try:
                run.accept(job.task, part)
            except OutputError as error:
                raise DiskFullError(str(error), run.rescued()) from error
            if report is not None:
                report(sum(each.draws_done for each in runs), run.chances)
