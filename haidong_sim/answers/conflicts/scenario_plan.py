"""A scenario's targets as a linear plan: rows of each kind of target, caps, and links between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from haidong_sim.answers.conflicts.linear_plan import (
    VARIABLE_SCALES,
    VARIABLES,
    Group,
    LinearPlan,
    PlanBound,
    PlanningProblem,
    PlanTarget,
    StartingPoint,
    from_scale,
    require_usable,
    to_scale,
)
from haidong_sim.answers.conflicts.relaxation import Lever, cheapest_relaxation, minimum_effort
from haidong_sim.errors import FeasibilityError, Problems, RegistryError, unknown_name
from haidong_sim.optimization import InfeasibleError
from haidong_sim.place import CAP_NAMES
from haidong_sim.questions import ask_target, on_scale, questions_of
from haidong_sim.run import project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from haidong_sim.place import Registry
    from haidong_sim.questions import Question
    from haidong_sim.run import Result
    from haidong_sim.scenario import Scenario

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


def build_plan(problem: PlanningProblem, *, shares: NDArray[np.float64] | None = None) -> LinearPlan:
    """Write `problem` as rows.

    Parameters
    ----------
    problem
        Targets, bounds and starting point.
    shares
        Reference share path (year + 1,), base year first, at which the share link is exact; by default
        the base share throughout. `linking.consistent_plan` finds a better one.

    Returns
    -------
    LinearPlan
        Only the variables that some target or bound needs.

    Raises
    ------
    FeasibilityError
        As `require_usable`.
    """
    require_usable(problem)
    variables = _needed_variables(problem)
    groups = [_target_group(problem, target, variables) for target in problem.targets]
    groups += [_bound_group(problem, bound, variables) for bound in problem.bounds]
    groups += _identity_groups(problem, variables, shares)
    return LinearPlan(variables=variables, years=problem.years, groups=tuple(groups))


def _needed_variables(problem: PlanningProblem) -> tuple[str, ...]:
    needed = {name for target in problem.targets for name in problem.quantity(target.quantity).terms}
    needed |= {bound.variable for bound in problem.bounds}
    gaps = {"gap_to_province", "gap_to_rest"}
    if problem.start.province_growth is not None and "real_growth" in needed and needed & gaps:
        needed |= {"gap_to_province", "relative_deflator"}
    return tuple(name for name in VARIABLES if name in needed)


def _row(
    problem: PlanningProblem, variables: tuple[str, ...], terms: Mapping[str, float], last: int, since: int
) -> NDArray[np.float64]:
    years = problem.years
    within = ((years > since) & (years <= last)).astype(np.float64)
    return np.concatenate([terms.get(name, 0.0) * within for name in variables])[np.newaxis, :]


def _target_group(problem: PlanningProblem, target: PlanTarget, variables: tuple[str, ...]) -> Group:
    quantity = problem.quantity(target.quantity)
    since = problem.start.base_year if target.since is None else target.since
    span = float(target.year - since) if quantity.per_year else 1.0
    level = problem.start_level(quantity)
    assert level is not None  # require_usable has seen to it
    start = 0.0 if quantity.per_year else to_scale(level, quantity.scale)
    side = np.array([span * to_scale(target.threshold, quantity.scale) - start])
    none = np.full(1, np.inf)
    at_least = target.direction > 0
    shown = (
        f"{target.threshold:.4g}"
        if target.quantity == "gdp_volume_index"
        else f"{target.threshold * 100:.4g}%"
    )
    period = f"{since + 1}–{target.year}" if quantity.per_year else f"{target.year}"
    return Group(
        name=target.name,
        kind="target",
        matrix=_row(problem, variables, quantity.terms, target.year, since),
        lower=side if at_least else -none,
        upper=none if at_least else side,
        threshold=target.threshold,
        scale=quantity.scale,
        direction=target.direction,
        span=span,
        unit="index" if target.quantity == "gdp_volume_index" else "fraction",
        label_en=target.label_en
        or f"{quantity.label_en} {'at least' if at_least else 'at most'} {shown} ({period})",
        label_zh=target.label_zh
        or f"{quantity.label_zh}{'不低于' if at_least else '不高于'}{shown}（{period}年）",
        source=target.source,
    )


def _bound_group(problem: PlanningProblem, bound: PlanBound, variables: tuple[str, ...]) -> Group:
    years = problem.years
    first, last = bound.first or int(years[0]), bound.last or int(years[-1])
    chosen = np.flatnonzero((years >= first) & (years <= last))
    matrix = np.zeros((len(chosen), len(variables) * len(years)))
    matrix[np.arange(len(chosen)), variables.index(bound.variable) * len(years) + chosen] = 1.0
    label_en, label_zh = VARIABLES[bound.variable]
    scale = VARIABLE_SCALES[bound.variable]
    sides = [from_scale(side, scale) for side in (bound.lower, bound.upper) if side is not None]
    only_lower = bound.upper is None
    pinned = bound.lower is not None and bound.upper is not None
    shown = "–".join(f"{100 * side:.4g}" for side in dict.fromkeys(sides)) + "%"
    word_en = "within" if pinned else "at least" if only_lower else "at most"
    word_zh = "限于" if pinned else "不低于" if only_lower else "不高于"
    return Group(
        name=bound.name,
        kind="bound",
        matrix=matrix,
        lower=np.full(len(chosen), -np.inf if bound.lower is None else bound.lower),
        upper=np.full(len(chosen), np.inf if bound.upper is None else bound.upper),
        threshold=None if pinned else sides[0],
        scale=scale,
        direction=1 if only_lower else -1,
        unit="fraction per year",
        label_en=bound.label_en or f"{label_en} {word_en} {shown} a year ({first}–{last})",
        label_zh=bound.label_zh or f"{label_zh}每年{word_zh}{shown}（{first}–{last}年）",
        source=bound.source,
    )


def _identity_groups(
    problem: PlanningProblem, variables: tuple[str, ...], shares: NDArray[np.float64] | None
) -> list[Group]:
    years = len(problem.years)
    one = np.eye(years)
    found = []
    if {"gap_to_province", "gap_to_rest"} <= set(variables):
        found.append(_share_link(problem, variables, shares))
    if "relative_deflator" in variables:
        if not any(bound.variable == "relative_deflator" for bound in problem.bounds):
            trend = np.broadcast_to(
                np.asarray(problem.start.relative_deflator_trend, dtype=np.float64), years
            )
            found.append(_identity("relative_deflator_trend", variables, {"relative_deflator": one}, trend))
        growth = problem.start.province_growth
        if growth is not None and {"real_growth", "gap_to_province"} <= set(variables):
            terms = {"gap_to_province": one, "real_growth": -one, "relative_deflator": -one}
            found.append(
                _identity(
                    "price_link",
                    variables,
                    terms,
                    np.broadcast_to(-np.log1p(np.asarray(growth, dtype=np.float64)), years),
                )
            )
    return found


def _share_link(
    problem: PlanningProblem, variables: tuple[str, ...], shares: NDArray[np.float64] | None
) -> Group:
    """Tie ln(share), the sum of one gap, to logit(share), the sum of the other, along the tangent.

    The tangent of the whole sum, 1 - share of the same year, rather than of each yearly step: only
    then does a least-effort path keep the exact optimum's shape, because ln(share) depends on the
    gaps to the rest through their sum alone.
    """
    start, years = problem.start.share, len(problem.years)
    if start is None:
        raise FeasibilityError(
            "planning problem: the two gaps are linked through the share; give start.share"
        )
    path = np.full(years + 1, start) if shares is None else np.asarray(shares, dtype=np.float64)
    if path.shape != (years + 1,) or not ((path > 0) & (path < 1)).all():
        raise FeasibilityError(f"share path: expected {years + 1} shares between 0 and 1, base year first")
    log_rise = np.log(path[1:] / start)
    logit_rise = log_rise - np.log1p(-path[1:]) + np.log1p(-start)
    slope = 1.0 - path[1:]
    sums = np.tril(np.ones((years, years)))
    terms = {"gap_to_province": sums, "gap_to_rest": -slope[:, np.newaxis] * sums}
    return _identity("share_link", variables, terms, log_rise - slope * logit_rise)


def _identity(
    name: str,
    variables: tuple[str, ...],
    terms: Mapping[str, NDArray[np.float64]],
    sides: NDArray[np.float64],
) -> Group:
    nothing = np.zeros((len(sides), len(sides)))
    matrix = np.concatenate([terms.get(variable, nothing) for variable in variables], axis=1)
    return Group(name=name, kind="identity", matrix=matrix, lower=sides, upper=sides)


# A concession is widened by this much so that the relaxed plan has room for rounding.
_ROOM = 1e-7


def share_path(problem: PlanningProblem, gaps_to_rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shares (year + 1,) that follow from yearly log gaps to the rest (year,); exact."""
    if problem.start.share is None:
        raise FeasibilityError("share path: the starting point has no 'share'")
    start = np.log(problem.start.share) - np.log1p(-problem.start.share)
    odds = np.exp(start + np.concatenate([[0.0], np.cumsum(gaps_to_rest)]))
    return np.asarray(odds / (1.0 + odds))


def consistent_plan(problem: PlanningProblem, *, rounds: int = 2) -> LinearPlan:
    """Build the rows of `problem` with the share link taken along its own least-effort path.

    Each round relaxes the plan as far as it must, takes the least-effort path of what is left, and
    rebuilds the link along the shares of that path. Convergence is
    quadratic: two rounds bring the share to within 1e-9.

    Parameters
    ----------
    problem
        A problem whose plan has both gaps; others are built as they are.
    rounds
        How often to repeat.

    Raises
    ------
    FeasibilityError
        As `build_plan`, `cheapest_relaxation` and `minimum_effort`.
    """
    plan = build_plan(problem)
    if not {"gap_to_province", "gap_to_rest"} <= set(plan.variables):
        return plan
    free = [name for name in plan.variables if name not in {"gap_to_province", "relative_deflator"}]
    levers = {name: Lever() for name in free}
    for _ in range(rounds):
        try:
            slacks = cheapest_relaxation(plan).slacks
        except InfeasibleError:
            # The limits contradict each other without any target; there is no path to link along.
            return plan
        open_plan = plan.relaxed({name: slack + _ROOM for name, slack in slacks.items()})
        path = minimum_effort(open_plan, levers=levers).paths["gap_to_rest"]
        plan = build_plan(problem, shares=share_path(problem, path))
    return plan


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
