"""From a scenario's uncertainty to linear maps: which standard variates move which driver in which year.

A driver's yearly deviation from its median log path is trend + AR(1) + events (METHOD 2.2). All of it is
linear in standard variates but for the on/off of events, so that one small matrix per driver and source does
the whole time dimension: no recursion, and the variates may come in the order that suits quasi-random points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from haidong_sim.ensemble.correlation import leftover_weights

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from haidong_sim.scenario import Event, Scenario, Uncertainty

    Matrix = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Standard variates of one name, `rows` of them a draw, the most important first.

    `kind` is "normal", "uniform", "event" (1 with `probability`, else 0; one per year) or "tail" (the random
    scale, with `degrees_of_freedom`, that makes normals Student t of unit variance; one per year).
    """

    name: str
    rows: int
    kind: Literal["normal", "uniform", "event", "tail"] = "normal"
    probability: float = 0.0
    degrees_of_freedom: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Term:
    """deviation[year] += `matrix` @ variates of `source`.

    With a `tail`, `matrix` holds the trend alone, and `ar_filter` @ (scales of `tail` × `rotation` @ the
    other variates) is added: a heavy-tailed driver shares its years with the others, not their size.
    """

    source: str
    matrix: Matrix
    tail: str | None = None
    ar_filter: Matrix | None = None
    rotation: Matrix | None = None


@dataclass(frozen=True, kw_only=True)
class ShockPlan:
    """Sources by name, and for each uncertain driver the terms of its deviation, shape (year, draw)."""

    sources: tuple[Source, ...]
    terms: dict[str, tuple[Term, ...]]

    def covariance_of_cumulated(self, driver: str) -> NDArray[np.float64]:
        """Return the variance of the driver's cumulated log deviation, shape (year,), events left out."""
        variance: NDArray[np.float64] = np.zeros(1)
        by_source: dict[str, Matrix] = {}
        for term in self.terms.get(driver, ()):
            if not term.source.startswith("event:"):
                by_source[term.source] = by_source.get(term.source, 0.0) + term.matrix
        heavy = [term.ar_filter for term in self.terms.get(driver, ()) if term.ar_filter is not None]
        for matrix in (*by_source.values(), *heavy):
            variance = variance + (np.cumsum(matrix, axis=0) ** 2).sum(axis=1)
        return variance


def ar1_filter(persistence: float, n_years: int) -> Matrix:
    """Return the lower-triangular map from yearly innovations to an AR(1) that starts at zero."""
    lag = np.subtract.outer(np.arange(n_years), np.arange(n_years))
    return np.where(lag >= 0, float(persistence) ** np.maximum(lag, 0), 0.0)


def expected_residuals(spec: Uncertainty, n_years: int) -> Matrix:
    """Return what is left of the base year's residual in each year after it, shape (year,)."""
    decayed: Matrix = spec.start * spec.persistence ** np.arange(1.0, n_years + 1.0)
    return decayed


def cumulation_rotation(n_years: int) -> Matrix:
    """Return the orthonormal rotation whose first columns carry most of a sum of white noise.

    Levels and shares depend on cumulated growth, so the first variates decide most of the outcome: what
    quasi-random points want, and neutral for pseudo-random ones.
    """
    _, _, right = np.linalg.svd(np.tril(np.ones((n_years, n_years))))
    # The sign of a singular vector is arbitrary; a positive sum makes the first one "growth is high
    # throughout".
    return np.ascontiguousarray((right * np.where(right.sum(axis=1) < 0, -1.0, 1.0)[:, None]).T)


def event_response(event: Event, n_years: int) -> Matrix:
    """Return the effect on log growth in each year of an event in each year (METHOD 2.1 P7)."""
    lag = np.subtract.outer(np.arange(n_years), np.arange(n_years))
    level = np.where(
        lag >= 0,
        -event.loss * (event.permanent + (1.0 - event.permanent) * event.recovery ** np.maximum(lag, 0)),
        0.0,
    )
    return np.diff(level, axis=0, prepend=0.0)


def plan_shocks(scenario: Scenario, n_years: int, uniforms: Iterable[str] = ()) -> ShockPlan:
    """Translate the uncertainty, events and dependence of `scenario` into sources and maps.

    `uniforms` names standard uniforms that the equations read as they are, one a draw.
    """
    builder = _Builder(n_years)
    uncertain = {name: spec for name, spec in scenario.uncertainty.items() if spec.trend_sd or spec.annual_sd}
    annual, trend = leftover_weights(scenario.dependence, uncertain)
    for driver, spec in uncertain.items():
        for other, weight in annual[driver].items():
            builder.add(driver, other, spec, trend=trend[driver].get(other, 0.0), annual=weight)
        for label, factor in scenario.dependence.factors.items():
            loading = factor.loadings.get(driver, 0.0)
            builder.add(
                driver,
                f"factor:{label}",
                spec,
                trend=loading if factor.applies_to_trend else 0.0,
                annual=loading,
            )
    for label, event in scenario.events.items():
        builder.add_event(f"event:{label}", event)
    if scenario.energy.supply.hydrology is not None:
        builder.add_raw("hydrology")
    for name in uniforms:
        builder.add_uniform(name)
    return builder.plan()


class _Builder:
    """Collects sources and terms; a source has as many rows as its most demanding term."""

    def __init__(self, n_years: int) -> None:
        self._n_years = n_years
        self._rotation = cumulation_rotation(n_years)
        self._sources: dict[str, Source] = {}
        self._terms: dict[str, list[Term]] = {}

    def plan(self) -> ShockPlan:
        return ShockPlan(
            sources=tuple(self._sources[name] for name in sorted(self._sources)),
            terms={name: tuple(found) for name, found in self._terms.items()},
        )

    def add(self, driver: str, name: str, spec: Uncertainty, *, trend: float, annual: float) -> None:
        """Add a source's part of a driver's deviation: first variate the trend, the rest the years."""
        has_annual = bool(annual and spec.annual_sd)
        if not has_annual and not (trend and spec.trend_sd):
            return
        matrix = np.full((self._n_years, 1), trend * spec.trend_sd)
        tail, filtered = None, None
        if has_annual:
            filtered = spec.annual_sd * annual * ar1_filter(spec.persistence, self._n_years)
            if spec.degrees_of_freedom is None:
                matrix = np.concatenate([matrix, filtered @ self._rotation], axis=1)
                filtered = None
            else:
                tail = f"tail:{driver}"
                self._sources[tail] = Source(
                    name=tail, rows=self._n_years, kind="tail", degrees_of_freedom=spec.degrees_of_freedom
                )
        rows = 1 + self._n_years if has_annual else 1
        known = self._sources.get(name)
        self._sources[name] = Source(name=name, rows=max(rows, known.rows if known else 0))
        rotation = None if filtered is None else self._rotation
        term = Term(source=name, matrix=matrix, tail=tail, ar_filter=filtered, rotation=rotation)
        self._terms.setdefault(driver, []).append(term)

    def add_event(self, name: str, event: Event) -> None:
        self._sources[name] = Source(
            name=name, rows=self._n_years, kind="event", probability=event.probability
        )
        response = event_response(event, self._n_years)
        for driver, weight in event.weights.items():
            self._terms.setdefault(driver, []).append(Term(source=name, matrix=weight * response))

    def add_uniform(self, name: str) -> None:
        """Add one standard uniform a draw that the equations read as it is."""
        self._sources[name] = Source(name=name, rows=1, kind="uniform")

    def add_raw(self, name: str) -> None:
        """Add yearly standard normals that the equations read as they are."""
        self._sources[name] = Source(name=name, rows=self._n_years)
        self._terms[name] = [Term(source=name, matrix=self._rotation)]
