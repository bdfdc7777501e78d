"""Which world, and which futures: scenario, place and randomness of a question, resolved once.

Every function that users call begins here. Nothing above this module loads a scenario or a registry for an
answer, so that all answers about one run rest on one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from haidong_sim.engine import Rng, resolve_entropy
from haidong_sim.errors import ArgumentError, ScenarioError
from haidong_sim.place import Registry, load_registry
from haidong_sim.run.result import Result
from haidong_sim.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    from collections.abc import Iterable

Subject: TypeAlias = Result | Scenario | str | Path
"""What a question may be about: a run, a scenario, the name of a bundled one, or the path of a TOML file."""

RegistrySource: TypeAlias = Registry | str | Path | None
"""What `registry=` may be: a registry, the name of a bundled one, a folder; None for that of the subject."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A scenario at a place, with the number that fixes its futures.

    Attributes
    ----------
    entropy
        Resolved randomness; that of the run if the subject was one and no other was asked for.
    result
        The run that was given, if the subject was one.
    """

    scenario: Scenario
    registry: Registry
    entropy: int
    result: Result | None = None

    @property
    def draws(self) -> int | None:
        """Draws of the run that was given; None without one, or if it is the path without shocks."""
        return None if self.result is None or self.result.entropy is None else self.result.draws


def case_of(subject: Subject, *, registry: RegistrySource = None, rng: Rng = None) -> Case:
    """Return scenario, place and entropy of a subject.

    Parameters
    ----------
    subject
        A result, a scenario, the name of a bundled one, or a path to a TOML file. Of a result, scenario,
        place and entropy are taken.
    registry
        The place, if it is not that of the scenario. A result has its place: another one contradicts it.
    rng
        None, int, SeedSequence or Generator. None keeps the entropy of a result.

    Raises
    ------
    ArgumentError
        If the subject is none of these.
    ScenarioError
        If the scenario is not valid, or a result is given with the registry of another place.
    RegistryError
        If the registry is not valid.
    """
    if isinstance(subject, Result):
        _require_same_place(subject, registry)
        keeps = rng is None and subject.entropy is not None
        entropy = subject.entropy if keeps else resolve_entropy(rng)
        assert entropy is not None
        return Case(scenario=subject.scenario, registry=subject.registry, entropy=entropy, result=subject)
    if not isinstance(subject, Scenario | str | Path):
        raise ArgumentError(
            f"subject: {type(subject).__name__} is nothing that a question can be about. Allowed: a Result, "
            "a Scenario, the name of a bundled scenario, or the path of a TOML file"
        )
    scenario = subject if isinstance(subject, Scenario) else load_scenario(subject)
    return Case(scenario=scenario, registry=place_of(scenario, registry), entropy=resolve_entropy(rng))


def place_of(scenario: Scenario, registry: RegistrySource = None) -> Registry:
    """Return the place asked for, or that of the scenario.

    Raises
    ------
    ArgumentError
        If `registry` is no place.
    RegistryError
        If there is no such registry, or its files have problems.
    """
    if isinstance(registry, Registry):
        return registry
    if not (registry is None or isinstance(registry, str | Path)):
        raise ArgumentError(
            f"registry: {type(registry).__name__} is no place. Allowed: a Registry, the name of a bundled "
            "one, or the path of a folder"
        )
    return load_registry(scenario.place if registry is None else registry)


def subjects_of(subjects: Subject | Iterable[Subject]) -> tuple[Subject, ...]:
    """Return several subjects as a tuple; one alone is a tuple of one."""
    if isinstance(subjects, Result | Scenario | str | Path):
        return (subjects,)
    try:
        return tuple(subjects)
    except TypeError:
        raise ArgumentError(
            f"subjects: {type(subjects).__name__} is no list of results, scenarios, names or paths"
        ) from None


def _require_same_place(result: Result, registry: RegistrySource) -> None:
    if registry is None or registry is result.registry:
        return
    given, own = place_of(result.scenario, registry), result.registry
    if given == own:
        return
    names = given.place.name, own.place.name
    what = (
        f"the run is one of '{names[1]}', and '{names[0]}' was given"
        if names[0] != names[1]
        else f"the rows given for '{names[0]}' are not those that the run was made with"
    )
    raise ScenarioError(
        f"registry: {what}. Leave it out, or ask about result.scenario, which is then run there"
    )
