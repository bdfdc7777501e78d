"""Dependence between drivers: factor loadings first, then an optional correlation of what they leave over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.errors import Problems, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from haidong_sim.scenario import Correlation, Dependence

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
