"""Puts a finished folder in its place: in one step, over nothing but the unchanged files that stood there."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from haidong_sim.errors import OutputError
from haidong_sim.run.ownership import look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


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
