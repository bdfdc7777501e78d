"""Why two scenarios differ: the gap split among blocks of assumptions by Shapley values."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from haidong_sim.coalitions import shapley_values
from haidong_sim.errors import (
    ArgumentError,
    EstimationError,
    ModelError,
    Problems,
    ScenarioError,
    public,
    unknown_name,
)
from haidong_sim.indicators import catalogue
from haidong_sim.run import Answer, case_of, project, results_of, simulate, subjects_of
from haidong_sim.scenario import build_scenario, scenario_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.engine import Rng
    from haidong_sim.place import Registry
    from haidong_sim.run import Case, RegistrySource, Result, Subject
    from haidong_sim.scenario import Scenario

EXACT = 1e-9
# 2^12 evaluations; more blocks are better grouped than waited for.
MOST_BLOCKS = 12


@dataclass(frozen=True, kw_only=True, repr=False)
class BlockAttribution(Answer):
    """Contribution of each block to end − start, arrays of shape (block, outcome, draw).

    `alone` is the effect of the block put first, `last` of the block put last: where they differ, blocks
    interact. `start`, `end` (outcome, draw).
    """

    blocks: tuple[str, ...]
    outcomes: tuple[str, ...]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    contribution: NDArray[np.float64]
    alone: NDArray[np.float64]
    last: NDArray[np.float64]

    @property
    def residual(self) -> NDArray[np.float64]:
        """Gap less all contributions, shape (outcome, draw); zero up to rounding."""
        return np.asarray(self.end - self.start - self.contribution.sum(axis=0))

    def frame(self) -> pd.DataFrame:
        """Return one line per outcome and block: start, end, contribution, share_of_gap, alone, last, ….

        Numbers are means over draws: contributions then add up to the mean gap.
        """
        gap = (self.end - self.start).mean(axis=1)
        return pd.DataFrame(
            [
                {
                    "outcome": outcome,
                    "block": block,
                    "start": self.start[row].mean(),
                    "end": self.end[row].mean(),
                    "contribution": self.contribution[number, row].mean(),
                    "share_of_gap": self.contribution[number, row].mean() / gap[row] if gap[row] else 0.0,
                    "alone": self.alone[number, row].mean(),
                    "last": self.last[number, row].mean(),
                    "residual": self.residual[row].mean(),
                    "method": "Shapley over blocks",
                }
                for row, outcome in enumerate(self.outcomes)
                for number, block in enumerate(self.blocks)
            ]
        )

    def __repr__(self) -> str:
        return f"<BlockAttribution {len(self.outcomes)} outcomes over {', '.join(self.blocks)}>"


def attribute_blocks(
    evaluate: Callable[[frozenset[str]], ArrayLike],
    blocks: Sequence[str],
    *,
    outcome_names: Sequence[str] | None = None,
) -> BlockAttribution:
    """Split the difference that all blocks together make among the blocks.

    Each block gets the mean of its effect over all orders in which the blocks can be switched (Shapley 1953),
    from 2^block evaluations. Works on any outcome: a level, a margin, a probability on common draws.

    Parameters
    ----------
    evaluate : callable
        Takes the names of the blocks that come from the second run (the others come from the first) and
        returns a number, (outcome,) or (outcome, draw).
    blocks : sequence of str

    Raises
    ------
    EstimationError
        If there are no blocks, more than 12, or one twice; if evaluations differ in shape.
    ModelError
        If an evaluation is not finite (names its blocks), or the contributions do not add up.
    """
    names = tuple(blocks)
    if not 0 < len(names) <= MOST_BLOCKS or len(set(names)) != len(names):
        raise EstimationError(
            f"1 to {MOST_BLOCKS} different blocks are needed, given {len(names)}: {', '.join(names)}"
        )
    worth = _evaluate_subsets(evaluate, names)
    outcomes = tuple(outcome_names or (f"outcome{number}" for number in range(1, worth.shape[1] + 1)))
    if len(outcomes) != worth.shape[1]:
        raise EstimationError(f"{worth.shape[1]} outcomes were returned, {len(outcomes)} are named")
    single = 1 << np.arange(len(names))
    result = BlockAttribution(
        blocks=names,
        outcomes=outcomes,
        start=worth[0],
        end=worth[-1],
        contribution=shapley_values(worth),
        alone=worth[single] - worth[0],
        last=worth[-1] - worth[-1 - single],
    )
    if (np.abs(result.residual) > EXACT * np.abs(worth).max(axis=0)).any():
        raise ModelError(f"contributions leave {np.abs(result.residual).max():.3g} of the gap unexplained")
    return result


def with_remainder(found: BlockAttribution, goal: NDArray[np.float64], *, name: str) -> BlockAttribution:
    """Return the attribution that ends at `goal` (outcome, draw): what is left is the block `name`."""
    rest = (goal - found.end)[None]
    return replace(
        found,
        blocks=(*found.blocks, name),
        end=goal,
        contribution=np.concatenate([found.contribution, rest]),
        alone=np.concatenate([found.alone, rest]),
        last=np.concatenate([found.last, rest]),
    )


def _evaluate_subsets(
    evaluate: Callable[[frozenset[str]], ArrayLike], names: tuple[str, ...]
) -> NDArray[np.float64]:
    """Return the outcome of every subset of blocks, shape (2^block, outcome, draw)."""
    found: list[NDArray[np.float64]] = []
    problems = Problems("attribution over blocks")
    for subset in range(2 ** len(names)):
        switched = frozenset(name for number, name in enumerate(names) if subset >> number & 1)
        value = np.asarray(evaluate(switched), dtype=np.float64)
        value = value.reshape((*value.shape[:1], -1)) if value.ndim else value.reshape(1, 1)
        if found and value.shape != found[0].shape:
            raise EstimationError(f"evaluations differ in shape: {found[0].shape} and {value.shape}")
        bad = np.count_nonzero(~np.isfinite(value))
        if bad:
            problems.add(f"blocks {sorted(switched)}", f"{bad} of {value.size} outcomes are not finite")
        found.append(value)
    problems.raise_if_any(ModelError)
    return np.stack(found)


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
