"""Values at current prices: sector deflators with a productivity-gap term, and the province as a sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.axes import SECTORS

if TYPE_CHECKING:
    from haidong_sim.model.arrays import Array, Year


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
