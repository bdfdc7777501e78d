"""The ways to run scenarios: one path without shocks, many futures, many scenarios and places."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict

from threadpoolctl import threadpool_limits

from haidong_sim.engine import KeptDraws, resolve_entropy
from haidong_sim.errors import OutputError, ScenarioError, public
from haidong_sim.place import Registry
from haidong_sim.run.block import project_block, require_finite
from haidong_sim.run.case import case_of, subjects_of
from haidong_sim.run.checkpoint import Checkpoint
from haidong_sim.run.control import find_controls, target_chances
from haidong_sim.run.crews import open_crew
from haidong_sim.run.execution import Job, Work, plan_blocks, plan_tasks
from haidong_sim.run.identity import package_version, run_identity
from haidong_sim.run.program import available_indicators, compile_scenario
from haidong_sim.run.result import Result
from haidong_sim.run.samplers import whole_replicates
from haidong_sim.run.shocks import repair_report
from haidong_sim.run.stopping import UNTIL_DRAWS, progress_bar, require_rule, round_ends
from haidong_sim.run.summary import Part, pilot_grids

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from haidong_sim.engine import Rng
    from haidong_sim.questions import Chance, Question
    from haidong_sim.run.case import Case, RegistrySource, Subject
    from haidong_sim.run.crews import Crew
    from haidong_sim.run.execution import Task
    from haidong_sim.run.program import Precision, Program
    from haidong_sim.run.stopping import Report, StoppingRule
    from haidong_sim.scenario import Scenario

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


class RunOptions(TypedDict, total=False):
    """What `simulate` and `simulate_many` say alike about each run."""

    sampler: str
    precision: Precision
    indicators: Sequence[str] | None
    keep: Sequence[str]
    questions: Sequence[Question]


def prepare_run(
    scenario: Scenario,
    registry: Registry,
    *,
    draws: int,
    entropy: int,
    options: RunOptions,
    blocks: tuple[int, int] | None = None,
    spill: str | Path | None = None,
    resume: str | Path | None = None,
    rule: StoppingRule | None = None,
) -> Run:
    """Return a run whose blocks are still to be computed.

    Raises
    ------
    ScenarioError
        If an argument is not valid, or `resume` holds the blocks of another run.
    OutputError
        If a folder cannot be used.
    """
    program = compile_scenario(scenario, registry, draws=draws, **options)
    whole = whole_replicates(draws, program.sampler)
    path = path_without_shocks(program)
    expected = whole if rule is None else rule.draws_expected(whole)
    with threadpool_limits(limits=1):
        program = replace(program, controls=find_controls(program, expected))
        grids = pilot_grids(program, entropy)
    run = Run(
        work=Work(program=program, grids=grids, entropy=entropy),
        registry=registry,
        path=path,
        draws=whole,
        blocks=None if blocks is None else require_blocks(blocks, len(plan_blocks(whole))),
        notes=tuple(_notes(scenario, draws, whole, program.sampler)),
    )
    if resume is not None:
        run.checkpoint = Checkpoint(resume, run_identity(program, registry, grids, entropy))
    if program.keep:
        run.kept = KeptDraws(program.keep, 1 + len(program.years), run.blocks, folder=spill)
    return run


def path_without_shocks(program: Program) -> dict[tuple[str, int], float]:
    """Return the path without shocks: value by (indicator, year), base year included.

    Raises
    ------
    ModelError
        If a value is not finite.
    """
    names = dict.fromkeys((*program.indicators, *(n for f in program.functionals for n in f.indicators)))
    path = {(name, program.base_year): float(program.base_values[name]) for name in names}
    for year, current in project_block(program, None):
        for name in names:
            require_finite(name, year, current[name])
            path[name, year] = float(current[name])
    return path


def require_count(name: str, value: Any) -> int:
    """Return a positive whole number.

    Raises
    ------
    ScenarioError
        If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ScenarioError(f"{name}: {value!r} is not a positive whole number")
    return int(value)


def require_draws(draws: Any, default: int = 0) -> int:
    """Return how many futures an answer draws: none at all is a number too.

    Raises
    ------
    ScenarioError
        If it is no whole number from 0.
    """
    if draws is None:
        return default
    if isinstance(draws, bool) or not isinstance(draws, Integral) or draws < 0:
        raise ScenarioError(
            f"draws: {draws!r} is no number of futures. Allowed: a whole number, 0 for the path alone"
        )
    return int(draws)


def require_blocks(blocks: Any, n_blocks: int) -> tuple[int, int]:
    """Return first block and the one after the last.

    Raises
    ------
    ScenarioError
        If they are no part of the run.
    """
    if isinstance(blocks, tuple | list) and [isinstance(edge, Integral) for edge in blocks] == [True, True]:
        first, end = (int(edge) for edge in blocks)
        if 0 <= first < end <= n_blocks:
            return first, end
    raise ScenarioError(
        f"blocks: {blocks!r} is no part of a run of {n_blocks} blocks. Allowed: (first, end) with "
        f"0 ≤ first < end ≤ {n_blocks}"
    )


def _notes(scenario: Scenario, draws: int, whole: int, sampler: str) -> Iterator[str]:
    """Yield what was done that nobody asked for in so many words."""
    yield from scenario.notes
    if whole > draws:
        yield f"{draws:,} draws were rounded up to {whole:,}, whole replicates of '{sampler}'"
    correlation = scenario.dependence.correlation
    if correlation is not None and (report := repair_report(correlation)):
        yield report


DEFAULT_DRAWS = 100_000
"""Draws of a run that is told neither a number nor when to stop."""


@public
def project(
    subject: Subject,
    *,
    indicators: Sequence[str] | None = None,
    registry: RegistrySource = None,
) -> Result:
    """Return the path without shocks: a run of one draw in which every shock is zero.

    It is no median: where a quantity is not monotone in the shocks, or their effects are not symmetric, half
    of the futures lie elsewhere.

    Parameters
    ----------
    subject
        A result, a scenario, the name of a bundled one, or a path to a TOML file.
    indicators
        Names to report; all of the catalogue if None.
    registry
        The place (a registry, a name or a folder); that of the subject if None.

    Raises
    ------
    ScenarioError
        If the scenario or a name is not valid.
    ModelError
        If a value of the path is not finite.
    """
    case = case_of(subject, registry=registry)
    program = compile_scenario(case.scenario, case.registry, indicators=indicators, precision="double")
    return Result(
        program=program,
        registry=case.registry,
        path=path_without_shocks(program),
        draws=1,
        notes=tuple(case.scenario.notes),
    )


@public
def simulate(
    subject: Subject,
    *,
    indicators: Sequence[str] | None = None,
    keep: Sequence[str] = (),
    questions: Sequence[Question] = (),
    sampler: str = "sobol",
    precision: Precision = "single",
    until: Any = None,
    blocks: tuple[int, int] | None = None,
    resume: str | Path | None = None,
    spill: str | Path | None = None,
    executor: Any = "threads",
    workers: int | None = None,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
    progress: bool | None = None,
) -> Result:
    """Return the distribution of a scenario's futures; Ctrl-C returns what is finished, labelled partial.

    Parameters
    ----------
    subject
        A result, a scenario, the name of a bundled one, or a path to a TOML file. The scenario, place and
        entropy of a result are run again, under the options given here.
    keep, spill
        Indicators whose draws are kept: `result[name]`, float32; a folder for them instead of memory.
    questions
        Targets of one's own beside the registry's, from `ask_target`.
    sampler, precision
        "sobol", "lhs", "antithetic" or "mc"; "single" or "double" (the path without shocks is always double).
    until, blocks, resume
        When to stop, which blocks to draw, a folder to go on from: see docs/ensemble_at_scale.md.
    executor, workers
        "threads", "processes" or a dask.distributed client, with the same bits.
    draws
        Number of futures; that of a result, else 100 000, if None. Rounded up to whole replicates unless
        `sampler` is "mc", and said so. With `until` the most that are drawn, 2²³ if None.
    rng
        None, int, SeedSequence or Generator. The resolved value is `result.entropy`.
    registry
        The place (a registry, a name or a folder); that of the subject if None.
    progress
        A bar for long runs if None.

    Raises
    ------
    ScenarioError
        If an argument or the scenario is not valid, or the folder to resume is that of another run.
    ModelError, OutputError
        If a draw is not finite; if a disk is full (the finished blocks are kept).
    """
    case = case_of(subject, registry=registry, rng=rng)
    (result,) = _simulate(
        [case],
        draws=case.draws if draws is None and until is None else draws,
        until=until,
        blocks=blocks,
        folders=[(spill, resume)],
        executor=executor,
        workers=workers,
        progress=progress,
        options=RunOptions(
            sampler=sampler, precision=precision, indicators=indicators, keep=keep, questions=questions
        ),
    )
    return result


@public
def simulate_many(
    subjects: Sequence[Subject],
    *,
    indicators: Sequence[str] | None = None,
    keep: Sequence[str] = (),
    questions: Sequence[Question] = (),
    sampler: str = "sobol",
    precision: Precision = "single",
    until: Any = None,
    resume: str | Path | None = None,
    executor: Any = "threads",
    workers: int | None = None,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource | Sequence[RegistrySource] = None,
    progress: bool | None = None,
) -> dict[tuple[str, str], Result]:
    """Return the futures of many scenarios, each at many places, with common random numbers and one crew.

    Parameters
    ----------
    subjects
        Results, scenarios, names or paths.
    registry
        One place or several; that of each subject if None.
    resume
        A folder with one folder inside for each scenario and place.

    Other arguments are those of `simulate`.

    Returns
    -------
    dict
        Results by (scenario, place). After Ctrl-C those of which something is finished.

    Raises
    ------
    ScenarioError
        As `simulate`, and if two pairs of scenario and place share their names.
    """
    places: tuple[RegistrySource, ...] = (
        (registry,) if registry is None or isinstance(registry, Registry | str | Path) else tuple(registry)
    )
    cases = _cases_of(subjects_of(subjects), places, rng)
    names = [(case.scenario.name, case.registry.place.name) for case in cases]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ScenarioError(f"scenarios: {repeated} more than once; give derived ones names of their own")
    found = _simulate(
        cases,
        draws=next((case.draws for case in cases), None) if draws is None and until is None else draws,
        until=until,
        folders=[(None, None if resume is None else Path(resume) / " at ".join(name)) for name in names],
        executor=executor,
        workers=workers,
        progress=progress,
        options=RunOptions(
            sampler=sampler, precision=precision, indicators=indicators, keep=keep, questions=questions
        ),
    )
    return {(each.scenario.name, each.registry.place.name): each for each in found}


def _cases_of(subjects: Sequence[Subject], registries: Sequence[RegistrySource], rng: Rng) -> list[Case]:
    """Return every subject at every place, all with the randomness of the first: their futures are common."""
    cases: list[Case] = []
    for subject in subjects:
        for registry in registries:
            cases.append(case_of(subject, registry=registry, rng=cases[0].entropy if cases else rng))
    if not cases:
        raise ScenarioError("subjects: the list is empty; name at least one scenario")
    return cases


def _simulate(
    cases: Sequence[Case],
    *,
    draws: int | None,
    until: Any,
    folders: Sequence[tuple[str | Path | None, str | Path | None]],
    executor: Any,
    workers: int | None,
    progress: bool | None,
    options: RunOptions,
    blocks: tuple[int, int] | None = None,
) -> list[Result]:
    """Prepare every run, drive all of them with one crew, and return those of which something is finished."""
    rule = require_rule(until)
    wanted = _wanted_draws(draws, rule, blocks)
    workers = None if workers is None else require_count("workers", workers)
    with open_crew(executor, workers) as crew:
        runs = []
        for case, (spill, resume) in zip(cases, folders, strict=True):
            runs.append(
                prepare_run(
                    case.scenario,
                    case.registry,
                    draws=wanted,
                    entropy=case.entropy,
                    options=options,
                    blocks=blocks,
                    spill=spill,
                    resume=resume,
                    rule=rule,
                )
            )
        with progress_bar(sum(run.draws_wanted for run in runs), is_shown=progress) as report:
            drive(runs, crew, rule=rule, report=report)
    return [run.result(rule) for run in runs if run.draws_done]


def _wanted_draws(draws: int | None, rule: StoppingRule | None, blocks: Any) -> int:
    if rule is not None and blocks is not None:
        raise ScenarioError("until and blocks: a part of a run cannot know when the whole may stop; give one")
    if draws is None:
        return DEFAULT_DRAWS if rule is None else UNTIL_DRAWS
    return require_count("draws", draws)


def result_of(
    subject: Subject,
    *,
    indicators: Sequence[str] | None = (),
    keep: Sequence[str] = (),
    questions: Sequence[Question] = (),
    sampler: str | None = None,
    precision: Precision | None = None,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
    progress: bool | None = None,
) -> Result:
    """Return the run that an answer rests on: the one given if it will do, else one that is made now.

    Parameters
    ----------
    subject
        A result, a scenario, a name or a path. A result will do if it has the draws, the randomness, the
        indicators, the kept draws and the questions that are asked for; otherwise its scenario is run again
        at its place, on its random numbers.
    indicators
        Indicators that the run has to report; None for all of the catalogue.
    draws
        Futures; 0 for the path without shocks alone. If None those of a result (a path stays a path), else
        100 000.

    Other arguments are those of `simulate`.

    Raises
    ------
    ArgumentError, ScenarioError
        As `case_of` and `simulate`.
    """
    draws = None if draws is None else require_draws(draws)
    case = case_of(subject, registry=registry, rng=rng)
    own = case.result
    if draws == 0 or (draws is None and own is not None and own.part is None):
        if own is not None and own.part is None and _reports(own, indicators):
            return own
        return project(case.scenario, indicators=_together(own, indicators), registry=case.registry)
    if own is not None and own.part is not None and _will_do(own, case, draws, indicators, keep, questions):
        return own
    is_run = own is not None and own.part is not None
    return simulate(
        case.scenario,
        indicators=_together(own, indicators),
        keep=list(dict.fromkeys((*(own.program.keep if own else ()), *keep))),
        questions=[*(own.functionals if own else ()), *questions],
        sampler=sampler or (own.program.sampler if own and is_run else "sobol"),
        precision=precision or (own.program.precision if own and is_run else "single"),
        draws=case.draws if draws is None else draws,
        rng=case.entropy,
        registry=case.registry,
        progress=progress,
    )


def results_of(
    subjects: Subject | Sequence[Subject],
    *,
    indicators: Sequence[str] | None = (),
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
    progress: bool | None = None,
) -> list[Result]:
    """Return the runs that a comparison rests on: those given, and others made on the same random numbers.

    Where `draws` or `rng` is None it is that of the first result among the subjects; with either, a result
    that differs in it is run again. `indicators` are those of the runs that are made.
    """
    asked = subjects_of(subjects)
    first = next((each for each in asked if isinstance(each, Result) and each.entropy is not None), None)
    alike: dict[str, Any] = {}
    if first is not None:
        alike = {"sampler": first.program.sampler, "precision": first.program.precision}
    if rng is None and first is not None:
        common: Rng = first.entropy
    else:
        common = resolve_entropy(rng)
    size = first.draws if draws is None and first is not None else draws
    found = []
    for each in asked:
        is_kept = isinstance(each, Result) and each.part is not None
        found.append(
            result_of(
                each,
                indicators=() if is_kept else indicators,
                **alike,
                draws=draws if is_kept else size,
                rng=rng if is_kept and rng is None else common,
                registry=registry,
                progress=progress,
            )
        )
    return found


def _will_do(
    own: Result,
    case: Case,
    draws: int | None,
    indicators: Sequence[str] | None,
    keep: Sequence[str],
    questions: Sequence[Question],
) -> bool:
    """Return whether a run answers: the same futures, with all that is asked of them."""
    whole = own.draws if draws is None else whole_replicates(draws, own.program.sampler)
    asked = {functional.name for functional in own.functionals}
    return (
        own.draws == whole
        and own.entropy == case.entropy
        and _reports(own, indicators)
        and set(keep) <= set(own.program.keep)
        and all(question.name in asked for question in questions)
    )


def _reports(own: Result, indicators: Sequence[str] | None) -> bool:
    if indicators is None:
        return own.indicators == available_indicators(own.program.base_values)
    return set(indicators) <= set(own.indicators)


def _together(own: Result | None, indicators: Sequence[str] | None) -> list[str] | None:
    """Return what a run made again has to report: what the first one did and what is asked now."""
    if indicators is None:
        return None
    return list(dict.fromkeys((*(own.indicators if own is not None else ()), *indicators)))
