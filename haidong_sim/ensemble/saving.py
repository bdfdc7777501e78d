"""A run on disk: a manifest first, then tables; written beside its place and put there in one step."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import platform
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.errors import OutputError
from haidong_sim.scenario.changing import scenario_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd

    from haidong_sim.ensemble.result import Result
    from haidong_sim.registry import Registry

MANIFEST: Final = "manifest.json"
SCENARIO: Final = "scenario.resolved.toml"
INDICATORS: Final = "indicators.csv"
TARGETS: Final = "targets.csv"
ASSUMPTIONS: Final = "assumptions.csv"
FORMAT: Final = 1
"""Version of the layout of a folder and of the columns of its tables; readers refuse later ones."""
_NUMERIC_PACKAGES: Final = ("numpy", "scipy", "pandas", "boost-histogram")


def save_result(
    result: Result,
    folder: str | Path,
    *,
    force: bool = False,
    started: datetime | None = None,
    command: str = "",
    finish: Callable[[Path], None] | None = None,
) -> Path:
    """Write a result into a new folder and return it; the folder appears whole or not at all.

    Parameters
    ----------
    force
        Whether an earlier result in the same place is replaced. Anything else is never replaced.
    started, command
        When and how the run was started, for the manifest.
    finish
        Called with the folder before it is put in place, to add figures or a page.

    Raises
    ------
    OutputError
        If the folder exists and may not be replaced, or cannot be written.
    """
    place = require_free(folder, force=force)
    files = {SCENARIO: scenario_toml(result.scenario).encode()} | {
        name: csv_bytes(table)
        for name, table in {
            INDICATORS: result.frame(),
            TARGETS: result.check(),
            ASSUMPTIONS: result.assumptions(),
        }.items()
    }
    manifest = describe_run(result, files, started=started or datetime.now(UTC), command=command)
    with _placed(place) as draft:
        # The manifest comes first: a folder without one was never a result.
        (draft / MANIFEST).write_text(
            json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
        for name, content in files.items():
            (draft / name).write_bytes(content)
        if finish is not None:
            finish(draft)
    return place


def require_free(folder: str | Path, *, force: bool = False) -> Path:
    """Return the folder as a path if a result may be written there.

    Raises
    ------
    OutputError
        If it exists and `force` is not set, or holds something else than a result.
    """
    place = Path(folder)
    if not (place.exists() or place.is_symlink()):
        return place
    if not force:
        raise OutputError(
            f"output folder '{place}' exists; choose another, or give --force to replace the result in it"
        )
    is_result = place.is_dir() and not place.is_symlink()
    if is_result and any(place.iterdir()) and not (place / MANIFEST).is_file():
        is_result = False
    if not is_result:
        raise OutputError(
            f"'{place}' holds no earlier result (no {MANIFEST}); it is not replaced, not even with --force"
        )
    return place


def describe_run(
    result: Result, files: Mapping[str, bytes], *, started: datetime, command: str
) -> dict[str, Any]:
    """Return the manifest of a run: what is needed to repeat it and to notice a changed file."""
    program = result.program
    return {
        "format": FORMAT,
        "started": started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "command": command,
        "scenario": result.scenario.name,
        "scenario_sha256": hashlib.sha256(files[SCENARIO]).hexdigest(),
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
        "version": package_versions()["haidong-sim"],
        "python": platform.python_version(),
        "packages": {name: package_versions()[name] for name in _NUMERIC_PACKAGES},
        "platform": f"{platform.system()} {platform.machine()} {sys.byteorder}-endian",
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for name, data in files.items()
        },
    }


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that numbers depend on, this one first."""
    return {name: metadata.version(name) for name in ("haidong-sim", *_NUMERIC_PACKAGES)}


def registry_hash(registry: Registry) -> str:
    """Return a hash of every row of a registry, the same wherever its folder is."""
    content = json.dumps(dataclasses.asdict(registry), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def csv_bytes(table: pd.DataFrame) -> bytes:
    """Return a table as UTF-8 CSV; numbers are written so that reading gives the same bits."""
    return table.to_csv(index=False, lineterminator="\n").encode()


@contextlib.contextmanager
def _placed(place: Path) -> Iterator[Path]:
    """Yield an empty folder beside `place`; on leaving put it there, or remove it if anything went wrong."""
    draft: Path | None = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
        # A private draft becomes a folder like any other.
        draft.chmod(0o755)
        yield draft
        _swap(draft, place)
    except OSError as error:
        raise OutputError(
            f"'{place}' cannot be written: {error.strerror or error}; nothing was left behind"
        ) from error
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)


def _swap(draft: Path, place: Path) -> None:
    if not place.exists():
        draft.rename(place)
        return
    aside = draft.with_name(f"{draft.name}.old")
    place.rename(aside)
    try:
        draft.rename(place)
    except OSError:
        aside.rename(place)
        raise
    shutil.rmtree(aside, ignore_errors=True)
