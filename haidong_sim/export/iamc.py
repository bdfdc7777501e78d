"""The frame of the integrated-assessment community: model, scenario, region, variable, unit, year, value."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from haidong_sim.indicators import indicator as declared
from haidong_sim.words import WITHOUT_SHOCKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from haidong_sim.place import Place
    from haidong_sim.run import Result

MODEL: Final = "haidong_sim"
_HEAD: Final = ["model", "scenario", "region", "variable", "unit"]
_UNITS: Final = {"dimensionless": "", "fraction": "", "fraction per year": "1/yr"}
_CONTAINED: Final = {
    "nation": ("nation",),
    "province": ("nation", "province"),
    "rest_of_province": ("nation", "province", "rest_of_province"),
    "city": ("nation", "province", "city"),
}
"""Regions from the outermost in; which places they are is data."""


def to_iamc(result: Result, *, model: str = MODEL, wide: bool = False) -> pd.DataFrame:
    """Return the run as an IAMC frame, long (a row a year) or wide (a column a year).

    The median, or the path without shocks of a run of one draw, stands under the plain variable ("GDP|Current
    Prices"), other statistics under names of their own ("GDP|Current Prices|5.0th Percentile", "…|Mean").
    Regions are nested ("Nation|Province|City"). Shares and ratios have the unit "", as the format asks;
    missing values are left out.

    Returns
    -------
    pandas.DataFrame
        Columns model, scenario, region, variable, unit, then year and value, or one integer column a year.
    """
    frame = result.frame().dropna(subset=["value"])
    place = result.registry.place
    variables = {name: iamc_variables().get(name, _worded(name)) for name in frame["indicator"].unique()}
    statistics = {name: _suffix(name) for name in frame["statistic"].unique()}
    long = frame.assign(
        model=model,
        region=[_nested(place, declared(name).region) for name in frame["indicator"]],
        variable=frame["indicator"].map(variables) + frame["statistic"].map(statistics),
        unit=frame["unit"].map(lambda unit: _UNITS.get(unit, unit)),
    )[[*_HEAD, "year", "value"]].reset_index(drop=True)
    if not wide:
        return long
    table = long.pivot_table(index=_HEAD, columns="year", values="value", sort=False).reset_index()
    return table.rename_axis(columns=None)


@cache
def iamc_variables() -> Mapping[str, str]:
    """Return the variable of each indicator, without a statistic."""
    text = files(__package__).joinpath("iamc_variables.csv").read_text(encoding="utf-8")
    return MappingProxyType({row["indicator"]: row["variable"] for row in csv.DictReader(text.splitlines())})


def _worded(name: str) -> str:
    """Name a variable of an indicator that nobody has placed in the tree yet."""
    return name.replace("_", " ").title()


def _suffix(statistic: str) -> str:
    if statistic in {"median", WITHOUT_SHOCKS}:
        return ""
    words = {"mean": "Mean", "sd": "Standard Deviation"}
    return "|" + (words.get(statistic) or f"{int(statistic.removeprefix('q')):.1f}th Percentile")


def _nested(place: Place, role: str) -> str:
    found = [place.region(part) for part in _CONTAINED[role]]
    return "|".join(region.name_en for region in found if region is not None)
