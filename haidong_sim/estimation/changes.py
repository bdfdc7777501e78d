"""Yearly changes: what may be stacked across vintages, because each was formed inside one.

Levels of different vintages never meet, and no change steps across a break.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.errors import EstimationError
from haidong_sim.estimation.data import Sample, rows_of, why_apart
from haidong_sim.estimation.estimate import data_hash, require_changes, require_positive

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Scale = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Yearly log or log-odds changes, `steps` of shape (year,), each formed inside one measurement.

    `rows` holds, by year, the text of the published rows that a change was formed from.
    """

    label: str
    price_basis: str
    years: tuple[int, ...]
    steps: NDArray[np.float64]
    source: str
    rows: Mapping[int, frozenset[str]] = field(default_factory=dict)

    @property
    def all_rows(self) -> frozenset[str]:
        """The rows of all years."""
        return frozenset().union(*self.rows.values())

    @property
    def data_hash(self) -> str:
        """Hash of the published rows."""
        return data_hash(self.all_rows)

    def between(self, first: int, last: int) -> Changes:
        """Return the changes of the years from `first` to `last`, both included."""
        kept = [i for i, year in enumerate(self.years) if first <= year <= last]
        years = tuple(self.years[i] for i in kept)
        return replace(self, years=years, steps=self.steps[kept], rows=rows_of(years, self.rows))

    def negated(self) -> Changes:
        """Return the same changes with the opposite sign."""
        return replace(self, label=f"−({self.label})", steps=-self.steps)


def log_changes(sample: Sample) -> Changes:
    """Return Δln of consecutive years, leaving out gaps."""
    return _changes(sample, np.log, "Δln")


def logit_changes(sample: Sample) -> Changes:
    """Return Δlogit of consecutive years of a share in percent or as a fraction, leaving out gaps.

    Raises
    ------
    EstimationError
        If a share does not lie strictly between 0 and 1.
    """

    def logit(values: NDArray[np.float64]) -> NDArray[np.float64]:
        shares = values / 100.0 if sample.unit == "percent" else values
        if not ((shares > 0.0) & (shares < 1.0)).all():
            raise EstimationError(f"{sample.label}: a share must lie strictly between 0 and 1")
        return np.log(shares / (1.0 - shares))

    return _changes(sample, logit, "Δlogit")


def _changes(sample: Sample, scale: Scale, sign: str) -> Changes:
    require_positive(sample.levels, sample.years, sample.label)
    scaled = scale(sample.levels)
    kept = [i for i in range(1, len(sample.years)) if sample.years[i] == sample.years[i - 1] + 1]
    years = tuple(sample.years[i] for i in kept)
    year_before = {year + 1: rows for year, rows in sample.rows.items()}
    return Changes(
        label=f"{sign} {sample.label}",
        price_basis=sample.price_basis,
        source=sample.source,
        years=years,
        steps=np.array([scaled[i] - scaled[i - 1] for i in kept]),
        rows=rows_of(years, sample.rows, year_before),
    )


def published_growth(sample: Sample) -> Changes:
    """Return published growth rates as log changes, ln(1 + g); percent and "previous year = 100" are known.

    Raises
    ------
    EstimationError
        If the series holds levels.
    """
    per_unit = 1.0 if sample.unit.startswith("fraction") else 100.0
    known = sample.unit in {"percent", "index prev year=100"} or per_unit == 1.0
    if not known:
        raise EstimationError(
            f"{sample.label}: a growth rate is needed, '{sample.unit}' is the unit of a level"
        )
    rates = sample.levels / per_unit - (1.0 if sample.unit.startswith("index") else 0.0)
    require_changes(rates, sample.label)
    return Changes(
        label=f"ln(1+g) {sample.label}",
        price_basis=sample.price_basis,
        source=sample.source,
        years=sample.years,
        steps=np.log1p(rates),
        rows=sample.rows,
    )


def stack(parts: Sequence[Changes]) -> Changes:
    """Stack yearly changes of several measurements of one quantity; levels cannot be stacked.

    Raises
    ------
    EstimationError
        If price bases differ, or if a year occurs twice.
    """
    bases = sorted({part.price_basis for part in parts})
    if len(bases) > 1:
        raise EstimationError(f"cannot stack changes at unlike price bases: {', '.join(bases)}")
    years = [year for part in parts for year in part.years]
    if len(set(years)) < len(years):
        twice = sorted({year for year in years if years.count(year) > 1})
        raise EstimationError(f"{parts[0].label}: years {twice} occur in more than one stacked part")
    order = np.argsort(years)
    steps = np.concatenate([part.steps for part in parts])
    return Changes(
        label=parts[0].label,
        price_basis=bases[0],
        years=tuple(years[i] for i in order),
        steps=steps[order],
        source="; ".join(dict.fromkeys(part.source for part in parts)),
        rows=rows_of(sorted(years), *(part.rows for part in parts)),
    )


def difference(minuend: Changes, subtrahend: Changes, label: str) -> Changes:
    """Return the changes of one quantity less those of another in the years that both have."""
    both = sorted(set(minuend.years) & set(subtrahend.years))
    left = np.array([minuend.steps[minuend.years.index(y)] for y in both])
    right = np.array([subtrahend.steps[subtrahend.years.index(y)] for y in both])
    return Changes(
        label=label,
        price_basis=f"{minuend.price_basis} less {subtrahend.price_basis}",
        years=tuple(both),
        steps=left - right,
        source="; ".join(dict.fromkeys((minuend.source, subtrahend.source))),
        rows=rows_of(both, minuend.rows, subtrahend.rows),
    )


def ratio(part: Sample, whole: Sample, indicator: str) -> Sample:
    """Return `part` / `whole` in the years that both have, formed within one measurement only.

    Raises
    ------
    EstimationError
        If the two are of unlike vintage groups, units or price bases.
    """
    for what, left, right in (
        ("vintages", part.group, whole.group),
        ("price bases", part.price_basis, whole.price_basis),
        ("units", part.unit, whole.unit),
    ):
        if left != right:
            raise EstimationError(
                f"{indicator}: no ratio across {what}: '{left}' and '{right}' ({why_apart({left, right})})"
            )
    both = sorted(set(part.years) & set(whole.years))
    top = np.array([part.levels[part.years.index(y)] for y in both])
    bottom = np.array([whole.levels[whole.years.index(y)] for y in both])
    return Sample(
        region=part.region,
        indicator=indicator,
        unit="fraction",
        price_basis=part.price_basis,
        group=part.group,
        years=tuple(both),
        levels=top / bottom,
        source="; ".join(dict.fromkeys((part.source, whole.source))),
        rows=rows_of(both, part.rows, whole.rows),
    )
