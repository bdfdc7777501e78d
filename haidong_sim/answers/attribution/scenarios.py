"""Why two scenarios differ: the gap between their paths or chances, split over the parts that differ."""

from __future__ import annotations

import copy
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from haidong_sim.answers.attribution.shapley_blocks import (
    MOST_BLOCKS,
    BlockAttribution,
    attribute_blocks,
    with_remainder,
)
from haidong_sim.errors import ArgumentError, EstimationError, ScenarioError, public, unknown_name
from haidong_sim.indicators import catalogue
from haidong_sim.run import project, simulate
from haidong_sim.run.case import case_of, subjects_of
from haidong_sim.run.simulate import results_of
from haidong_sim.scenario import build_scenario
from haidong_sim.scenario.changing import scenario_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from haidong_sim.engine.streams import Rng
    from haidong_sim.place import Registry
    from haidong_sim.run import Result
    from haidong_sim.run.case import Case, RegistrySource, Subject
    from haidong_sim.scenario import Scenario

# Tables whose entries are blocks of their own: one path, one project, one event.
OPENED: Final = ("paths", "uncertainty", "events", "projects", "energy", "assumptions")
WORDS: Final = ("name", "label", "story", "notes")
# 2^8 paths without shocks take some seconds; more blocks are first joined by subject.
ENOUGH_BLOCKS: Final = 8
# What belongs together: of `province` and `rest_of_province` exactly one is given, and spread, events and
# dependence make one distribution.
SUBJECTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "paths of output": ("paths.total", "paths.primary", "paths.secondary", "paths.tertiary"),
        "paths of prices": (
            "paths.deflator", "paths.deflator_primary", "paths.deflator_secondary", "paths.deflator_tertiary",
            "paths.consumer_prices",
        ),
        "paths of people": (
            "paths.population", "paths.urbanization", "paths.urban_core", "paths.employment_rate",
        ),
        "paths of the province": (
            "paths.province", "paths.rest_of_province", "paths.nation", "paths.deflator_rest_of_province",
            "paths.province_population", "paths.province_urbanization",
        ),
        "paths of income": ("paths.income", "paths.urban_rural_ratio"),
        "spread": ("uncertainty", "events", "dependence", "known_until"),
    }
)  # fmt: skip
MEASURES: Final = ("value", "probability")
MISSING: Final = "still missing"
PLACE: Final = "place"
"""The block of all that the registry says, where two runs are of two places."""


@public
def attribute(
    subjects: Subject | Sequence[Subject],
    outcomes: str | Sequence[str],
    *,
    year: int | None = None,
    measure: str = "value",
    blocks: Mapping[str, Sequence[str]] | None = None,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
    progress: bool | None = None,
) -> BlockAttribution:
    """Split the gap between two runs over the parts in which their scenarios differ, exactly.

    Every combination of parts is run, and each part gets its mean effect over all orders of switching
    (Shapley). `value` compares paths without shocks; `probability` the chances of targets on common random
    numbers. Two runs of two places differ by the block "place" too.

    Parameters
    ----------
    subjects
        Two results, scenarios, names or paths. One alone: the gap between it and its targets, from where
        nothing grows; see `attribute_to_target`.
    outcomes
        One or several indicators (in `year`, by default the last common one) or targets (their margin).
    measure
        "value", or "probability" (targets only).
    blocks
        Parts by name, each a list of dotted keys of at most two words ("paths.tertiary", "baseline"); by
        default every path, project, event and table that differs.
    draws, rng
        Futures of each combination under "probability"; those of the first result if None.
    registry, progress
        As in `simulate`.

    Raises
    ------
    ArgumentError
        If there are more than two subjects, or none.
    EstimationError
        If an indicator or measure is unknown, or the scenarios do not differ.
    ScenarioError
        If a mixture of the two is no valid scenario (name blocks that belong together), or two results used
        different random numbers.
    """
    names = (outcomes,) if isinstance(outcomes, str) else tuple(outcomes)
    if measure not in MEASURES:
        raise EstimationError(unknown_name("measure", measure, MEASURES))
    given = subjects_of(subjects)
    if len(given) not in {1, 2}:
        raise ArgumentError(
            f"subjects: {len(given)} were given; a gap is one between two, or of one to its targets"
        )
    cases = [case_of(subject, registry=registry) for subject in given]
    if len(cases) == 1:
        return attribute_to_target(cases[0], names, blocks=blocks)
    first, second = cases
    parts = dict(blocks) if blocks else _differing_parts(first, second)
    if not parts:
        raise EstimationError(
            f"scenarios '{first.scenario.name}' and '{second.scenario.name}' do not differ: there is no gap "
            "to split"
        )
    if len(parts) > MOST_BLOCKS:
        raise EstimationError(
            f"{len(parts)} parts differ; name at most {MOST_BLOCKS} blocks: {', '.join(parts)}"
        )
    if measure == "probability":
        runs = results_of(given, draws=draws, rng=rng, registry=registry, progress=progress)
        evaluate = _chances(runs, names)
    else:
        evaluate = _values(names, year or min(case.scenario.horizon for case in cases))

    def outcomes_of(switched: frozenset[str]) -> list[float]:
        keys = [key for name in switched for key in parts[name]]
        place = second if PLACE in keys else first
        return evaluate(mix_scenarios(first.scenario, second.scenario, keys), place.registry)

    return attribute_blocks(outcomes_of, tuple(parts), outcome_names=names)


def _differing_parts(first: Case, second: Case) -> dict[str, tuple[str, ...]]:
    parts = differing_blocks(first.scenario, second.scenario)
    if first.registry != second.registry:
        parts.setdefault(PLACE, (PLACE,))
    else:
        # Two names of one place make no difference.
        parts.pop(PLACE, None)
    return parts


def attribute_to_target(
    case: Case, targets: Sequence[str], *, blocks: Mapping[str, Sequence[str]] | None = None
) -> BlockAttribution:
    """Split the way to a target: what each group of growth paths does for its margin, and what is missing.

    The start is the margin if nothing grew after the base year, all other tables as they are; the end is a
    margin of zero. What the paths leave is the last block, negative where there is something to spare.

    Raises
    ------
    EstimationError
        If a target is unknown or not projected.
    """
    names, scenario, registry = tuple(targets), case.scenario, case.registry
    idle = standstill(scenario)
    parts = (
        dict(blocks) if blocks else _joined({f"paths.{name}": (f"paths.{name}",) for name in scenario.paths})
    )
    known = project(scenario, indicators=(), registry=registry).functionals
    if unknown := [name for name in names if name not in {functional.name for functional in known}]:
        raise EstimationError(unknown_name("projected target", unknown[0], [one.name for one in known]))
    evaluate = _values(names, scenario.horizon)
    found = attribute_blocks(
        lambda switched: evaluate(
            mix_scenarios(idle, scenario, [key for name in switched for key in parts[name]]), registry
        ),
        tuple(parts),
        outcome_names=names,
    )
    return with_remainder(found, np.zeros_like(found.end), name=MISSING)


def standstill(scenario: Scenario) -> Scenario:
    """Return the scenario in which nothing moves after the base year: every growth path is zero."""
    flat = {"kind": "constant", "growth": 0.0, "provenance": "assumption", "note": "nothing moves"}
    changes = {f"paths.{name}": flat for name in scenario.paths}
    return scenario.derive(scenario.name, changes | {"adjustments": None})


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
    return keys if len(keys) <= ENOUGH_BLOCKS else _joined(keys)


def _joined(keys: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Join blocks by subject; what has none stays with the other entries of its table."""
    subject_of = {key: subject for subject, members in SUBJECTS.items() for key in members}
    joined: dict[str, tuple[str, ...]] = {}
    for name, members in keys.items():
        table = name.partition(".")[0]
        subject = subject_of.get(name, subject_of.get(table, f"other {table}" if table == "paths" else table))
        joined[subject] = (*joined.get(subject, ()), *members)
    return joined


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


def _values(names: tuple[str, ...], year: int) -> Callable[[Scenario, Registry], list[float]]:
    """Return the function that reads indicators in a year, or margins of targets, without shocks."""
    indicators = [name for name in names if name in catalogue()]

    def evaluate(scenario: Scenario, registry: Registry) -> list[float]:
        result = project(scenario, indicators=indicators, registry=registry)
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


def _chances(runs: Sequence[Result], names: tuple[str, ...]) -> Callable[[Scenario, Registry], list[float]]:
    """Return the function that simulates a mixture on the random numbers of both runs."""
    first, second = runs
    alike = [(run.entropy, run.draws, run.program.sampler, run.program.precision) for run in runs]
    if alike[0] != alike[1]:
        raise ScenarioError("the two runs used different random numbers (rng, draws, sampler or precision)")
    if unknown := [name for name in names if name not in first.chances or name not in second.chances]:
        raise EstimationError(unknown_name("target of both runs", unknown[0], first.chances))

    def evaluate(scenario: Scenario, registry: Registry) -> list[float]:
        run = simulate(
            scenario, draws=first.draws, rng=first.entropy, sampler=first.program.sampler,
            precision=first.program.precision, indicators=[], registry=registry, progress=False,
        )  # fmt: skip
        return [run.chances[name].probability for name in names]

    return evaluate
