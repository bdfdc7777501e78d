"""Derived indicators: a function is named after the quantity it returns, its parameters after those it needs.

Each works on one year, element by element; adding an indicator is adding a function here and a row to
`catalogue.csv`. Names beginning `base_` are values of the base year.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Value: TypeAlias = Any
"""An array of shape (draw,), or a float where every draw has the same value."""


def gdp_growth(gdp_growth_factor: Value) -> Value:
    return gdp_growth_factor - 1.0


def gdp_constant(gdp_volume_index: Value, base_gdp_current: Value) -> Value:
    return gdp_volume_index * base_gdp_current


def gdp_deflator(gdp_current: Value, gdp_constant: Value) -> Value:
    return gdp_current / gdp_constant


def primary_share(value_added_primary_current: Value, gdp_current: Value) -> Value:
    return value_added_primary_current / gdp_current


def secondary_share(value_added_secondary_current: Value, gdp_current: Value) -> Value:
    return value_added_secondary_current / gdp_current


def tertiary_share(value_added_tertiary_current: Value, gdp_current: Value) -> Value:
    return value_added_tertiary_current / gdp_current


def province_gdp_growth(province_gdp_growth_factor: Value) -> Value:
    return province_gdp_growth_factor - 1.0


def nation_gdp_growth(nation: Value) -> Value:
    return nation - 1.0


def gdp_share_of_province(gdp_current: Value, province_gdp_current: Value) -> Value:
    return gdp_current / province_gdp_current


def gdp_per_capita_current(gdp_current: Value, average_population: Value) -> Value:
    # 1e8 CNY over 1e4 persons is 1e4 CNY each.
    return gdp_current / average_population * 1e4


def gdp_constant_per_capita(gdp_constant: Value, average_population: Value) -> Value:
    return gdp_constant / average_population * 1e4


def province_gdp_per_capita_current(province_gdp_current: Value, average_province_population: Value) -> Value:
    return province_gdp_current / average_province_population * 1e4


def gdp_per_capita_ratio_to_province(
    gdp_share_of_province: Value, average_population: Value, average_province_population: Value
) -> Value:
    # Share of GDP over share of people: the identity r = s / p.
    return gdp_share_of_province * (average_province_population / average_population)


def gdp_per_capita_ratio_to_province_other_vintage(
    gdp_share_of_province: Value,
    average_population_other_vintage: Value,
    average_province_population_other_vintage: Value,
) -> Value:
    return gdp_share_of_province * (
        average_province_population_other_vintage / average_population_other_vintage
    )


def urbanization_rate(urban_odds: Value) -> Value:
    return urban_odds / (1.0 + urban_odds)


def province_urbanization_rate(province_urban_odds: Value) -> Value:
    return province_urban_odds / (1.0 + province_urban_odds)


def urban_population(urbanization_rate: Value, resident_population: Value) -> Value:
    return urbanization_rate * resident_population


def urban_core_population(urban_core_odds: Value, urban_population: Value) -> Value:
    return urban_core_odds / (1.0 + urban_core_odds) * urban_population


def labour_productivity(gdp_constant: Value, employment: Value) -> Value:
    # 1e8 CNY over 1e4 persons is 1e4 CNY each.
    return gdp_constant / employment


def disposable_income_current(disposable_income_constant: Value, consumer_price_index: Value) -> Value:
    return disposable_income_constant * consumer_price_index


def survey_urban_weight(urban_odds: Value, survey_weight_odds_ratio: Value) -> Value:
    # The logit of the survey weight moves with the logit of the urbanization rate (METHOD 4.4).
    odds = urban_odds * survey_weight_odds_ratio
    return odds / (1.0 + odds)


def disposable_income_rural_current(
    disposable_income_current: Value, survey_urban_weight: Value, urban_rural_income_ratio: Value
) -> Value:
    return disposable_income_current / (1.0 + survey_urban_weight * (urban_rural_income_ratio - 1.0))


def disposable_income_urban_current(
    disposable_income_rural_current: Value, urban_rural_income_ratio: Value
) -> Value:
    return disposable_income_rural_current * urban_rural_income_ratio


def household_income_share_of_gdp(
    disposable_income_current: Value, average_population: Value, gdp_current: Value
) -> Value:
    # CNY times 1e4 persons is 1e4 CNY; GDP is in 1e8 CNY.
    return disposable_income_current * average_population / gdp_current * 1e-4
