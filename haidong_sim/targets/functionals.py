"""What a target asks of a path: a function of a few indicators in a few years, and a threshold for it.

The same functional serves a path without shocks and a block of draws: it only adds, divides and compares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from haidong_sim.errors import ScenarioError
from haidong_sim.indicators import catalogue

Value: TypeAlias = Any
"""A float, or an array of shape (draw,)."""

Get: TypeAlias = Callable[[str, int], Value]
"""Returns an indicator in a year."""

_SILENT: Final = ("", "unstated")
"""Price bases that claim none: the indicator's own is then meant."""

Kind = Literal["level", "mean_growth", "ratio_to_base", "reduction", "every_year", "gap"]
Sense = Literal["at_least", "at_most", "within"]


@dataclass(frozen=True, kw_only=True)
class Functional:
    """One quantified target, ready to be evaluated.

    `kind` says what is measured between `first_year` and `last_year`: the level in the last year, mean yearly
    growth (geometric), the ratio to the first year, the relative reduction since it, the smallest yearly
    change, or the gap to `reference` in the last year. `threshold` is the number to reach, or None where it
    follows from `reference`. `tolerance` is the printed "about" in the target's unit; `is_strict` excludes
    the threshold itself. `price_basis` is the basis in which the threshold is stated; empty where it is the
    indicator's own.

    Raises
    ------
    ScenarioError
        If the threshold, or a level to compare with, stands on another price basis than the indicator.
    """

    target_id: str
    kind: Kind
    sense: Sense
    indicator: str
    first_year: int
    last_year: int
    threshold: float | None = None
    upper: float | None = None
    reference: str | None = None
    tolerance: float = 0.0
    is_strict: bool = False
    reading: str = ""
    price_basis: str = ""

    def __post_init__(self) -> None:
        _require_one_price_basis(self)

    @property
    def name(self) -> str:
        """The target's id, and the reading where it is not the first."""
        return f"{self.target_id} ({self.reading})" if self.reading else self.target_id

    @property
    def indicators(self) -> tuple[str, ...]:
        """Names of the indicators that the functional reads."""
        return (self.indicator,) if self.reference is None else (self.indicator, self.reference)

    @property
    def requires(self) -> frozenset[tuple[str, int]]:
        """The indicators and years that the functional reads."""
        span = range(self.first_year, self.last_year + 1)
        ends = (self.first_year, self.last_year)
        needed = {(self.indicator, year) for year in (span if self.kind == "every_year" else ends)}
        if self.kind == "level":
            needed = {(self.indicator, self.last_year)}
        if self.reference is not None:
            years = span[1:] if self.reference.endswith("_growth") else ends
            needed |= {(self.reference, year) for year in years}
        return frozenset(needed)

    def smooth_parts(self) -> tuple[Functional, ...]:
        """Return functionals without kinks that are met together exactly where this one is."""
        if self.kind == "every_year":
            years = range(self.first_year + 1, self.last_year + 1)
            return tuple(
                replace(self, first_year=year - 1, last_year=year, reading=f"{self.reading} {year}")
                for year in years
            )
        if self.sense == "within":
            return (
                replace(self, sense="at_least", upper=None, reading=f"{self.reading} from"),
                replace(
                    self, sense="at_most", threshold=self.upper, upper=None, reading=f"{self.reading} to"
                ),
            )
        return (self,)

    def at(self, last_year: int) -> Functional:
        """Return the same question asked of an earlier or later year; the threshold stays."""
        return replace(self, last_year=last_year)

    def value(self, get: Get) -> Value:
        """Return what is measured, in the target's unit."""
        return _MEASURES[self.kind](self, get)

    def bound(self, get: Get) -> Value:
        """Return the threshold: a number, or what it refers to."""
        if self.threshold is not None:
            return self.threshold
        assert self.reference is not None
        if self.kind == "gap":
            return get(self.indicator, self.first_year) - get(self.reference, self.first_year)
        if self.kind == "mean_growth":
            return mean_growth(self.reference, self.first_year, self.last_year, get)
        return get(self.reference, self.last_year)

    def margin(self, get: Get) -> Value:
        """Return by how much the target is met (positive) or missed (negative), in its own unit."""
        value, bound = self.value(get), self.bound(get)
        if self.sense == "at_least":
            return value - bound
        if self.sense == "at_most":
            return bound - value
        lower, upper = value - bound, self.upper - value
        return lower * (lower < upper) + upper * (lower >= upper)

    def is_met(self, margin: Value, *, with_tolerance: bool = True) -> Value:
        """Return whether a margin counts as met, the printed "about" granted or not."""
        least = -self.tolerance if with_tolerance else 0.0
        # A hair of rounding must not turn an exactly met threshold into a miss.
        return margin > least if self.is_strict else margin >= least - 1e-9


def _require_one_price_basis(f: Functional) -> None:
    own = _basis_of(f.indicator)
    if own is None:
        return
    stated = "constant" if f.price_basis == "comparable" else f.price_basis
    if stated not in {own, *_SILENT}:
        raise ScenarioError(
            f"target '{f.target_id}': its threshold is stated at price basis '{f.price_basis}', "
            f"'{f.indicator}' at '{own}'. Compare an indicator of the same basis"
        )
    other = own if f.reference is None else _basis_of(f.reference)
    # Growth rates may be compared across bases, as incomes are with GDP; levels may not.
    if other not in {own, None} and f.kind != "mean_growth":
        raise ScenarioError(
            f"target '{f.target_id}': '{f.indicator}' is at '{own}' prices, '{f.reference}' at '{other}'; "
            "only growth rates compare across bases"
        )


def _basis_of(name: str) -> str | None:
    known = catalogue().get(name)
    return None if known is None else known.price_basis


def mean_growth(name: str, first_year: int, last_year: int, get: Get) -> Value:
    """Return the geometric mean yearly growth of a level, or of an indicator that is a growth rate."""
    n_years = last_year - first_year
    if not name.endswith("_growth"):
        return (get(name, last_year) / get(name, first_year)) ** (1.0 / n_years) - 1.0
    factor: Value = 1.0
    for year in range(first_year + 1, last_year + 1):
        factor = factor * (1.0 + get(name, year))
    return factor ** (1.0 / n_years) - 1.0


def _level(f: Functional, get: Get) -> Value:
    return get(f.indicator, f.last_year)


def _mean_growth(f: Functional, get: Get) -> Value:
    return mean_growth(f.indicator, f.first_year, f.last_year, get)


def _ratio_to_base(f: Functional, get: Get) -> Value:
    return get(f.indicator, f.last_year) / get(f.indicator, f.first_year)


def _reduction(f: Functional, get: Get) -> Value:
    return 1.0 - get(f.indicator, f.last_year) / get(f.indicator, f.first_year)


def _every_year(f: Functional, get: Get) -> Value:
    smallest: Value = None
    for year in range(f.first_year + 1, f.last_year + 1):
        change = get(f.indicator, year) - get(f.indicator, year - 1)
        # min() written as arithmetic, so that floats and arrays take the same line.
        smallest = change if smallest is None else smallest + (change - smallest) * (change < smallest)
    return smallest


def _gap(f: Functional, get: Get) -> Value:
    assert f.reference is not None
    return get(f.indicator, f.last_year) - get(f.reference, f.last_year)


_MEASURES: dict[Kind, Callable[[Functional, Get], Value]] = {
    "level": _level,
    "mean_growth": _mean_growth,
    "ratio_to_base": _ratio_to_base,
    "reduction": _reduction,
    "every_year": _every_year,
    "gap": _gap,
}
