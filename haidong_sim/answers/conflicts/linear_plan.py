"""Plans as linear constraints: levels and growth in logs, rows, bounds and demands by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from haidong_sim.axes import years_between
from haidong_sim.errors import FeasibilityError, Problems, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

GroupKind = Literal["target", "bound", "identity"]
RowScale = Literal["log", "logit", "identity", "growth", "decline"]


def to_scale(value: float, scale: RowScale) -> float:
    """Return `value` on the scale on which its constraint is linear.

    "growth" is ln(1 + rate), "decline" −ln(1 − rate).
    """
    match scale:
        case "log":
            return float(np.log(value))
        case "logit":
            return float(np.log(value) - np.log1p(-value))
        case "growth":
            return float(np.log1p(value))
        case "decline":
            return float(-np.log1p(-value))
        case "identity":
            return float(value)


def from_scale(value: float, scale: RowScale) -> float:
    """Undo `to_scale`."""
    match scale:
        case "log":
            return float(np.exp(value))
        case "logit":
            return float(1.0 / (1.0 + np.exp(-value)))
        case "growth":
            return float(np.expm1(value))
        case "decline":
            return float(-np.expm1(-value))
        case "identity":
            return float(value)


@dataclass(frozen=True, kw_only=True, eq=False)
class Group:
    """Constraints that stand or fall together: `lower <= matrix @ x <= upper`.

    `matrix` has shape (row, column), `lower` and `upper` (row,); equal ends make an equality. A
    "target" or "bound" may be part of a conflict, an "identity" (accounting, physics) never. For a
    reading in natural units, `threshold` is the level asked for, `direction` +1 for "at least" and
    -1 for "at most", and the right-hand side moves by `span` for each unit of the scaled threshold
    (the years of a mean; 1 for a level).
    """

    name: str
    kind: GroupKind
    matrix: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    threshold: float | None = None
    scale: RowScale = "identity"
    direction: Literal[1, -1] = 1
    span: float = 1.0
    unit: str = ""
    label_en: str = ""
    label_zh: str = ""
    source: str = ""

    def level(self, value: float) -> float | None:
        """Return the natural level at which the first row takes `value`; None without a threshold."""
        if self.threshold is None:
            return None
        side = self.lower[0] if self.direction > 0 else self.upper[0]
        return from_scale(
            to_scale(self.threshold, self.scale) + (value - float(side)) / self.span, self.scale
        )

    def relaxed_level(self, slack: float) -> float | None:
        """Return the threshold after giving way by `slack` (row units)."""
        if self.threshold is None:
            return None
        moved = to_scale(self.threshold, self.scale) - self.direction * slack / self.span
        return from_scale(moved, self.scale)

    def shifted(self, slack: float) -> Group:
        """Return the group made easier by `slack` (row units)."""
        return replace(
            self,
            lower=self.lower - slack,
            upper=self.upper + slack,
            threshold=self.relaxed_level(slack),
        )

    def upper_form(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the group as `A x <= b`, shapes (row, column) and (row,)."""
        has_upper, has_lower = np.isfinite(self.upper), np.isfinite(self.lower)
        matrix = np.concatenate([self.matrix[has_upper], -self.matrix[has_lower]])
        return matrix, np.concatenate([self.upper[has_upper], -self.lower[has_lower]])


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearPlan:
    """Variables named in `variables`, one column per variable and year, and constraint `groups`.

    Columns run variable by variable, year by year within a variable.

    Raises
    ------
    FeasibilityError
        If there is no variable, year, or relaxable group, a name occurs twice, a shape does not
        fit, or a number is not usable; all problems are listed.
    """

    variables: tuple[str, ...]
    years: NDArray[np.int64]
    groups: tuple[Group, ...]

    def __post_init__(self) -> None:
        problems = Problems("planning problem")
        if not self.n_columns:
            problems.add("", "no variable or no year")
        if not self.relaxable:
            problems.add("", "no target and no bound; there is nothing to ask")
        names = [group.name for group in self.groups]
        for name in sorted({name for name in names if names.count(name) > 1}):
            problems.add(f"group '{name}'", "the name is used more than once")
        for group in self.groups:
            _note_malformed(problems, group, self.n_columns)
        problems.raise_if_any(FeasibilityError)

    @property
    def n_columns(self) -> int:
        """Number of columns, variables times years."""
        return len(self.variables) * len(self.years)

    @property
    def relaxable(self) -> tuple[Group, ...]:
        """Targets and bounds, in order."""
        return tuple(group for group in self.groups if group.kind != "identity")

    @property
    def identities(self) -> tuple[Group, ...]:
        """The groups that always hold."""
        return tuple(group for group in self.groups if group.kind == "identity")

    def columns(self, variable: str) -> NDArray[np.intp]:
        """Return the column numbers of `variable`, shape (year,)."""
        if variable not in self.variables:
            raise FeasibilityError(unknown_name("plan variable", variable, self.variables))
        first = self.variables.index(variable) * len(self.years)
        return np.arange(first, first + len(self.years))

    def group(self, name: str) -> Group:
        """Return the group called `name`."""
        for group in self.groups:
            if group.name == name:
                return group
        raise FeasibilityError(unknown_name("constraint group", name, [group.name for group in self.groups]))

    def paths(self, point: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Split a point (column,) into one path (year,) per variable."""
        return {name: point[self.columns(name)] for name in self.variables}

    def keeping(self, names: Iterable[str]) -> LinearPlan:
        """Return the plan with only the relaxable groups in `names`; identities stay."""
        kept = set(names)
        return replace(self, groups=tuple(g for g in self.groups if g.kind == "identity" or g.name in kept))

    def relaxed(self, slacks: Mapping[str, float]) -> LinearPlan:
        """Return the plan with the groups in `slacks` made easier by that much (row units)."""
        groups = tuple(g.shifted(slacks[g.name]) if g.name in slacks else g for g in self.groups)
        return replace(self, groups=groups)


def _note_malformed(problems: Problems, group: Group, n_columns: int) -> None:
    where = f"group '{group.name}'"
    if group.matrix.ndim != 2 or group.matrix.shape[1] != n_columns:
        problems.add(where, f"the matrix has shape {group.matrix.shape}; expected (rows, {n_columns})")
        return
    rows = (group.matrix.shape[0],)
    if group.lower.shape != rows or group.upper.shape != rows:
        problems.add(
            where, f"the sides have shapes {group.lower.shape} and {group.upper.shape}; expected {rows}"
        )
        return
    if not rows[0]:
        problems.add(where, "it has no row")
    if not np.isfinite(group.matrix).all() or np.isnan(group.lower).any() or np.isnan(group.upper).any():
        problems.add(where, "a coefficient or side is not a number")
    elif (group.lower == np.inf).any() or (group.upper == -np.inf).any():
        problems.add(where, "a side is infinite in the direction that nothing can meet")
    elif (np.isinf(group.lower) & np.isinf(group.upper)).any():
        problems.add(where, "a row limits nothing")


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A target quantity: the yearly variables it sums, its scale, and the base level it starts from.

    `start` names a level of the starting point, or is the level itself (1 for an index).
    """

    terms: Mapping[str, float]
    scale: RowScale
    start: str | float
    label_en: str
    label_zh: str
    per_year: bool = False


VARIABLES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "real_growth": ("real GDP growth", "实际增速"),
        "gap_to_province": ("nominal growth gap to the province", "与全省的名义增速差"),
        "gap_to_rest": ("nominal growth gap to the rest of the province", "与省内其他地区的名义增速差"),
        "population_drift": ("population growth relative to the province", "人口相对全省变动率"),
        "relative_deflator": ("deflator growth relative to the province", "相对价格变动率"),
        "urbanization_slope": ("yearly step of log-odds of urbanization", "城镇化率对数几率年增量"),
        "intensity_decline": ("yearly decline of energy intensity", "能耗强度年降低率"),
        "relative_income_growth": ("income growth relative to the province", "居民收入相对全省增速"),
    }
)

_RATES: Final[Mapping[str, RowScale]] = {"real_growth": "growth", "intensity_decline": "decline"}

VARIABLE_SCALES: Final[Mapping[str, RowScale]] = MappingProxyType(
    {name: _RATES.get(name, "identity") for name in VARIABLES}
)
"""How limits are told: rates of growth and decline as such, differences of log rates as they are."""

QUANTITIES: Final[Mapping[str, Quantity]] = MappingProxyType(
    {
        "gdp_share_of_province": Quantity(
            terms={"gap_to_province": 1.0},
            scale="log",
            start="share",
            label_en="share of provincial GDP",
            label_zh="地区生产总值占全省比重",
        ),
        "gdp_volume_index": Quantity(
            terms={"real_growth": 1.0},
            scale="log",
            start=1.0,
            label_en="real GDP (base year = 1)",
            label_zh="实际地区生产总值（基期=1）",
        ),
        "gdp_growth": Quantity(
            terms={"real_growth": 1.0},
            scale="growth",
            start=0.0,
            label_en="mean real GDP growth",
            label_zh="地区生产总值年均实际增速",
            per_year=True,
        ),
        "gdp_per_capita_ratio_to_province": Quantity(
            terms={"gap_to_province": 1.0, "population_drift": -1.0},
            scale="log",
            start="per_capita_ratio",
            label_en="GDP per head relative to the province",
            label_zh="人均地区生产总值与全省之比",
        ),
        "urbanization_rate": Quantity(
            terms={"urbanization_slope": 1.0},
            scale="logit",
            start="urbanization_rate",
            label_en="urbanization rate",
            label_zh="常住人口城镇化率",
        ),
        "energy_intensity": Quantity(
            terms={"intensity_decline": -1.0},
            scale="log",
            start=1.0,
            label_en="energy intensity (base year = 1)",
            label_zh="能耗强度（基期=1）",
        ),
        "energy_consumption": Quantity(
            terms={"real_growth": 1.0, "intensity_decline": -1.0},
            scale="log",
            start=1.0,
            label_en="energy consumption (base year = 1)",
            label_zh="能源消费总量（基期=1）",
        ),
        "relative_income": Quantity(
            terms={"relative_income_growth": 1.0},
            scale="log",
            start="relative_income",
            label_en="income per head relative to the province",
            label_zh="人均可支配收入与全省之比",
        ),
        "income_in_step_total": Quantity(
            terms={"relative_income_growth": 1.0, "gap_to_province": -1.0, "relative_deflator": 1.0},
            scale="identity",
            start=0.0,
            label_en="income growth minus real GDP growth, relative to the province",
            label_zh="居民收入增速减地区生产总值增速（相对全省）",
            per_year=True,
        ),
        "income_in_step_per_head": Quantity(
            terms={
                "relative_income_growth": 1.0,
                "gap_to_province": -1.0,
                "relative_deflator": 1.0,
                "population_drift": 1.0,
            },
            scale="identity",
            start=0.0,
            label_en="income growth minus real GDP growth per head, relative to the province",
            label_zh="居民收入增速减人均地区生产总值增速（相对全省）",
            per_year=True,
        ),
    }
)
"""What can be a target. Both readings of "income in step" assume that the province's own income keeps
step with its own GDP, so that relative income is all that moves."""

SHARE_ON_REST: Final = Quantity(
    terms={"gap_to_rest": 1.0},
    scale="logit",
    start="share",
    label_en=QUANTITIES["gdp_share_of_province"].label_en,
    label_zh=QUANTITIES["gdp_share_of_province"].label_zh,
)
"""The same share written on the gap to the rest of the province: exact on the logit scale."""


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
