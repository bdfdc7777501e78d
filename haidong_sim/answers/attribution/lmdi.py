"""Log-mean Divisia decomposition, and the identities of energy and carbon that it splits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from haidong_sim.errors import EstimationError, ModelError, Problems, unknown_name
from haidong_sim.run import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

# Largest unexplained rest of a split, relative to the largest of its terms.
EXACT = 1e-9


@dataclass(frozen=True, kw_only=True, repr=False)
class Decomposition(Answer):
    """Effects of each factor on a total, year by year.

    `effects` (step, factor, draw) sum over factors to the change of `totals` (step + 1, draw); a step leads
    from one of `years` to the next.
    """

    factors: tuple[str, ...]
    years: tuple[int, ...]
    effects: NDArray[np.float64]
    totals: NDArray[np.float64]

    @property
    def additive(self) -> NDArray[np.float64]:
        """Effect of each factor from first year to last, summed over the steps, shape (factor, draw)."""
        return np.asarray(self.effects.sum(axis=0))

    @property
    def multiplicative(self) -> NDArray[np.float64]:
        """Ratio by which each factor multiplies the total, chained over the steps, shape (factor, draw).

        Raises
        ------
        ModelError
            If the total is zero in some year: a ratio to zero does not exist.
        """
        if (self.totals == 0).any():
            raise ModelError("the total is zero in some year: use the additive form")
        weight = logarithmic_mean(self.totals[1:], self.totals[:-1])
        return np.asarray(np.exp((self.effects / weight[:, None]).sum(axis=0)))

    @property
    def residual(self) -> NDArray[np.float64]:
        """Change of the total less all effects, shape (draw,); zero up to rounding."""
        return np.asarray(self.totals[-1] - self.totals[0] - self.additive.sum(axis=0))

    def frame(self) -> pd.DataFrame:
        """Return one line per factor and step, and per factor over the whole span: effect, q05, q95, method.

        `effect` is the mean over draws, so that effects add up to the mean change in every line group.
        """
        spans = [*zip(self.years[:-1], self.years[1:], self.effects, strict=True)]
        if len(spans) > 1:
            spans.append((self.years[0], self.years[-1], self.additive))
        return pd.DataFrame(
            [
                {
                    "factor": factor,
                    "from_year": start,
                    "to_year": stop,
                    "effect": effect.mean(),
                    "q05": np.quantile(effect, 0.05),
                    "q95": np.quantile(effect, 0.95),
                    "method": "LMDI-I, additive",
                }
                for start, stop, effects in spans
                for factor, effect in zip(self.factors, effects, strict=True)
            ]
        )

    def __repr__(self) -> str:
        return f"<Decomposition {' × '.join(self.factors)}, {self.years[0]} to {self.years[-1]}>"


def logarithmic_mean(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """Return (a − b)/ln(a/b), its limit a where a = b, and its limit 0 where either is zero."""
    a, b = np.broadcast_arrays(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64))
    both = (a > 0) & (b > 0)
    quotient = np.divide(a, b, out=np.ones(a.shape), where=both)
    excess = np.divide(a - b, b, out=np.zeros(a.shape), where=both)
    # log1p keeps all digits where a and b are close, log where they are far apart.
    close = np.abs(excess) < 0.5
    log_ratio = np.where(close, np.log1p(np.where(close, excess, 0.0)), np.log(quotient))
    ratio = np.divide(excess, log_ratio, out=np.ones(a.shape), where=excess != 0)
    return np.where(both, b * ratio, 0.0)


def lmdi_effects(start: ArrayLike, end: ArrayLike, *, entry: int | None = None) -> NDArray[np.float64]:
    """Return the additive LMDI-I effects of each factor on each component, shape (factor, component, …).

    Ang (2005), doi:10.1016/j.enpol.2003.10.010. A component that is zero at one end enters or leaves: its
    whole value goes to the factors that are zero there, in equal parts (the analytic limit, Wood and Lenzen
    2006, doi:10.1016/j.enpol.2004.11.010), or to the factor `entry`. A factor undefined there (NaN, an
    intensity of nothing) counts as unchanged.

    Parameters
    ----------
    start, end : shape (factor, component, …)
        Factors of the product; units as given, their product carries the unit of the effects.

    Raises
    ------
    ModelError
        If a factor is negative, or not finite where its component exists.
    """
    first, last = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    before, after = _component(first), _component(last)
    _require_factors(first, before, "start")
    _require_factors(last, after, "end")
    alive = (before > 0) & (after > 0)
    ratio = np.divide(last, first, out=np.ones_like(first), where=alive)
    effects = logarithmic_mean(after, before) * np.log(ratio)
    enters, leaves = (before == 0) & (after > 0), (before > 0) & (after == 0)
    for gone, factors, change in ((enters, first, after), (leaves, last, -before)):
        if not gone.any():
            continue
        if entry is None:
            weight = (factors == 0) / np.maximum((factors == 0).sum(axis=0), 1)
        else:
            weight = np.zeros_like(factors)
            weight[entry] = 1.0
        effects = np.where(gone, weight * change, effects)
    return effects


def decompose_years(
    factors: Mapping[str, ArrayLike], years: ArrayLike, *, entry: str | None = None, chained: bool = True
) -> Decomposition:
    """Split the change over years of Σ_component Π_factor among the factors.

    Parameters
    ----------
    factors : mapping of name to array (year, component) or (year, component, draw)
        Broadcast against each other; a factor common to all components may have one component.
    entry : str, optional
        The factor that takes entering and leaving components; by default those that are zero.
    chained : bool
        Split every year and sum (default), or only the first year against the last.

    Raises
    ------
    ModelError
        If a factor is negative or not finite, or the effects do not add up.
    EstimationError
        If the shapes do not fit, or `entry` is no factor.
    """
    names, calendar = tuple(factors), tuple(int(year) for year in np.asarray(years).ravel())
    if entry is not None and entry not in names:
        raise EstimationError(unknown_name("factor", entry, names))
    arrays = [np.asarray(value, dtype=np.float64) for value in factors.values()]
    if any(value.ndim not in {2, 3} for value in arrays):
        raise EstimationError("every factor must be (year, component) or (year, component, draw)")
    stacked = np.stack(
        np.broadcast_arrays(*[value if value.ndim == 3 else value[..., None] for value in arrays])
    )
    if stacked.shape[1] != len(calendar) or len(calendar) < 2:
        raise EstimationError(
            f"factors have {stacked.shape[1]} years, {len(calendar)} are named; two are needed"
        )
    if not chained:
        stacked, calendar = stacked[:, [0, -1]], (calendar[0], calendar[-1])
    position = None if entry is None else names.index(entry)
    steps = [lmdi_effects(stacked[:, t], stacked[:, t + 1], entry=position) for t in range(len(calendar) - 1)]
    result = Decomposition(
        factors=names,
        years=calendar,
        effects=np.stack([step.sum(axis=1) for step in steps]),
        totals=np.stack([_component(stacked[:, t]).sum(axis=0) for t in range(len(calendar))]),
    )
    scale = np.maximum(np.abs(result.effects).sum(axis=(0, 1)), np.abs(result.totals).max(axis=0))
    if (np.abs(result.residual) > EXACT * scale).any():
        raise ModelError(f"the effects leave {np.abs(result.residual).max():.3g} unexplained")
    return result


def _component(factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the product of the factors; zero as soon as one factor is zero, whatever the others are."""
    return np.where((factors == 0).any(axis=0), 0.0, factors.prod(axis=0))


def _require_factors(factors: NDArray[np.float64], product: NDArray[np.float64], end: str) -> None:
    problems = Problems(f"factors at the {end}")
    for number, factor in enumerate(factors):
        wrong = (factor < 0) | np.isinf(factor) | (np.isnan(factor) & (product != 0))
        if wrong.any():
            problems.add(
                f"factor {number}", f"{wrong.sum()} values are negative or not finite; LMDI needs logarithms"
            )
    problems.raise_if_any(ModelError)


def decompose_kaya(
    years: ArrayLike,
    *,
    resident_population: ArrayLike,
    gdp_constant: ArrayLike,
    energy_consumption: ArrayLike,
    co2_emissions: ArrayLike,
    chained: bool = True,
) -> Decomposition:
    """Split emissions into population × GDP per head × energy intensity × carbon content (Kaya 1990).

    Parameters
    ----------
    years : shape (year,)
    resident_population, gdp_constant, energy_consumption, co2_emissions : shape (year,) or (year, draw)
        Any units; GDP at constant prices of one year.

    Raises
    ------
    ModelError
        If a value is negative or not finite.
    """
    people, gdp, energy, carbon = (
        _as_components(value)
        for value in (resident_population, gdp_constant, energy_consumption, co2_emissions)
    )
    factors = {
        "resident_population": people,
        "gdp_constant_per_capita": _quotient(gdp, people),
        "energy_intensity": _quotient(energy, gdp),
        "carbon_content": _quotient(carbon, energy),
    }
    return decompose_years(factors, years, chained=chained)


def _as_components(value: ArrayLike) -> NDArray[np.float64]:
    """Give a total (year,) or (year, draw) the component axis of length one."""
    return np.expand_dims(np.asarray(value, dtype=np.float64), axis=1)


def _quotient(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return part/whole; NaN where nothing is divided by nothing."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.where(part == 0, np.nan, np.inf), where=whole != 0)
