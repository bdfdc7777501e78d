"""Folders of answers: written beside, exchanged whole, replaced only where all in them is ours."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import tempfile
import threading
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NoReturn

from haidong_sim.errors import OutputError
from haidong_sim.indicators import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd

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


def exchange(draft: Path, path: Path, held: Mapping[str, str] | None) -> None:
    """Put a draft in its place if what stands there is what stood there when the place was asked for.

    Parameters
    ----------
    held
        Digests of the files that stood there; empty for an empty folder, None for nothing.

    Raises
    ------
    OutputError
        If something else stands there now. It is left as it is, and the draft is kept under a free name.
    """
    if look(path) != (held, []):
        _keep_beside(draft, path)
    if not held:
        if held is not None:
            _unless_taken(path.rmdir, draft, path)
        _unless_taken(lambda: draft.rename(path), draft, path)
        return
    aside = draft.with_name(f"{draft.name}.old")
    path.rename(aside)
    # Whoever wrote into the folder since the look above wrote into what now stands aside.
    if look(aside) != (held, []):
        aside.rename(path)
        _keep_beside(draft, path)
    try:
        draft.rename(path)
    except OSError:
        if not os.path.lexists(path):
            aside.rename(path)
            raise
        _keep_beside(draft, path, f", the earlier one in '{_set_beside(aside, path)}'")
    _remove(aside, held)


def _unless_taken(step: Callable[[], object], draft: Path, path: Path) -> None:
    try:
        step()
    except OSError:
        if not os.path.lexists(path):
            raise
        _keep_beside(draft, path)


def _keep_beside(draft: Path, path: Path, more: str = "") -> NoReturn:
    """Put a draft under a free name beside its place, and say so by an error."""
    kept = _set_beside(draft, path)
    raise OutputError(
        f"'{path}' is not what it was before and was left as it is; the result is in '{kept}'{more}"
    )


def _set_beside(folder: Path, path: Path) -> Path:
    number = 2
    while os.path.lexists(kept := path.with_name(f"{path.name}-{number}")):
        number += 1
    folder.rename(kept)
    return kept


def _remove(folder: Path, held: Mapping[str, str]) -> None:
    """Remove exactly the files of ours and the folders that they leave empty."""
    try:
        for name in held:
            (folder / name).unlink()
        for parent, _, _ in os.walk(folder, topdown=False):
            Path(parent).rmdir()
    except OSError:
        raise OutputError(
            f"the result was written, but the earlier one could not be removed whole: see '{folder}'"
        ) from None


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back Ctrl-C while files change places: it comes when all of them stand."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    caught: list[Any] = []
    signal.signal(signal.SIGINT, lambda *about: caught.append(about))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if caught:
        before(*caught[0])


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
