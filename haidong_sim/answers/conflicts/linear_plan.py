"""A planning problem as data: variables by year, and named groups of linear constraints on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

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
