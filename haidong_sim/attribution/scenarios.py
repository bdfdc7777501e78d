"""Why two scenarios differ: the gap between their paths or chances, split over the parts that differ."""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.attribution.shapley_blocks import MOST_BLOCKS, BlockAttribution, attribute_blocks
from haidong_sim.ensemble import Result, project, simulate
from haidong_sim.errors import EstimationError, ScenarioError, unknown_name
from haidong_sim.indicators import catalogue
from haidong_sim.registry import load_registry
from haidong_sim.scenario import build_scenario
from haidong_sim.scenario.changing import scenario_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from haidong_sim.scenario import Scenario

# Tables whose entries are blocks of their own: one path, one project, one event.
OPENED: Final = ("paths", "uncertainty", "events", "projects", "energy", "assumptions")
WORDS: Final = ("name", "label", "story", "notes")
# 2^8 median paths take some seconds; more blocks are first joined table by table.
ENOUGH_BLOCKS: Final = 8
MEASURES: Final = ("value", "probability")


def attribute(
    first: Result | Scenario,
    second: Result | Scenario,
    indicator: str | Sequence[str],
    *,
    year: int | None = None,
    measure: str = "value",
    blocks: Mapping[str, Sequence[str]] | None = None,
) -> BlockAttribution:
    """Split the gap between two runs over the parts in which their scenarios differ, exactly.

    Every combination of parts is run, and each part gets its mean effect over all orders of switching
    (Shapley). `value` compares median paths; `probability` the chances of targets on common random numbers.

    Parameters
    ----------
    indicator
        One or several indicators (in `year`, by default the last common one) or targets (their margin).
    measure
        "value", or "probability" (targets only; both runs with draws, of the same random numbers).
    blocks
        Parts by name, each a list of dotted keys of at most two words ("paths.tertiary", "baseline"); by
        default every path, project, event and table that differs.

    Raises
    ------
    EstimationError
        If an indicator or measure is unknown, or the scenarios do not differ.
    ScenarioError
        If a mixture of the two is no valid scenario; name blocks that belong together.
    """
    names = (indicator,) if isinstance(indicator, str) else tuple(indicator)
    if measure not in MEASURES:
        raise EstimationError(unknown_name("measure", measure, MEASURES))
    one, two = _scenario_of(first), _scenario_of(second)
    parts = dict(blocks) if blocks else differing_blocks(one, two)
    if not parts:
        raise EstimationError(
            f"scenarios '{one.name}' and '{two.name}' do not differ: there is no gap to split"
        )
    if len(parts) > MOST_BLOCKS:
        raise EstimationError(
            f"{len(parts)} parts differ; name at most {MOST_BLOCKS} blocks: {', '.join(parts)}"
        )
    if measure == "probability":
        evaluate = _chances(first, second, names)
    else:
        evaluate = _values(names, year or min(one.horizon, two.horizon))
    return attribute_blocks(
        lambda switched: evaluate(mix_scenarios(one, two, [key for name in switched for key in parts[name]])),
        tuple(parts),
        outcome_names=names,
    )


def differing_blocks(first: Scenario, second: Scenario) -> dict[str, tuple[str, ...]]:
    """Return the parts in which two scenarios differ, each with its dotted keys."""
    one, two = scenario_tables(first), scenario_tables(second)
    tables = [key for key in dict.fromkeys([*one, *two]) if key not in WORDS and one.get(key) != two.get(key)]
    keys: dict[str, tuple[str, ...]] = {}
    for table in tables:
        inside = (one.get(table, {}), two.get(table, {}))
        if table in OPENED and all(isinstance(part, dict) for part in inside):
            entries = [
                key
                for key in dict.fromkeys([*inside[0], *inside[1]])
                if inside[0].get(key) != inside[1].get(key)
            ]
            keys |= {f"{table}.{entry}": (f"{table}.{entry}",) for entry in entries}
        else:
            keys[table] = (table,)
    if len(keys) <= ENOUGH_BLOCKS:
        return keys
    return {table: (table,) for table in tables}


def mix_scenarios(first: Scenario, second: Scenario, keys: Sequence[str]) -> Scenario:
    """Return `first` with the parts named by dotted `keys` taken from `second`.

    Raises
    ------
    ScenarioError
        If the mixture is not valid.
    """
    tables, other = copy.deepcopy(scenario_tables(first)), scenario_tables(second)
    for key in keys:
        table, _, entry = key.partition(".")
        if entry:
            _take(tables.setdefault(table, {}), other.get(table, {}), entry)
        else:
            _take(tables, other, table)
    subject = f"mixture of '{first.name}' with {', '.join(sorted(keys)) or 'nothing'} of '{second.name}'"
    return build_scenario(tables, subject=subject)


def _take(tables: dict[str, Any], other: Mapping[str, Any], key: str) -> None:
    if key in other:
        tables[key] = copy.deepcopy(other[key])
    else:
        tables.pop(key, None)


def _scenario_of(subject: Result | Scenario) -> Scenario:
    return subject.scenario if isinstance(subject, Result) else subject


def _values(names: tuple[str, ...], year: int) -> Callable[[Scenario], list[float]]:
    """Return the function that reads indicators in a year, or margins of targets, off a median path."""
    indicators = [name for name in names if name in catalogue()]
    registry_of = cache(load_registry)

    def evaluate(scenario: Scenario) -> list[float]:
        result = project(scenario, indicators=indicators, registry=registry_of(scenario.place))
        targets = {functional.name: functional for functional in result.functionals}
        found = []
        for name in names:
            if name in catalogue():
                if (name, year) not in result.path:
                    raise EstimationError(f"'{name}' is not projected in {year}")
                found.append(result.path[name, year])
            elif name in targets:
                found.append(float(targets[name].margin(lambda which, when: result.path[which, when])))
            else:
                raise EstimationError(unknown_name("indicator or target", name, [*catalogue(), *targets]))
        return found

    return evaluate


def _chances(
    first: Result | Scenario, second: Result | Scenario, names: tuple[str, ...]
) -> Callable[[Scenario], list[float]]:
    """Return the function that simulates a mixture on the random numbers of both runs."""
    if not (isinstance(first, Result) and isinstance(second, Result) and first.chances and second.chances):
        raise EstimationError("probabilities need two runs with draws: simulate both scenarios first")
    alike = [(run.entropy, run.draws, run.program.sampler, run.program.precision) for run in (first, second)]
    if alike[0] != alike[1]:
        raise ScenarioError("the two runs used different random numbers (rng, draws, sampler or precision)")
    if unknown := [name for name in names if name not in first.chances or name not in second.chances]:
        raise EstimationError(unknown_name("target of both runs", unknown[0], first.chances))

    def evaluate(scenario: Scenario) -> list[float]:
        run = simulate(
            scenario, draws=first.draws, rng=first.entropy, sampler=first.program.sampler,
            precision=first.program.precision, indicators=[], progress=False,
        )  # fmt: skip
        return [run.chances[name].probability for name in names]

    return evaluate
