"""An estimate with its interval, what it requires of data, and the driver that it becomes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from scipy.special import chdtri, gammaln, ndtri, stdtrit

from haidong_sim.engine import quantile_line
from haidong_sim.errors import EstimationError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

_LARGEST_YEARLY_CHANGE: Final = 0.5


def require_years(values: ArrayLike, needed: int, what: str) -> NDArray[np.float64]:
    """Return `values` as floats if they are finite and there are at least `needed` of them.

    Raises
    ------
    EstimationError
        If there are fewer, or one is not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.shape[0] < needed:
        raise EstimationError(
            f"{what}: {array.shape[0]} yearly observations, at least {needed} are needed; "
            f"supply the missing years in a file of your own (same columns)"
        )
    if not np.isfinite(array).all():
        lost = int((~np.isfinite(array)).sum())
        raise EstimationError(f"{what}: {lost} of {array.size} values are not finite")
    return array


def require_positive(values: ArrayLike, years: ArrayLike, what: str) -> NDArray[np.float64]:
    """Return `values` as floats if all of them may stand under a logarithm.

    Raises
    ------
    EstimationError
        If one is zero or negative; the message names the years.
    """
    array = np.asarray(values, dtype=np.float64)
    bad = ~(array > 0.0)
    if bad.any():
        named = ", ".join(f"{y}: {v:g}" for y, v in zip(np.asarray(years)[bad], array[bad], strict=True))
        raise EstimationError(f"{what}: a logarithm needs positive values, found {named}")
    return array


def require_varying(values: NDArray[np.float64], what: str) -> None:
    """Refuse a constant series, from which no dispersion can be estimated.

    Raises
    ------
    EstimationError
        If all values are equal.
    """
    if values.size and float(np.ptp(values)) <= 1e-12 * max(1.0, float(np.abs(values).max())):
        raise EstimationError(f"{what}: all {values.size} values equal {values.flat[0]:g}; nothing varies")


def require_changes(values: NDArray[np.float64], what: str) -> None:
    """Refuse levels or percentages where yearly log changes are needed.

    Raises
    ------
    EstimationError
        If a value lies outside ±0.5, which no yearly log change of a published series does.
    """
    largest = float(np.abs(values).max(initial=0.0))
    if largest > _LARGEST_YEARLY_CHANGE:
        raise EstimationError(
            f"{what}: a value of {largest:g} is a level or a percentage, not a yearly log change "
            f"(allowed: ±{_LARGEST_YEARLY_CHANGE}; write 6% as 0.06 and difference levels first)"
        )


DistributionName = Literal["normal", "student_t", "inverse_chi", "quantiles", "log_quantiles"]
Provenance = Literal["calibrated", "assumption"]

QUANTILE_LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Levels of the quantile grid by which a posterior travels to a scenario."""

WIDE_LEVELS: Final = (0.025, *QUANTILE_LEVELS, 0.975)
"""Levels where the ends of a 95% interval have to be exact: tails that are not those of a normal."""

# Enough digits to reproduce a run, few enough to be read and to survive another BLAS.
_DIGITS: Final = 6


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """The uncertainty about one number: a named family and its parameters."""

    name: DistributionName
    parameters: Mapping[str, float]

    def quantile(self, probability: ArrayLike) -> NDArray[np.float64]:
        """Return the values that are not exceeded with `probability`, in its shape.

        Between and beyond given quantiles by the rule by which an ensemble draws from them.
        """
        levels = np.asarray(probability, dtype=np.float64)
        if not ((levels > 0.0) & (levels < 1.0)).all():
            raise EstimationError(f"a probability lies strictly between 0 and 1, not at {levels.tolist()}")
        given = self.parameters
        found: NDArray[Any]
        match self.name:
            case "normal":
                found = given["mean"] + given["sd"] * ndtri(levels)
            case "student_t":
                found = given["location"] + given["scale"] * stdtrit(given["degrees_of_freedom"], levels)
            case "inverse_chi":
                dof = given["degrees_of_freedom"]
                found = given["scale"] * np.sqrt(dof / chdtri(dof, levels))
            case "quantiles":
                found = quantile_line(*_knots(given), levels)
            case "log_quantiles":
                known, values = _knots(given)
                found = np.exp(quantile_line(known, np.log(values), levels))
        return np.asarray(found, dtype=np.float64)

    def standard_deviation(self) -> float:
        """Return the standard deviation of a Student t or of a scaled inverse χ."""
        dof = self.parameters["degrees_of_freedom"]
        scale = self.parameters["scale"] * float(np.sqrt(dof / (dof - 2.0)))
        if self.name == "student_t":
            return scale
        mean = float(np.sqrt(dof / 2.0) * np.exp(gammaln(dof / 2.0 - 0.5) - gammaln(dof / 2.0)))
        return float(np.sqrt(scale**2 - (self.parameters["scale"] * mean) ** 2))


def _knots(named: Mapping[str, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return probabilities and values; a name such as q05 or q975 has the digits of its probability."""
    return np.array([float(f"0.{name[1:]}") for name in named]), np.array(list(named.values()))


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One estimated number.

    `value` and `standard_error` are in `unit`. `years` are those of the observations used, `n` their count
    (zero where only a prior speaks). `provenance` is "calibrated" where data moved the number and
    "assumption" where it is a prior or a judgement alone.
    """

    name: str
    value: float
    standard_error: float
    unit: str
    distribution: Distribution
    years: tuple[int, ...]
    n: int
    method: str
    source: str
    data_hash: str
    provenance: Provenance = "calibrated"
    note: str = ""
    diagnostics: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the central interval that holds the number with probability `level`, in `unit`.

        Raises
        ------
        EstimationError
            If `level` does not lie strictly between 0 and 1.
        """
        if not 0.0 < level < 1.0:
            raise EstimationError(
                f"{self.name}: the level of an interval lies strictly between 0 and 1, not at {level}; "
                f"95% is 0.95"
            )
        low, high = self.distribution.quantile([0.5 - level / 2.0, 0.5 + level / 2.0])
        return float(low), float(high)

    def table(self) -> dict[str, Any]:
        """Return the estimate as a plain table for a results file, numbers rounded to be readable."""
        return {
            "value": rounded(self.value),
            "standard_error": rounded(self.standard_error),
            "interval_95": [rounded(bound) for bound in self.interval(0.95)],
            "unit": self.unit,
            "provenance": self.provenance,
            "method": self.method,
            "sample": describe_years(self.years),
            "n": self.n,
            "source": self.source,
            "data_hash": self.data_hash,
            "note": self.note,
            "distribution": {
                "name": self.distribution.name,
                **{key: rounded(value) for key, value in self.distribution.parameters.items()},
            },
            "diagnostics": {key: rounded(value) for key, value in self.diagnostics.items()},
        }


def normal(mean: float, sd: float) -> Distribution:
    """Return the normal distribution with this mean and standard deviation."""
    return Distribution(name="normal", parameters=MappingProxyType({"mean": mean, "sd": sd}))


def student_t(location: float, scale: float, degrees_of_freedom: float) -> Distribution:
    """Return Student's t with this location, scale and degrees of freedom."""
    return Distribution(
        name="student_t",
        parameters=MappingProxyType(
            {"location": location, "scale": scale, "degrees_of_freedom": degrees_of_freedom}
        ),
    )


def inverse_chi(scale: float, degrees_of_freedom: float) -> Distribution:
    """Return the distribution of a standard deviation whose variance is scaled-inverse-χ².

    The standard deviation is `scale` times the square root of `degrees_of_freedom` over a χ² of as many.
    """
    return Distribution(
        name="inverse_chi",
        parameters=MappingProxyType({"scale": scale, "degrees_of_freedom": degrees_of_freedom}),
    )


def quantiles(
    values: ArrayLike, *, levels: Sequence[float] = QUANTILE_LEVELS, positive: bool = False
) -> Distribution:
    """Return a distribution known by its quantiles at `levels`; of a `positive` number in logs."""
    grid = np.asarray(values, dtype=np.float64)
    named = {f"q{f'{p:.3g}'[2:]:0<2}": float(x) for p, x in zip(levels, grid, strict=True)}
    return Distribution(name="log_quantiles" if positive else "quantiles", parameters=MappingProxyType(named))


def rounded(value: float) -> float:
    """Round to the digits that a results file prints."""
    return round(float(value), _DIGITS) + 0.0


def data_hash(rows: Collection[str]) -> str:
    """Return the first twelve hexadecimal digits of a hash of the published rows that an estimate used.

    The text of the rows is hashed, in whatever order and however often they were used, and no number that
    was computed from them, whose last bit depends on the processor. Empty where no row is known.
    """
    return hashlib.sha256("\n".join(sorted(set(rows))).encode()).hexdigest()[:12] if rows else ""


def describe_years(years: tuple[int, ...]) -> str:
    """Return years as ranges, 2006–2017 and 2021 as "2006-2017, 2021"."""
    if not years:
        return ""
    spans: list[list[int]] = []
    for year in sorted(years):
        if spans and year == spans[-1][1] + 1:
            spans[-1][1] = year
        else:
            spans.append([year, year])
    return ", ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in spans)
