"""Output of three industries: chained volumes, sector shares, deflators and the switch of the price base."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.axes import SECTORS

if TYPE_CHECKING:
    from haidong_sim.model.arrays import Array, Year


def advance_production(previous: Year, drivers: Year, *, is_switch: bool) -> dict[str, Array]:
    """Grow the volumes by one year.

    Parameters
    ----------
    previous
        The year before.
    drivers
        Growth factors `primary`, `secondary`, `tertiary`, `rest_of_province` (1.06 for 6%), and where
        projects come on line `project_<sector>`: value added that they add this year, at prices of the price
        base.
    is_switch
        Whether the price base moves to the year before: volumes restart from values at current prices.

    Returns
    -------
    dict
        `volume_<sector>`, `volume_rest_of_province` (1e8 CNY at prices of the price base), the factors
        `growth_factor_<sector>` (projects included), `gdp_growth_factor`, and the chained quantities.
    """
    out: dict[str, Array] = {}
    for sector in SECTORS:
        before = previous[f"value_added_{sector}_current"] if is_switch else previous[f"volume_{sector}"]
        volume = before * drivers[sector]
        factor = drivers[sector]
        deflator = _price_base_deflator(previous, sector, is_switch=is_switch)
        out[f"price_base_deflator_{sector}"] = deflator
        if (project := drivers.get(f"project_{sector}")) is not None:
            volume = volume + project * deflator
            factor = volume / before
        out[f"volume_{sector}"] = volume
        out[f"growth_factor_{sector}"] = factor
        out[f"value_added_{sector}_constant"] = previous[f"value_added_{sector}_constant"] * factor

    before = previous["gdp_current"] if is_switch else previous["volume"]
    out["volume"] = out["volume_primary"] + out["volume_secondary"] + out["volume_tertiary"]
    out["gdp_growth_factor"] = out["volume"] / before
    out["gdp_volume_index"] = previous["gdp_volume_index"] * out["gdp_growth_factor"]

    rest_before = previous["rest_of_province_gdp_current" if is_switch else "volume_rest_of_province"]
    out["volume_rest_of_province"] = rest_before * drivers["rest_of_province"]
    out["province_gdp_growth_factor"] = (out["volume"] + out["volume_rest_of_province"]) / (
        before + rest_before
    )
    return out


def _price_base_deflator(previous: Year, sector: str, *, is_switch: bool) -> Array:
    # From base-year prices to prices of the price base: at a switch, this is the sector's deflator so far.
    if is_switch:
        return previous[f"value_added_{sector}_current"] / previous[f"value_added_{sector}_constant"]  # type: ignore[no-any-return]
    return previous[f"price_base_deflator_{sector}"]  # type: ignore[no-any-return]


def advance_prices(
    previous: Year, current: Year, drivers: Year, *, baumol_coefficient: float
) -> dict[str, Array]:
    """Move the values at current prices by one year.

    Sector inflation is the common path plus the sector's own, minus `baumol_coefficient` times the lead of
    the sector's productivity growth over its share-weighted mean: what grows faster gets relatively cheaper,
    and the share-weighted mean inflation stays the path's (METHOD 1.3 step 4). Sector employment shares are
    held constant because no published series gives them, so a lead in volume growth is a lead in
    productivity.

    Returns
    -------
    dict
        `value_added_<sector>_current`, `gdp_current`, `rest_of_province_gdp_current`,
        `province_gdp_current`; 1e8 CNY at current prices.
    """
    inflation = {sector: drivers[f"deflator_{sector}"] for sector in SECTORS}
    if baumol_coefficient:
        growth = {sector: drivers[f"log_{sector}"] for sector in SECTORS}
        weighted = sum(previous[f"value_added_{sector}_current"] * growth[sector] for sector in SECTORS)
        mean_growth = weighted / previous["gdp_current"]
        inflation = {
            sector: inflation[sector] - baumol_coefficient * (growth[sector] - mean_growth)
            for sector in SECTORS
        }
    out: dict[str, Array] = {}
    for sector in SECTORS:
        before = previous[f"value_added_{sector}_current"]
        out[f"value_added_{sector}_current"] = before * (
            current[f"growth_factor_{sector}"] * np.exp(inflation[sector])
        )
    out["gdp_current"] = sum(out[f"value_added_{sector}_current"] for sector in SECTORS)  # type: ignore[assignment]
    out["rest_of_province_gdp_current"] = previous["rest_of_province_gdp_current"] * (
        drivers["rest_of_province"] * drivers["deflator_rest_of_province"]
    )
    out["province_gdp_current"] = out["gdp_current"] + out["rest_of_province_gdp_current"]
    return out
