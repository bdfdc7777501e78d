"""The two ways to run a scenario: its median path, or many futures."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits

from haidong_sim.ensemble.block import project_block
from haidong_sim.ensemble.control import find_controls
from haidong_sim.ensemble.correlation import repair_report
from haidong_sim.ensemble.execution import run_blocks
from haidong_sim.ensemble.program import compile_scenario
from haidong_sim.ensemble.progress import progress_bar
from haidong_sim.ensemble.result import Result
from haidong_sim.ensemble.samplers import whole_replicates
from haidong_sim.ensemble.streams import resolve_entropy
from haidong_sim.ensemble.summary import pilot_grids
from haidong_sim.errors import ScenarioError
from haidong_sim.registry import load_registry
from haidong_sim.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from haidong_sim.ensemble.program import Precision, Program
    from haidong_sim.ensemble.streams import Rng
    from haidong_sim.registry import Registry
    from haidong_sim.targets import Functional


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
    loaded = _loaded(scenario)
    place = registry or load_registry(loaded.place)
    program = compile_scenario(loaded, place, indicators=indicators, precision="double")
    return Result(program=program, registry=place, path=median_path(program), draws=1)


def simulate(
    scenario: Scenario | str | Path,
    *,
    draws: int = 100_000,
    rng: Rng = None,
    sampler: str = "sobol",
    precision: Precision = "single",
    indicators: Sequence[str] | None = None,
    keep: Sequence[str] = (),
    questions: Sequence[Functional] = (),
    executor: Any = "threads",
    workers: int | None = None,
    progress: bool | None = None,
    registry: Registry | None = None,
) -> Result:
    """Return the distribution of a scenario's futures.

    Parameters
    ----------
    draws
        Number of futures; rounded up to whole replicates unless `sampler` is "mc", and said so.
    rng
        None, int, SeedSequence or Generator. The resolved value is `result.entropy`.
    sampler
        "sobol" (randomised quasi-random nets), "lhs", "antithetic" or "mc".
    precision
        "single" or "double" for the arithmetic of the draws; the median path is always double.
    keep
        Indicators whose draws are kept: `result[name]`, shape (year, draw), float32.
    questions
        Targets of one's own beside the registry's, from `ask_target`.
    executor, workers
        "threads", "processes" or a dask.distributed client; the result is the same bits for all.
    progress
        True or False; None shows a bar on a terminal when the run is long.

    Raises
    ------
    ScenarioError
        If an argument or the scenario is not valid.
    ModelError
        If a draw is not finite; no statistic is formed then.
    """
    draws = _require_count("draws", draws)
    workers = None if workers is None else _require_count("workers", workers)
    loaded = _loaded(scenario)
    place = registry or load_registry(loaded.place)
    entropy = resolve_entropy(rng)
    program = compile_scenario(
        loaded,
        place,
        indicators=indicators,
        keep=keep,
        questions=questions,
        draws=draws,
        sampler=sampler,
        precision=precision,
    )
    whole = whole_replicates(draws, sampler)
    notes = tuple(_notes(loaded, draws, whole, sampler))
    path = median_path(program)
    with threadpool_limits(limits=1):
        program = replace(program, controls=find_controls(program))
        grids = pilot_grids(program, entropy)
    with progress_bar(whole, is_shown=progress) as report:
        part = run_blocks(
            program, grids, entropy=entropy, draws=whole, executor=executor, workers=workers, progress=report
        )
    return Result(
        program=program, registry=place, path=path, draws=part.draws, entropy=entropy, part=part, notes=notes
    )


def median_path(program: Program) -> dict[tuple[str, int], float]:
    """Return the path without shocks: value by (indicator, year), base year included.

    Raises
    ------
    ModelError
        If a value is not finite.
    """
    from haidong_sim.ensemble.block import require_finite

    names = dict.fromkeys((*program.indicators, *(n for f in program.functionals for n in f.indicators)))
    path = {(name, program.base_year): float(program.base_values[name]) for name in names}
    for year, current in project_block(program, None):
        for name in names:
            require_finite(name, year, current[name])
            path[name, year] = float(current[name])
    return path


def _require_count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ScenarioError(f"{name}: {value!r} is not a positive whole number")
    return int(value)


def _loaded(scenario: Scenario | str | Path) -> Scenario:
    return scenario if isinstance(scenario, Scenario) else load_scenario(scenario)


def _notes(scenario: Scenario, draws: int, whole: int, sampler: str) -> Iterator[str]:
    """Yield what was done that nobody asked for in so many words."""
    if whole > draws:
        yield f"{draws:,} draws were rounded up to {whole:,}, whole replicates of '{sampler}'"
    correlation = scenario.dependence.correlation
    if correlation is not None and (report := repair_report(correlation)):
        yield report
