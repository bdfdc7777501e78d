"""People and what they earn: population, urbanization, urban and rural income per head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from haidong_sim.model.arrays import Array, Year


def advance_population(previous: Year, drivers: Year) -> dict[str, Array]:
    """Move residents, their urban part and employment by one year.

    `drivers` holds growth factors `population`, `province_population`, `employment_rate` and odds
    factors `urbanization`, `province_urbanization`, `urban_core` (exp of the slope of the logit).

    Returns
    -------
    dict
        Year-end populations and employment (1e4 person), averages over the year, odds of being urban and of
        living in the core. Names ending in `_other_vintage` repeat the head count from the other census
        vintage with the same growth, so that per-head results can be told for both.
    """
    out: dict[str, Array] = {}
    for suffix in ("", "_other_vintage"):
        city = previous[f"resident_population{suffix}"] * drivers["population"]
        province = previous[f"province_resident_population{suffix}"] * drivers["province_population"]
        out[f"resident_population{suffix}"] = city
        out[f"province_resident_population{suffix}"] = province
        out[f"average_population{suffix}"] = 0.5 * (previous[f"resident_population{suffix}"] + city)
        out[f"average_province_population{suffix}"] = 0.5 * (
            previous[f"province_resident_population{suffix}"] + province
        )
    out["urban_odds"] = previous["urban_odds"] * drivers["urbanization"]
    out["province_urban_odds"] = previous["province_urban_odds"] * drivers["province_urbanization"]
    out["urban_core_odds"] = previous["urban_core_odds"] * drivers["urban_core"]
    out["employment_year_end"] = previous["employment_year_end"] * (
        drivers["population"] * drivers["employment_rate"]
    )
    out["employment"] = 0.5 * (previous["employment_year_end"] + out["employment_year_end"])
    return out


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
