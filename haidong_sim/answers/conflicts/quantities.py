"""The vocabulary of the planning problem: yearly variables, and the target quantities they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.answers.conflicts.linear_plan import RowScale


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A target quantity: the yearly variables it sums, its scale, and the base level it starts from.

    `start` names a level of the starting point, or is the level itself (1 for an index).
    """

    terms: Mapping[str, float]
    scale: RowScale
    start: str | float
    label_en: str
    label_zh: str
    per_year: bool = False


VARIABLES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "real_growth": ("real GDP growth", "实际增速"),
        "gap_to_province": ("nominal growth gap to the province", "与全省的名义增速差"),
        "gap_to_rest": ("nominal growth gap to the rest of the province", "与省内其他地区的名义增速差"),
        "population_drift": ("population growth relative to the province", "人口相对全省变动率"),
        "relative_deflator": ("deflator growth relative to the province", "相对价格变动率"),
        "urbanization_slope": ("yearly step of log-odds of urbanization", "城镇化率对数几率年增量"),
        "intensity_decline": ("yearly decline of energy intensity", "能耗强度年降低率"),
        "relative_income_growth": ("income growth relative to the province", "居民收入相对全省增速"),
    }
)

_RATES: Final[Mapping[str, RowScale]] = {"real_growth": "growth", "intensity_decline": "decline"}

VARIABLE_SCALES: Final[Mapping[str, RowScale]] = MappingProxyType(
    {name: _RATES.get(name, "identity") for name in VARIABLES}
)
"""How limits are told: rates of growth and decline as such, differences of log rates as they are."""

QUANTITIES: Final[Mapping[str, Quantity]] = MappingProxyType(
    {
        "gdp_share_of_province": Quantity(
            terms={"gap_to_province": 1.0},
            scale="log",
            start="share",
            label_en="share of provincial GDP",
            label_zh="地区生产总值占全省比重",
        ),
        "gdp_volume_index": Quantity(
            terms={"real_growth": 1.0},
            scale="log",
            start=1.0,
            label_en="real GDP (base year = 1)",
            label_zh="实际地区生产总值（基期=1）",
        ),
        "gdp_growth": Quantity(
            terms={"real_growth": 1.0},
            scale="growth",
            start=0.0,
            label_en="mean real GDP growth",
            label_zh="地区生产总值年均实际增速",
            per_year=True,
        ),
        "gdp_per_capita_ratio_to_province": Quantity(
            terms={"gap_to_province": 1.0, "population_drift": -1.0},
            scale="log",
            start="per_capita_ratio",
            label_en="GDP per head relative to the province",
            label_zh="人均地区生产总值与全省之比",
        ),
        "urbanization_rate": Quantity(
            terms={"urbanization_slope": 1.0},
            scale="logit",
            start="urbanization_rate",
            label_en="urbanization rate",
            label_zh="常住人口城镇化率",
        ),
        "energy_intensity": Quantity(
            terms={"intensity_decline": -1.0},
            scale="log",
            start=1.0,
            label_en="energy intensity (base year = 1)",
            label_zh="能耗强度（基期=1）",
        ),
        "energy_consumption": Quantity(
            terms={"real_growth": 1.0, "intensity_decline": -1.0},
            scale="log",
            start=1.0,
            label_en="energy consumption (base year = 1)",
            label_zh="能源消费总量（基期=1）",
        ),
        "relative_income": Quantity(
            terms={"relative_income_growth": 1.0},
            scale="log",
            start="relative_income",
            label_en="income per head relative to the province",
            label_zh="人均可支配收入与全省之比",
        ),
        "income_in_step_total": Quantity(
            terms={"relative_income_growth": 1.0, "gap_to_province": -1.0, "relative_deflator": 1.0},
            scale="identity",
            start=0.0,
            label_en="income growth minus real GDP growth, relative to the province",
            label_zh="居民收入增速减地区生产总值增速（相对全省）",
            per_year=True,
        ),
        "income_in_step_per_head": Quantity(
            terms={
                "relative_income_growth": 1.0,
                "gap_to_province": -1.0,
                "relative_deflator": 1.0,
                "population_drift": 1.0,
            },
            scale="identity",
            start=0.0,
            label_en="income growth minus real GDP growth per head, relative to the province",
            label_zh="居民收入增速减人均地区生产总值增速（相对全省）",
            per_year=True,
        ),
    }
)
"""What can be a target. Both readings of "income in step" assume that the province's own income keeps
step with its own GDP, so that relative income is all that moves."""

SHARE_ON_REST: Final = Quantity(
    terms={"gap_to_rest": 1.0},
    scale="logit",
    start="share",
    label_en=QUANTITIES["gdp_share_of_province"].label_en,
    label_zh=QUANTITIES["gdp_share_of_province"].label_zh,
)
"""The same share written on the gap to the rest of the province: exact on the logit scale."""
