"""The one writer of files: whole or not at all, and never over what this program did not write itself.

A folder of results has a manifest with the digest of every other file: `ownership` tells by it what is ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from haidong_sim.errors import OutputError
from haidong_sim.run.exchange import exchange, undisturbed
from haidong_sim.run.ownership import (
    FORMAT,
    MANIFEST,
    PROGRAM,
    digest_of,
    file_digest,
    in_way_of,
    is_written,
    look,
    named,
    read_manifest,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A folder that may be written, and what stood there when it was asked for.

    `held` has the digest of every file by its name; it is empty for an empty folder, None where none stands.
    """

    path: Path
    held: Mapping[str, str] | None


@dataclass(kw_only=True)
class Draft:
    """A folder in the making, beside the place that it will take."""

    folder: Path
    about: dict[str, Any]
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, content: bytes) -> None:
        """Write a file and list it in the manifest; an interrupted one is neither there nor listed.

        Raises
        ------
        OutputError
            If the program writes no such file into a folder of this kind.
        """
        if not is_written(self.about["kind"], name):
            raise OutputError(f"'{name}' is no name of a file of a {self.about['kind']}; it was not written")
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.write_bytes(content)
        except BaseException:
            path.unlink(missing_ok=True)
            if path.parent != self.folder and not any(path.parent.iterdir()):
                path.parent.rmdir()
            raise
        self.files[name] = {"sha256": digest_of(content), "bytes": len(content)}

    def manifest(self) -> dict[str, Any]:
        """Return the manifest of what was added so far."""
        return self.about | {"files": dict(self.files)}


def require_free(folder: str | Path, *, force: bool = False) -> Destination:
    """Return the destination of a result if a folder may be written there.

    Parameters
    ----------
    force
        Whether an earlier result is replaced: a folder that holds its manifest, unchanged files that the
        manifest lists, and nothing else.

    Raises
    ------
    OutputError
        If something stands there that is not replaced, with the names of what is in the way.
    """
    path = Path(folder)
    if path.name in {"", ".."}:
        # The folder is renamed beside itself, for which it needs a name.
        path = path.resolve()
    try:
        held, in_way = look(path)
    except OSError as error:
        raise OutputError(f"'{path}' cannot be read: {error.strerror or error}") from error
    above = next(parent for parent in path.absolute().parents if os.path.lexists(parent))
    if not above.is_dir():
        raise OutputError(f"'{path}' cannot be written: '{above}' is not a folder")
    if (held or in_way) and not force:
        raise OutputError(
            f"'{path}' exists and is not empty; choose another, or give --force to replace the result in it"
        )
    if in_way:
        raise OutputError(
            f"'{path}' is not replaced, and nothing in it was touched. In the way: {named(in_way)}. "
            "Move that away, or choose another folder"
        )
    return Destination(path=path, held=held)


def describe_files(kind: str, command: str = "") -> dict[str, Any]:
    """Return the head of a manifest, by which a later call knows the folder for one of ours."""
    return {
        "program": PROGRAM,
        "format": FORMAT,
        "kind": kind,
        "command": command,
        "version": metadata.version(PROGRAM),
    }


@contextlib.contextmanager
def new_folder(place: Destination, about: Mapping[str, Any]) -> Iterator[Draft]:
    """Yield a draft of a folder; on leaving it is put in place, or removed if anything went wrong.

    The manifest is written last, so that a folder with one is whole.

    Raises
    ------
    OutputError
        If it cannot be written; or if by then something else stands in its place, which is left as it is:
        the result is then kept beside it, and the message says where.
    """
    path = place.path
    folder: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = _new_draft_folder(path)
        draft = Draft(folder=folder, about=dict(about))
        yield draft
        with undisturbed():
            (folder / MANIFEST).write_bytes(_manifest_bytes(draft.manifest()))
            exchange(folder, place.path, place.held)
    except OSError as error:
        raise OutputError(
            f"'{path}' cannot be written: {error.strerror or error}; nothing was left behind"
        ) from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def save_files(place: Destination, kind: str, files: Mapping[str, bytes], *, command: str = "") -> Path:
    """Write files and their manifest into a folder and return it; see `new_folder`."""
    with new_folder(place, describe_files(kind, command)) as draft:
        for name, content in files.items():
            draft.add(name, content)
    return place.path


@contextlib.contextmanager
def amended_folder(folder: Path) -> Iterator[Draft]:
    """Yield a draft whose files take their places in a folder of ours on leaving, the new manifest last.

    Raises
    ------
    OutputError
        If the folder is none of ours, if a file is in the way that its manifest does not list as it is, or if
        a file cannot be written. Nothing in the folder was touched then.
    """
    before = read_manifest(folder)
    drafts: Path | None = None
    try:
        drafts = _new_draft_folder(folder.resolve())
        draft = Draft(folder=drafts, about={name: before[name] for name in before if name != "files"})
        yield draft
        in_way = [why for name in draft.files if (why := in_way_of(folder, name, before))]
        if (folder / MANIFEST).is_symlink() or read_manifest(folder) != before:
            in_way.append(f"{MANIFEST} (a link, or changed meanwhile)")
        if in_way:
            raise OutputError(
                f"nothing in '{folder}' was touched. In the way: {named(in_way)}. Move that away first"
            )
        manifest = draft.about | {"files": before["files"] | draft.files}
        (drafts / MANIFEST).write_bytes(_manifest_bytes(manifest))
        with undisturbed():
            for name in [*draft.files, MANIFEST]:
                (folder / name).parent.mkdir(exist_ok=True)
                (drafts / name).replace(folder / name)
    except OSError as error:
        raise OutputError(f"'{folder}' cannot be written: {error.strerror or error}") from error
    finally:
        if drafts is not None:
            shutil.rmtree(drafts, ignore_errors=True)


@contextlib.contextmanager
def new_file(path: str | Path, *, force: bool = False) -> Iterator[Path]:
    """Yield a draft beside `path` that takes its place when all went well.

    Raises
    ------
    OutputError
        If something stands there and `force` is not set; if it is a link or no file, or was changed while the
        new one was made, even then; or if it cannot be written.
    """
    place = Path(path)
    drafts: Path | None = None
    try:
        before = file_digest(place)
        if os.path.lexists(place) and not force:
            raise OutputError(f"file '{place}' exists; choose another name, or ask with force to replace it")
        if os.path.lexists(place) and before is None:
            raise OutputError(f"'{place}' is a link or no file; it is not replaced, choose another name")
        drafts = _new_draft_folder(place)
        # The name is the final one: some writers tell the format by it.
        yield drafts / place.name
        with undisturbed():
            if os.path.lexists(place) is (before is None) or file_digest(place) != before:
                raise OutputError(f"file '{place}' changed meanwhile; nothing was written")
            (drafts / place.name).replace(place)
    except OSError as error:
        raise OutputError(f"file '{place}' cannot be written: {error.strerror or error}") from error
    finally:
        if drafts is not None:
            shutil.rmtree(drafts, ignore_errors=True)


def csv_bytes(table: pd.DataFrame) -> bytes:
    """Return a table as UTF-8 CSV; numbers are written so that reading gives the same bits."""
    return table.to_csv(index=False, lineterminator="\n").encode()


def _manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    return (json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode()


def _new_draft_folder(path: Path) -> Path:
    folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    # A private draft becomes a folder like any other.
    folder.chmod(0o755)
    return folder
