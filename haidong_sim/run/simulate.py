"""The ways to run: a path without shocks, many futures, many scenarios and places, a run on demand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from haidong_sim.engine.streams import resolve_entropy
from haidong_sim.errors import ScenarioError, public
from haidong_sim.place import Registry
from haidong_sim.run.case import case_of, subjects_of
from haidong_sim.run.crews import open_crew
from haidong_sim.run.preparing import (
    RunOptions,
    path_without_shocks,
    prepare_run,
    require_count,
    require_draws,
)
from haidong_sim.run.program import available_indicators, compile_scenario
from haidong_sim.run.progress import progress_bar
from haidong_sim.run.result import Result
from haidong_sim.run.running import drive
from haidong_sim.run.samplers import whole_replicates
from haidong_sim.run.stopping import UNTIL_DRAWS, require_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haidong_sim.engine.streams import Rng
    from haidong_sim.questions import Question
    from haidong_sim.run.case import Case, RegistrySource, Subject
    from haidong_sim.run.program import Precision
    from haidong_sim.run.stopping import StoppingRule

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
