"""Write targets, historical bounds and identities of a growth plan as a log-linear planning problem.

Everything is in yearly log rates, so that every target is a linear sum over years: the GDP share on
the log or logit scale, doubling and parity on the log scale, urbanization on the logit scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from haidong_sim.answers.conflicts.quantities import QUANTITIES, SHARE_ON_REST, VARIABLES, Quantity
from haidong_sim.axes import years_between
from haidong_sim.errors import FeasibilityError, Problems, unknown_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class StartingPoint:
    """Levels of the base year, from one population vintage.

    `share` is nominal GDP over provincial GDP; `per_capita_ratio` GDP per head over the province's;
    `relative_income` disposable income per head over the province's; all fractions. Unknown levels
    are None, and a target that needs one is refused. `province_growth` is the provincial real growth, one
    fraction for all years or one for each; with it, real growth and the nominal gap are tied together.
    `relative_deflator_trend` is the log rate of the deflator over the province's, likewise.
    """

    base_year: int
    share: float | None = None
    per_capita_ratio: float | None = None
    urbanization_rate: float | None = None
    relative_income: float | None = None
    province_growth: float | tuple[float, ...] | None = None
    relative_deflator_trend: float | tuple[float, ...] = 0.0


@dataclass(frozen=True, kw_only=True)
class PlanTarget:
    """`quantity` at least (or, with direction -1, at most) `threshold` in `year`.

    `threshold` is a level as a fraction or index; for quantities per year it is a mean yearly rate.
    `since` defaults to the base year and matters for the rates only.
    """

    name: str
    quantity: str
    threshold: float
    year: int
    since: int | None = None
    direction: Literal[1, -1] = 1
    label_en: str = ""
    label_zh: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class PlanBound:
    """Yearly limits on one variable, as log rates; `lower == upper` pins it.

    `first` and `last` default to the whole horizon.
    """

    name: str
    variable: str
    lower: float | None = None
    upper: float | None = None
    first: int | None = None
    last: int | None = None
    label_en: str = ""
    label_zh: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class PlanningProblem:
    """Starting point, horizon, targets and bounds; `build_plan` turns it into rows.

    `share_gap` says on which gap the share target is written. "province" is exact together with
    parity. "rest" is exact alone; parity then needs the share link, which is linear only along a
    reference path of the share (`build_plan(..., shares=)`, `linking.consistent_plan`).
    """

    start: StartingPoint
    last_year: int
    targets: tuple[PlanTarget, ...]
    bounds: tuple[PlanBound, ...] = ()
    share_gap: Literal["province", "rest"] = "province"

    @property
    def years(self) -> NDArray[np.int64]:
        """The years that the variables run over, shape (year,)."""
        return years_between(self.start.base_year + 1, self.last_year)

    def quantity(self, name: str) -> Quantity:
        """Return the quantity, written on the gap that `share_gap` asks for."""
        if name == "gdp_share_of_province" and self.share_gap == "rest":
            return SHARE_ON_REST
        return QUANTITIES[name]

    def start_level(self, quantity: Quantity) -> float | None:
        """Return the base-year level of `quantity`; None if the starting point does not know it."""
        if isinstance(quantity.start, float):
            return quantity.start
        level: float | None = getattr(self.start, quantity.start)
        return level


def require_usable(problem: PlanningProblem) -> None:
    """Raise one error that lists everything wrong with `problem`.

    Raises
    ------
    FeasibilityError
        For an empty target list, unknown quantities or variables, missing base levels, thresholds
        off their scale, years outside the horizon, and bounds without a side.
    """
    problems = Problems("planning problem")
    if not problem.targets:
        problems.add("targets", "the list is empty; name at least one target")
    first, last = problem.start.base_year + 1, problem.last_year
    for name in ("province_growth", "relative_deflator_trend"):
        given = getattr(problem.start, name)
        if isinstance(given, tuple) and len(given) != len(problem.years):
            problems.add(f"start.{name}", f"{len(given)} rates for {len(problem.years)} years")
    if last < first:
        problems.add("last_year", f"{last} is not after the base year {problem.start.base_year}")
    for target in problem.targets:
        _note_target(problems, problem, target)
    for bound in problem.bounds:
        _note_bound(problems, bound, first, last)
    problems.raise_if_any(FeasibilityError)


def _note_target(problems: Problems, problem: PlanningProblem, target: PlanTarget) -> None:
    where = f"target '{target.name}'"
    if target.quantity not in QUANTITIES:
        problems.add(where, unknown_name("target quantity", target.quantity, QUANTITIES))
        return
    quantity = problem.quantity(target.quantity)
    base = problem.start.base_year
    since = base if target.since is None else target.since
    if not base <= since < target.year <= problem.last_year:
        problems.add(where, f"its years {since + 1}-{target.year} must lie in {base + 1}-{problem.last_year}")
    if since != base and not quantity.per_year:
        problems.add(where, "`since` is for mean rates; a level counts from the base year")
    if problem.start_level(quantity) is None:
        problems.add(where, f"the starting point has no '{quantity.start}'")
    if quantity.scale == "log" and not target.threshold > 0:
        problems.add(where, f"threshold {target.threshold} must be positive")
    if quantity.scale == "logit" and not 0 < target.threshold < 1:
        problems.add(
            where, f"threshold {target.threshold} must lie between 0 and 1; write 0.48 for 48 percent"
        )
    if quantity.per_year and not abs(target.threshold) <= 0.5:
        problems.add(where, f"{target.threshold} is not a yearly rate; write 0.06 for six percent")


def _note_bound(problems: Problems, bound: PlanBound, first: int, last: int) -> None:
    where = f"bound '{bound.name}'"
    if bound.variable not in VARIABLES:
        problems.add(where, unknown_name("plan variable", bound.variable, VARIABLES))
    sides = [side for side in (bound.lower, bound.upper) if side is not None]
    if not sides:
        problems.add(where, "give lower, upper or both")
    for side in sides:
        if not abs(side) <= 0.7:
            problems.add(where, f"{side} is not a yearly log rate; write 0.02 for two percent")
    if (
        (bound.first or first) > (bound.last or last)
        or (bound.first or first) < first
        or (bound.last or last) > last
    ):
        problems.add(where, f"its years must lie in {first}-{last}, in order")
