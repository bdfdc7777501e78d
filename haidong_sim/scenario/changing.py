"""Scenarios from scenarios: derive, compare, write."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import tomli_w

from haidong_sim.errors import Problems, ScenarioError, unknown_name
from haidong_sim.scenario.inert import keys_named, with_notes
from haidong_sim.scenario.loading import build_scenario, leaves

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from haidong_sim.scenario.specification import Scenario

_ADDABLE = (
    "paths",
    "uncertainty",
    "events",
    "dependence",
    "assumptions",
    "assumed_targets",
    "projects",
    "energy",
)


def scenario_tables(scenario: Scenario) -> dict[str, Any]:
    """Return the scenario as plain tables: what was written, and defaults only where they matter."""
    tables: dict[str, Any] = scenario.model_dump(mode="python", exclude_unset=True, exclude_none=True)
    return tables


def derive_scenario(scenario: Scenario, name: str, changes: Mapping[str, Any]) -> Scenario:
    """Return a copy called `name` with `changes` laid in by dotted key; None takes the key out.

    Raises
    ------
    ScenarioError
        If a key leads nowhere, or the changed scenario is not valid; all problems at once.
    """
    tables = copy.deepcopy(scenario_tables(scenario))
    problems = Problems(f"changes to scenario '{scenario.name}'")
    for key, value in changes.items():
        _lay_in(tables, scenario, key, value, problems)
    problems.raise_if_any(ScenarioError)
    tables["name"] = name
    tables.pop("notes", None)
    derived = build_scenario(tables, subject=f"scenario '{name}' derived from '{scenario.name}'")
    # What a scenario said of itself holds on for its own descendants, as long as the reason does.
    return with_notes(derived, {*diff_scenarios(scenario, derived), *keys_named(scenario.notes)})


def diff_scenarios(first: Scenario, second: Scenario) -> dict[str, tuple[Any, Any]]:
    """Return the dotted keys in which two scenarios differ, with both values; None where one has none."""
    one, two = dict(leaves(scenario_tables(first))), dict(leaves(scenario_tables(second)))
    keys = [*one, *(key for key in two if key not in one)]
    return {
        key: (one.get(key), two.get(key)) for key in keys if one.get(key) != two.get(key) and key != "name"
    }


def scenario_toml(scenario: Scenario) -> str:
    """Return the resolved scenario as TOML: loading it gives the same scenario."""
    return tomli_w.dumps(_with_text_keys(scenario_tables(scenario)))


def _lay_in(tables: dict[str, Any], scenario: Scenario, key: str, value: Any, problems: Problems) -> None:
    *above, last = key.split(".")
    place = tables
    for depth, part in enumerate(above):
        child = place.get(part)
        if isinstance(child, dict):
            place = child
        elif child is None and (depth or part in _ADDABLE):
            place[part] = place = {}
        else:
            problems.add(key, _no_way(part, child, [*place, *_ADDABLE] if not depth else place))
            return
    if not above and last not in type(scenario).model_fields:
        problems.add(key, unknown_name("key", last, type(scenario).model_fields))
        return
    if value is None:
        place.pop(last, None)
    else:
        place[last] = value


def _no_way(part: str, child: Any, allowed: Iterable[str]) -> str:
    if isinstance(child, list | tuple):
        return f"'{part}' is a list, which a dotted key cannot enter; give the list as a whole"
    if child is not None:
        return f"'{part}' is a single value and holds no further keys"
    return unknown_name("key", part, {str(name) for name in allowed})


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _with_text_keys(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_with_text_keys(inner) for inner in value]
    return value
