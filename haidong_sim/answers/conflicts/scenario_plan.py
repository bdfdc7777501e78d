"""The planning problem of a scenario: its targets, its base in one vintage, its paths, limits of history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.answers.conflicts.caps import missing_history, plan_bounds
from haidong_sim.answers.conflicts.planning import PlanningProblem, PlanTarget, StartingPoint
from haidong_sim.errors import FeasibilityError, Problems, unknown_name
from haidong_sim.questions import ask_target, questions_of
from haidong_sim.questions.pace import on_scale
from haidong_sim.run import project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from haidong_sim.answers.conflicts.caps import Cap
    from haidong_sim.place import Registry
    from haidong_sim.questions import Question
    from haidong_sim.run import Result
    from haidong_sim.scenario import Scenario

VINTAGES: Final = ("plan", "census")

_QUANTITIES: Final = {
    ("gdp_share_of_province", "level", None): "gdp_share_of_province",
    ("gdp_volume_index", "level", None): "gdp_volume_index",
    ("gdp_volume_index", "ratio_to_base", None): "gdp_volume_index",
    ("gdp_volume_index", "mean_growth", None): "gdp_growth",
    ("gdp_volume_index", "mean_growth", "province_gdp_growth"): "gdp_growth",
    ("gdp_volume_index", "mean_growth", "nation_gdp_growth"): "gdp_growth",
    ("gdp_per_capita_ratio_to_province", "level", None): "gdp_per_capita_ratio_to_province",
    ("urbanization_rate", "level", None): "urbanization_rate",
    ("energy_intensity", "reduction", None): "energy_intensity",
    ("disposable_income_constant", "mean_growth", "gdp_volume_index"): "income_in_step_total",
    ("disposable_income_constant", "mean_growth", "gdp_constant_per_capita"): "income_in_step_per_head",
}
"""Targets that are linear in yearly log rates, by indicator, kind and what they refer to."""

_PARTS_OF_BASE: Final = frozenset({"gdp_volume_index", "energy_intensity"})
"""Quantities whose thresholds are multiples of the base."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ScenarioPlan:
    """The planning problem of a scenario in one population vintage.

    `baselines` are the scenario's own yearly log rates by plan variable, shape (year,): effort is counted
    from there. `left_out` says of each projected target that is not part of the problem why; `no_history`
    names the limits that the data of the place could hold and do not.
    """

    vintage: str
    problem: PlanningProblem
    baselines: Mapping[str, NDArray[np.float64]]
    left_out: Mapping[str, str]
    no_history: tuple[str, ...]


def scenario_plan(
    scenario: Scenario,
    registry: Registry,
    *,
    vintage: str,
    targets: Sequence[str] | None = None,
    caps: Mapping[str, Cap] | None = None,
    with_tolerance: bool = False,
) -> ScenarioPlan:
    """Write the targets of a scenario as a planning problem.

    Parameters
    ----------
    vintage
        "plan" or "census": the head count that the ratio per head starts from.
    targets
        Ids or questions; None takes every target of the registry that is linear in growth rates.
    caps
        Limits a year by name, in place of those from history; see `plan_bounds`.
    with_tolerance
        Grant the printed "about" to every threshold.

    Raises
    ------
    FeasibilityError
        For unknown names and targets that are not linear in growth rates; all problems at once.
    """
    if vintage not in VINTAGES:
        raise FeasibilityError(unknown_name("vintage", vintage, VINTAGES))
    if vintage != scenario.baseline:
        scenario = scenario.derive(scenario.name, {"baseline": vintage})
    result = project(scenario, registry=registry)
    functionals, left_out = _functionals(scenario, registry, targets)
    start = _start(scenario, registry, result)
    problem = PlanningProblem(
        start=start,
        last_year=scenario.horizon,
        targets=tuple(_plan_target(f, result, registry, with_tolerance=with_tolerance) for f in functionals),
        bounds=plan_bounds(registry, caps or {}),
    )
    return ScenarioPlan(
        vintage=vintage,
        problem=problem,
        baselines=_own_rates(result),
        left_out=left_out,
        no_history=missing_history(registry, caps or {}),
    )


def _functionals(
    scenario: Scenario, registry: Registry, targets: Sequence[str] | None
) -> tuple[list[Question], dict[str, str]]:
    if targets is None:
        known = [f for f in questions_of(registry, scenario) if not f.reading]
        left_out = {
            f.name: "not linear in the growth rates of the planning problem"
            for f in known
            if not _is_linear(f, registry)
        }
        return _without_repeats([f for f in known if f.name not in left_out], left_out), left_out
    problems = Problems("conflicts")
    if not targets:
        problems.add("targets", "the list is empty; name at least one target, or None for all")
    chosen = [ask_target(name, registry, scenario) for name in targets]
    for functional in chosen:
        if not _is_linear(functional, registry):
            problems.add(functional.name, _why_not_linear(functional))
    problems.raise_if_any(FeasibilityError)
    return chosen, {}


def _without_repeats(functionals: list[Question], left_out: dict[str, str]) -> list[Question]:
    """Drop targets that say the same as an earlier one: twice in print is no second demand."""
    kept: dict[Question, str] = {}
    for functional in functionals:
        content = replace(functional, target_id="")
        if content in kept:
            left_out[functional.name] = f"says the same as {kept[content]}"
        else:
            kept[content] = functional.name
    return [functional for functional in functionals if functional.name not in left_out]


def _key(functional: Question) -> tuple[str, str, str | None]:
    return functional.indicator, functional.kind, functional.reference


def _is_linear(functional: Question, registry: Registry) -> bool:
    """Return whether a target is one linear limit: on one side, and counted from the base of the problem."""
    quantity = _QUANTITIES.get(_key(functional))
    is_from_base = quantity not in _PARTS_OF_BASE or functional.first_year == registry.place.base_year
    return quantity is not None and functional.direction != 0 and is_from_base


def _why_not_linear(functional: Question) -> str:
    if _key(functional) not in _QUANTITIES:
        allowed = ", ".join(sorted({key[0] for key in _QUANTITIES}))
        return f"'{functional.indicator}' is not linear in growth rates. Allowed: {allowed}"
    if functional.direction == 0:
        return "asks for a number on both sides; ask for at least and at most as two targets"
    return f"counts from {functional.first_year}, the planning problem from its base year"


def _start(scenario: Scenario, registry: Registry, result: Result) -> StartingPoint:
    base_year = registry.place.base_year
    base = {name: value for (name, year), value in result.path.items() if year == base_year}
    numbers = registry.baseline(scenario.baseline).numbers()
    income = numbers.get("province_disposable_income_current")
    rates = _own_rates(result)
    return StartingPoint(
        base_year=base_year,
        share=base["gdp_share_of_province"],
        per_capita_ratio=base["gdp_per_capita_ratio_to_province"],
        urbanization_rate=base["urbanization_rate"],
        relative_income=None if income is None else base["disposable_income_current"] / income,
        province_growth=tuple(_yearly(result, "province_gdp_growth")[1:]),
        relative_deflator_trend=tuple(rates["relative_deflator"]),
    )


def _own_rates(result: Result) -> dict[str, NDArray[np.float64]]:
    def steps(name: str, scale: str = "log") -> NDArray[np.float64]:
        return np.diff(on_scale(_yearly(result, name), "logit" if scale == "logit" else "log"))

    real, province = steps("gdp_volume_index"), np.log1p(_yearly(result, "province_gdp_growth")[1:])
    gap = steps("gdp_share_of_province")
    ratio = steps("gdp_per_capita_ratio_to_province")
    rates = {
        "real_growth": real,
        "gap_to_province": gap,
        "gap_to_rest": steps("gdp_share_of_province", "logit"),
        # Of average populations, as the ratio per head is: then the ratio follows exactly.
        "population_drift": gap - ratio,
        "relative_deflator": gap - (real - province),
        "urbanization_slope": steps("urbanization_rate", "logit"),
        # The province's income is taken to keep step with its own GDP.
        "relative_income_growth": steps("disposable_income_constant") - province,
    }
    if "energy_intensity" in result.indicators:
        rates["intensity_decline"] = -steps("energy_intensity")
    return rates


def _yearly(result: Result, name: str) -> NDArray[np.float64]:
    return np.array([result.path[name, year] for year in result.years.tolist()])


def _plan_target(
    functional: Question, result: Result, registry: Registry, *, with_tolerance: bool
) -> PlanTarget:
    quantity = _QUANTITIES[_key(functional)]
    # "In step" compares two rates of the problem itself; other references are given paths.
    is_step = quantity.startswith("income_in_step")
    stated = replace(functional, threshold=0.0, reference=None) if is_step else functional
    ends = stated.accepted(lambda *key: result.path[key], with_tolerance=with_tolerance)
    threshold = float(ends[0] if stated.direction > 0 else ends[1])
    if quantity in _PARTS_OF_BASE:
        threshold = float(stated.level_at(threshold, lambda *_: 1.0))
    known = {target.id: target for target in registry.targets}.get(functional.target_id)
    return PlanTarget(
        name=functional.name,
        quantity=quantity,
        threshold=threshold,
        year=functional.last_year,
        since=functional.first_year if functional.kind == "mean_growth" else None,
        direction=1 if functional.level_direction > 0 else -1,
        source="" if known is None else f"{known.source}, {known.locator}",
    )
