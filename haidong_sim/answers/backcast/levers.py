"""Levers of a back-cast: which drivers may move, by how much, and from when on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from haidong_sim.errors import Problems, ScenarioError, unknown_name
from haidong_sim.scenario import DRIVERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from haidong_sim.scenario import Scenario

    Matrix = NDArray[np.float64]

BOUND: Final = 0.05
"""Largest change of a lever in a year where none is given: five points of growth."""

_DERIVED: Final = frozenset({"total", "province"})


def lever_names() -> tuple[str, ...]:
    """Return every driver that may be a lever; totals follow from their parts."""
    return tuple(name for name in DRIVERS if name not in _DERIVED)


def require_question(
    targets: Mapping[str, float], levers: Sequence[str], bounds: Mapping[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """Return the limits of each lever by driver, or raise with everything that is wrong.

    A lever may be written with the ending ".growth", as in "tertiary.growth".

    Raises
    ------
    ScenarioError
        For empty lists, numbers that are no probabilities, unknown or repeated levers, and bounds that are no
        rates or exclude the scenario itself.
    """
    problems = Problems("back-cast")
    if not targets:
        problems.add("targets", "none is given; name at least one target and its probability")
    if not levers:
        problems.add("levers", "none is given; name at least one driver that may change")
    for name, probability in targets.items():
        if not 0.0 < probability < 1.0:
            problems.add(f"targets.{name}", f"{probability:g} is not a probability between 0 and 1")
    drivers: dict[str, str] = {}
    for lever in levers:
        driver = lever.removesuffix(".growth")
        if driver not in lever_names():
            problems.add(f"levers.{lever}", unknown_name("lever", driver, lever_names()))
        elif driver in drivers.values():
            problems.add(f"levers.{lever}", "is named twice")
        drivers[lever] = driver
    _note_bounds(bounds, drivers, problems)
    problems.raise_if_any(ScenarioError)
    given = {lever.removesuffix(".growth"): limit for lever, limit in bounds.items()}
    return {driver: given.get(driver, (-BOUND, BOUND)) for driver in drivers.values()}


def first_free_year(scenario: Scenario, base_year: int, since: int | None) -> int:
    """Return the first year whose rates may change: after what is known, and not before `since`.

    Raises
    ------
    ScenarioError
        If `since` lies outside the horizon.
    """
    known = base_year if scenario.known_until is None else scenario.known_until
    if since is not None and not base_year < since <= scenario.horizon:
        raise ScenarioError(f"since: {since} lies outside {base_year + 1} … {scenario.horizon}")
    return max(known + 1, since or 0)


def adjusted_scenario(
    scenario: Scenario, changes: Mapping[str, Matrix], years: NDArray[np.int64]
) -> Scenario:
    """Return the scenario with log changes (year,) added to the medians of its drivers."""
    table: dict[str, Any] = {driver: dict(by_year) for driver, by_year in scenario.adjustments.items()}
    for driver, change in changes.items():
        own = table.setdefault(driver, {})
        for year, value in zip(years.tolist(), change.tolist(), strict=True):
            if value:
                own[year] = own.get(year, 0.0) + value
    kept = {driver: own for driver, own in table.items() if own}
    return scenario.derive(f"{scenario.name} back-cast", {"adjustments": kept})


def _note_bounds(
    bounds: Mapping[str, tuple[float, float]], drivers: Mapping[str, str], problems: Problems
) -> None:
    for lever, (low, high) in bounds.items():
        if lever.removesuffix(".growth") not in drivers.values():
            problems.add(f"bounds.{lever}", unknown_name("lever of this back-cast", lever, drivers))
        elif not (np.isfinite([low, high]).all() and max(abs(low), abs(high)) <= 0.5):
            problems.add(
                f"bounds.{lever}", f"{low:g} … {high:g} are no yearly rates; write 0.02 for two points"
            )
        elif not low <= 0.0 <= high or low == high:
            problems.add(
                f"bounds.{lever}",
                f"{low:g} … {high:g} excludes the scenario itself, which is a change of 0",
            )
