"""The contract of a question: what a target asks of a path, and everything that follows from it alone.

A kind of question is one file in `kinds`: what it measures of a few indicators in a few years. On which side
of its number the measure must lie is the same for every kind: at least, at most, or between two numbers,
which for "exactly" or "about" are one. The same question serves a single path and a block of draws: it only
adds, divides and compares.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Self, TypeAlias

import numpy as np

from haidong_sim.errors import FeasibilityError, ScenarioError
from haidong_sim.indicators import catalogue
from haidong_sim.questions.pace import margin, required_rate

if TYPE_CHECKING:
    from haidong_sim.indicators import Scale
    from haidong_sim.place import Target

Value: TypeAlias = Any
"""A float, or an array of shape (draw,)."""

Get: TypeAlias = Callable[[str, int], Value]
"""Returns an indicator in a year."""

Direction: TypeAlias = Literal[1, -1, 0]
"""+1: at least so much; -1: at most; 0: neither less nor more."""

Status: TypeAlias = Literal["met", "on_the_edge", "missed"]

MET: Final = "met"
ON_THE_EDGE: Final = "on_the_edge"
MISSED: Final = "missed"

_SILENT: Final = ("", "unstated")
"""Price bases that claim none: the indicator's own is then meant."""

_DIRECTIONS: Final[dict[str, Direction]] = {"up": 1, "down": -1, "both": 0}
_STRICT: Final = frozenset({"gt", "lt", "rank_above"})

_ROUNDING: Final = 2.0**-22
"""Relative difference up to which two numbers are the same: two last digits in single precision.

Draws are computed and kept in single precision, the median path in double; one rule serves both.
"""

_SMALL: Final = 1e-9


@dataclass(frozen=True, kw_only=True)
class Question(ABC):
    """One quantified target, ready to be asked of a path.

    Parameters
    ----------
    target_id
        Id of the row of the registry, or the text of a user's own question.
    indicator
        What it is about.
    first_year, last_year
        The year that it counts from, and its deadline.
    direction
        +1 where the measure must be at least the threshold, -1 at most, 0 neither less nor more.
    threshold
        The number to reach, in the target's unit; None where it follows from `reference`.
    upper
        With direction 0 the upper end of the range that begins at `threshold`; None if the two are one.
    reference
        Another indicator that is compared with, or None.
    tolerance
        The printed "about", in the target's unit: kept apart from the threshold.
    is_strict
        Whether the threshold itself is not enough.
    reading
        Which of several established readings of the target this is; empty for the first.
    price_basis
        Basis in which the threshold is stated; empty where it is the indicator's own.

    Raises
    ------
    ScenarioError
        If the years or the range are not in order, or the threshold, or a level to compare with, stands on
        another price basis than the indicator.
    """

    kind: ClassVar[str]
    """Name of the kind; a class without one is no kind."""
    rank: ClassVar[int] = 0
    """Of several kinds that read a row, the one of highest rank asks its question."""
    form: ClassVar[str] = ""
    """Regular expression of what stands before the sign in a question of text; empty: not asked in text."""
    example: ClassVar[str] = ""
    """A question of this kind in text, for messages."""
    is_level: ClassVar[bool] = False
    """Whether it is about one year at a time, so that it can be asked of any other year as well."""
    leads_to_level: ClassVar[bool] = False
    """Whether the indicator has a level in the last year that just meets it; see `level_to_reach`."""
    unit: ClassVar[str] = ""
    """Unit of what is measured, where it is not the indicator's own."""
    takes_reference: ClassVar[bool] = False
    """Whether the threshold may follow from another indicator; see `reference_bound`."""
    is_size: ClassVar[bool] = False
    """Whether the measure is a size, beside which its rounding is small, and no difference of sizes."""
    is_scaled: ClassVar[bool] = False
    """Whether margins have a meaning on `scale` as well."""
    compares_rates: ClassVar[bool] = False
    """Whether it compares growth rates, which cross price bases as levels do not."""

    target_id: str
    indicator: str
    first_year: int
    last_year: int
    direction: Direction
    threshold: float | None = None
    upper: float | None = None
    reference: str | None = None
    tolerance: float = 0.0
    is_strict: bool = False
    reading: str = ""
    price_basis: str = ""

    def __post_init__(self) -> None:
        if self.upper is not None and (self.direction or self.threshold is None):
            raise ScenarioError(f"target '{self.target_id}': an upper end without a range of two ends")
        if self.upper is not None and self.threshold is not None and self.upper < self.threshold:
            raise ScenarioError(
                f"target '{self.target_id}': the range ends at {self.upper:g}, before {self.threshold:g}"
            )
        if self.threshold is None and (self.reference is None or not self.takes_reference):
            raise ScenarioError(f"target '{self.target_id}': a question of kind '{self.kind}' needs a number")
        _require_one_price_basis(self)

    @classmethod
    @abstractmethod
    def reads(cls, target: Target) -> bool:
        """Return whether a row of the registry asks a question of this kind."""

    @classmethod
    def from_row(
        cls, target: Target, *, threshold: float | None, reference: str | None, base_year: int, **fields: Any
    ) -> Question:
        """Return the question of a row of the registry.

        Parameters
        ----------
        threshold
            In the unit of the question; None where it follows from `reference`.
        base_year
            Year that is counted from where the row has no period.
        fields
            The indicator, and what else does not stand in the row as it is.
        """
        stated: dict[str, Any] = {
            "target_id": target.id,
            "first_year": target.period[0] - 1 if target.period else base_year,
            "last_year": target.deadline,
            "direction": _DIRECTIONS[target.direction],
            "threshold": threshold,
            "upper": target.value_high,
            "reference": reference,
            "tolerance": target.tolerance or 0.0,
            "is_strict": target.comparator in _STRICT,
        }
        return cls(**(stated | fields))

    @property
    def name(self) -> str:
        """The target's id, and the reading where it is not the first."""
        return f"{self.target_id} ({self.reading})" if self.reading else self.target_id

    @property
    def indicators(self) -> tuple[str, ...]:
        """Names of the indicators that the question reads."""
        return (self.indicator,) if self.reference is None else (self.indicator, self.reference)

    @property
    @abstractmethod
    def requires(self) -> frozenset[tuple[str, int]]:
        """The indicators and years that the question reads."""

    @property
    def remark(self) -> str:
        """What a reader of its verdict has to be told about how it is judged; empty if nothing."""
        return ""

    @property
    def has_milestones(self) -> bool:
        """Whether yearly levels lead to it: it asks for a level, on one side."""
        return self.is_level and self.leads_to_level and self.direction != 0

    @property
    def level_direction(self) -> Direction:
        """Which way the indicator's own level has to go; a reduction of at least so much means down."""
        return self.direction

    @property
    def scale(self) -> Scale:
        """Scale on which the way of the indicator to its level is straight."""
        known = catalogue().get(self.indicator)
        return "identity" if known is None else known.scale

    def at(self, last_year: int) -> Self:
        """Return the same question asked of an earlier or later year; the threshold stays."""
        return replace(self, last_year=last_year)

    def is_due(self, year: int) -> bool:
        """Return whether the deadline has come by the end of `year`."""
        return self.last_year <= year

    @abstractmethod
    def value(self, get: Get) -> Value:
        """Return what is measured, in the target's unit."""

    def bound(self, get: Get) -> Value:
        """Return the threshold, of a range its lower end: a number, or what it refers to."""
        return self.threshold if self.threshold is not None else self.reference_bound(get)

    def reference_bound(self, get: Get) -> Value:
        """Return the threshold that follows from the reference."""
        raise NotImplementedError

    def accepted(self, get: Get, *, with_tolerance: bool = True) -> tuple[Value, Value]:
        """Return the least and the greatest value that are met; infinite where there is no limit."""
        bound, granted = self.bound(get), self.tolerance if with_tolerance else 0.0
        if self.direction > 0:
            return bound - granted, math.inf
        if self.direction < 0:
            return -math.inf, bound + granted
        return bound - granted, (bound if self.upper is None else self.upper) + granted

    def margin(self, get: Get) -> Value:
        """Return by how much the target is met (positive) or missed (negative), in its own unit.

        Between two ends it is the distance to the nearer one; "exactly" has no positive margin.
        """
        return self.margin_of(self.value(get), self.bound(get))

    def margin_of(self, value: Value, bound: Value) -> Value:
        """Return the margin of a measured value, given the threshold."""
        if self.direction > 0:
            return value - bound
        if self.direction < 0:
            return bound - value
        lower, upper = value - bound, (bound if self.upper is None else self.upper) - value
        # min() written as arithmetic, so that floats and arrays take the same line.
        return lower * (lower < upper) + upper * (lower >= upper)

    @property
    def rounding(self) -> float:
        """How large a margin may be, either way, of a value that equals its threshold.

        Relative to the numbers that are compared: a threshold and the level beside it; the factor of growth
        or reduction, which is near one; a difference of rates.
        """
        asked = max(abs(number) for number in (self.threshold, self.upper, 0.0) if number is not None)
        return _ROUNDING * (asked if self.is_size and self.threshold is not None else 1.0 + asked)

    def is_met(self, margin: Value, *, with_tolerance: bool = True) -> Value:
        """Return whether a margin counts as met, the printed "about" granted or not.

        A margin within `rounding` of the least is equal to it: met, unless the target excludes equality.
        """
        least = -self.tolerance if with_tolerance else 0.0
        return margin > least + self.rounding if self.is_strict else margin >= least - self.rounding

    def status(self, margin: float) -> Status:
        """Return whether a margin is met, within the tolerance of the wording, or missed."""
        if self.is_met(margin, with_tolerance=False):
            return MET
        return ON_THE_EDGE if self.is_met(margin) else MISSED

    def margin_on_scale(self, value: Value, bound: Value, margin: Value) -> Value:
        """Return a margin on the scale of the indicator; as it is where a value has no place on it."""
        if not self.is_scaled:
            return margin
        return margin_between(value, bound, margin, direction=self.direction, scale=self.scale)

    def magnitude(self, get: Get) -> float:
        """Return the size that a change of margin is small or large beside: that of the threshold.

        For a relation without a size of its own it is that of the indicator in the first year.
        """
        bound = abs(float(self.bound(get)))
        return bound if bound > _SMALL else abs(float(get(self.indicator, self.first_year))) or 1.0

    def level_to_reach(self, get: Get) -> Value | None:
        """Return the level of the indicator in the last year that just meets the target.

        None where no level does: a comparison of two quantities, or of every year. Between two ends it is the
        level nearest to that of the first year.
        """
        if not self.leads_to_level:
            return None
        goal = self.level_at(self.bound(get), get)
        if self.upper is None:
            return goal
        other = self.level_at(self.upper, get)
        return np.clip(get(self.indicator, self.first_year), np.minimum(goal, other), np.maximum(goal, other))

    def level_at(self, value: Value, get: Get, /) -> Value:
        """Return the level of the indicator in the last year at which `value` is measured."""
        raise NotImplementedError

    def needed(self, get: Get) -> dict[str, float]:
        """Return the constant growth and the constant change a year that lead to the threshold.

        Returns
        -------
        dict
            `needed_rate` (fraction a year; only between positive levels) and `needed_change` (units of the
            indicator a year); empty where no level is to be reached.
        """
        goal, base = self.level_to_reach(get), get(self.indicator, self.first_year)
        n_years = self.last_year - self.first_year
        if goal is None or n_years <= 0:
            return {}
        found = {"needed_change": float(goal - base) / n_years}
        if goal > 0 and base > 0:
            found["needed_rate"] = float(required_rate(goal, base, years=n_years))
        return found

    def smooth_parts(self) -> tuple[Question, ...]:
        """Return questions without kinks that are met together exactly where this one is."""
        if self.direction:
            return (self,)
        end = self.threshold if self.upper is None else self.upper
        return (
            replace(self, direction=1, upper=None, reading=f"{self.reading} from"),
            replace(self, direction=-1, threshold=end, upper=None, reading=f"{self.reading} to"),
        )


def margin_between(values: Value, bounds: Value, margins: Value, *, direction: int, scale: Scale) -> Value:
    """Return margins of values from bounds on a scale; `margins` themselves where one has no place on it."""
    if not direction:
        return margins
    try:
        return margin(values, bounds, direction=direction, scale=scale)
    except FeasibilityError:
        return margins


def mean_growth(name: str, first_year: int, last_year: int, get: Get) -> Value:
    """Return the geometric mean yearly growth of a level, or of an indicator that is a growth rate."""
    n_years = last_year - first_year
    if not is_growth_rate(name):
        return (get(name, last_year) / get(name, first_year)) ** (1.0 / n_years) - 1.0
    factor: Value = 1.0
    for year in range(first_year + 1, last_year + 1):
        factor = factor * (1.0 + get(name, year))
    return factor ** (1.0 / n_years) - 1.0


def mean_growth_requires(name: str, first_year: int, last_year: int) -> frozenset[tuple[str, int]]:
    """Return what `mean_growth` reads: both ends of a level, every year of a growth rate."""
    if is_growth_rate(name):
        return frozenset((name, year) for year in range(first_year + 1, last_year + 1))
    return frozenset({(name, first_year), (name, last_year)})


def is_growth_rate(name: str) -> bool:
    """Return whether an indicator is itself a yearly growth rate."""
    return name.endswith("_growth")


def _require_one_price_basis(question: Question) -> None:
    own = _basis_of(question.indicator)
    if own is None:
        return
    stated = "constant" if question.price_basis == "comparable" else question.price_basis
    if stated not in {own, *_SILENT}:
        raise ScenarioError(
            f"target '{question.target_id}': its threshold is stated at price basis "
            f"'{question.price_basis}', '{question.indicator}' at '{own}'. "
            "Compare an indicator of the same basis"
        )
    other = own if question.reference is None else _basis_of(question.reference)
    # Growth rates may be compared across bases, as incomes are with GDP; levels may not.
    if other not in {own, None} and not question.compares_rates:
        raise ScenarioError(
            f"target '{question.target_id}': '{question.indicator}' is at '{own}' prices, "
            f"'{question.reference}' at '{other}'; only growth rates compare across bases"
        )


def _basis_of(name: str) -> str | None:
    known = catalogue().get(name)
    return None if known is None else known.price_basis
