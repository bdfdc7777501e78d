"""What a run rests on: every number that was judged or can be moved, ranked by how verdicts move with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.answers.sensitivity.judged_numbers import Judged, judged_numbers
from haidong_sim.errors import HaidongSimError, public
from haidong_sim.run import project
from haidong_sim.run.case import case_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from haidong_sim.place import Registry
    from haidong_sim.run import Result
    from haidong_sim.run.case import RegistrySource, Subject
    from haidong_sim.scenario import Scenario

COLUMNS: Final = (
    "rank", "name", "value", "low", "high", "unit", "provenance", "source", "note", "flips",
    "flipped_targets", "largest_move", "moved_target", "reason",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Verdict:
    """Status and margin of one projected target, and the scale that a change of margin is measured on."""

    target_id: str
    status: str
    margin: float
    scale: float


@public
def rank_assumptions(subject: Subject, *, registry: RegistrySource = None) -> pd.DataFrame:
    """Return every number that the run rests on by judgement or with a range, the weightiest first.

    The path without shocks is projected again with each number at `low` and at `high`, all else unchanged
    (shares of one whole keep their sum: the others give way in proportion). Numbers whose range turns most
    verdicts of projected targets come first; among equals the one with the largest change of a margin,
    relative to the target's threshold. A number that this path cannot show (a dispersion, a probability) or
    that has no range has no rank and a `reason`.

    Parameters
    ----------
    subject
        A result, a scenario, a name or a path.
    registry
        The place; that of the subject if None.

    Returns
    -------
    pandas.DataFrame
        Columns rank, name (dotted key), value, low, high, unit, provenance, source, note, flips (number of
        verdicts turned), flipped_targets, largest_move (fraction of the threshold), moved_target, reason.

    Raises
    ------
    ScenarioError
        If the scenario cannot be run.
    """
    import pandas as pd

    case = case_of(subject, registry=registry)
    scenario, place = case.scenario, case.registry
    base = _verdicts(project(scenario, indicators=(), registry=place))
    rows = [_weigh(judged, scenario, place, base) for judged in judged_numbers(scenario, place)]
    # A published starting value that moves nothing is not something the run rests on.
    kept = [row for row in rows if not (row["name"].startswith("registry.") and row["largest_move"] == 0.0)]
    kept.sort(key=_order)
    for rank, row in enumerate((row for row in kept if not row["reason"]), 1):
        row["rank"] = rank
    frame = pd.DataFrame(kept, columns=list(COLUMNS))
    for name in ("rank", "flips"):
        # Whole numbers with gaps: as floats they would be printed as 1.0.
        frame[name] = pd.Series([row[name] for row in kept], dtype="object")
    return frame


def _order(row: dict[str, Any]) -> tuple[bool, int, float, str]:
    return (bool(row["reason"]), -(row["flips"] or 0), -(row["largest_move"] or 0.0), row["name"])


def _weigh(
    judged: Judged, scenario: Scenario, registry: Registry, base: dict[str, _Verdict]
) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | judged.row() | {"reason": judged.unmovable}
    if judged.unmovable:
        return row
    flipped: dict[str, None] = {}
    largest, moved_target = 0.0, ""
    refused = []
    for end in (judged.low, judged.high):
        try:
            moved = _moved(judged, end, scenario, registry)
        except HaidongSimError as error:
            refused.append(f"at {end:g} there is no valid run: {_first_problem(error)}")
            continue
        for name, verdict in moved.items():
            flipped |= {name: None} if verdict.status != base[name].status else {}
            move = abs(verdict.margin - base[name].margin) / base[name].scale
            if move > largest:
                largest, moved_target = move, name
    row |= {
        "flips": len(flipped), "flipped_targets": ";".join(flipped), "largest_move": largest,
        "moved_target": moved_target, "note": "; ".join(part for part in (judged.note, *refused) if part),
    }  # fmt: skip
    if len(refused) == 2:
        row |= {"flips": None, "largest_move": None, "reason": "neither end of its range gives a valid run"}
    return row


def _first_problem(error: HaidongSimError) -> str:
    lines = str(error).splitlines()
    return lines[min(1, len(lines) - 1)].strip()


def _moved(judged: Judged, end: float | None, scenario: Scenario, registry: Registry) -> dict[str, _Verdict]:
    assert end is not None
    if judged.baseline_name:
        registry = _with_baseline(registry, judged.baseline_name, end)
        return _verdicts(project(scenario, indicators=(), registry=registry))
    return _verdicts(
        project(scenario.derive(scenario.name, judged.changes(end)), indicators=(), registry=registry)
    )


def _with_baseline(registry: Registry, name: str, value: float) -> Registry:
    rows = tuple(replace(row, value=value) if row.name == name else row for row in registry.baseline_values)
    return replace(registry, baseline_values=rows)


def _verdicts(result: Result) -> dict[str, _Verdict]:
    return {verdict.target_id: verdict for verdict in _each_verdict(result)}


def _each_verdict(result: Result) -> Iterator[_Verdict]:
    def get(name: str, year: int) -> float:
        return result.path[name, year]

    for question in result.functionals:
        if question.reading:
            continue
        margin = float(question.margin(get))
        yield _Verdict(
            target_id=question.target_id,
            status=question.status(margin),
            margin=margin,
            scale=question.magnitude(get),
        )
