"""The contract of a growth path: years in, log growth out, with what a path may know of its driver."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import SerializerFunctionWrapHandler, model_serializer, model_validator

from haidong_sim.axes import years_between
from haidong_sim.errors import ScenarioError
from haidong_sim.scenario.paths.quantities import Sourced, rate_problem, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray

    Formula = Callable[[NDArray[np.int64], "PathContext"], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True, eq=False)
class PathContext:
    """The base year of a driver, its level there, its frontier, and the growth since.

    Parameters
    ----------
    base_year
        Last year before the projection.
    base_level
        Level in the base year, in the driver's own unit; paths that only name rates do without.
    frontier
        Log growth of the frontier for base_year + 1, base_year + 2, …, shape (year,).
    frontier_ratio
        Level relative to the frontier's in the base year.
    years_on, grown
        Years since the base year at which a later part of a composed path takes over, and the
        log growth up to there. Compositions fill these in.
    """

    base_year: int
    base_level: float | None = None
    frontier: NDArray[np.float64] | None = None
    frontier_ratio: float | None = None
    years_on: int = 0
    grown: float = 0.0

    @property
    def start_year(self) -> int:
        """The last year that is already decided; the path gives the years after it."""
        return self.base_year + self.years_on

    @property
    def start_level(self) -> float | None:
        """Level reached in `start_year`, or None if the base level is unknown."""
        return None if self.base_level is None else self.base_level * float(np.exp(self.grown))

    def after(self, year: int, log_growth: float) -> PathContext:
        """Return the context of a path that takes over after `year`, `log_growth` above `start_year`."""
        return replace(self, years_on=year - self.base_year, grown=self.grown + log_growth)

    def rebased(self, year: int, level: float) -> PathContext:
        """Return the context of a path of levels that takes over after `year` at `level`."""
        return PathContext(base_year=year, base_level=level)

    def require_start_level(self, path: object) -> float:
        """Return the level in `start_year`.

        Raises
        ------
        ScenarioError
            If the base level of the driver is unknown.
        """
        level = self.start_level
        if level is None:
            raise ScenarioError(
                f"path '{path}': needs the level in {self.start_year}; give the driver a base level"
            )
        return level


class Path(Sourced):
    """A declared path of one driver: a pure function of the years and a context.

    A kind of path implements `_values` (rates, or levels if `is_level`) or `_log_growth`; each
    follows from the other. Both receive every year from `context.start_year` + 1 on, without gap.
    Paths are medians: the uncertainty around them is attached elsewhere.
    """

    kind: str
    leading: ClassVar[str | None] = None
    """Name of the parameter whose range `low` and `high` give; None: the range is that of the mean."""

    reader: ClassVar[Callable[[Any], Path]]
    """Reads a declaration; set where all kinds are known, as compositions are kinds themselves."""

    @property
    def is_level(self) -> bool:
        """Whether `values` are levels in the driver's own unit rather than rates."""
        return False

    def values(self, years: ArrayLike, *, context: PathContext) -> NDArray[np.float64]:
        """Return the plain yearly rate (fraction per year) or the level, per year, shape (year,).

        Raises
        ------
        ScenarioError
            If a year is not after the context's start, or the path does not say enough to reach it.
        """
        return self._evaluated(years, context, self._values)

    def log_growth(self, years: ArrayLike, *, context: PathContext) -> NDArray[np.float64]:
        """Return the log-median growth m of each year over the year before, shape (year,).

        Rates g give ln(1 + g), levels X give ln X(t) - ln X(t-1).

        Raises
        ------
        ScenarioError
            As `values`; also if a level is not positive or the level before the first is unknown.
        """
        return self._evaluated(years, context, self._log_growth)

    def levels(self, years: ArrayLike, *, context: PathContext) -> NDArray[np.float64]:
        """Return the level reached in each year, shape (year,); the base year is 1 if no level is known."""
        start = context.start_level
        factor = float(np.exp(context.grown)) if start is None else start
        grown = self._evaluated(years, context, lambda *span: np.cumsum(self._log_growth(*span)))
        levels: NDArray[np.float64] = factor * np.exp(grown)
        return levels

    def prior_level(self, context: PathContext) -> float:
        """Return the level in `context.start_year`, from which a path of levels grows.

        A path that states this level itself grows from its own: levels of one source are spliced by
        growth, never by a jump between sources.
        """
        return context.require_start_level(self)

    def _values(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:
        return np.expm1(self._log_growth(years, context))

    def _log_growth(self, years: NDArray[np.int64], context: PathContext) -> NDArray[np.float64]:
        values = self._values(years, context)
        if not self.is_level:
            return np.log1p(values)
        levels = np.concatenate([[self.prior_level(context)], values])
        if levels.min() <= 0.0:
            year = context.start_year + int(np.argmax(levels <= 0.0))
            raise ScenarioError(
                f"path '{self}': the level in {year} is not positive, so it has no growth rate"
            )
        return np.diff(np.log(levels))

    def _evaluated(self, years: ArrayLike, context: PathContext, formula: Formula) -> NDArray[np.float64]:
        wanted = np.atleast_1d(np.asarray(years, dtype=np.int64))
        if wanted.size == 0:
            return np.empty(0)
        if wanted.min() <= context.start_year:
            raise ScenarioError(
                f"path '{self}': {wanted.min()} is not after {context.start_year}, where the path starts"
            )
        span = years_between(context.start_year + 1, int(wanted.max()))
        result = formula(span, context)
        if not np.isfinite(result).all():
            broken = ", ".join(map(str, span[~np.isfinite(result)]))
            raise ScenarioError(f"path '{self}': not finite in {broken}")
        selected: NDArray[np.float64] = result[wanted - span[0]]
        return selected

    def then(self, year: int, other: Path) -> Path:
        """Follow this path up to and including `year`, then `other` from the level reached."""
        return _composed("then", first=self, year=year, second=other)

    def override(self, years: Iterable[int], value: float) -> Path:
        """Put `value` (a rate, or a level if this is a path of levels) in the `years` named."""
        return _composed("override", path=self, years=dict.fromkeys(years, value))

    def cap(self, value: float) -> Path:
        """Hold the yearly values at or below `value`; this limits the median only."""
        return _composed("limit", path=self, highest=value)

    def floor(self, value: float) -> Path:
        """Hold the yearly values at or above `value`; this limits the median only."""
        return _composed("limit", path=self, lowest=value)

    def __add__(self, other: Path) -> Path:
        """Add the log growth of `other`."""
        if not isinstance(other, Path):
            return NotImplemented
        return _composed("sum", parts=(self, other))

    @model_serializer(mode="wrap")
    def _kind_first(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # A dump without its defaults must still say what kind it is, or it would be read as a constant.
        return {"kind": self.kind, **handler(self)}


class Rated(Path):
    """A path whose numbers are rates unless it says that they are levels."""

    @abstractmethod
    def numbers(self) -> Mapping[str, float]:
        """Return the numbers that must be rates unless `is_level`, by the name that a file gives them."""

    @model_validator(mode="after")
    def _plausible_rates(self) -> Self:
        if self.is_level:
            return self
        span = {"low": self.low, "high": self.high}
        named = {**self.numbers(), **{name: value for name, value in span.items() if value is not None}}
        problems = [f"{name} = {text}" for name, value in named.items() if (text := rate_problem(value))]
        if problems:
            raise refusal("; ".join(problems))
        return self


def _composed(kind: str, **fields: Any) -> Path:
    return Path.reader({"kind": kind, **fields})
