"""What each number means: the catalogue of indicators, one row of `catalogue.csv` each."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from haidong_sim.errors import RegistryError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping

Scale = Literal["log", "logit", "identity"]


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A projected quantity: unit, price basis, labels, and the scale on which margins are linear.

    `scale` is "log" for levels and ratios, "logit" for shares, "identity" for growth rates.
    `region` is "city", "province", "rest_of_province" or "nation"; which places these are is data.
    """

    name: str
    unit: str
    price_basis: str
    scale: Scale
    region: str
    label_en: str
    label_zh: str

    @property
    def is_fraction(self) -> bool:
        """Whether the value is shown as a percentage."""
        return self.unit in {"fraction", "fraction per year"}


@cache
def catalogue() -> Mapping[str, Indicator]:
    """Return every indicator by name, in the order of the catalogue."""
    text = files(__package__).joinpath("catalogue.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return MappingProxyType({row["name"]: Indicator(**row) for row in rows})  # type: ignore[arg-type]


def indicator(name: str) -> Indicator:
    """Return the indicator called `name`.

    Raises
    ------
    RegistryError
        If there is none; the message names the closest.
    """
    try:
        return catalogue()[name]
    except KeyError:
        raise RegistryError(unknown_name("indicator", name, catalogue())) from None
