"""The published record of a place as yearly changes, each quantity put together as its declaration says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.errors import EstimationError, unknown_name
from haidong_sim.estimation.changes import (
    Changes,
    difference,
    log_changes,
    logit_changes,
    published_growth,
    ratio,
    stack,
)
from haidong_sim.estimation.data import DEFAULT_CONFIDENCE, Sample, select_sample
from haidong_sim.estimation.declaration import SHARE_KIND
from haidong_sim.estimation.energy import intensity_changes
from haidong_sim.estimation.prices import implicit_deflator

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

    from haidong_sim.estimation.declaration import Entry, Part

_TRANSFORMS = {"growth": published_growth, "log": log_changes, "logit": logit_changes}


def recorded_changes(
    frame: pd.DataFrame,
    record: Mapping[str, Entry],
    name: str,
    *,
    confidence: Collection[str] = DEFAULT_CONFIDENCE,
) -> Changes:
    """Return the yearly changes of one quantity of the record.

    Changes of several publications are stacked: each was formed inside one.

    Raises
    ------
    EstimationError
        If the record has no such quantity, or a series of it is missing or mixes vintages.
    """
    if name not in record:
        raise EstimationError(unknown_name("record", name, record))
    entry = record[name]
    if entry.kind == SHARE_KIND:
        return stack([logit_changes(share) for share in recorded_shares(frame, entry, confidence=confidence)])
    if entry.kind in _TRANSFORMS:
        transform = _TRANSFORMS[entry.kind]
        parts = [part for part in entry.parts if not (part.is_optional and _is_absent(frame, part))]
        return stack([transform(_sample(frame, part, confidence)) for part in parts])
    first, second = (recorded_changes(frame, record, of, confidence=confidence) for of in entry.of)
    return _combined(entry.kind, first, second, entry.label or name)


def recorded_shares(
    frame: pd.DataFrame, entry: Entry, *, confidence: Collection[str] = DEFAULT_CONFIDENCE
) -> tuple[Sample, ...]:
    """Return the levels of a share in every pair of matching publications.

    `confidence` admits figures of the part; the whole is never taken from a figure of low confidence.
    """
    return tuple(
        ratio(
            _sample(frame, part, confidence),
            _sample(frame, whole, DEFAULT_CONFIDENCE),
            entry.indicator,
        )
        for part, whole in zip(entry.parts, entry.wholes, strict=True)
    )


def yearly_rate(first: float, last: float, years: int) -> float:
    """Return the constant log growth per year between two figures of one measurement."""
    return float(np.log(last / first)) / years


def _combined(kind: str, first: Changes, second: Changes, label: str) -> Changes:
    if kind == "deflator":
        return implicit_deflator(first, second)
    if kind == "intensity":
        return intensity_changes(first, second, label)
    if kind == "sum":
        return difference(first, second.negated(), label)
    found = difference(first, second, label)
    if kind == "difference":
        return found
    return replace(found, price_basis="comparable")


def _sample(frame: pd.DataFrame, part: Part, confidence: Collection[str]) -> Sample:
    return select_sample(
        frame,
        region=part.region,
        indicator=part.indicator,
        group=part.group,
        vintage=part.vintage,
        first=part.first,
        last=part.last,
        confidence=confidence,
    )


def _is_absent(frame: pd.DataFrame, part: Part) -> bool:
    rows = (frame["region"] == part.region) & (frame["indicator"] == part.indicator)
    return frame[rows & frame["year"].between(part.first, part.last)].empty
