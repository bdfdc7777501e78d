"""The ways to run scenarios: a median path, many futures, many futures of many scenarios and places."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from haidong_sim.ensemble.crews import open_crew
from haidong_sim.ensemble.preparing import (
    RunOptions,
    loaded_scenario,
    median_path,
    prepare_run,
    require_count,
)
from haidong_sim.ensemble.program import compile_scenario
from haidong_sim.ensemble.progress import progress_bar
from haidong_sim.ensemble.result import Result
from haidong_sim.ensemble.running import drive
from haidong_sim.ensemble.stopping import UNTIL_DRAWS, require_rule
from haidong_sim.ensemble.streams import resolve_entropy
from haidong_sim.errors import ScenarioError
from haidong_sim.registry import load_registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haidong_sim.ensemble.program import Precision
    from haidong_sim.ensemble.stopping import StoppingRule
    from haidong_sim.ensemble.streams import Rng
    from haidong_sim.registry import Registry
    from haidong_sim.scenario import Scenario
    from haidong_sim.targets import Question

DEFAULT_DRAWS = 100_000
"""Draws of a run that is told neither a number nor when to stop."""


def project(
    scenario: Scenario | str | Path,
    *,
    indicators: Sequence[str] | None = None,
    registry: Registry | None = None,
) -> Result:
    """Return the median path of a scenario: a run of one draw whose shocks are zero.

    Parameters
    ----------
    scenario
        A scenario, the name of a bundled one, or a path to a TOML file.
    indicators
        Names to report; all of the catalogue if None.
    registry
        The place; that of the scenario if None.

    Raises
    ------
    ScenarioError
        If the scenario or a name is not valid.
    ModelError
        If a value of the path is not finite.
    """
    loaded = loaded_scenario(scenario)
    place = registry or load_registry(loaded.place)
    program = compile_scenario(loaded, place, indicators=indicators, precision="double")
    path = median_path(program)
    return Result(program=program, registry=place, path=path, draws=1, notes=tuple(loaded.notes))


def simulate(
    scenario: Scenario | str | Path,
    *,
    draws: int | None = None,
    rng: Rng = None,
    sampler: str = "sobol",
    precision: Precision = "single",
    indicators: Sequence[str] | None = None,
    keep: Sequence[str] = (),
    spill: str | Path | None = None,
    questions: Sequence[Question] = (),
    until: Any = None,
    blocks: tuple[int, int] | None = None,
    resume: str | Path | None = None,
    executor: Any = "threads",
    workers: int | None = None,
    progress: bool | None = None,
    registry: Registry | None = None,
) -> Result:
    """Return the distribution of a scenario's futures; Ctrl-C returns what is finished, labelled partial.

    Parameters
    ----------
    draws
        Number of futures, 100 000 if None; rounded up to whole replicates unless `sampler` is "mc", and said
        so. With `until` the most that are drawn, 2²³ if None.
    rng
        None, int, SeedSequence or Generator. The resolved value is `result.entropy`.
    sampler, precision
        "sobol", "lhs", "antithetic" or "mc"; "single" or "double" (the median path is always double).
    keep, spill
        Indicators whose draws are kept: `result[name]`, float32; a folder for them instead of memory.
    questions
        Targets of one's own beside the registry's, from `ask_target`.
    until, blocks, resume
        When to stop, which blocks to draw, a folder to go on from: see docs/ensemble_at_scale.md.
    executor, workers, progress
        "threads", "processes" or a dask.distributed client, with the same bits; a bar for long runs if None.

    Raises
    ------
    ScenarioError
        If an argument or the scenario is not valid, or the folder to resume is that of another run.
    ModelError, OutputError
        If a draw is not finite; if a disk is full (the finished blocks are kept).
    """
    (result,) = _simulate(
        [(scenario, registry)],
        draws=draws,
        rng=rng,
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


def simulate_many(
    scenarios: Sequence[Scenario | str | Path],
    *,
    registries: Sequence[Registry] | None = None,
    draws: int | None = None,
    rng: Rng = None,
    until: Any = None,
    resume: str | Path | None = None,
    executor: Any = "threads",
    workers: int | None = None,
    progress: bool | None = None,
    **options: Unpack[RunOptions],
) -> dict[tuple[str, str], Result]:
    """Return the futures of many scenarios, each at many places, with common random numbers and one crew.

    Parameters
    ----------
    registries
        The places; that of each scenario if None.
    resume
        A folder with one folder inside for each scenario and place.
    options
        `sampler`, `precision`, `indicators`, `keep` and `questions`, as in `simulate`.

    Returns
    -------
    dict
        Results by (scenario, place). After Ctrl-C those of which something is finished.

    Raises
    ------
    ScenarioError
        As `simulate`, and if two pairs of scenario and place share their names.
    """
    pairs = [
        (loaded, place)
        for loaded in map(loaded_scenario, scenarios)
        for place in (registries or (load_registry(loaded.place),))
    ]
    names = [(scenario.name, place.place.name) for scenario, place in pairs]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ScenarioError(f"scenarios: {repeated} more than once; give derived ones names of their own")
    found = _simulate(
        pairs,
        draws=draws,
        rng=rng,
        until=until,
        folders=[(None, None if resume is None else Path(resume) / " at ".join(name)) for name in names],
        executor=executor,
        workers=workers,
        progress=progress,
        options=options,
    )
    return {(each.scenario.name, each.registry.place.name): each for each in found}


def _simulate(
    pairs: Sequence[tuple[Scenario | str | Path, Registry | None]],
    *,
    draws: int | None,
    rng: Rng,
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
    entropy = resolve_entropy(rng)
    with open_crew(executor, workers) as crew:
        runs = []
        for (scenario, registry), (spill, resume) in zip(pairs, folders, strict=True):
            loaded = loaded_scenario(scenario)
            runs.append(
                prepare_run(
                    loaded,
                    registry or load_registry(loaded.place),
                    draws=wanted,
                    entropy=entropy,
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
