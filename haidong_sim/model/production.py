"""Volumes: three sectors and the rest of the province at base-period prices, and their chained growth.

Within a price-base period volumes add; at a switch of base only growth rates chain, so that the chained
sectors do not sum to the chained total (METHOD 1.3 steps 1–3 and 5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
