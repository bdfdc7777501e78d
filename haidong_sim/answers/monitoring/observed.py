"""Observed values: read from people's files, spliced to the base year, and completed by identities."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from haidong_sim.errors import MonitoringError, Problems, unknown_name
from haidong_sim.indicators import catalogue, formulas
from haidong_sim.place import PRICE_BASES, REGION_ROLES, Row, model_unit, to_model_unit
from haidong_sim.questions import off_scale, on_scale
from haidong_sim.units import UNITS, is_convertible
from haidong_sim.words import label

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from haidong_sim.indicators import Indicator
    from haidong_sim.place import Registry

    Values = dict[tuple[str, int], float]

NEEDED: Final = ("indicator", "year", "value", "unit", "source")
ALLOWED: Final = (
    *NEEDED, "region", "geography", "price_basis", "vintage", "vintage_group", "measurement_sd", "period",
    "locator", "provenance", "confidence", "note",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ObservedValue:
    """One published value in the unit of the catalogue.

    `measurement_sd` is the row's own, a part of the value (0.01 for 1 percent), of a growth rate in fractions
    a year; None where the file leaves it to the caller. `row` is the line in the file.
    """

    indicator: str
    year: int
    value: float
    source: str
    vintage_group: str
    measurement_sd: float | None
    row: int


def read_observed(
    observed: str | Path | pd.DataFrame, *, registry: Registry, allowed: Collection[str], last_year: int
) -> tuple[ObservedValue, ...]:
    """Return the values of a CSV file or table, in its order.

    Columns are those of a registry's series; `NEEDED` are required, others may be left out.

    Parameters
    ----------
    allowed
        Indicators that the scenario projects.
    last_year
        The scenario's horizon.

    Raises
    ------
    MonitoringError
        Naming every problem of the file with row and column.
    """
    name, text = _text_of(observed)
    problems = Problems(f"observed values '{name}'")
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [column.strip() for column in next(reader, [])]
    _check_header(header, problems)
    problems.raise_if_any(MonitoringError)
    readable = _Readable(registry, frozenset(allowed), last_year)
    found: dict[tuple[str, int], ObservedValue] = {}
    for row in _rows(name, header, reader, problems):
        value = readable.value(row)
        if value is None:
            continue
        first = found.setdefault((value.indicator, value.year), value)
        if first is not value:
            row.complain("", f"{value.indicator} {value.year} stands in row {first.row} already")
    if not found and not problems:
        problems.add("", "holds no value")
    for indicator, groups in _groups(found.values()).items():
        if len(groups) > 1:
            problems.add(
                indicator,
                f"stands on {len(groups)} levels of measurement ({', '.join(groups)}), between which "
                "a census moved it without any growth; keep one vintage_group",
            )
    problems.raise_if_any(MonitoringError)
    return tuple(found.values())


def _text_of(observed: str | Path | pd.DataFrame) -> tuple[str, str]:
    if not isinstance(observed, str | Path):
        return "table", observed.to_csv(index=False)
    path = Path(observed)
    try:
        return path.name, path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise MonitoringError(f"observed values: there is no file '{path}'") from None
    except UnicodeDecodeError as error:
        raise MonitoringError(
            f"observed values '{path}': not UTF-8 text (byte {error.start}); "
            "in Excel save it as 'CSV UTF-8 (comma delimited)'"
        ) from None
    except OSError as error:
        raise MonitoringError(f"observed values '{path}': cannot be read: {error.strerror}") from None


def _check_header(header: list[str], problems: Problems) -> None:
    for column in NEEDED:
        if column not in header:
            problems.add("row 1", f"the column '{column}' is missing; needed are {', '.join(NEEDED)}")
    for column in header:
        if column not in ALLOWED:
            problems.add("row 1", unknown_name("column", column, ALLOWED))
    if len(set(header)) != len(header) or {"region", "geography"} <= set(header):
        problems.add("row 1", "a column stands twice (region and geography are one)")


def _rows(name: str, header: list[str], reader: Iterator[list[str]], problems: Problems) -> Iterator[Row]:
    for number, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            problems.add(f"{name} row {number}", f"has {len(cells)} cells; the header has {len(header)}")
            continue
        held = dict.fromkeys(ALLOWED, "") | dict(zip(header, cells, strict=True))
        held["region"] = held["region"] or held["geography"]
        yield Row(file=name, number=number, cells=held, problems=problems)


class _Readable:
    """What a row may say: names of indicators, units and regions in English, in Chinese or as identifiers."""

    def __init__(self, registry: Registry, allowed: frozenset[str], last_year: int) -> None:
        self._allowed = allowed
        self._years = range(registry.place.base_year, last_year + 1)
        self._indicators = {
            spelling: name
            for name, about in catalogue().items()
            for spelling in (name, about.label_en, about.label_zh)
        }
        self._units = {label("unit", name, "zh"): name for name in UNITS} | {name: name for name in UNITS}
        self._units |= {"%": "percent"}
        self._regions = {"全市": "city", "全省": "province", "全国": "nation"}
        for role in REGION_ROLES:
            about = registry.place.region(role)
            words = (role,) if about is None else (role, about.name_en, about.name_zh)
            self._regions |= {word: role for word in words if word}

    def value(self, row: Row) -> ObservedValue | None:
        """Return the value of a row, or None with its problems noted."""
        before = len(row.problems.found)
        about = self._indicator(row)
        year = row.year("year")
        number = row.number_required("value")
        unit = self._units.get(row.text("unit"))
        if unit is None:
            row.complain("unit", unknown_name("unit", row.text("unit"), self._units))
        source = row.required("source")
        sd = row.number_or_none("measurement_sd")
        if sd is not None and not 0.0 < sd < 1.0:
            row.complain("measurement_sd", f"{sd:g} is no part of a value; write 0.01 for 1 percent")
        if row.text("period"):
            row.complain("period", "only values of one year can be followed; leave it empty")
        if len(row.problems.found) == before and year not in self._years:
            row.complain("year", f"{year} is outside {self._years[0]} … {self._years[-1]}")
        if len(row.problems.found) > before or about is None or unit is None:
            return None
        converted = _converted(row, about, number, unit)
        if converted is None:
            return None
        return ObservedValue(
            indicator=about.name,
            year=year,
            value=converted,
            source=source,
            vintage_group=row.text("vintage_group"),
            measurement_sd=sd,
            row=row.number,
        )

    def _indicator(self, row: Row) -> Indicator | None:
        written = row.required("indicator")
        name = self._indicators.get(written, written)
        region = row.text("region")
        role = self._regions.get(region)
        if region and role is None:
            row.complain("region", unknown_name("region", region, self._regions))
            return None
        # In a registry's series the region is a column of its own, in the catalogue a part of the name.
        if role not in {None, "city"} and f"{role}_{name}" in catalogue():
            name = f"{role}_{name}"
        if name not in self._allowed:
            row.complain("indicator", unknown_name("indicator of the scenario", name, self._allowed))
            return None
        about = catalogue()[name]
        if role is not None and about.region != role:
            row.complain("region", f"{name} is a number of the {about.region}, not of the {role}")
        _check_basis(row, about)
        return about


def _check_basis(row: Row, about: Indicator) -> None:
    basis = row.text("price_basis")
    if basis and basis not in PRICE_BASES:
        row.complain("price_basis", unknown_name("price basis", basis, PRICE_BASES))
    stated = "constant" if basis == "comparable" else basis
    if stated not in {"", "unstated", "n/a", about.price_basis}:
        row.complain(
            "price_basis",
            f"is '{basis}'; {about.name} is at '{about.price_basis}' prices, and bases never mix",
        )


def _converted(row: Row, about: Indicator, number: float, unit: str) -> float | None:
    target = model_unit(unit, is_growth=about.unit == "fraction per year", indicator_unit=about.unit)
    if target != about.unit or not (is_convertible(unit, target) or target == "fraction per year"):
        row.complain("unit", f"'{unit}' cannot be converted to '{about.unit}', the unit of {about.name}")
        return None
    value = to_model_unit(number, unit, target)
    assert value is not None
    least, most = {"log": (0.0, float("inf")), "logit": (0.0, 1.0), "identity": (-1.0, 1.0)}[about.scale]
    if not least < value < most:
        hint = f"; write {number} with the unit percent" if about.is_fraction and 1.0 < number < 100.0 else ""
        row.complain("value", f"{number:g} {unit} is no value that {about.name} can have{hint}")
        return None
    return value


def _groups(values: Collection[ObservedValue]) -> Mapping[str, list[str]]:
    """Return the named vintage groups of each level; yearly growth may be stacked across groups."""
    groups: dict[str, list[str]] = {}
    for value in values:
        named = groups.setdefault(value.indicator, [])
        is_level = catalogue()[value.indicator].scale != "identity"
        if is_level and value.vintage_group and value.vintage_group not in named:
            named.append(value.vintage_group)
    return groups


_LEVEL_OF_GROWTH: Final = {"gdp_growth": "gdp_volume_index"}

_QUOTIENTS: Final = {
    "urban_rural_income_ratio": ("disposable_income_urban_current", "disposable_income_rural_current"),
    "disposable_income_constant": ("disposable_income_current", "consumer_price_index"),
    "energy_intensity": ("energy_consumption", "gdp_constant"),
    "co2_intensity": ("co2_emissions", "gdp_constant"),
    "gdp_volume_index": ("gdp_constant", "base_gdp_current"),
}
"""What the year loop holds by itself and statistics give in two parts; units cancel in the catalogue's."""

_SAME: Final = 1e-6
"""A base-year value this close to the run's is the run's, as printed."""

_AVERAGES: Final = {
    "average_population": "resident_population",
    "average_province_population": "province_resident_population",
}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a file says about a run.

    `used` are the values to learn from, on the level of the run; `known` holds all values, those that follow
    from them and the base of the run, by (indicator, year); `notes` tell what was done to the file's values.
    """

    used: tuple[ObservedValue, ...]
    known: Values
    notes: tuple[str, ...]


def gather_facts(
    given: Sequence[ObservedValue], *, base: Mapping[str, float], base_year: int, as_of: int
) -> Facts:
    """Return what the values up to the year `as_of` say about a run with the base values `base`.

    Raises
    ------
    MonitoringError
        If none of them is later than the base year.
    """
    within = [value for value in given if value.year <= as_of]
    values, notes = splice_to_base(within, base, base_year)
    if not values:
        raise MonitoringError(f"observed values: none is later than {base_year} and no later than {as_of}")
    if later := len(given) - len(within):
        notes.append(f"{later} values after {as_of} were left out")
    implied = redundant(values, base, base_year)
    for position in sorted(implied):
        value = values[position]
        notes.append(f"{value.indicator} {value.year} follows from other rows and was not counted twice")
    return Facts(
        used=tuple(value for position, value in enumerate(values) if position not in implied),
        known=actual_values(values, base, base_year),
        notes=tuple(notes),
    )


def splice_to_base(
    values: Sequence[ObservedValue], base: Mapping[str, float], base_year: int
) -> tuple[list[ObservedValue], list[str]]:
    """Return the values after the base year on the level of the run, and in words what was moved for it.

    Parameters
    ----------
    base
        Values of the run in the base year, by indicator.
    """
    given = {value.indicator: value.value for value in values if value.year == base_year}
    after, notes = [], {}
    for value in values:
        name, scale = value.indicator, catalogue()[value.indicator].scale
        if value.year == base_year:
            continue
        # A growth rate needs no level; a level without its base year is taken to be on the run's.
        if scale == "identity" or name not in given:
            after.append(value)
            continue
        ends = on_scale([value.value, base[name], given[name]], scale)
        after.append(replace(value, value=float(off_scale(ends[0] + ends[1] - ends[2], scale))))
        if abs(given[name] / base[name] - 1.0) > _SAME:
            notes[name] = (
                f"{name}: the file has {given[name]:g} in {base_year}, the scenario {base[name]:g}; "
                "later values were put on the scenario's level"
            )
    return after, list(notes.values())


def actual_values(values: Iterable[ObservedValue], base: Mapping[str, float], base_year: int) -> Values:
    """Return what is known by (indicator, year): published, or in relation of what is published.

    The base year holds the values of the run. Growth is chained only over years without a gap.
    """
    known: Values = {(name, base_year): value for name, value in base.items()}
    known |= {(value.indicator, value.year): value.value for value in values}
    years = sorted({year for _, year in known if year > base_year})
    for name, level in _LEVEL_OF_GROWTH.items():
        reached, year = 1.0, base_year + 1
        while (name, year) in known:
            reached *= 1.0 + known[name, year]
            known.setdefault((level, year), reached)
            year += 1
    for year in years:
        _relate(known, year, base)
    return known


def _relate(known: Values, year: int, base: Mapping[str, float]) -> None:
    """Add what follows from the values of a year, until nothing more does."""

    def value_of(name: str) -> float | None:
        if name == "base_gdp_current":
            return base.get("gdp_current")
        if name in _AVERAGES:
            ends = [known.get((_AVERAGES[name], end)) for end in (year - 1, year)]
            return None if ends[0] is None or ends[1] is None else (ends[0] + ends[1]) / 2.0
        return known.get((name, year))

    is_new = True
    while is_new:
        is_new = False
        for name, needs in _relations():
            parts = [value_of(need) for need in needs]
            if (name, year) in known or any(part is None for part in parts):
                continue
            numbers = [part for part in parts if part is not None]
            known[name, year] = (
                numbers[0] / numbers[1]
                if needs == _QUOTIENTS.get(name)
                else float(formulas()[name].function(*numbers))
            )
            is_new = True


def _relations() -> list[tuple[str, tuple[str, ...]]]:
    derived = [(name, formula.needs) for name, formula in formulas().items() if name in catalogue()]
    return [*_QUOTIENTS.items(), *derived]


def redundant(values: Sequence[ObservedValue], base: Mapping[str, float], base_year: int) -> set[int]:
    """Return the positions of values that others imply, the latest in the file first: no news twice."""
    dropped: set[int] = set()
    for position in reversed(range(len(values))):
        value = values[position]
        rest = [other for at, other in enumerate(values) if at != position and at not in dropped]
        if (value.indicator, value.year) in actual_values(rest, base, base_year):
            dropped.add(position)
    return dropped
