"""Where figures come from, and where their sources disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from haidong_sim.place.rows import CONFLICT_DEFAULTS, SEEN, SOURCE_KINDS

if TYPE_CHECKING:
    from haidong_sim.place.rows import Row

SOURCE_COLUMNS: Final = (
    "id", "kind", "title", "publisher", "published", "address", "seen", "terms", "note",
)  # fmt: skip
CONFLICT_COLUMNS: Final = (
    "id", "subject", "indicators", "reading_a", "reading_b", "more_readings", "default", "reason",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Source:
    """A publication. `seen` says whether the original or a repost of it was read."""

    id: str
    kind: str
    title: str
    publisher: str
    published: str
    address: str
    seen: str
    terms: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """A place where sources disagree: every reading stays, `default` names the one that is used.

    `default` is "a", "b" or "c" (a reading), "both" (a choice of the scenario) or "none" (nothing is used).
    """

    id: str
    subject: str
    indicators: tuple[str, ...]
    reading_a: str
    reading_b: str
    more_readings: str
    default: str
    reason: str


def read_source(row: Row) -> Source:
    """Return the source of one row of sources.csv."""
    return Source(
        id=row.required("id"),
        kind=row.choice("kind", SOURCE_KINDS, "kind of source"),
        title=row.required("title"),
        publisher=row.required("publisher"),
        published=row.text("published"),
        address=row.text("address"),
        seen=row.choice("seen", SEEN, "way of reading"),
        terms=row.required("terms"),
        note=row.text("note"),
    )


def read_conflict(row: Row) -> Conflict:
    """Return the conflict of one row of conflicts.csv."""
    return Conflict(
        id=row.required("id"),
        subject=row.required("subject"),
        indicators=row.names("indicators"),
        reading_a=row.required("reading_a"),
        reading_b=row.text("reading_b"),
        more_readings=row.text("more_readings"),
        default=row.choice("default", CONFLICT_DEFAULTS, "default reading"),
        reason=row.required("reason"),
    )
