"""The yearly drivers of the model: what a growth path or an uncertainty may be written for."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Driver:
    """One yearly driver.

    `link` says what a value of the path means: "rate" is growth over the year before (0.06), taken as
    ln(1 + rate); "log" is a log change or a slope per year, taken as it is. `is_required` drivers have no
    neutral value: a scenario that leaves one out is incomplete.
    """

    name: str
    link: Literal["rate", "log"]
    is_required: bool
    meaning_en: str
    meaning_zh: str


_ROWS: Final = (
    (
        "total",
        "rate",
        False,
        "real GDP growth; the three sectors are moved to add up to it",
        "地区生产总值实际增速（三次产业据此调整）",
    ),
    ("primary", "rate", True, "real growth of primary value added", "第一产业增加值实际增速"),
    ("secondary", "rate", True, "real growth of secondary value added", "第二产业增加值实际增速"),
    ("tertiary", "rate", True, "real growth of tertiary value added", "第三产业增加值实际增速"),
    (
        "province",
        "rate",
        False,
        "real growth of the province; the rest of the province is what is left",
        "全省实际增速（省内其他地区为余项）",
    ),
    ("rest_of_province", "rate", False, "real growth of the rest of the province", "省内其他地区实际增速"),
    ("nation", "rate", False, "real growth of the nation", "全国实际增速"),
    ("deflator", "rate", False, "price growth common to the three sectors", "三次产业共同价格涨幅"),
    (
        "deflator_primary",
        "rate",
        False,
        "price growth of the primary sector beyond the common one",
        "第一产业相对价格涨幅",
    ),
    (
        "deflator_secondary",
        "rate",
        False,
        "price growth of the secondary sector beyond the common one",
        "第二产业相对价格涨幅",
    ),
    (
        "deflator_tertiary",
        "rate",
        False,
        "price growth of the tertiary sector beyond the common one",
        "第三产业相对价格涨幅",
    ),
    (
        "deflator_rest_of_province",
        "rate",
        True,
        "price growth of the rest of the province",
        "省内其他地区价格涨幅",
    ),
    ("population", "rate", True, "growth of the resident population", "常住人口增速"),
    ("province_population", "rate", True, "growth of the province's resident population", "全省常住人口增速"),
    (
        "urbanization",
        "log",
        True,
        "urban growth minus rural growth of the population (slope of the logit)",
        "城乡人口增速差",
    ),
    ("province_urbanization", "log", False, "the same slope for the province", "全省城乡人口增速差"),
    (
        "urban_core",
        "log",
        False,
        "yearly change of the logit of the urban core's part of the urban population",
        "城区占城镇人口比重的对数几率变化",
    ),
    ("employment_rate", "rate", False, "growth of employment per resident", "就业人口比增速"),
    (
        "income",
        "log",
        False,
        "real income growth beyond elasticity times real GDP growth",
        "居民收入实际增速超出经济增长的部分",
    ),
    ("consumer_prices", "rate", True, "growth of consumer prices", "居民消费价格涨幅"),
    (
        "urban_rural_ratio",
        "log",
        False,
        "log change of the urban-rural income ratio",
        "城乡居民收入比对数变化",
    ),
    (
        "energy_intensity",
        "log",
        False,
        "log change of energy per unit of output beyond the sector paths",
        "单位产出能耗的共同对数变化",
    ),
)

DRIVERS: Final[Mapping[str, Driver]] = MappingProxyType(
    {
        name: Driver(name=name, link=link, is_required=required, meaning_en=en, meaning_zh=zh)  # type: ignore[arg-type]
        for name, link, required, en, zh in _ROWS
    }
)
"""Every driver by name. Which place they describe is data."""
