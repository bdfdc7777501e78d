"""The base year: from published values to the state that the first projected year grows from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from haidong_sim.axes import SECTORS
from haidong_sim.errors import ModelError, Problems

if TYPE_CHECKING:
    from collections.abc import Mapping

_NEEDED = (
    "gdp_current",
    "province_gdp_current",
    "primary_share",
    "secondary_share",
    "tertiary_share",
    "resident_population",
    "province_resident_population",
    "urbanization_rate",
    "urban_core_population",
    "employment",
    "disposable_income_current",
    "urban_rural_income_ratio",
    "survey_urban_weight",
)


def start_year(base: Mapping[str, float], other_vintage: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Return the base year's quantities from published values by indicator name.

    The average population of the base year is its year-end value, since the year before belongs to another
    census vintage; so the per-head ratio of the base year is exactly share of GDP over share of people.

    Parameters
    ----------
    base
        Values of the base year in catalogue units, of one population vintage.
    other_vintage
        The same for the other vintage; only its two populations are used. None repeats `base`.

    Raises
    ------
    ModelError
        If a value is missing, or shares do not sum to one within 0.001, or a part exceeds its whole.
    """
    _require_sound(base)
    gdp, province = base["gdp_current"], base["province_gdp_current"]
    shares = [base[f"{sector}_share"] for sector in SECTORS]
    year: dict[str, Any] = {
        "gdp_current": gdp,
        "province_gdp_current": province,
        "rest_of_province_gdp_current": province - gdp,
        "volume": gdp,
        "volume_rest_of_province": province - gdp,
        "gdp_volume_index": 1.0,
        "consumer_price_index": 1.0,
        "disposable_income_constant": base["disposable_income_current"],
        "urban_rural_income_ratio": base["urban_rural_income_ratio"],
        "employment": base["employment"],
        "employment_year_end": base["employment"],
    }
    for sector, share in zip(SECTORS, shares, strict=True):
        value = gdp * share / sum(shares)
        for name in (f"value_added_{sector}_current", f"value_added_{sector}_constant", f"volume_{sector}"):
            year[name] = value
        year[f"price_base_deflator_{sector}"] = 1.0
    for suffix, source in (("", base), ("_other_vintage", other_vintage or base)):
        city, whole = source["resident_population"], source["province_resident_population"]
        year[f"resident_population{suffix}"] = year[f"average_population{suffix}"] = city
        year[f"province_resident_population{suffix}"] = year[f"average_province_population{suffix}"] = whole
    urban = base["urbanization_rate"] * base["resident_population"]
    year["urban_odds"] = _odds(base["urbanization_rate"])
    year["province_urban_odds"] = _odds(base.get("province_urbanization_rate", base["urbanization_rate"]))
    year["urban_core_odds"] = _odds(base["urban_core_population"] / urban)
    year["base_gdp_current"] = gdp
    for name in ("gdp_growth", "province_gdp_growth", "nation_gdp_growth"):
        factor = "nation" if name == "nation_gdp_growth" else f"{name}_factor"
        year[factor] = 1.0 + base.get(name, float("nan"))
    year["gdp_constant"] = gdp
    year["urbanization_rate"] = base["urbanization_rate"]
    year["urban_population"] = urban
    year["survey_weight_odds_ratio"] = _odds(base["survey_urban_weight"]) / year["urban_odds"]
    return year


def _odds(share: float) -> float:
    return share / (1.0 - share)


def _require_sound(base: Mapping[str, float]) -> None:
    problems = Problems("base year")
    for name in _NEEDED:
        if name not in base:
            problems.add(name, "no value for the base year; the registry's baseline has to supply it")
    if not problems:
        total = sum(base[f"{sector}_share"] for sector in SECTORS)
        if abs(total - 1.0) > 1e-3:
            problems.add("industry shares", f"sum to {total:.4f}; the three industries make up all of GDP")
        for part, whole in (
            ("gdp_current", "province_gdp_current"),
            ("resident_population", "province_resident_population"),
        ):
            if not 0 < base[part] < base[whole]:
                problems.add(part, f"{base[part]:g} is not between 0 and {whole} ({base[whole]:g})")
        for share in ("urbanization_rate", "survey_urban_weight"):
            if not 0 < base[share] < 1:
                problems.add(share, f"{base[share]:g} is not a share between 0 and 1")
        if base["urban_core_population"] >= base["urbanization_rate"] * base["resident_population"]:
            problems.add("urban_core_population", "exceeds the urban population")
    problems.raise_if_any(ModelError)
