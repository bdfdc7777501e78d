"""Parts of one run, drawn apart and put together again: the same bits as if drawn at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from haidong_sim.engine import KeptDraws
from haidong_sim.errors import ArgumentError, ScenarioError, public
from haidong_sim.run.case import subjects_of
from haidong_sim.run.execution import plan_blocks
from haidong_sim.run.identity import differences, run_identity
from haidong_sim.run.result import Result
from haidong_sim.run.summary import Grids, Part

if TYPE_CHECKING:
    from collections.abc import Sequence


@public
def merge_results(subjects: Sequence[Result]) -> Result:
    """Return the run whose parts, from `simulate(..., blocks=(first, end))`, these are.

    Parameters
    ----------
    subjects
        Results. A scenario or a name is no part of a run.

    Raises
    ------
    ArgumentError
        If one of them is no result.
    ScenarioError
        If they are not parts of one run (scenario, registry, version, random numbers, options or draws
        differ; the difference is shown) or share a block.
    """
    results = [each for each in subjects_of(subjects) if isinstance(each, Result)]
    if len(results) < len(subjects_of(subjects)):
        raise ArgumentError(
            "merge_results: only results are parts of a run; simulate(..., blocks=...) makes them"
        )
    if not results:
        raise ScenarioError("merge: no results were given")
    first = results[0]
    wanted = identity_of(first)
    whole = Part()
    for position, result in enumerate(results):
        if found := differences(wanted, identity_of(result)):
            raise ScenarioError(
                f"merge: result {position} is no part of the same run as result 0 "
                f"(result 0 → result {position}): {'; '.join(found)}"
            )
        assert result.part is not None
        if shared := sorted(set(whole.met_by_block) & set(result.part.met_by_block)):
            raise ScenarioError(f"merge: result {position} holds blocks that another holds too: {shared[:8]}")
        whole.merge(result.part)
    planned = first.planned_draws or first.draws
    return replace(
        first,
        draws=whole.draws,
        part=whole,
        kept=_merged_draws(results, planned),
        is_partial=whole.draws < planned,
        notes=tuple(dict.fromkeys(note for each in results for note in each.notes if not _is_partial(note))),
    )


def identity_of(result: Result) -> dict[str, str]:
    """Return what decides the numbers of a result; results of one run agree in all of it.

    Raises
    ------
    ScenarioError
        If it is a path without shocks, which has no parts.
    """
    if result.part is None or result.entropy is None:
        raise ScenarioError("merge: a path without shocks has no parts; use simulate(scenario, blocks=...)")
    edges = {
        key: (float(histogram.axes[0].edges[0]), float(histogram.axes[0].edges[-1]))
        for key, histogram in result.part.histograms.items()
    }
    identity = run_identity(result.program, result.registry, Grids(edges=edges), result.entropy)
    return identity | {"version": result.version, "draws": str(result.planned_draws)}


def _merged_draws(results: Sequence[Result], planned: int) -> KeptDraws | None:
    first = results[0]
    if first.kept is None:
        return None
    blocks = dict(plan_blocks(planned))
    done = sorted(block for each in results if each.kept is not None for block, _ in each.kept.by_block())
    merged = KeptDraws(first.program.keep, len(first.years), [(block, blocks[block]) for block in done])
    for each in results:
        if each.kept is not None:
            for block, values in each.kept.by_block():
                merged.add({block: values})
    merged.finish(done)
    return merged


def _is_partial(note: str) -> bool:
    return note.startswith("partial: ")
