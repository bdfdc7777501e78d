"""Turn a planning problem into rows: targets, historical bounds, and the identities that tie variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.answers.conflicts.linear_plan import Group, LinearPlan, from_scale, to_scale
from haidong_sim.answers.conflicts.planning import PlanBound, PlanningProblem, PlanTarget, require_usable
from haidong_sim.answers.conflicts.quantities import VARIABLE_SCALES, VARIABLES
from haidong_sim.errors import FeasibilityError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


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
