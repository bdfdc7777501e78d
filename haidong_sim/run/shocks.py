"""Uncertainty of the drivers: which shocks move which driver in which year, and their correlation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from haidong_sim.engine import Knots, posterior_quantiles
from haidong_sim.errors import Problems, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from haidong_sim.scenario import Correlation, Dependence, Event, Scenario, Uncertainty

    Matrix = NDArray[np.float64]

Weights = dict[str, dict[str, float]]


def leftover_weights(dependence: Dependence, drivers: Mapping[str, object]) -> tuple[Weights, Weights]:
    """Return the weight of each own source in each driver, for yearly and for trend variates.

    Without a correlation table a driver mixes only its own source, with weight sqrt(1 − Σ loading²). With
    one, the Cholesky factor mixes the sources of the drivers listed, in the order listed, so that a driver
    appended to the list moves none before it.

    Raises
    ------
    ScenarioError
        If the squared loadings of a driver exceed 1, or the correlation matrix is malformed or not positive
        semi-definite and `repair` is not set.
    """
    problems = Problems("dependence")
    remaining: dict[str, tuple[float, float]] = {}
    factors = dependence.factors.values()
    for driver in drivers:
        shared = {
            "loadings": sum(factor.loadings.get(driver, 0.0) ** 2 for factor in factors),
            "trend_loadings": sum(factor.trend_loadings.get(driver, 0.0) ** 2 for factor in factors),
        }
        for name, squares in shared.items():
            if squares > 1.0 + 1e-12:
                problems.add(
                    f"dependence.factors.*.{name}.{driver}",
                    f"squared loadings sum to {squares:.3f}; parts of one variance sum to 1 at most",
                )
        annual, trend = (max(0.0, 1.0 - squares) ** 0.5 for squares in shared.values())
        remaining[driver] = (annual, trend)
    problems.raise_if_any(ScenarioError)

    mix: Weights = {driver: {driver: 1.0} for driver in drivers}
    if dependence.correlation is not None:
        order = dependence.correlation.order
        factor = np.linalg.cholesky(require_correlation(dependence.correlation) + 1e-15 * np.eye(len(order)))
        for row, driver in enumerate(order):
            if driver in mix:
                mix[driver] = {
                    other: float(factor[row, column])
                    for column, other in enumerate(order[: row + 1])
                    if factor[row, column]
                }
    annual_weights = {d: {o: w * remaining[d][0] for o, w in mix[d].items()} for d in drivers}
    trend_weights = {d: {o: w * remaining[d][1] for o, w in mix[d].items()} for d in drivers}
    return annual_weights, trend_weights


def require_correlation(correlation: Correlation) -> NDArray[np.float64]:
    """Return the correlation matrix, repaired where that was asked for.

    Raises
    ------
    ScenarioError
        If it is not square, symmetric with a unit diagonal, or not positive semi-definite.
    """
    where = "dependence.correlation.matrix"
    size = len(correlation.order)
    matrix = np.array(correlation.matrix, dtype=float) if _is_square(correlation.matrix, size) else None
    if matrix is None:
        raise ScenarioError(f"{where}: needs {size} rows of {size} numbers, one per name in `order`")
    if not np.allclose(matrix, matrix.T) or not np.allclose(np.diag(matrix), 1.0):
        raise ScenarioError(f"{where}: a correlation matrix is symmetric with ones on its diagonal")
    smallest = float(np.linalg.eigvalsh(matrix)[0])
    if smallest > 0:
        return matrix
    if not correlation.repair:
        raise ScenarioError(
            f"{where}: not positive definite (smallest eigenvalue {smallest:.4f}): no set of variables "
            "has these correlations. Change them, or set repair = true for the nearest matrix that has"
        )
    return nearest_correlation(matrix)


def repair_report(correlation: Correlation) -> str:
    """Say how far a repair moved the correlations that were asked for; empty if nothing was repaired."""
    asked = np.array(correlation.matrix, dtype=float)
    moved = np.abs(require_correlation(correlation) - asked)
    if not moved.max() > 1e-12:
        return ""
    row, column = np.unravel_index(int(moved.argmax()), moved.shape)
    return (
        "the correlation matrix was not positive definite and was repaired; "
        f"largest change {moved.max():.3f} between {correlation.order[row]} and {correlation.order[column]}"
    )


def nearest_correlation(matrix: NDArray[np.float64], floor: float = 1e-8) -> NDArray[np.float64]:
    """Return the nearest correlation matrix by alternating projections (Higham 2002)."""
    best = matrix.copy()
    correction = np.zeros_like(matrix)
    for _ in range(500):
        shifted = best - correction
        values, vectors = np.linalg.eigh(shifted)
        projected = (vectors * np.maximum(values, floor)) @ vectors.T
        correction = projected - shifted
        moved = projected.copy()
        np.fill_diagonal(moved, 1.0)
        if np.abs(moved - best).max() < 1e-10:
            break
        best = moved
    # The last projection set the diagonal; a hair of shrinkage restores definiteness if that cost it.
    smallest = float(np.linalg.eigvalsh(best)[0])
    if smallest <= 0:
        weight = (floor - smallest) / (1.0 - smallest)
        best = (1.0 - weight) * best + weight * np.eye(len(best))
    return best


def _is_square(rows: list[list[float]], size: int) -> bool:
    return len(rows) == size and all(len(row) == size for row in rows)


_EVEN_QUANTILES: Final = 256


@dataclass(frozen=True, kw_only=True)
class Source:
    """Standard variates of one name, `rows` of them a draw, the most important first.

    `kind` is "normal", "uniform", "event" (1 with `probability`, else 0; one per year), "tail" (the random
    scale, with `degrees_of_freedom`, that makes normals Student t of unit variance; one per year), or
    "scale" and "persistence": a parameter of a driver's yearly shocks with quantiles at `knots`.
    """

    name: str
    rows: int
    kind: Literal["normal", "uniform", "event", "tail", "scale", "persistence"] = "normal"
    probability: float = 0.0
    degrees_of_freedom: float = 0.0
    knots: Knots = ()


@dataclass(frozen=True, kw_only=True)
class Term:
    """deviation[year] += `matrix` @ variates of `source`.

    For a driver whose yearly shocks are scaled, `matrix` holds the trend alone and `innovations` @ the other
    variates is the source's part in the innovations.
    """

    source: str
    matrix: Matrix
    innovations: Matrix | None = None


@dataclass(frozen=True, kw_only=True)
class Scaled:
    """How the innovations of one driver become its yearly shocks: an AR(1) with random parts.

    `tail`, `scale` and `persistence_source` name sources; without the last, `persistence` is used.
    """

    persistence: float
    tail: str | None = None
    scale: str | None = None
    persistence_source: str | None = None


@dataclass(frozen=True, kw_only=True)
class ShockPlan:
    """Sources by name, and for each uncertain driver the terms of its deviation, shape (year, draw).

    `scaled` holds the drivers whose yearly shocks are not linear in normals alone.
    """

    sources: tuple[Source, ...]
    terms: dict[str, tuple[Term, ...]]
    scaled: dict[str, Scaled] = field(default_factory=dict)

    def covariance_of_cumulated(self, driver: str) -> NDArray[np.float64]:
        """Return the variance of the driver's cumulated log deviation, shape (year,), events left out."""
        variance: NDArray[np.float64] = np.zeros(1)
        by_source: dict[str, Matrix] = {}
        for term in self.terms.get(driver, ()):
            if not term.source.startswith("event:"):
                by_source[term.source] = by_source.get(term.source, 0.0) + term.matrix
        for matrix in by_source.values():
            variance = variance + (np.cumsum(matrix, axis=0) ** 2).sum(axis=1)
        if driver in self.scaled:
            variance = variance + self._variance_of_shocks(driver)
        return variance

    def at_medians(self, driver: str) -> dict[str, Matrix]:
        """Return the map from the normals of each source to the driver's deviation, shape (year, rows).

        Random scales stand at one and drawn parameters at their medians.
        """
        scaled = self.scaled.get(driver)
        found = {}
        for term in self.terms[driver]:
            matrix = term.matrix
            if term.innovations is not None and scaled is not None:
                scale, persistence = self._parameters(scaled, np.array([0.5]))
                shocks = scale[0] * ar1_filter(persistence[0], len(matrix)) @ term.innovations
                matrix = np.concatenate([matrix, shocks], axis=1)
            found[term.source] = matrix
        return found

    def _variance_of_shocks(self, driver: str) -> Matrix:
        # Expectation over scale and persistence, which are independent: the mean over even quantiles of each.
        levels = (np.arange(_EVEN_QUANTILES) + 0.5) / _EVEN_QUANTILES
        scales, persistences = self._parameters(self.scaled[driver], levels)
        by_source: dict[str, Matrix] = {}
        for term in self.terms[driver]:
            if term.innovations is not None:
                by_source[term.source] = by_source.get(term.source, 0.0) + term.innovations
        filters = [ar1_filter(value, len(next(iter(by_source.values())))) for value in persistences]
        variances = [
            sum((np.cumsum(one @ matrix, axis=0) ** 2).sum(axis=1) for matrix in by_source.values())
            for one in filters
        ]
        mean: Matrix = np.mean(scales**2) * np.mean(variances, axis=0)
        return mean

    def _parameters(self, scaled: Scaled, levels: Matrix) -> tuple[Matrix, Matrix]:
        """Return the quantiles of scale and persistence at `levels`."""
        known = {source.name: source.knots for source in self.sources}
        scale, persistence = np.ones(1), np.array([scaled.persistence])
        if scaled.scale is not None:
            scale = posterior_quantiles("scale", known[scaled.scale], levels)
        if scaled.persistence_source is not None:
            persistence = posterior_quantiles("persistence", known[scaled.persistence_source], levels)
        return scale, persistence


def ar1_filter(persistence: float, n_years: int) -> Matrix:
    """Return the lower-triangular map from yearly innovations to an AR(1) that starts at zero."""
    lag = np.subtract.outer(np.arange(n_years), np.arange(n_years))
    return np.where(lag >= 0, float(persistence) ** np.maximum(lag, 0), 0.0)


def expected_residuals(spec: Uncertainty, n_years: int, n_known: int = 0) -> Matrix:
    """Return what is left of the last known residual in each year, shape (year,); zero in known years."""
    decayed: Matrix = np.zeros(n_years)
    decayed[n_known:] = spec.start * spec.persistence ** np.arange(1.0, n_years - n_known + 1.0)
    return decayed


def posterior_knots(spec: Uncertainty) -> tuple[Knots, Knots]:
    """Return the knots of the ratio of the yearly sd and of the persistence."""
    posterior = spec.posterior
    if posterior is None:
        return (), ()
    ratio = tuple(zip(posterior.probability, posterior.annual_sd_ratio, strict=True))
    shifted = [spec.persistence + shift for shift in posterior.persistence_shift]
    return ratio, tuple(zip(posterior.probability, shifted, strict=True))


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


def plan_shocks(
    scenario: Scenario, n_years: int, uniforms: Iterable[str] = (), n_known: int = 0
) -> ShockPlan:
    """Translate the uncertainty, events and dependence of `scenario` into sources and maps.

    `uniforms` names standard uniforms that the equations read as they are, one a draw. In the first
    `n_known` years nothing scatters.
    """
    builder = _Builder(n_years, n_known, scenario.dependence.degrees_of_freedom)
    uncertain = {
        name: _simplified(spec) if scenario.conventions.yearly_shocks == "gaussian" else spec
        for name, spec in scenario.uncertainty.items()
        if spec.trend_sd or spec.annual_sd
    }
    annual, trend = leftover_weights(scenario.dependence, uncertain)
    for driver, spec in uncertain.items():
        for other, weight in annual[driver].items():
            builder.add(driver, other, spec, trend=trend[driver].get(other, 0.0), annual=weight)
        for label, factor in scenario.dependence.factors.items():
            builder.add(
                driver,
                f"factor:{label}",
                spec,
                trend=factor.trend_loadings.get(driver, 0.0),
                annual=factor.loadings.get(driver, 0.0),
            )
    for label, event in scenario.events.items():
        builder.add_event(f"event:{label}", event)
    if scenario.energy is not None and scenario.energy.supply.hydrology is not None:
        builder.add_raw("hydrology")
    for name in uniforms:
        builder.add_uniform(name)
    return builder.plan()


def _simplified(spec: Uncertainty) -> Uncertainty:
    return spec.model_copy(update={"posterior": None, "degrees_of_freedom": None})


class _Builder:
    """Collects sources and terms; a source has as many rows as its most demanding term."""

    def __init__(self, n_years: int, n_known: int, common_tail: float | None = None) -> None:
        self._n_years = n_years
        self._common_tail = common_tail
        self._open = (np.arange(n_years) >= n_known).astype(float)
        self._rotation = cumulation_rotation(n_years)
        self._sources: dict[str, Source] = {}
        self._terms: dict[str, list[Term]] = {}
        self._scaled: dict[str, Scaled] = {}

    def plan(self) -> ShockPlan:
        return ShockPlan(
            sources=tuple(self._sources[name] for name in sorted(self._sources)),
            terms={name: tuple(found) for name, found in self._terms.items()},
            scaled=self._scaled,
        )

    def add(self, driver: str, name: str, spec: Uncertainty, *, trend: float, annual: float) -> None:
        """Add a source's part of a driver's deviation: first variate the trend, the rest the years."""
        has_annual = bool(annual and spec.annual_sd)
        if not has_annual and not (trend and spec.trend_sd):
            return
        matrix = trend * spec.trend_sd * self._open[:, None]
        innovations = None
        if has_annual:
            if self._tail_of(driver, spec) is None and spec.posterior is None:
                filtered = spec.annual_sd * annual * ar1_filter(spec.persistence, self._n_years) * self._open
                matrix = np.concatenate([matrix, filtered @ self._rotation], axis=1)
            else:
                innovations = spec.annual_sd * annual * self._open[:, None] * self._rotation
                self._scaled[driver] = self._scaling(driver, spec)
        rows = 1 + self._n_years if has_annual else 1
        known = self._sources.get(name)
        self._sources[name] = Source(name=name, rows=max(rows, known.rows if known else 0))
        term = Term(source=name, matrix=matrix, innovations=innovations)
        self._terms.setdefault(driver, []).append(term)

    def _tail_of(self, driver: str, spec: Uncertainty) -> tuple[str, float] | None:
        """Return the source of a driver's heavy tails and their degrees of freedom."""
        if self._common_tail is not None:
            return "tail:common", self._common_tail
        return None if spec.degrees_of_freedom is None else (f"tail:{driver}", spec.degrees_of_freedom)

    def _scaling(self, driver: str, spec: Uncertainty) -> Scaled:
        names: dict[str, str] = {}
        if (tail := self._tail_of(driver, spec)) is not None:
            names["tail"], freedom = tail
            self._sources[names["tail"]] = Source(
                name=names["tail"], rows=self._n_years, kind="tail", degrees_of_freedom=freedom
            )
        if spec.posterior is not None:
            names |= {"scale": f"scale:{driver}", "persistence_source": f"persistence:{driver}"}
            ratio, persistence = posterior_knots(spec)
            self._sources[names["scale"]] = Source(name=names["scale"], rows=1, kind="scale", knots=ratio)
            name = names["persistence_source"]
            self._sources[name] = Source(name=name, rows=1, kind="persistence", knots=persistence)
        return Scaled(persistence=spec.persistence, **names)

    def add_event(self, name: str, event: Event) -> None:
        self._sources[name] = Source(
            name=name, rows=self._n_years, kind="event", probability=event.probability
        )
        response = event_response(event, self._n_years) * self._open
        for driver, weight in event.weights.items():
            self._terms.setdefault(driver, []).append(Term(source=name, matrix=weight * response))

    def add_uniform(self, name: str) -> None:
        """Add one standard uniform a draw that the equations read as it is."""
        self._sources[name] = Source(name=name, rows=1, kind="uniform")

    def add_raw(self, name: str) -> None:
        """Add yearly standard normals that the equations read as they are."""
        self._sources[name] = Source(name=name, rows=self._n_years)
        self._terms[name] = [Term(source=name, matrix=self._rotation)]
