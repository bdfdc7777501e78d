"""A scenario on its way to a run: compiled, with its path without shocks, its bins and its blocks."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING, Any, TypedDict

from threadpoolctl import threadpool_limits

from haidong_sim.engine.spill import KeptDraws
from haidong_sim.errors import ScenarioError
from haidong_sim.run.block import project_block, require_finite
from haidong_sim.run.checkpoint import Checkpoint
from haidong_sim.run.control import find_controls
from haidong_sim.run.correlation import repair_report
from haidong_sim.run.execution import Work, plan_blocks
from haidong_sim.run.identity import run_identity
from haidong_sim.run.program import compile_scenario
from haidong_sim.run.running import Run
from haidong_sim.run.samplers import whole_replicates
from haidong_sim.run.summary import pilot_grids

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from haidong_sim.place import Registry
    from haidong_sim.questions import Question
    from haidong_sim.run.program import Precision, Program
    from haidong_sim.run.stopping import StoppingRule
    from haidong_sim.scenario import Scenario


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
