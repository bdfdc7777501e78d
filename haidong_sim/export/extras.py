"""Optional packages, each asked for by the name of the extra that brings it."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from haidong_sim.errors import OutputError

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
