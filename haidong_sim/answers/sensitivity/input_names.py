"""What the uncertain inputs of a scenario are called in sentences and figures, and how their values read."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from haidong_sim.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.words import Language

_DRIVERS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "total": ("GDP growth", "地区生产总值增速"),
        "primary": ("primary sector growth", "第一产业增速"),
        "secondary": ("secondary sector growth", "第二产业增速"),
        "tertiary": ("tertiary sector growth", "第三产业增速"),
        "province": ("growth of the province", "全省增速"),
        "rest_of_province": ("growth of the rest of the province", "省内其他地区增速"),
        "nation": ("growth of the nation", "全国增速"),
        "deflator": ("price growth", "价格涨幅"),
        "deflator_primary": ("relative price growth, primary", "第一产业相对价格涨幅"),
        "deflator_secondary": ("relative price growth, secondary", "第二产业相对价格涨幅"),
        "deflator_tertiary": ("relative price growth, tertiary", "第三产业相对价格涨幅"),
        "deflator_rest_of_province": ("price growth, rest of the province", "省内其他地区价格涨幅"),
        "population": ("population growth", "人口增速"),
        "province_population": ("population growth of the province", "全省人口增速"),
        "urbanization": ("pace of urbanization", "城镇化速度"),
        "province_urbanization": ("pace of urbanization, province", "全省城镇化速度"),
        "urban_core": ("growth of the urban core", "城区人口比重变化"),
        "employment_rate": ("change of employment per resident", "就业率变化"),
        "income": ("income growth beyond output", "收入超出产出的增速"),
        "consumer_prices": ("consumer price growth", "居民消费价格涨幅"),
        "urban_rural_ratio": ("change of the urban-rural ratio", "城乡收入比变化"),
        "energy_intensity": ("change of energy intensity", "能耗强度变化"),
        "hydrology": ("river flow", "来水"),
    }
)
_PARTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "trend": ("{}: trend", "{}：趋势"),
        "shocks": ("{}: yearly shocks", "{}：年度波动"),
        "event": ("event: {}", "事件“{}”"),
        "factor": ("common factor {}", "共同因素“{}”"),
        "tail": ("size of the shocks to {}", "{}波动的厚尾"),
        "scale": ("spread of the shocks to {}", "{}波动的幅度"),
        "persistence": ("persistence of the shocks to {}", "{}波动的持续性"),
        "project": ("project {}", "项目“{}”"),
    }
)
_LOG_CHANGES: Final = (".trend", ".shocks")


def input_label(name: str, lang: Language = "en") -> str:
    """Return the name of an input as a reader says it.

    Examples
    --------
    >>> input_label("tertiary.trend"), input_label("factor:activity.shocks", "zh")
    ('tertiary sector growth: trend', '共同因素“activity”：年度波动')
    """
    for part in ("trend", "shocks"):
        if name.endswith(f".{part}"):
            return say(lang, *_PARTS[part]).format(input_label(name.removesuffix(f".{part}"), lang))
    for part in ("event", "factor", "project"):
        if name.startswith((f"{part}.", f"{part}:")):
            return say(lang, *_PARTS[part]).format(name[len(part) + 1 :].replace("_", " "))
    for part in ("tail", "scale", "persistence"):
        if name.startswith(f"{part}."):
            return say(lang, *_PARTS[part]).format(input_label(name[len(part) + 1 :], lang))
    known = _DRIVERS.get(name)
    return say(lang, *known) if known else name


def input_value(name: str, value: float, lang: Language = "en") -> str:
    """Return a value of an input of the draws: points a year beside its median, or a plain number.

    Examples
    --------
    >>> input_value("tertiary.trend", -0.00259), input_value("event.recession", 0.5)
    ('0.26 points a year below its median', '0.5')
    """
    if not _is_log_change(name, value):
        return f"{value:.4g}".replace("-", "\u2212")
    points = f"{100 * abs(value):.2f}"
    side = say(lang, "below", "低") if value < 0 else say(lang, "above", "高")
    return say(lang, f"{points} points a year {side} its median", f"每年比其中位值{side}{points}个百分点")


def input_move(name: str, move: float, lang: Language = "en") -> str:
    """Return a change of an input of the draws: points a year, or a plain number.

    Examples
    --------
    >>> input_move("tertiary.trend", -0.00259)
    '−0.26 points a year'
    """
    if not _is_log_change(name, move):
        return f"{move:+.3g}".replace("-", "\u2212")
    points = f"{100 * move:+.2f}".replace("-", "\u2212")
    return say(lang, f"{points} points a year", f"每年{points}个百分点")


def _is_log_change(name: str, value: float) -> bool:
    return name.endswith(_LOG_CHANGES) and math.isfinite(value)
