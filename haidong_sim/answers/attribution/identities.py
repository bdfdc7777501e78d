"""The products that energy and emissions are usually split into, ready for LMDI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.answers.attribution.lmdi import Decomposition, decompose_years

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


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
