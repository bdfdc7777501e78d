"""From a folder of data files to a Registry, with every problem of every file reported at once."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from haidong_sim.errors import Problems, RegistryError, public, unknown_name
from haidong_sim.place.baseline import BASELINE_COLUMNS, read_baseline_value
from haidong_sim.place.checks import check_registry
from haidong_sim.place.limits import (
    CAP_COLUMNS,
    CAPS_FILE,
    LIMIT_COLUMNS,
    LIMITS_FILE,
    read_cap,
    read_limit,
)
from haidong_sim.place.observations import OBSERVATION_COLUMNS, read_observation
from haidong_sim.place.place import read_place
from haidong_sim.place.policy import POLICY_COLUMNS, PRIOR_COLUMNS, read_policy, read_prior_statistic
from haidong_sim.place.registry import Registry
from haidong_sim.place.rows import require_rows
from haidong_sim.place.series import SERIES_COLUMNS, read_series_point
from haidong_sim.place.sources import CONFLICT_COLUMNS, SOURCE_COLUMNS, read_conflict, read_source
from haidong_sim.place.targets import TARGET_COLUMNS, read_target
from haidong_sim.resources import DEFAULT_PLACE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from haidong_sim.place.rows import Row

PLACE_FILE: Final = "place.toml"
CALIBRATION_FILE: Final = "calibration.toml"
_OPTIONAL: Final = (LIMITS_FILE, CAPS_FILE)

_R = TypeVar("_R")


@public
def load_registry(name_or_folder: str | Path = DEFAULT_PLACE) -> Registry:
    """Load a bundled registry by name, or the registry in a folder.

    A folder holds place.toml and the eight CSV files of a registry; limits.csv, caps.csv and calibration.toml
    may be missing. A name without a path separator that is no folder is looked up among the bundled
    registries.

    Raises
    ------
    RegistryError
        If there is no such registry, or its files have problems: all of them are listed, each with file,
        row, column, what is allowed and the nearest name.
    """
    folder = Path(name_or_folder)
    if folder.is_dir():
        return _load_folder(folder)
    bundled = files("haidong_sim.place").joinpath("data")
    names = sorted(entry.name for entry in bundled.iterdir() if entry.is_dir())
    if str(name_or_folder) not in names:
        raise RegistryError(
            f"{unknown_name('registry', str(name_or_folder), names)}, or the path of a folder"
        )
    with as_file(bundled.joinpath(str(name_or_folder))) as path:
        return _load_folder(path)


def _load_folder(folder: Path) -> Registry:
    problems = Problems(f"registry '{folder.name}'")
    numbered: dict[str, list[Row]] = {}

    def read(file: str, columns: Sequence[str], reader: Callable[[Row], _R]) -> tuple[_R, ...]:
        rows = list(require_rows(folder / file, columns, problems, is_optional=file in _OPTIONAL))
        numbered[file] = rows
        return tuple(reader(row) for row in rows)

    registry = Registry(
        place=read_place(folder / PLACE_FILE, problems),
        observations=read("observations.csv", OBSERVATION_COLUMNS, read_observation),
        targets=read("targets.csv", TARGET_COLUMNS, read_target),
        sources=read("sources.csv", SOURCE_COLUMNS, read_source),
        conflicts=read("conflicts.csv", CONFLICT_COLUMNS, read_conflict),
        baseline_values=read("baseline.csv", BASELINE_COLUMNS, read_baseline_value),
        series_points=read("series.csv", SERIES_COLUMNS, read_series_point),
        policy=read("policy.csv", POLICY_COLUMNS, read_policy),
        prior_statistics=read("prior_stats.csv", PRIOR_COLUMNS, read_prior_statistic),
        limits=read(LIMITS_FILE, LIMIT_COLUMNS, read_limit),
        caps=read(CAPS_FILE, CAP_COLUMNS, read_cap),
        calibration=_text(folder / CALIBRATION_FILE, problems),
    )
    check_registry(registry, numbered)
    problems.raise_if_any(RegistryError)
    return registry


def _text(path: Path, problems: Problems) -> str:
    """Return the text of a file that may be missing."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        problems.add(path.name, f"is not UTF-8 text (byte {error.start})")
        return ""
