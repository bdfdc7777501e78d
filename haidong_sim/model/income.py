"""Disposable income per head of all residents, consumer prices and the urban-rural ratio (METHOD 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from haidong_sim.model.arrays import Array, Year


def advance_income(
    previous: Year,
    current: Year,
    drivers: Year,
    *,
    elasticity: float,
    basis: Literal["gdp", "gdp_per_capita"],
) -> dict[str, Array]:
    """Grow income per head with the economy: real growth = elasticity × real GDP growth + wedge, in logs.

    `basis` says whether total real GDP or real GDP per head is meant: both readings of "in step" are in use.

    Returns
    -------
    dict
        `disposable_income_constant` (CNY at consumer prices of the base year), `consumer_price_index`
        (base year = 1) and `urban_rural_income_ratio`.
    """
    growth = current["gdp_growth_factor"]
    if basis == "gdp_per_capita":
        growth = growth * (previous["average_population"] / current["average_population"])
    if elasticity != 1.0:
        growth = growth**elasticity
    return {
        "disposable_income_constant": previous["disposable_income_constant"] * (growth * drivers["income"]),
        "consumer_price_index": previous["consumer_price_index"] * drivers["consumer_prices"],
        "urban_rural_income_ratio": previous["urban_rural_income_ratio"] * drivers["urban_rural_ratio"],
    }
