"""A run on disk: the resolved scenario, the tables, and a manifest that says how to repeat it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
import sys
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.run.saving import (
    RUN,
    Destination,
    csv_bytes,
    describe_files,
    new_folder,
    require_free,
)
from haidong_sim.scenario import scenario_toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from haidong_sim.place import Registry
    from haidong_sim.run.result import Result
    from haidong_sim.run.saving import Draft

SCENARIO: Final = "scenario.resolved.toml"
INDICATORS: Final = "indicators.csv"
TARGETS: Final = "targets.csv"
ASSUMPTIONS: Final = "assumptions.csv"
PAGE: Final = "report.html"
_NUMERIC_PACKAGES: Final = ("numpy", "scipy", "pandas", "boost-histogram")


def save_result(
    result: Result,
    folder: str | Path | Destination,
    *,
    force: bool = False,
    started: datetime | None = None,
    command: str = "",
    finish: Callable[[Draft], None] | None = None,
) -> Path:
    """Write a result into a new folder and return it; the folder appears whole or not at all.

    Parameters
    ----------
    folder
        Where to; or what `require_free` said of it before a long run, so that what has come there since is
        not replaced.
    force
        Whether an earlier result in the same place is replaced: the unchanged files that its manifest lists,
        in a folder that holds nothing else. Anything else is never replaced.
    started, command
        When and how the run was started, for the manifest.
    finish
        Called with the draft before it is put in place, to add figures or a page.

    Raises
    ------
    OutputError
        If the folder exists and may not be replaced, or cannot be written; see `require_free`, `new_folder`.
    """
    place = folder if isinstance(folder, Destination) else require_free(folder, force=force)
    tables = {INDICATORS: result.frame(), TARGETS: result.check(), ASSUMPTIONS: result.assumptions()}
    files = {SCENARIO: scenario_toml(result.scenario).encode()}
    files |= {name: csv_bytes(table) for name, table in tables.items()}
    about = describe_run(result, started=started or datetime.now(UTC), command=command)
    about["scenario_sha256"] = hashlib.sha256(files[SCENARIO]).hexdigest()
    with new_folder(place, about) as draft:
        for name, content in files.items():
            draft.add(name, content)
        if finish is not None:
            finish(draft)
    return place.path


def describe_run(result: Result, *, started: datetime, command: str) -> dict[str, Any]:
    """Return the manifest of a run without its files: what is needed to repeat it."""
    program = result.program
    return describe_files(RUN, command) | {
        "started": started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "scenario": result.scenario.name,
        "place": result.registry.place.name,
        "registry_sha256": registry_hash(result.registry),
        "baseline": result.scenario.baseline,
        "base_year": program.base_year,
        "horizon": result.scenario.horizon,
        "draws": result.draws,
        # As text: 128 random bits do not survive a reader that takes every number for a float.
        "entropy": None if result.entropy is None else str(result.entropy),
        "sampler": program.sampler,
        "precision": program.precision,
        "replicate_draws": program.replicate_draws,
        "indicators": list(result.indicators),
        "is_partial": result.is_partial,
        "planned_draws": result.planned_draws or result.draws,
        "notes": list(result.notes),
        "python": platform.python_version(),
        "packages": {name: package_versions()[name] for name in _NUMERIC_PACKAGES},
        "platform": f"{platform.system()} {platform.machine()} {sys.byteorder}-endian",
    }


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that numbers depend on, this one first."""
    return {name: metadata.version(name) for name in ("haidong-sim", *_NUMERIC_PACKAGES)}


def registry_hash(registry: Registry) -> str:
    """Return a hash of every row of a registry, the same wherever its folder is."""
    content = json.dumps(dataclasses.asdict(registry), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()
