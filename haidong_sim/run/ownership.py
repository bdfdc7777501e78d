"""What in a folder is ours: files that a manifest lists, under names that the program writes, unchanged.

Everything else is never replaced: an edited file, a file that no manifest lists, a link.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.errors import OutputError
from haidong_sim.indicators import catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MANIFEST: Final = "manifest.json"
FIGURES: Final = "figures"
PROGRAM: Final = "haidong-sim"
FORMAT: Final = 2
"""Number of the manifest's form; 2 lists figures and page too."""

RUN: Final = "run"

_NAMES: Final = MappingProxyType(
    {
        # What `monitor` adds lies beside the run that it rests on.
        RUN: r"scenario\.resolved\.toml|(indicators|targets|assumptions)\.csv|report\.html"
        r"|(monitoring|contributions|observations)\.csv|lights\.(svg|png)"
        r"|figures/(?P<figure>[a-z0-9_]+?)(_zh)?\.(svg|png)",
        "backcast": r"(changes|frontier)\.csv|solved\.toml",
        "sensitivity": r"[a-z_]+\.(csv|svg|png)",
        "comparison": r"([^/]+/)?[^/]+\.(svg|png)",
        "three-way study": r"three_way\.csv|three_way(_zh)?\.png",
        "calibration": r"[a-z0-9_]+\.toml",
    }
)
"""What each kind of result writes, besides its manifest."""

_OTHER_FIGURES: Final = frozenset({"industry_shares", "target_board"})
_MOST_NAMED: Final = 3


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder of ours.

    Raises
    ------
    OutputError
        If there is none, if it is no JSON, or not a manifest that this version writes.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"'{folder}' holds no saved run: {MANIFEST} cannot be read ({error})") from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise OutputError(f"'{path}' is not JSON any more: {error}") from None
    if not isinstance(manifest, dict) or manifest.get("program") != PROGRAM:
        raise OutputError(f"'{path}' is not a manifest that {PROGRAM} writes")
    if manifest.get("format") != FORMAT:
        raise OutputError(
            f"'{path}' is of format {manifest.get('format')!r}, written by version "
            f"{manifest.get('version')}; this version reads and writes format {FORMAT}: open it with that "
            "version, or make the result again in another folder"
        )
    files = manifest.get("files")
    if not isinstance(files, dict) or not all(
        is_written(manifest.get("kind"), name) and isinstance(about, dict) for name, about in files.items()
    ):
        raise OutputError(f"'{path}' is not a manifest that {PROGRAM} writes: it lists other files than ours")
    return manifest


def changed_files(folder: Path, manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return for each file that is not as its manifest lists it what is wrong with it."""
    found = {}
    for name, about in manifest["files"].items():
        if not os.path.lexists(folder / name):
            found[name] = "is missing"
        elif _listed_digest(folder, name) != about.get("sha256"):
            found[name] = "its content is not what the manifest says was written"
    return found


def is_written(kind: Any, name: str) -> bool:
    """Return whether the program writes a file of this name into a folder of this kind."""
    pattern = _NAMES.get(kind) if isinstance(kind, str) else None
    match = re.fullmatch(pattern, name) if pattern else None
    # No name leaves its folder or hides in it, whatever a pattern allows.
    if (
        match is None
        or not {"\\", ":"}.isdisjoint(name)
        or any(part.startswith(".") for part in name.split("/"))
    ):
        return False
    figure = match.groupdict().get("figure")
    return figure is None or figure in _OTHER_FIGURES or figure in catalogue()


def look(path: Path) -> tuple[dict[str, str] | None, list[str]]:
    """Return digests of our files in a folder, None if there is no folder, and names of what is not ours."""
    if not os.path.lexists(path):
        return None, []
    if path.is_symlink() or not path.is_dir():
        return {}, [f"{path.name} (a link)" if path.is_symlink() else f"{path.name} (no folder)"]
    names = sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in path.iterdir())
    if MANIFEST not in names or (path / MANIFEST).is_symlink():
        return {}, names
    try:
        manifest = read_manifest(path)
    except OutputError:
        others = [name for name in names if name != MANIFEST]
        return {}, [f"{MANIFEST} (not of this program, or of another version of it)", *others]
    held = {MANIFEST: digest_of((path / MANIFEST).read_bytes())}
    in_way: list[str] = []
    _look_into(path, "", manifest["files"], held, in_way)
    return held, in_way


def _look_into(
    path: Path, folder: str, listed: Mapping[str, Any], held: dict[str, str], in_way: list[str]
) -> None:
    """Sort what stands in one folder of a result into files of ours and others; go into folders of ours."""
    folders = {str(parent) for name in listed for parent in PurePosixPath(name).parents}
    for entry in sorted(os.scandir(path / folder), key=lambda entry: entry.name):
        name = f"{folder}/{entry.name}" if folder else entry.name
        if entry.is_symlink():
            in_way.append(f"{name} (a link)")
        elif entry.is_dir():
            if name in folders:
                _look_into(path, name, listed, held, in_way)
            else:
                in_way.append(f"{name}/")
        elif name not in listed:
            if name not in held:
                in_way.append(name)
        elif (digest := file_digest(path / name)) is None or digest != listed[name].get("sha256"):
            in_way.append(f"{name} (edited)")
        else:
            held[name] = digest


def in_way_of(folder: Path, name: str, manifest: Mapping[str, Any]) -> str:
    """Return why a file of a saved result is not replaced, or nothing."""
    parent = (folder / name).parent
    if parent != folder and os.path.lexists(parent) and (parent.is_symlink() or not parent.is_dir()):
        return f"{parent.name} (no folder of ours)"
    if not os.path.lexists(folder / name):
        return ""
    if name not in manifest["files"]:
        return f"{name} (not listed in the manifest)"
    edited = _listed_digest(folder, name) != manifest["files"][name].get("sha256")
    return f"{name} (edited)" if edited else ""


def _listed_digest(folder: Path, name: str) -> str | None:
    """Return the digest of a file, None if it is reached by a link."""
    parents = PurePosixPath(name).parents
    return (
        None if any((folder / parent).is_symlink() for parent in parents[:-1]) else file_digest(folder / name)
    )


def file_digest(path: Path) -> str | None:
    """Return the digest of a plain file, None of anything else and where there is nothing."""
    return digest_of(path.read_bytes()) if path.is_file() and not path.is_symlink() else None


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


def named(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are."""
    shown = ", ".join(names[:_MOST_NAMED])
    return f"{shown} and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else shown
