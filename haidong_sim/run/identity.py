"""What makes two runs the same run: the package that computes, and everything that decides a number."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import metadata
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.errors import ScenarioError
from haidong_sim.run.run_files import registry_hash
from haidong_sim.run.samplers import BLOCK_DRAWS
from haidong_sim.run.summary import N_BINS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

    from haidong_sim.place import Registry
    from haidong_sim.run.program import Program
    from haidong_sim.run.summary import Grids

_DECIDING: Final = ("engine", "indicators", "model", "place", "questions", "run", "scenario")
"""Layers whose files decide the numbers of a run."""

_MOST_SHOWN: Final = 8

_PILOT: Final = "bins and controls of the pilot"
"""Follows from the rest, but for a last digit on another processor: counts over other bins do not add up."""


def package_version() -> str:
    """Return the version of the installed package."""
    return metadata.version("haidong-sim")


@cache
def _sources() -> str:
    digest = hashlib.sha256()
    root = files("haidong_sim")
    for layer in _DECIDING:
        for name, content in sorted(_contents(root / layer, layer)):
            digest.update(name.encode())
            digest.update(content)
    return digest.hexdigest()[:16]


def _contents(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        inner = f"{name}/{entry.name}"
        if entry.is_dir():
            yield from _contents(entry, inner)
        elif entry.name.endswith((".py", ".csv", ".npy")):
            yield inner, entry.read_bytes()


def package_identity() -> dict[str, str]:
    """Return what a worker has to share: version, a hash of the deciding sources, the version of NumPy."""
    return {"version": package_version(), "sources": _sources(), "numpy": metadata.version("numpy")}


def require_same_package(wanted: Mapping[str, str]) -> None:
    """Raise unless this process computes with the package that `wanted` describes.

    Raises
    ------
    ScenarioError
        With both versions.
    """
    if found := differences(wanted, package_identity()):
        raise ScenarioError(
            "executor: a worker runs another haidong_sim than the session that sent it work "
            f"(session → worker): {'; '.join(found)}. Install the same version on every worker"
        )


def run_identity(program: Program, registry: Registry, grids: Grids, entropy: int) -> dict[str, str]:
    """Return everything that decides the numbers of a block, as text under dotted names.

    The number of draws is not part of it: a block is the same in a run of ten million as in one of a hundred
    thousand, so that a finished run can be extended.
    """
    described: dict[str, Any] = {
        **package_identity(),
        "entropy": entropy,
        "sampler": program.sampler,
        "precision": program.precision,
        "draws of a replicate": program.replicate_draws,
        "draws of a block": BLOCK_DRAWS,
        "bins": N_BINS,
        "indicators": ", ".join(program.indicators),
        "keep": ", ".join(program.keep),
        "targets": _digest(repr(program.functionals)),
        "registry": f"{registry.place.name} {registry_hash(registry)[:16]}",
    }
    tables = program.scenario.model_dump(mode="json", exclude={"name", "label", "story", "notes"})
    described |= {f"scenario.{key}": value for key, value in _leaves(tables)}
    controls = None if program.controls is None else program.controls.distances.tolist()
    described[_PILOT] = _digest(repr((sorted(grids.edges.items()), controls)))
    return {name: str(value) for name, value in described.items()}


def differences(one: Mapping[str, str], two: Mapping[str, str]) -> list[str]:
    """Return "name: this → that" for everything in which two identities differ, the longest lists cut."""
    names = [*one, *(name for name in two if name not in one)]
    differing = [name for name in names if one.get(name) != two.get(name)]
    if len(differing) > 1 and _PILOT in differing:
        differing.remove(_PILOT)
    found = [f"{name}: {_short(one.get(name))} → {_short(two.get(name))}" for name in differing]
    more = len(found) - _MOST_SHOWN
    return [*found[:_MOST_SHOWN], *([f"and {more} more"] if more > 0 else [])]


def _leaves(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tables.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", json.dumps(value, ensure_ascii=False)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _short(text: str | None) -> str:
    if text is None:
        return "nothing"
    return text if len(text) <= 60 else f"{text[:57]}…"
