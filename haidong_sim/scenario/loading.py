"""From TOML to a validated scenario: one level of `extends`, and every problem in one message."""

from __future__ import annotations

import copy
import re
import textwrap
import tomllib
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from haidong_sim.errors import Problems, ScenarioError, nearest, public, unknown_name
from haidong_sim.resources import resource_folder
from haidong_sim.scenario.calibrated import (
    read_calibration,
    tables_under,
    with_calibrated_paths,
    with_calibration_found,
)
from haidong_sim.scenario.drivers import DRIVERS
from haidong_sim.scenario.inert import with_notes
from haidong_sim.scenario.paths import explain
from haidong_sim.scenario.specification import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic_core import ErrorDetails


@public
def bundled_scenarios() -> tuple[str, ...]:
    """Return the names of the scenarios that ship with the library."""
    return tuple(sorted(path.stem for path in resource_folder("scenarios").glob("*.toml")))


def scenario_file(name: str | Path) -> Path:
    """Return the file of a bundled scenario name or of a path.

    Raises
    ------
    ScenarioError
        If there is no such file; the message names the closest bundled scenario.
    """
    text = str(name)
    if text in bundled_scenarios():
        return resource_folder("scenarios") / f"{text}.toml"
    path = Path(name)
    if path.suffix == ".toml":
        if path.is_file():
            return path
        raise ScenarioError(f"there is no scenario file '{path}'")
    raise ScenarioError(
        unknown_name("scenario", text, bundled_scenarios())
        + ". A scenario of your own is a path that ends in .toml"
    )


@public
def load_scenario(name: str | Path) -> Scenario:
    """Return the scenario of a bundled name or of a TOML file.

    A file may say `extends = "plan"` (a bundled name, or a file beside it): its tables are laid over those of
    the other, key by key. A path table that names its `kind` replaces the other path whole, and `without`
    lists dotted keys of the other file to leave out. `place` may be a registry folder beside the file.
    `calibration = NAME`, the bundled place or a folder beside the file, lays estimated uncertainty and
    dependence under the tables of both, and a path of `kind = "calibrated"` becomes the estimated trend.

    Raises
    ------
    ScenarioError
        With every problem of the file: where, what is allowed, the nearest name.
    """
    path = scenario_file(name)
    own = _with_folders_found(read_toml(path), path)
    parent_name = own.pop("extends", None)
    data, changed = own, set[str]()
    if parent_name is not None and not isinstance(parent_name, str):
        raise ScenarioError(f"{path}: extends: {parent_name!r} is not the name of a scenario")
    if parent_name is not None:
        beside = path.parent / f"{parent_name}.toml"
        parent_path = beside if beside.is_file() and beside != path else scenario_file(parent_name)
        parent = _with_folders_found(read_toml(parent_path), parent_path)
        if "extends" in parent:
            raise ScenarioError(
                f"{path}: extends '{parent_name}', which itself extends '{parent['extends']}'; "
                "one level only, so that a scenario can be read with two files open"
            )
        known = dict(leaves(parent))
        data = overlay(_without(parent, own.pop("without", []), path), own)
        changed = {key for key, value in leaves(own) if known.get(key) != value}
    data = _calibrated(data, f"scenario '{path}'")
    data.setdefault("name", path.stem)
    if parent_name is not None and "name" not in own:
        data["name"] = path.stem
    return with_notes(build_scenario(data, subject=f"scenario '{path}'"), changed)


def leaves(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of nested tables with its dotted key."""
    for key, value in tables.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def build_scenario(data: Mapping[str, Any], *, subject: str = "scenario") -> Scenario:
    """Return the scenario that `data` describes.

    Raises
    ------
    ScenarioError
        With every problem, each under its dotted key.
    """
    try:
        return Scenario.model_validate(dict(data))
    except ValidationError as error:
        problems = Problems(subject)
        for found in error.errors(include_url=False):
            problems.add(*_explained(found))
        _add_unknown_drivers(data, problems)
        problems.raise_if_any(ScenarioError)
        raise


def _add_unknown_drivers(data: Mapping[str, Any], problems: Problems) -> None:
    """Note unknown drivers that pydantic did not reach because a path beside them is broken."""
    told = "\n".join(problems.found)
    for table in ("paths", "uncertainty"):
        given = data.get(table)
        for name in given if isinstance(given, dict) else ():
            if name not in DRIVERS and f"unknown driver '{name}'" not in told:
                problems.add(f"{table}.{name}", unknown_name("driver", name, DRIVERS))


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises
    ------
    ScenarioError
        If it cannot be read as UTF-8 TOML; the message has the line.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path}: not valid TOML: {error}") from None
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: not UTF-8 text: {error}") from None
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from None


def overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return `below` with the tables of `above` laid over it, key by key."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        is_whole = isinstance(value, dict) and "kind" in value
        merged[key] = (
            overlay(old, value)
            if isinstance(old, dict) and isinstance(value, dict) and not is_whole
            else value
        )
    return merged


def _calibrated(data: dict[str, Any], subject: str) -> dict[str, Any]:
    """Lay the tables of the calibration that `data` names under its own."""
    own = {key: value for key, value in data.items() if key != "calibration"}
    calibration = read_calibration(data["calibration"], subject) if "calibration" in data else None
    if isinstance(own.get("paths"), dict):
        own["paths"] = with_calibrated_paths(own["paths"], calibration, subject)
    return own if calibration is None else overlay(tables_under(calibration, own), own)


def _with_folders_found(tables: dict[str, Any], path: Path) -> dict[str, Any]:
    """Turn a `place` or `calibration` that is a folder beside the file into that, from wherever we run."""
    tables = with_calibration_found(tables, path)
    place = tables.get("place")
    folder = path.parent / place if isinstance(place, str) and place else None
    if folder is None or not (folder / "place.toml").is_file():
        return tables
    return tables | {"place": str(folder.resolve())}


def _without(tables: dict[str, Any], keys: Any, path: Path) -> dict[str, Any]:
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise ScenarioError(f'{path}: without: {keys!r} is not a list of dotted keys such as ["paths.total"]')
    problems = Problems(f"scenario '{path}'")
    kept = copy.deepcopy(tables)
    for key in keys:
        *above, last = key.split(".")
        place: Any = kept
        for part in above:
            place = place.get(part, {})
            if not isinstance(place, dict):
                place = {}
        if last in place:
            del place[last]
        else:
            problems.add("without", unknown_name("key", key, [".".join([*above, name]) for name in place]))
    problems.raise_if_any(ScenarioError)
    return kept


def _explained(found: ErrorDetails) -> tuple[str, str]:
    where, what = explain(found)
    if found["type"] == "extra_forbidden" and not what.startswith("unknown key"):
        key = str(found["loc"][-1])
        allowed = _fields_at(Scenario, [str(part) for part in found["loc"][:-1]])
        close = nearest(key, allowed)
        hint = f" Did you mean '{close}'?" if close else ""
        what = f"unknown key.{hint} Allowed here: {', '.join(sorted(allowed))}"
    if found["type"] == "literal_error":
        # A choice misspelt: name the nearest, as for every other name.
        what = unknown_name("choice", str(found["input"]), re.findall(r"'([^']*)'", found["ctx"]["expected"]))
    elif what.startswith("Input should be"):
        shown = textwrap.shorten(repr(found["input"]), 60, placeholder=" …")
        needed = what.removeprefix("Input ").replace("a valid dictionary", "a table")
        what = f"{shown} is not allowed: it {needed}"
    return where, what.removeprefix("Value error, ")


def _fields_at(annotation: Any, location: Iterable[str]) -> tuple[str, ...]:
    """Return the keys that the table at `location` may have."""
    for part in location:
        for model in _models_in(annotation):
            if part in model.model_fields:
                annotation = model.model_fields[part].annotation
                break
        else:
            arguments = typing.get_args(annotation)
            annotation = arguments[-1] if typing.get_origin(annotation) is dict else annotation
    names: dict[str, None] = {}
    for model in _models_in(annotation):
        names |= dict.fromkeys(model.model_fields)
    return tuple(names)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if typing.get_origin(annotation) is dict:
        return []
    return [model for argument in typing.get_args(annotation) for model in _models_in(argument)]
