"""From published values to the quantities that targets are about: spliced to the base, put in relation.

A published level need not agree with the base of a run in the base year, because a census may have moved it.
Where a file holds the base year too, its later values are taken as growth since then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from haidong_sim.errors import MonitoringError
from haidong_sim.indicators import catalogue
from haidong_sim.indicators.wiring import formulas
from haidong_sim.questions.pace import off_scale, on_scale

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from haidong_sim.answers.monitoring.observed import ObservedValue

    Values = dict[tuple[str, int], float]

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
