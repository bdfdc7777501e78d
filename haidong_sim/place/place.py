"""Which places the region roles stand for: place.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from haidong_sim.errors import unknown_name
from haidong_sim.place.rows import REGION_ROLES

if TYPE_CHECKING:
    from pathlib import Path

    from haidong_sim.errors import Problems


@dataclass(frozen=True, kw_only=True)
class Region:
    """A place under the id that data files use for it; `kind` is "role", "district" or "area"."""

    id: str
    name_en: str
    name_zh: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Place:
    """The city, what surrounds it, its districts, and the base year of its registry."""

    name: str
    base_year: int
    regions: tuple[Region, ...]

    def region(self, id_: str) -> Region | None:
        """Return the region with this id, or None."""
        return next((region for region in self.regions if region.id == id_), None)

    @property
    def districts(self) -> tuple[Region, ...]:
        """The districts and counties of the city."""
        return tuple(region for region in self.regions if region.kind == "district")


def read_place(path: Path, problems: Problems) -> Place:
    """Return the place described by a place.toml; problems are noted, not raised."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        problems.add(
            path.name, "the file is missing; a registry folder needs it with the names of its regions"
        )
        content = {}
    except tomllib.TOMLDecodeError as error:
        problems.add(path.name, f"is not valid TOML: {error}")
        content = {}
    else:
        _check_keys(path.name, content, problems)
    regions = [_region(role, content.get(role, {}), "role") for role in REGION_ROLES]
    for kind in ("district", "area"):
        entries = content.get(kind, [])
        regions += [_region(str(entry.get("id", "")), entry, kind) for entry in entries]
    year = content.get("base_year", 0)
    return Place(
        name=str(content.get("name", "")),
        base_year=year if isinstance(year, int) else 0,
        regions=tuple(regions),
    )


def _check_keys(file: str, content: dict[str, Any], problems: Problems) -> None:
    allowed = ("name", "base_year", *REGION_ROLES, "district", "area")
    for key in content:
        if key not in allowed:
            problems.add(file, unknown_name("key", key, allowed))
    if not content.get("name"):
        problems.add(f"{file}, key name", "is missing; a registry needs a name")
    if not isinstance(content.get("base_year"), int):
        problems.add(
            f"{file}, key base_year", "is missing or not a whole number; give the year of the baseline"
        )
    for role in REGION_ROLES:
        if not isinstance(content.get(role), dict) or not content[role].get("en"):
            problems.add(f"{file}, table [{role}]", "is missing or has no name 'en'")
    _check_regions(file, content, problems)


def _check_regions(file: str, content: dict[str, Any], problems: Problems) -> None:
    for kind in ("district", "area"):
        for number, entry in enumerate(content.get(kind, []), start=1):
            if not entry.get("id") or not entry.get("en"):
                problems.add(f"{file}, [[{kind}]] number {number}", "needs both 'id' and 'en'")
    ids = [*REGION_ROLES, *(str(e.get("id")) for kind in ("district", "area") for e in content.get(kind, []))]
    for id_ in sorted({id_ for id_ in ids if ids.count(id_) > 1}):
        problems.add(file, f"the region id '{id_}' is given twice")


def _region(id_: str, entry: dict[str, Any], kind: str) -> Region:
    return Region(id=id_, name_en=str(entry.get("en", "")), name_zh=str(entry.get("zh", "")), kind=kind)
