"""Optional packages, each asked for by the name of the extra that brings it; and files never overwritten."""

from __future__ import annotations

import contextlib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXTRAS: Final = {"xarray": "xarray", "openpyxl": "excel", "pyarrow": "parquet"}


def require_extra(package: str) -> Any:
    """Return an optional package.

    Raises
    ------
    OutputError
        If it is not installed, with the command that installs it.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError:
        extra = _EXTRAS[package]
        raise OutputError(
            f"this needs the package '{package}', which is not installed; "
            f"the extra '{extra}' brings it: pip install 'haidong-sim[{extra}]'"
        ) from None


@contextlib.contextmanager
def new_file(path: str | Path, *, force: bool) -> Iterator[Path]:
    """Yield a draft beside `path` that takes its place when all went well.

    Raises
    ------
    OutputError
        If the file exists and `force` is not set, or cannot be written.
    """
    place = Path(path)
    if place.exists() and not force:
        raise OutputError(f"file '{place}' exists; choose another name, or give force=True to replace it")
    draft = place.with_name(f".{place.name}.draft{place.suffix}")
    try:
        yield draft
        draft.replace(place)
    except OSError as error:
        raise OutputError(f"file '{place}' cannot be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
