"""The registry of a place: all that is published of it, read from its folder and checked."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from haidong_sim.errors import Problems, RegistryError, public, unknown_name
from haidong_sim.indicators import catalogue
from haidong_sim.place.baseline import (
    BASELINE_COLUMNS,
    Baseline,
    BaselineValue,
    read_baseline_value,
    require_baseline,
)
from haidong_sim.place.limits import CAP_COLUMNS, CAPS_FILE, LIMIT_COLUMNS, LIMITS_FILE, read_cap, read_limit
from haidong_sim.place.observations import OBSERVATION_COLUMNS, read_observation
from haidong_sim.place.place import read_place
from haidong_sim.place.policy import POLICY_COLUMNS, PRIOR_COLUMNS, read_policy, read_prior_statistic
from haidong_sim.place.rows import BASELINE_CHOICES, require_rows
from haidong_sim.place.series import (
    SERIES_COLUMNS,
    Series,
    SeriesPoint,
    ratio_of,
    read_series_point,
    select_series,
)
from haidong_sim.place.sources import CONFLICT_COLUMNS, SOURCE_COLUMNS, read_conflict, read_source
from haidong_sim.place.targets import TARGET_COLUMNS, read_target
from haidong_sim.resources import DEFAULT_PLACE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import pandas as pd

    from haidong_sim.place.limits import CapStatistic, HistoricalRange
    from haidong_sim.place.observations import Observation
    from haidong_sim.place.place import Place
    from haidong_sim.place.policy import PolicyRow, PriorStatistic
    from haidong_sim.place.rows import Row
    from haidong_sim.place.sources import Conflict, Source
    from haidong_sim.place.targets import Target


class _Named(Protocol):
    @property
    def id(self) -> str: ...


_N = TypeVar("_N", bound=_Named)


@dataclass(frozen=True, kw_only=True)
class Registry:
    """The published facts of one place: rows as loaded, and look-ups by name.

    Nothing here is resolved silently: conflicting readings stay, the baseline vintage is an argument,
    and a series belongs to exactly one vintage.

    `limits` and `caps` are what history says of paths, empty for a place that has written none down;
    `calibration` is the text of its calibration.toml, which says what each driver is estimated from, or "".
    """

    place: Place
    observations: tuple[Observation, ...]
    targets: tuple[Target, ...]
    sources: tuple[Source, ...]
    conflicts: tuple[Conflict, ...]
    baseline_values: tuple[BaselineValue, ...]
    series_points: tuple[SeriesPoint, ...]
    policy: tuple[PolicyRow, ...]
    prior_statistics: tuple[PriorStatistic, ...]
    limits: tuple[HistoricalRange, ...] = ()
    caps: tuple[CapStatistic, ...] = ()
    calibration: str = ""

    @cached_property
    def _observation_by_id(self) -> dict[str, Observation]:
        return {row.id: row for row in self.observations}

    @cached_property
    def _target_by_id(self) -> dict[str, Target]:
        return {row.id: row for row in self.targets}

    @cached_property
    def _source_by_id(self) -> dict[str, Source]:
        return {row.id: row for row in self.sources}

    @cached_property
    def _conflict_by_id(self) -> dict[str, Conflict]:
        return {row.id: row for row in self.conflicts}

    def observation(self, id_: str) -> Observation:
        """Return the observation with this id; a RegistryError names the closest if there is none."""
        return _find("observation", id_, self._observation_by_id)

    def target(self, id_: str) -> Target:
        """Return the target with this id; a RegistryError names the closest if there is none."""
        return _find("target", id_, self._target_by_id)

    def source(self, id_: str) -> Source:
        """Return the source with this id; a RegistryError names the closest if there is none."""
        return _find("source", id_, self._source_by_id)

    def conflict(self, id_: str) -> Conflict:
        """Return the conflict with this id; a RegistryError names the closest if there is none."""
        return _find("conflict", id_, self._conflict_by_id)

    @property
    def core_targets(self) -> tuple[Target, ...]:
        """The targets that the projected model answers."""
        return tuple(row for row in self.targets if row.is_core)

    def baseline(self, vintage: str) -> Baseline:
        """Return the starting values of the base year in vintage "plan" or "census".

        Raises
        ------
        RegistryError
            If there is no such vintage.
        """
        return require_baseline(self.baseline_values, vintage)

    def series(
        self, indicator: str, region: str, vintage: str | None = None, *, min_confidence: str = "medium"
    ) -> Series:
        """Return one published series in one vintage; values of lower confidence are left out.

        Raises
        ------
        RegistryError
            If nothing fits, or several vintages fit and none is named.
        """
        return select_series(
            self.series_points,
            indicator=indicator,
            region=region,
            vintage=vintage,
            min_confidence=min_confidence,
        )

    def ratio(self, numerator: Series, denominator: Series) -> Series:
        """Return the ratio of two series, formed within one vintage only.

        Raises
        ------
        RegistryError
            If a common year was measured on two levels, or units or price bases differ.
        """
        return ratio_of(numerator, denominator)

    def observations_frame(self) -> pd.DataFrame:
        """Return one row per observation."""
        return _frame(self.observations)

    def targets_frame(self) -> pd.DataFrame:
        """Return one row per target."""
        return _frame(self.targets)

    def sources_frame(self) -> pd.DataFrame:
        """Return one row per source."""
        return _frame(self.sources)

    def conflicts_frame(self) -> pd.DataFrame:
        """Return one row per conflict between sources."""
        return _frame(self.conflicts)

    def baseline_frame(self, vintage: str | None = None) -> pd.DataFrame:
        """Return one row per starting value, of one vintage or (None) of both."""
        return _frame(self.baseline_values if vintage is None else self.baseline(vintage).entries)

    def series_frame(self) -> pd.DataFrame:
        """Return one row per published value of every series and vintage."""
        return _frame(self.series_points)

    def policy_frame(self) -> pd.DataFrame:
        """Return one row per policy target or outcome of province and nation."""
        return _frame(self.policy)

    def prior_statistics_frame(self) -> pd.DataFrame:
        """Return one row per dispersion or persistence statistic of the wider panels."""
        return _frame(self.prior_statistics)


def _find(kind: str, id_: str, table: dict[str, _N]) -> _N:
    try:
        return table[id_]
    except KeyError:
        raise RegistryError(unknown_name(kind, id_, table)) from None


def _frame(rows: Sequence[Any]) -> pd.DataFrame:
    """Return the fields of frozen rows as columns; tuples of names become text."""
    import pandas as pd

    def cell(value: object) -> object:
        if isinstance(value, tuple):
            return ("-" if value and isinstance(value[0], int) else ";").join(map(str, value))
        return value

    if not rows:
        return pd.DataFrame()
    names = [item.name for item in fields(rows[0])]
    return pd.DataFrame([{name: cell(getattr(row, name)) for name in names} for row in rows], columns=names)


_CITING = ("observations.csv", "targets.csv", "baseline.csv", "series.csv", "policy.csv", "prior_stats.csv")


def check_registry(registry: Registry, rows: Mapping[str, Sequence[Row]]) -> None:
    """Note the problems between rows and between files with the rows they stand in."""
    sources = {source.id for source in registry.sources}
    conflicts = {conflict.id for conflict in registry.conflicts}
    for file in _CITING:
        for row in rows[file]:
            _check_name(row, "source", sources, "source")
    for file in ("observations.csv", "targets.csv", "baseline.csv"):
        for row in rows[file]:
            _check_names(row, "conflict", conflicts, "conflict")
    regions = {region.id for region in registry.place.regions}
    for file in ("observations.csv", "targets.csv", "series.csv", "policy.csv"):
        for row in rows[file]:
            row.required("region")
            _check_names(row, "region", regions, "region")
    for row in rows["targets.csv"]:
        _check_names(row, "reference_region", regions, "region")
    for file in ("observations.csv", "targets.csv", "sources.csv", "conflicts.csv"):
        _check_unique(rows[file], ("id",))
    _check_unique(rows["series.csv"], ("indicator", "region", "vintage", "year", "period"))
    _check_one_unit(registry, rows["series.csv"])
    _check_unique(rows["limits.csv"], ("name",))
    _check_unique(rows["caps.csv"], ("cap",))
    _check_statistics(registry, rows["caps.csv"])
    _check_references(registry, rows)
    _check_baseline(registry, rows["baseline.csv"])


def _check_name(row: Row, column: str, allowed: Collection[str], kind: str) -> None:
    name = row.text(column)
    if name and name not in allowed:
        row.complain(column, unknown_name(kind, name, allowed))


def _check_names(row: Row, column: str, allowed: Collection[str], kind: str) -> None:
    for name in row.names(column):
        if name not in allowed:
            row.complain(column, unknown_name(kind, name, allowed))


def _check_unique(rows: Sequence[Row], columns: tuple[str, ...]) -> None:
    first: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = tuple(row.text(column) for column in columns)
        if key in first:
            what = " ".join(part for part in key if part)
            row.complain(columns[-1] if len(columns) == 1 else "", f"duplicate of row {first[key]}: '{what}'")
        first.setdefault(key, row.number)


def _check_one_unit(registry: Registry, rows: Sequence[Row]) -> None:
    """Note a vintage of a series with two units or price bases."""
    first: dict[tuple[str, str, str], tuple[int, str, str]] = {}
    for row, point in zip(rows, registry.series_points, strict=True):
        key = (point.indicator, point.region, point.vintage)
        number, unit, basis = first.setdefault(key, (row.number, point.unit, point.price_basis))
        if (point.unit, point.price_basis) != (unit, basis):
            row.complain(
                "unit",
                f"'{point.unit}' ({point.price_basis}) differs from row {number} of the same vintage: "
                f"'{unit}' ({basis})",
            )


def _check_statistics(registry: Registry, rows: Sequence[Row]) -> None:
    """Note caps from a statistic that prior_stats.csv does not hold."""
    groups: dict[str, set[str]] = {}
    for item in registry.prior_statistics:
        groups.setdefault(item.group, set()).add(item.statistic)
    for row in rows:
        _check_name(row, "group", groups, "group of prior_stats.csv")
        held = groups.get(row.text("group"))
        if held is not None:
            _check_name(row, "statistic", held, "statistic of that group")


def _check_references(registry: Registry, rows: Mapping[str, Sequence[Row]]) -> None:
    """Note references to indicators that neither the catalogue nor the registry speaks of."""
    known = set(catalogue())
    known |= {row.indicator for row in registry.observations}
    known |= {row.indicator for row in registry.targets}
    known |= {point.indicator for point in registry.series_points}
    outcomes = {row.id for row in registry.observations if row.status == "outcome"}
    for row in rows["targets.csv"]:
        _check_name(row, "reference_indicator", known, "reference indicator")
        _check_name(row, "base_observation", outcomes, "base observation (an outcome of observations.csv)")


def _check_baseline(registry: Registry, rows: Sequence[Row]) -> None:
    """Each vintage holds a name once, and both vintages hold the same names in the base year."""
    held: dict[str, dict[str, int]] = {choice: {} for choice in BASELINE_CHOICES}
    for row, value in zip(rows, registry.baseline_values, strict=True):
        for choice in BASELINE_CHOICES:
            if value.vintage_choice not in {choice, "both"}:
                continue
            if value.name in held[choice]:
                row.complain(
                    "name", f"duplicate of row {held[choice][value.name]}: '{value.name}' in '{choice}'"
                )
            held[choice].setdefault(value.name, row.number)
        if registry.place.base_year and value.year != registry.place.base_year:
            row.complain(
                "year", f"{value.year} is not the base year {registry.place.base_year} of place.toml"
            )
    for choice, other in (BASELINE_CHOICES, BASELINE_CHOICES[::-1]):
        for name in held[choice].keys() - held[other].keys():
            number = held[choice][name]
            row = next(row for row in rows if row.number == number)
            row.complain("vintage_choice", f"'{name}' is given for '{choice}' but not for '{other}'")


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
