"""Everything that the calibration reads: the registry's series, panel statistics and plan figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from haidong_sim.errors import EstimationError, unknown_name
from haidong_sim.estimation.data import DEFAULT_CONFIDENCE, require_series, row_text, with_own_series
from haidong_sim.estimation.declaration import read_declaration
from haidong_sim.estimation.record import recorded_changes

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from haidong_sim.estimation.changes import Changes
    from haidong_sim.estimation.declaration import Declaration
    from haidong_sim.place import Registry

LAST_PROJECTED_YEAR: Final = 2035


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The published record, with or without series of the user's own, and what is needed beside it.

    `declaration` is what the place says of its estimation: which series estimates which driver.
    """

    series: pd.DataFrame
    registry: Registry
    declaration: Declaration

    def changes(self, name: str, *, confidence: Collection[str] = DEFAULT_CONFIDENCE) -> Changes:
        """Return the yearly changes of one quantity of the place's record.

        Raises
        ------
        EstimationError
            If the record has no such quantity, or a series of it is missing or mixes vintages.
        """
        return recorded_changes(self.series, self.declaration.record, name, confidence=confidence)

    def used(self, use: str) -> Changes:
        """Return the yearly changes of the quantity that the place puts to this use (`declaration.USES`)."""
        return self.changes(self.declaration.uses[use])

    def panel(self, group: str, statistic: str) -> float:
        """Return one statistic of the wider panels; percentages and points as fractions.

        Raises
        ------
        EstimationError
            If there is none of that name.
        """
        for row in self.registry.prior_statistics:
            if row.group == group and row.statistic == statistic:
                return row.value / 100.0
        names = {f"{row.group} / {row.statistic}" for row in self.registry.prior_statistics}
        raise EstimationError(unknown_name("panel statistic", f"{group} / {statistic}", names))

    def observation(self, id_: str) -> float:
        """Return one figure of the plan documents, in its model unit.

        Raises
        ------
        EstimationError
            If the document prints no number there.
        """
        value = self.registry.observation(id_).value
        if value is None:
            raise EstimationError(f"observation '{id_}' has no number")
        return float(value)

    def observation_row(self, id_: str) -> str:
        """Return the row of one figure of the plan documents as text, for the hash of an estimate."""
        row = self.registry.observation(id_)
        return row_text(row.id, row.printed_value, row.printed_unit, row.year, row.vintage, row.source)

    def starting_value(self, name: str) -> float:
        """Return a value of the base year on the population of the census."""
        return float(self.registry.baseline("census")[name].value)

    def starting_row(self, name: str) -> str:
        """Return the row of a value of the base year as text, for the hash of an estimate."""
        row = self.registry.baseline("census")[name]
        return row_text(row.vintage_choice, row.name, row.value, row.unit, row.year, row.vintage, row.source)


def load_inputs(registry: Registry, own: pd.DataFrame | None = None) -> Inputs:
    """Return the inputs of the calibration; `own` are the user's series in the registry's columns.

    Raises
    ------
    EstimationError
        If the user's table is malformed, or the place's calibration.toml is missing or has problems.
    """
    declaration = read_declaration(registry.calibration, registry.place)
    published = require_series(registry.series_frame(), "registry series")
    series = published if own is None else with_own_series(published, own)
    return Inputs(series=series, registry=registry, declaration=declaration)


def horizon_after(years: tuple[int, ...]) -> NDArray[np.int64]:
    """Return the years from the one after the last observed to the last projected."""
    import numpy as np

    return np.arange(years[-1] + 1, LAST_PROJECTED_YEAR + 1, dtype=np.int64)
