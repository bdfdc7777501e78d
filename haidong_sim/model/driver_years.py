"""From log changes of the drivers to the factors that the equations multiply by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from haidong_sim.axes import SECTORS

if TYPE_CHECKING:
    from collections.abc import Mapping

_FACTORS = (
    *SECTORS,
    "rest_of_province",
    "nation",
    "deflator_rest_of_province",
    "population",
    "province_population",
    "urbanization",
    "province_urbanization",
    "urban_core",
    "employment_rate",
    "income",
    "consumer_prices",
    "urban_rural_ratio",
    "energy_intensity",
)


def driver_factors(logs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the equations read, from log changes by driver name.

    Works on arrays of any shape and on floats. Growth factors keep the driver's name; the log growth of a
    sector is kept too, as `log_<sector>`, and its log inflation is the common one plus its own.
    """
    factors = {name: np.exp(logs[name]) for name in _FACTORS}
    for sector in SECTORS:
        factors[f"log_{sector}"] = logs[sector]
        factors[f"deflator_{sector}"] = logs["deflator"] + logs[f"deflator_{sector}"]
    return factors
