"""The tidy frame as Parquet and as a labelled array."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.errors import OutputError
from haidong_sim.indicators import indicator as declared
from haidong_sim.run import new_file

if TYPE_CHECKING:
    from haidong_sim.run import Result

_EXTRAS: Final = {"xarray": "xarray", "openpyxl": "excel", "pyarrow": "parquet"}


def require_extra(package: str) -> Any:
    """Return an optional package.

    Raises
    ------
    OutputError
        If it is not installed, with the command that installs it.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError:
        extra = _EXTRAS[package]
        raise OutputError(
            f"this needs the package '{package}', which is not installed; "
            f"the extra '{extra}' brings it: pip install 'haidong-sim[{extra}]'"
        ) from None


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


def to_parquet(result: Result, path: str | Path, *, force: bool = False) -> Path:
    """Write the tidy frame of a run as Parquet and return the file.

    Raises
    ------
    OutputError
        If pyarrow is not installed, the file exists and `force` is not set, or it cannot be written.
    """
    require_extra("pyarrow")
    with new_file(path, force=force) as draft:
        result.frame().to_parquet(draft, engine="pyarrow", index=False)
    return Path(path)
