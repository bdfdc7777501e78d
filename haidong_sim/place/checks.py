"""What single rows cannot show: duplicates, and names that must exist in another file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from haidong_sim.errors import unknown_name
from haidong_sim.indicators.catalogue import catalogue
from haidong_sim.place.vocabulary import BASELINE_CHOICES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from haidong_sim.place.registry import Registry
    from haidong_sim.place.rows import Row

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
