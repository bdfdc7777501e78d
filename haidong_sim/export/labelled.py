"""A run as labelled arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from haidong_sim.export.extras import require_extra
from haidong_sim.indicators import indicator as declared

if TYPE_CHECKING:
    from haidong_sim.run import Result


def to_xarray(result: Result) -> Any:
    """Return an `xarray.Dataset` over (statistic, year), one variable an indicator.

    Each variable has the attributes units, price_basis, region, long_name; the data set says which run it is.

    Raises
    ------
    OutputError
        If xarray is not installed, naming the extra.
    """
    xarray = require_extra("xarray")
    table = result.frame().pivot_table(
        index="statistic", columns=["indicator", "year"], values="value", sort=False, dropna=False
    )
    years = result.years
    variables = {}
    for name in result.indicators:
        about = declared(name)
        attributes = {
            "units": about.unit, "price_basis": about.price_basis, "region": about.region,
            "long_name": about.label_en, "long_name_zh": about.label_zh,
        }  # fmt: skip
        variables[name] = (("statistic", "year"), table[name][years.tolist()].to_numpy(), attributes)
    return xarray.Dataset(
        variables,
        coords={"statistic": table.index.astype(str).tolist(), "year": years},
        attrs={
            "scenario": result.scenario.name,
            "place": result.registry.place.name,
            "draws": result.draws,
            "entropy": "" if result.entropy is None else str(result.entropy),
        },
    )
