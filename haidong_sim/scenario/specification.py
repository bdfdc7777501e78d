"""The frozen specification of a scenario: read from TOML, derived, compared and written."""

from __future__ import annotations

import copy
import re
import textwrap
import tomllib
import typing
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import tomli_w
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from haidong_sim.axes import SECTORS
from haidong_sim.errors import Problems, ScenarioError, nearest, public, unknown_name
from haidong_sim.resources import resource_folder
from haidong_sim.scenario.calibrated import (
    read_calibration,
    tables_under,
    with_calibrated_paths,
    with_calibration_found,
)
from haidong_sim.scenario.drivers import DRIVERS
from haidong_sim.scenario.energy import EnergySpec
from haidong_sim.scenario.paths import PathSpec, explain
from haidong_sim.scenario.projects import ProjectSpec
from haidong_sim.scenario.schedule import Provenance, Quantity, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from pydantic_core import ErrorDetails


def inert_changes(scenario: Scenario, changed: Collection[str]) -> list[str]:
    """Return a sentence for each change that something else in the scenario overrules.

    Parameters
    ----------
    changed
        Dotted keys in which it differs from the scenario that it was made from.
    """
    return list(_sentences(scenario, sorted(changed)))


def with_notes(scenario: Scenario, changed: Collection[str]) -> Scenario:
    """Return a scenario that says which of the keys changed in it have no effect."""
    notes = inert_changes(scenario, changed)
    return scenario.model_copy(update={"notes": notes}) if notes else scenario


def keys_named(notes: Collection[str]) -> set[str]:
    """Return the keys that earlier sentences speak of."""
    return {key for note in notes for key in note.partition(": ")[0].split(", ")}


def _sentences(scenario: Scenario, changed: Collection[str]) -> Iterator[str]:
    def named(*starts: str) -> str:
        return ", ".join(
            key for key in changed for start in starts if key == start or key.startswith(f"{start}.")
        )

    # Who gives a total with the sectors knows what it does to them.
    if "total" in scenario.paths:
        if not named("paths.total") and (keys := named(*(f"paths.{sector}" for sector in SECTORS))):
            yield (
                f"{keys}: paths.total rescales the sectors so that they add up to it. This change moves what "
                "each sector contributes and leaves the growth of GDP as it was; change paths.total, or take "
                "it out ({'paths.total': None}) and let the sectors decide"
            )
    elif keys := named(*(f"assumptions.reconciliation_weight_{sector}" for sector in SECTORS)):
        yield f"{keys}: there is no paths.total to reconcile the sectors with; the weights are not read"
    conventions = scenario.conventions
    if conventions.real_basis == "fixed_base" and (keys := named("conventions.price_base_interval")):
        yield (
            f"{keys}: with conventions.real_basis = 'fixed_base' prices keep their base; "
            "the interval is not read"
        )
    tails = [f"uncertainty.{name}.degrees_of_freedom" for name in scenario.uncertainty]
    if conventions.yearly_shocks == "gaussian":
        posteriors = [f"uncertainty.{name}.posterior" for name in scenario.uncertainty]
        if keys := named(*tails, *posteriors):
            yield (
                f"{keys}: conventions.yearly_shocks = 'gaussian' holds size and persistence at their medians "
                "and the tails normal, so that this is not read; choose 'posterior'"
            )
    elif scenario.dependence.degrees_of_freedom is not None and (keys := named(*tails)):
        yield f"{keys}: dependence.degrees_of_freedom gives all drivers one tail; their own are not read"


_V = TypeVar("_V")
_C = TypeVar("_C", bound="Collection[str]")
Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Loading = Annotated[float, Field(ge=-1.0, le=1.0)]


class Sourced(Table):
    """A table whose numbers say where they come from."""

    provenance: Provenance = "assumption"
    source: str = ""
    note: str = ""


class Text(Table):
    """The same text in English and Chinese."""

    en: str
    zh: str


class Posterior(Table):
    """What an estimate leaves open about a driver's yearly shocks, as quantiles at `probability`.

    `annual_sd_ratio` multiplies `annual_sd` and `persistence_shift` is added to `persistence`, one draw of
    each per path: a number that a user changes keeps its uncertainty.
    """

    probability: list[Annotated[float, Field(gt=0.0, lt=1.0)]] = Field(min_length=2)
    annual_sd_ratio: list[Annotated[float, Field(gt=0.0)]]
    persistence_shift: list[Annotated[float, Field(gt=-2.0, lt=2.0)]]

    @model_validator(mode="after")
    def _rising(self) -> Posterior:
        size = len(self.probability)
        problems = [
            f"{name} needs {size} numbers that rise, one per probability"
            for name in ("probability", "annual_sd_ratio", "persistence_shift")
            if len(values := getattr(self, name)) != size
            or any(upper <= lower for lower, upper in pairwise(values))
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self


class Uncertainty(Sourced):
    """How one driver scatters around its median path, on the log scale (METHOD 2.2).

    `trend_sd` is the standard deviation of one draw per path (the trend was wrong), `annual_sd` that of the
    yearly innovation, `persistence` its AR(1) coefficient, `start` the residual of the last known year.
    `degrees_of_freedom` makes the yearly innovation Student t of the same standard deviation; with a
    `posterior`, size and persistence of the innovations are themselves drawn.
    """

    trend_sd: Annotated[float, Field(ge=0.0, le=0.5)] = 0.0
    annual_sd: Annotated[float, Field(ge=0.0, le=0.5)] = 0.0
    persistence: Annotated[float, Field(gt=-1.0, lt=1.0)] = 0.0
    start: float = 0.0
    degrees_of_freedom: Annotated[float, Field(gt=2.0)] | None = None
    posterior: Posterior | None = None


class Event(Sourced):
    """A rare shock that may strike in any year: level effect −loss·[permanent + (1−permanent)·recovery^k]."""

    probability: Probability
    loss: Annotated[float, Field(gt=0.0, lt=0.5)]
    permanent: Probability = 0.0
    recovery: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.5
    weights: dict[str, float] = Field(min_length=1)

    @field_validator("weights")
    @classmethod
    def _known_drivers(cls, value: dict[str, float]) -> dict[str, float]:
        return _require_uncertain(value)


class Factor(Sourced):
    """A common shock: the correlation of each driver with it, of yearly innovations and of trends."""

    loadings: dict[str, Loading] = Field(default_factory=dict)
    trend_loadings: dict[str, Loading] = Field(default_factory=dict)

    @field_validator("loadings", "trend_loadings")
    @classmethod
    def _known_drivers(cls, value: dict[str, float]) -> dict[str, float]:
        return _require_uncertain(value)

    @model_validator(mode="after")
    def _not_empty(self) -> Factor:
        if not self.loadings and not self.trend_loadings:
            raise ValueError("a factor needs loadings or trend_loadings")
        return self


class Correlation(Sourced):
    """Correlations of what the factors leave over, in `order`; `repair` allows the nearest matrix."""

    order: list[str] = Field(min_length=2)
    matrix: list[list[float]]
    repair: bool = False

    @field_validator("order")
    @classmethod
    def _known_once(cls, value: list[str]) -> list[str]:
        twice = sorted({name for name in value if value.count(name) > 1})
        if twice:
            raise ValueError(f"named twice: {', '.join(twice)}")
        return _require_uncertain(value)


class Dependence(Table):
    """How the drivers move together.

    Without `degrees_of_freedom` the dependence is a Gaussian copula. With them the yearly shocks of all
    drivers share one random scale a year, which makes them jointly Student t: extremes come together, in
    either direction, even where nothing is correlated. Tails of single drivers give way to the common one.
    """

    degrees_of_freedom: Annotated[float, Field(gt=2.0)] | None = None
    factors: dict[str, Factor] = Field(default_factory=dict)
    correlation: Correlation | None = None


class Assumption(Quantity):
    """A single judgement with the range that a user may move it in, and its unit."""

    unit: str = "dimensionless"


class Conventions(Table):
    """Choices of measurement that change a verdict without changing the economy.

    `yearly_shocks` says how much of an estimate the yearly shocks carry. "posterior" draws their size and
    persistence anew in every path and gives them Student t tails where they were estimated; "gaussian" holds
    both at their medians, which leaves parameter uncertainty to the trends and makes every target's margin
    nearly linear in normals: probabilities then come with far smaller errors.
    """

    yearly_shocks: Literal["gaussian", "posterior"] = "posterior"
    real_basis: Literal["chained", "fixed_base"] = "chained"
    price_base_interval: Annotated[int, Field(ge=1, le=50)] = 5
    mean_preserving: bool = False
    income_basis: Literal["gdp", "gdp_per_capita"] = "gdp"


class Scenario(Table):
    """A what-if: growth paths, uncertainty, dependence, conventions and assumptions for one place.

    Built by `load_scenario`; changed by `derive`, which validates the whole again. No driver scatters in
    the years up to `known_until`: their medians are what was published. What is no driver still does: the
    water of each year (`[energy.supply.hydrology]`), and delay and failure of projects. Without an `energy`
    table no quantity of energy and carbon is projected. `notes` says which changes to the scenario that this
    one was made from cannot do what they look like; its results repeat them.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w .+-]*$")]
    label: Text
    story: Text
    place: str
    baseline: Literal["plan", "census"] = "census"
    horizon: Annotated[int, Field(ge=1900, le=2200)] = 2035
    known_until: Annotated[int, Field(ge=1900, le=2200)] | None = None
    paths: dict[str, PathSpec]
    uncertainty: dict[str, Uncertainty] = Field(default_factory=dict)
    events: dict[str, Event] = Field(default_factory=dict)
    dependence: Dependence = Dependence()
    conventions: Conventions = Conventions()
    assumptions: dict[str, Assumption] = Field(default_factory=dict)
    adjustments: dict[str, dict[int, float]] = Field(default_factory=dict)
    assumed_targets: dict[str, Assumption] = Field(default_factory=dict)
    energy: EnergySpec | None = None
    projects: dict[str, ProjectSpec] = Field(default_factory=dict)
    shipped_projects: list[str] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)

    @field_validator("paths", "uncertainty", "adjustments")
    @classmethod
    def _known_drivers(cls, value: dict[str, Any]) -> dict[str, Any]:
        return _require_drivers(value)

    @field_validator("paths")
    @classmethod
    def _complete(cls, value: dict[str, PathSpec]) -> dict[str, PathSpec]:
        missing = [name for name, driver in DRIVERS.items() if driver.is_required and name not in value]
        problems = [f"no path for '{name}' ({DRIVERS[name].meaning_en})" for name in missing]
        if ("province" in value) == ("rest_of_province" in value):
            problems.append(
                "give a path for either 'province' or 'rest_of_province': each follows from the other"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return value

    @field_validator("uncertainty")
    @classmethod
    def _uncertain_drivers(cls, value: dict[str, Uncertainty]) -> dict[str, Uncertainty]:
        return _require_uncertain(value)

    def derive(self, name: str, changes: Mapping[str, Any]) -> Scenario:
        """Return a copy called `name` with `changes` by dotted key, such as {"paths.tertiary.growth": 0.075}.

        None takes a key out: {"uncertainty.tertiary": None} leaves the tertiary sector without scatter. A
        change that something else overrules (a sector's path where `paths.total` rescales the sectors) is
        told in `notes`, in those of every result, and by `diff`.

        Raises
        ------
        ScenarioError
            If a key leads nowhere or the result is not valid; all problems at once.
        """
        return derive_scenario(self, name, changes)

    def diff(self, other: Scenario) -> dict[str, tuple[Any, Any]]:
        """Return the dotted keys in which this scenario and `other` differ, with both values."""
        return diff_scenarios(self, other)

    def to_toml(self) -> str:
        """Return the resolved scenario as TOML text."""
        return scenario_toml(self)

    def __str__(self) -> str:
        return self.card()

    __repr__ = __str__

    def card(self) -> str:
        """Return the scenario in a few lines: what it is, its paths, what is uncertain."""
        lines = [
            f"Scenario '{self.name}': {self.label.en} ({self.label.zh})",
            f"  {self.story.en}",
            f"  place {self.place}, population vintage {self.baseline}, to {self.horizon}",
        ]
        lines += [f"  {name:<26} {path}" for name, path in self.paths.items()]
        lines.append(f"  uncertain: {', '.join(self.uncertainty) or 'nothing'}")
        lines += [f"  note: {note}" for note in self.notes]
        if self.events:
            lines.append(f"  events: {', '.join(self.events)}")
        return "\n".join(lines)


def _require_uncertain(value: _C) -> _C:
    """Return `value`, or raise if a name is no driver or is one that only fixes a median."""
    problems = [unknown_name("driver", name, DRIVERS) for name in value if name not in DRIVERS]
    problems += [
        f"'{name}' only fixes a median; name {instead} instead"
        for name, instead in (("total", "the three sectors"), ("province", "'rest_of_province'"))
        if name in value
    ]
    if problems:
        raise ValueError("; ".join(problems))
    return value


def _require_drivers(value: dict[str, _V]) -> dict[str, _V]:
    unknown = [unknown_name("driver", name, DRIVERS) for name in value if name not in DRIVERS]
    if unknown:
        raise ValueError("; ".join(unknown))
    return value


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
