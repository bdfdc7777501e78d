"""Results files of the calibration: written to be read by people, compared number by number."""

from __future__ import annotations

import math
import tomllib
from typing import TYPE_CHECKING, Any, Final

import tomli_w

from haidong_sim.errors import EstimationError
from haidong_sim.run.saving import new_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_ABSOLUTE: Final = 2e-6
_RELATIVE: Final = 1e-5


def results_bytes(name: str, tables: Mapping[str, Any]) -> bytes:
    """Return tables as TOML for a file of this name, keys in the order given.

    Raises
    ------
    EstimationError
        If a number is not finite: a file that is read by scenarios holds no gaps.
    """
    for where, value in _leaves(tables):
        if isinstance(value, float) and not math.isfinite(value):
            raise EstimationError(f"{name}: {where} is {value}; nothing was written")
    return tomli_w.dumps(dict(tables), multiline_strings=False).encode()


def write_results(path: Path, tables: Mapping[str, Any], *, force: bool = False) -> None:
    """Write tables as TOML, keys in the order given.

    Raises
    ------
    EstimationError
        If a number is not finite: a file that is read by scenarios holds no gaps.
    OutputError
        If the file exists and `force` is not set, or cannot be written.
    """
    content = results_bytes(path.name, tables)
    with new_file(path, force=force) as draft:
        draft.write_bytes(content)


def read_results(path: Path) -> dict[str, Any]:
    """Read a results file.

    Raises
    ------
    EstimationError
        If there is none, or it is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise EstimationError(f"{path} does not exist; run the calibration") from None
    except tomllib.TOMLDecodeError as problem:
        raise EstimationError(f"{path} is not TOML: {problem}") from None


def check_drift(committed: Mapping[str, Any], computed: Mapping[str, Any]) -> list[str]:
    """Return where two results differ, one line each; numbers may differ in the last printed digit."""
    old, new = dict(_leaves(committed)), dict(_leaves(computed))
    lines = [f"{where}: {old[where]!r} is no longer computed" for where in old if where not in new]
    lines += [f"{where}: {new[where]!r} is new" for where in new if where not in old]
    for where, value in old.items():
        if where in new and not _same(value, new[where]):
            lines.append(f"{where}: committed {value!r}, computed {new[where]!r}")
    return lines


def _same(old: object, new: object) -> bool:
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        return math.isclose(old, new, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
    return old == new


def _leaves(value: object, where: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{where}.{key}" if where else str(key))
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from _leaves(item, f"{where}[{i}]")
    else:
        yield where, value
