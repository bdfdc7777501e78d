"""The registry: everything that is published about a place, with look-ups that name the nearest match."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from haidong_sim.errors import RegistryError, unknown_name
from haidong_sim.place.baseline import Baseline, BaselineValue, require_baseline
from haidong_sim.place.series import Series, SeriesPoint, ratio_of, select_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from haidong_sim.place.limits import CapStatistic, HistoricalRange
    from haidong_sim.place.observations import Observation
    from haidong_sim.place.place import Place
    from haidong_sim.place.policy import PolicyRow, PriorStatistic
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
