"""What a report is made of: plain frames, texts in two languages and finished figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from haidong_sim.words.labels import Language


@dataclass(frozen=True, kw_only=True)
class ReportFigure:
    """One figure in one language; `svg` is the text of the image."""

    name: str
    lang: Language
    title: str
    caption: str
    svg: str


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """Everything that `write_report` puts on the page.

    `frame` and `check` are the tidy frame and the check table of the run. `vintages` maps the name of a
    population vintage to the check table under it; the readings that `check` itself holds are shown
    without it. `assumptions` has the columns name, value, low, high, unit, provenance, source and rank;
    `conflicts` the columns id, subject, reading_a, reading_b, more_readings, default and reason.
    `headline` names the target ids that the page opens with, all assessed targets if it is empty.
    `manifest` is shown as it is. `draws` is 1 for a single path.
    """

    scenario: str
    label: Mapping[Language, str]
    story: Mapping[Language, str]
    place: Mapping[Language, str]
    frame: pd.DataFrame
    check: pd.DataFrame
    draws: int
    entropy: str
    version: str
    figures: Sequence[ReportFigure] = ()
    assumptions: pd.DataFrame | None = None
    conflicts: pd.DataFrame | None = None
    vintages: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    headline: Sequence[str] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)
