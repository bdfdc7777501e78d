"""Drivers by year: log changes of the growth paths, and the factors that a year reads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from haidong_sim.axes import SECTORS
from haidong_sim.errors import Problems, ScenarioError
from haidong_sim.model.year import advance_year
from haidong_sim.scenario import DRIVERS
from haidong_sim.scenario.paths import PathContext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from haidong_sim.model.start import Parameters
    from haidong_sim.scenario import Scenario

    Logs = dict[str, NDArray[np.float64]]

_FACTORS = (
    *SECTORS,
    "rest_of_province",
    "nation",
    "deflator_rest_of_province",
    "population",
    "province_population",
    "urbanization",
    "province_urbanization",
    "urban_core",
    "employment_rate",
    "income",
    "consumer_prices",
    "urban_rural_ratio",
    "energy_intensity",
)


def driver_factors(logs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the equations read, from log changes by driver name.

    Works on arrays of any shape and on floats. Growth factors keep the driver's name; the log growth of a
    sector is kept too, as `log_<sector>`, and its log inflation is the common one plus its own.
    """
    factors = {name: np.exp(logs[name]) for name in _FACTORS}
    for sector in SECTORS:
        factors[f"log_{sector}"] = logs[sector]
        factors[f"deflator_{sector}"] = logs["deflator"] + logs[f"deflator_{sector}"]
    return factors


_BASE_LEVELS = {
    "total": "gdp_current",
    "primary": "value_added_primary_current",
    "secondary": "value_added_secondary_current",
    "tertiary": "value_added_tertiary_current",
    "province": "province_gdp_current",
    "rest_of_province": "rest_of_province_gdp_current",
    "population": "resident_population",
    "province_population": "province_resident_population",
}
_PLAUSIBLE_REST = (-0.05, 0.15)
"""Real growth of the rest of the province that an inversion may imply (METHOD 1.3 step 5)."""


def median_logs(
    scenario: Scenario, start: Mapping[str, Any], parameters: Parameters, years: NDArray[np.int64]
) -> Logs:
    """Return the median log change of every driver, shape (year,) each.

    A path `total` moves the three sector paths by the same closed form every year so that they add up to it
    (METHOD 1.5); a path `province` leaves the rest of the province as what remains (METHOD 1.3 step 5).

    Raises
    ------
    ScenarioError
        If a path cannot be evaluated, or the rest of the province would have to grow implausibly.
    """
    logs = _path_logs(scenario, start, years)
    has_total, has_province = "total" in scenario.paths, "province" in scenario.paths
    if not (has_total or has_province):
        return _adjusted(logs, scenario, years)
    weights = {sector: scenario.assumptions[f"reconciliation_weight_{sector}"].value for sector in SECTORS}
    problems = Problems(f"scenario '{scenario.name}'")
    current: dict[str, Any] = dict(start)
    for index, year in enumerate(years.tolist()):
        is_switch = parameters.is_switch(year)
        volumes = {
            s: current[f"value_added_{s}_current"] if is_switch else current[f"volume_{s}"] for s in SECTORS
        }
        rest = current["rest_of_province_gdp_current" if is_switch else "volume_rest_of_province"]
        if has_total:
            _reconcile_sectors(logs, index, volumes, weights)
        if has_province:
            _leave_rest(logs, index, volumes, rest, year, problems)
        current = advance_year(
            current,
            driver_factors({name: float(path[index]) for name, path in logs.items()}),
            parameters,
            year,
        )
    problems.raise_if_any(ScenarioError)
    return _adjusted(logs, scenario, years)


def _adjusted(logs: Logs, scenario: Scenario, years: NDArray[np.int64]) -> Logs:
    """Add the scenario's adjustments, after reconciliation: what a back-cast found to be needed."""
    problems = Problems(f"scenario '{scenario.name}'")
    for driver, by_year in scenario.adjustments.items():
        for year, change in by_year.items():
            if not int(years[0]) <= year <= int(years[-1]):
                problems.add(f"adjustments.{driver}", f"{year} is outside {years[0]} … {years[-1]}")
            else:
                logs[driver][year - int(years[0])] += change
    problems.raise_if_any(ScenarioError)
    return logs


def _path_logs(scenario: Scenario, start: Mapping[str, Any], years: NDArray[np.int64]) -> Logs:
    base_year = int(years[0]) - 1
    problems = Problems(f"scenario '{scenario.name}'")
    logs: Logs = {}
    for name, driver in DRIVERS.items():
        path = scenario.paths.get(name)
        if path is None:
            logs[name] = np.zeros(len(years))
            continue
        context = PathContext(
            base_year=base_year,
            base_level=start[_BASE_LEVELS[name]] if name in _BASE_LEVELS else 1.0,
            frontier=_frontier(scenario, base_year, years) if name in _BASE_LEVELS else None,
            frontier_ratio=start["gdp_current"]
            / start["province_gdp_current"]
            * start["province_resident_population"]
            / start["resident_population"],
        )
        try:
            is_rate = driver.link == "rate" or path.is_level
            logs[name] = (
                path.log_growth(years, context=context) if is_rate else path.values(years, context=context)
            )
        except ScenarioError as error:
            problems.add(f"paths.{name}", str(error))
    problems.raise_if_any(ScenarioError)
    return logs


def _frontier(scenario: Scenario, base_year: int, years: NDArray[np.int64]) -> NDArray[np.float64]:
    # What a city converges to is its province, or what is known of it.
    path = scenario.paths.get("province") or scenario.paths["rest_of_province"]
    return path.log_growth(years, context=PathContext(base_year=base_year, base_level=1.0))


def _reconcile_sectors(
    logs: Logs, index: int, volumes: Mapping[str, float], weights: Mapping[str, float]
) -> None:
    whole = sum(volumes.values())
    parts = {sector: volumes[sector] / whole for sector in SECTORS}
    guesses = {sector: math.expm1(logs[sector][index]) for sector in SECTORS}
    missing = math.expm1(logs["total"][index]) - sum(parts[s] * guesses[s] for s in SECTORS)
    step = missing / sum(parts[s] * weights[s] for s in SECTORS)
    for sector in SECTORS:
        logs[sector][index] = math.log1p(guesses[sector] + weights[sector] * step)


def _leave_rest(
    logs: Logs, index: int, volumes: Mapping[str, float], rest: float, year: int, problems: Problems
) -> None:
    grown = sum(volumes[sector] * math.exp(logs[sector][index]) for sector in SECTORS)
    province = (sum(volumes.values()) + rest) * math.exp(logs["province"][index])
    growth = (province - grown) / rest - 1.0
    low, high = _PLAUSIBLE_REST
    if not low <= growth <= high:
        problems.add(
            "paths.province",
            f"in {year} the rest of the province would have to grow by {growth:.1%}; "
            f"between {low:.0%} and {high:.0%} is plausible. City and province paths contradict each other",
        )
        growth = min(max(growth, low), high)
    logs["rest_of_province"][index] = math.log1p(growth)
