"""What a growth path asks of capital, labour and productivity (Long Term Growth Model, World Bank).

Production is Y = A K^(1 - beta) (h L)^beta with beta the labour share, K the capital stock, h human
capital per worker and L employment; next year's capital is (1 - depreciation) K + I. I is gross fixed
capital formation, not the reported total of fixed-asset investment, which is larger. Loayza and
Pennings, "The Long Term Growth Model" (World Bank 2022). All rates are fractions per year; arrays are
(year,) or (year, draw) and parameters broadcast against them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.errors import FeasibilityError, Problems

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, kw_only=True)
class Technology:
    """Parameters of production, each a number or an array that broadcasts against (year, draw).

    `labour_share` is beta; `capital_output_ratio` is K / Y at the start of the first year.
    """

    labour_share: ArrayLike
    depreciation: ArrayLike
    capital_output_ratio: ArrayLike
    human_capital_growth: ArrayLike = 0.0

    def __post_init__(self) -> None:
        problems = Problems("production technology")
        limits = {
            "labour_share": (self.labour_share, 0.0, 1.0),
            "depreciation": (self.depreciation, 0.0, 0.5),
            "capital_output_ratio": (self.capital_output_ratio, 0.0, 50.0),
        }
        for name, (value, low, high) in limits.items():
            array = np.asarray(value, dtype=np.float64)
            if not ((array > low) & (array < high)).all():
                problems.add(name, f"{array} must lie between {low} and {high}")
        if not (np.abs(np.asarray(self.human_capital_growth, dtype=np.float64)) <= 0.5).all():
            problems.add("human_capital_growth", "write 0.005 for half a percent")
        problems.raise_if_any(FeasibilityError)


@dataclass(frozen=True, kw_only=True, eq=False)
class SupplyPath:
    """One consistent path of the supply side; every array has the shape of the growth path.

    `capital_output_ratio` is the one at the start of each year; `final_capital_output_ratio` the one
    after the last. `icor` is the investment share over growth, nan where output does not grow.
    """

    growth: NDArray[np.float64]
    tfp_growth: NDArray[np.float64]
    investment_share: NDArray[np.float64]
    capital_growth: NDArray[np.float64]
    capital_output_ratio: NDArray[np.float64]
    final_capital_output_ratio: NDArray[np.float64]

    @property
    def icor(self) -> NDArray[np.float64]:
        """Incremental capital-output ratio."""
        found = np.full(self.growth.shape, np.nan)
        np.divide(self.investment_share, self.growth, out=found, where=self.growth > 0.0)
        return found


def required_investment(
    growth: ArrayLike, *, tfp_growth: ArrayLike, employment_growth: ArrayLike, technology: Technology
) -> SupplyPath:
    """Return the investment share of GDP that a growth path needs, given productivity growth."""
    path, tfp, labour, human = _years(growth, tfp_growth, employment_growth, technology.human_capital_growth)
    beta, delta, ratio = _parameters(technology)
    factors = (1.0 + tfp) * ((1.0 + human) * (1.0 + labour)) ** beta
    capital_growth = ((1.0 + path) / factors) ** (1.0 / (1.0 - beta)) - 1.0
    ratios = _ratios(ratio, (1.0 + capital_growth) / (1.0 + path))
    return SupplyPath(
        growth=path,
        tfp_growth=tfp,
        investment_share=ratios[:-1] * (capital_growth + delta),
        capital_growth=capital_growth,
        capital_output_ratio=ratios[:-1],
        final_capital_output_ratio=ratios[-1],
    )


def implied_tfp_growth(
    growth: ArrayLike, *, investment_share: ArrayLike, employment_growth: ArrayLike, technology: Technology
) -> SupplyPath:
    """Return the productivity growth that a growth path needs, given the investment share of GDP."""
    path, share, labour, human = _years(
        growth, investment_share, employment_growth, technology.human_capital_growth
    )
    beta, delta, start = _parameters(technology)
    ratios = np.empty((len(path) + 1, *path.shape[1:]))
    ratios[0] = start
    capital_growth = np.empty_like(path)
    for year in range(len(path)):
        capital_growth[year] = share[year] / ratios[year] - delta
        ratios[year + 1] = ratios[year] * (1.0 + capital_growth[year]) / (1.0 + path[year])
    factors = (1.0 + capital_growth) ** (1.0 - beta) * ((1.0 + human) * (1.0 + labour)) ** beta
    return SupplyPath(
        growth=path,
        tfp_growth=(1.0 + path) / factors - 1.0,
        investment_share=share,
        capital_growth=capital_growth,
        capital_output_ratio=ratios[:-1],
        final_capital_output_ratio=ratios[-1],
    )


def growth_from_investment(
    investment_share: ArrayLike,
    *,
    tfp_growth: ArrayLike,
    employment_growth: ArrayLike,
    technology: Technology,
) -> SupplyPath:
    """Return the growth that an investment share of GDP buys, given productivity growth."""
    share, tfp, labour, human = _years(
        investment_share, tfp_growth, employment_growth, technology.human_capital_growth
    )
    beta, delta, start = _parameters(technology)
    others = (1.0 + tfp) * ((1.0 + human) * (1.0 + labour)) ** beta
    ratios = np.empty((len(share) + 1, *share.shape[1:]))
    ratios[0] = start
    capital_growth, growth = np.empty_like(share), np.empty_like(share)
    for year in range(len(share)):
        capital_growth[year] = share[year] / ratios[year] - delta
        growth[year] = others[year] * (1.0 + capital_growth[year]) ** (1.0 - beta) - 1.0
        ratios[year + 1] = ratios[year] * (1.0 + capital_growth[year]) / (1.0 + growth[year])
    return SupplyPath(
        growth=growth,
        tfp_growth=tfp,
        investment_share=share,
        capital_growth=capital_growth,
        capital_output_ratio=ratios[:-1],
        final_capital_output_ratio=ratios[-1],
    )


def employment_need(growth: ArrayLike, productivity_growth: ArrayLike) -> NDArray[np.float64]:
    """Return the employment growth that output growth at a given productivity growth needs."""
    output, product = np.asarray(growth, dtype=np.float64), np.asarray(productivity_growth, dtype=np.float64)
    return np.asarray((output - product) / (1.0 + product))


def _years(*parts: ArrayLike) -> list[NDArray[np.float64]]:
    arrays = [np.asarray(part, dtype=np.float64) for part in parts]
    if not arrays[0].ndim:
        raise FeasibilityError("supply side: the path needs a year axis, shape (year,) or (year, draw)")
    # Trailing axes may be missing: one path for all draws, one parameter for all years.
    deepest = max(array.ndim for array in arrays)
    arrays = [
        array.reshape(*array.shape, *(1,) * (deepest - array.ndim)) if 0 < array.ndim < deepest else array
        for array in arrays
    ]
    return [np.array(array) for array in np.broadcast_arrays(*arrays)]


def _parameters(
    technology: Technology,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    return (
        np.asarray(technology.labour_share, dtype=np.float64),
        np.asarray(technology.depreciation, dtype=np.float64),
        np.asarray(technology.capital_output_ratio, dtype=np.float64),
    )


def _ratios(start: NDArray[np.float64], factors: NDArray[np.float64]) -> NDArray[np.float64]:
    first = np.broadcast_to(start, (1, *factors.shape[1:]))
    return np.concatenate([first, start * np.cumprod(factors, axis=0)])
