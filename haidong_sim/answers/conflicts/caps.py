"""Limits on what a plan may assume a year: from history by default, from the user where one is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from haidong_sim.answers.conflicts.linear_plan import to_scale
from haidong_sim.answers.conflicts.planning import PlanBound
from haidong_sim.answers.conflicts.quantities import VARIABLE_SCALES
from haidong_sim.errors import FeasibilityError, Problems, RegistryError, unknown_name
from haidong_sim.place.vocabulary import CAP_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from haidong_sim.place import Registry

Cap: TypeAlias = "float | tuple[float, float]"
"""A limit a year on the side that helps the targets, or both sides; two equal numbers pin the rate."""

_Found: TypeAlias = "tuple[float, str] | None"


@dataclass(frozen=True, kw_only=True)
class CapName:
    """A rate that can be limited: the plan variable, and the side that helps.

    `from_series` finds the limit in the place's own figures, where no statistic of caps.csv gives it.
    """

    variable: str
    is_upper: bool
    from_series: Callable[[Registry], _Found] | None = None


def plan_bounds(registry: Registry, caps: Mapping[str, Cap]) -> tuple[PlanBound, ...]:
    """Return the limits of a planning problem as yearly log rates.

    A name in `caps` replaces what history says of it. "growth" (real) and "intensity" (decline) are yearly
    rates: 0.04 is four percent a year. The others compare two growths, or move on log-odds, and are
    differences of yearly logs: "gap" (nominal growth over the province's; replaces "gap_to_rest" too),
    "drift" (population relative to the province, a floor), "urbanization" (log-odds) and "income" (relative
    to the province).

    Raises
    ------
    FeasibilityError
        For unknown names, limits that are no yearly rates, and pairs out of order; all problems at once.
    """
    problems = Problems("caps")
    for name, cap in caps.items():
        if name not in CAPS:
            problems.add("", unknown_name("cap", name, CAPS))
            continue
        sides = cap if isinstance(cap, tuple) else (cap,)
        if not all(np.isfinite(side) and abs(side) <= 0.5 for side in sides):
            problems.add(name, f"{cap} is no yearly rate; write 0.02 for two percent")
        elif len(sides) == 2 and sides[0] > sides[1]:
            problems.add(name, f"{sides[0]} … {sides[1]} is out of order")
    problems.raise_if_any(FeasibilityError)
    found = []
    for name, about in CAPS.items():
        if name in caps:
            found.append(_given(name, about, caps[name]))
        elif not (name == "gap_to_rest" and "gap" in caps):
            history = _of_history(name, registry)
            if history is not None:
                found.append(_bound(name, about, *history))
    return tuple(found)


def missing_history(registry: Registry, caps: Mapping[str, Cap]) -> tuple[str, ...]:
    """Return the names of limits that neither `caps` nor the history of the place sets.

    Only rates that history can limit are named: "gap" and "income" are limited by a user alone.
    """
    return tuple(
        name
        for name in _FROM_HISTORY
        if name not in caps
        and not (name == "gap_to_rest" and "gap" in caps)
        and _of_history(name, registry) is None
    )


def _of_history(name: str, registry: Registry) -> _Found:
    """Return what the past of this place says of a rate: its statistic of caps.csv, else its own figures."""
    for cap in registry.caps:
        if cap.cap == name:
            for row in registry.prior_statistics:
                if (row.group, row.statistic) == (cap.group, cap.statistic):
                    value = cap.factor * row.value
                    if cap.form == "rate":
                        value = to_scale(value, VARIABLE_SCALES[CAPS[name].variable])
                    return value, f"{cap.group}, {cap.statistic} ({row.source})"
    from_series = CAPS[name].from_series
    return None if from_series is None else from_series(registry)


def _given(name: str, about: CapName, cap: Cap) -> PlanBound:
    scale = VARIABLE_SCALES[about.variable]
    if isinstance(cap, tuple):
        lower, upper = (to_scale(side, scale) for side in cap)
        return PlanBound(
            name=f"{name}_cap", variable=about.variable, lower=lower, upper=upper, source="given"
        )
    return _bound(name, about, to_scale(cap, scale), "given")


def _bound(name: str, about: CapName, value: float, source: str) -> PlanBound:
    return PlanBound(
        name=f"{name}_cap" if about.is_upper else f"{name}_floor",
        variable=about.variable,
        lower=None if about.is_upper else value,
        upper=value if about.is_upper else None,
        source=source,
    )


def _from_range(registry: Registry) -> _Found:
    for limit in registry.limits:
        if limit.quantity == "gap_to_rest":
            return limit.value, limit.source
    return None


def _census_drift(registry: Registry) -> _Found:
    """Return the yearly drift of residents relative to the province between the last two censuses."""
    base_year = registry.place.base_year
    now = registry.baseline("census").numbers()
    try:
        own = registry.series("resident_population_census", "city").points[-1]
    except RegistryError:
        return None
    province = [
        point
        for point in registry.series_points
        if (point.indicator, point.region, point.year) == ("resident_population", "province", own.year)
    ]
    if not province or own.year >= base_year or "province_resident_population" not in now:
        return None
    years = base_year - own.year
    city = np.log(now["resident_population"] / own.value)
    whole = np.log(now["province_resident_population"] / province[0].value)
    words = f"censuses of {own.year} and {base_year} ({own.source}, {province[0].source})"
    return float((city - whole) / years), words


CAPS: Final[Mapping[str, CapName]] = {
    "growth": CapName(variable="real_growth", is_upper=True),
    "gap": CapName(variable="gap_to_province", is_upper=True),
    "gap_to_rest": CapName(variable="gap_to_rest", is_upper=True, from_series=_from_range),
    "drift": CapName(variable="population_drift", is_upper=False, from_series=_census_drift),
    "urbanization": CapName(variable="urbanization_slope", is_upper=True),
    "intensity": CapName(variable="intensity_decline", is_upper=True),
    "income": CapName(variable="relative_income_growth", is_upper=True),
}
assert tuple(CAPS) == CAP_NAMES

_FROM_HISTORY: Final = ("growth", "gap_to_rest", "drift", "urbanization", "intensity")
