"""The closed table of unit strings, and conversion within one kind of quantity."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class UnitError(ValueError):
    """A unit is not in the table, or two units measure different kinds of quantity."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One unit string: what kind of quantity it measures, and its size in the base unit of that kind."""

    name: str
    kind: str
    factor: float


# kind -> unit string -> size in the base unit of the kind. Money per head is printed as plain CNY
# in Chinese statistics, so it shares the kind of money; output per worker has a kind of its own.
_KINDS: Final = {
    "fraction": {"fraction": 1.0, "percent": 0.01, "percentage_point": 0.01},
    "rate": {"fraction per year": 1.0, "percent per year": 0.01},
    "number": {"dimensionless": 1.0, "ratio": 1.0},
    "money": {"CNY": 1.0, "1e4 CNY": 1e4, "1e8 CNY": 1e8},
    "money per worker": {"CNY/person": 1.0, "1e4 CNY/person": 1e4},
    "people": {"person": 1.0, "1e4 person": 1e4},
    "households": {"household": 1.0, "1e4 household": 1e4},
    "dwellings": {"dwelling": 1.0, "1e4 dwelling": 1e4},
    "livestock": {"head": 1.0},
    "count": {"count": 1.0},
    "villages": {"village": 1.0},
    "townships": {"township": 1.0},
    "racks": {"rack": 1.0, "1e4 rack": 1e4},
    "rank": {"rank": 1.0},
    "stars": {"star": 1.0},
    "water class": {"surface_water_class": 1.0},
    "count per person": {"count/(1e3 person)": 1e-3, "count/(1e4 person)": 1e-4},
    "length": {"m": 1.0, "mm": 1e-3, "km": 1e3, "1e4 km": 1e7},
    "area": {"m**2": 1.0, "km**2": 1e6, "mu_cn": 2000 / 3, "1e4 mu_cn": 2e7 / 3},
    "length per area": {"km/km**2": 1.0},
    "volume": {"m**3": 1.0, "1e4 m**3": 1e4, "1e8 m**3": 1e8},
    "mass": {"t": 1.0, "1e4 t": 1e4, "Mt": 1e6},
    "mass of CO2": {"t CO2": 1.0, "1e4 t CO2": 1e4, "Mt CO2": 1e6},
    "mass per money": {"t/1e4 CNY": 1.0},
    "coal-equivalent energy": {"tce": 1.0, "1e4 tce": 1e4},
    "coal-equivalent energy per money": {"tce/1e4 CNY": 1.0},
    "electric energy": {"kWh": 1.0, "1e8 kWh": 1e8, "TWh": 1e9},
    "power": {"kW": 1.0, "1e4 kW": 1e4, "MW": 1e3, "GW": 1e6},
    "voltage": {"kV": 1.0},
    "data rate": {"Gbit/s": 1.0},
    "computing power": {"PFLOPS": 1.0},
    "duration": {"minute": 1.0, "hour": 60.0},
    "calendar time": {"month": 1.0, "year": 12.0},
    "index 1997": {"index 1997=1": 1.0},
    "index 2010": {"index 2010=100": 1.0},
    "index 2015": {"index 2015=100": 1.0},
    "index previous year": {"index prev year=100": 1.0},
    "none": {"n/a": 1.0},
}

UNITS: Final[Mapping[str, Unit]] = MappingProxyType(
    {
        name: Unit(name=name, kind=kind, factor=factor)
        for kind, members in _KINDS.items()
        for name, factor in members.items()
    }
)
"""Every unit string that a data file or the catalogue of indicators may use."""


def unit(name: str) -> Unit:
    """Return the unit called `name`.

    Raises
    ------
    UnitError
        If it is not in the table; the message names the closest.
    """
    try:
        return UNITS[name]
    except KeyError:
        close = difflib.get_close_matches(name, UNITS, n=1, cutoff=0.5)
        hint = f" Did you mean '{close[0]}'?" if close else ""
        raise UnitError(f"unknown unit '{name}'.{hint} Allowed: {', '.join(sorted(UNITS))}") from None


def is_convertible(source: str, target: str) -> bool:
    """Return whether both units are known and measure the same kind of quantity."""
    return source in UNITS and target in UNITS and UNITS[source].kind == UNITS[target].kind


def convert(value: float, source: str, target: str) -> float:
    """Return `value` of unit `source` expressed in unit `target`.

    Coal-equivalent energy and electricity are different kinds on purpose: the factor between them is a
    convention (calorific or coal-equivalent) that a table of units must not choose.

    Raises
    ------
    UnitError
        If a unit is unknown, or the two measure different kinds of quantity.

    Examples
    --------
    >>> convert(398.0, "1e4 kW", "GW")
    3.98
    """
    first, second = unit(source), unit(target)
    if first.kind != second.kind:
        raise UnitError(
            f"'{source}' measures {first.kind} and '{target}' measures {second.kind}: there is no conversion"
        )
    if first.factor == second.factor:
        return value
    # Dividing by a whole factor keeps printed decimals exact (47 percent -> 0.47, not 0.47000000000000003).
    if first.factor < second.factor:
        return value / (second.factor / first.factor)
    return value * (first.factor / second.factor)
