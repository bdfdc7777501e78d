"""The closed table of units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidong_sim.indicators.catalogue import catalogue
from haidong_sim.units import UNITS, UnitError, convert, is_convertible, unit

# The 41 unit strings of the two plans, typed from their list.
PLAN_UNITS = (
    "1e4 CNY/person", "1e4 dwelling", "1e4 household", "1e4 kW", "1e4 km", "1e4 m**3", "1e4 mu_cn",
    "1e4 person", "1e4 rack", "1e4 t", "1e8 CNY", "1e8 m**3", "CNY", "Gbit/s", "MW", "PFLOPS", "count",
    "count/(1e3 person)", "count/(1e4 person)", "dimensionless", "head", "hour", "household", "kV", "km",
    "km**2", "km/km**2", "m", "minute", "mm", "month", "mu_cn", "percent", "percentage_point", "person",
    "rank", "star", "surface_water_class", "township", "village", "year",
)  # fmt: skip


def test_every_unit_of_the_plans_and_the_catalogue_is_in_the_table():
    assert len(PLAN_UNITS) == 41
    assert set(PLAN_UNITS) <= set(UNITS)
    assert {indicator.unit for indicator in catalogue().values()} <= set(UNITS)


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (398, "1e4 kW", "GW", 3.98),
        (621, "MW", "GW", 0.621),
        (47, "percent", "fraction", 0.47),
        (0.47, "fraction", "percent", 47),
        (1.6, "percentage_point", "fraction", 0.016),
        (6, "percent per year", "fraction per year", 0.06),
        (514.6, "1e8 CNY", "CNY", 51_460_000_000),
        (6, "1e4 CNY/person", "CNY/person", 60_000),
        (15, "mu_cn", "m**2", 10_000),
        (2, "hour", "minute", 120),
        (5, "1e4 rack", "rack", 50_000),
        (133.4, "1e8 kWh", "TWh", 13.34),
        (2.4, "count/(1e3 person)", "count/(1e4 person)", 24),
        (1.2, "1e4 km", "km", 12_000),
    ],
)
def test_known_conversions(value, source, target, expected):
    assert convert(value, source, target) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("percent", "fraction per year"),
        ("percent", "dimensionless"),
        ("CNY", "1e4 CNY/person"),
        ("1e4 tce", "TWh"),
        ("GW", "TWh"),
        ("person", "household"),
        ("t", "Mt CO2"),
        ("hour", "year"),
    ],
)
def test_conversion_across_kinds_is_refused(source, target):
    assert not is_convertible(source, target)
    with pytest.raises(UnitError, match="there is no conversion"):
        convert(1.0, source, target)


def test_an_unknown_unit_names_the_nearest():
    with pytest.raises(UnitError, match=r"unknown unit 'pecent'\. Did you mean 'percent'\?"):
        unit("pecent")


@given(st.floats(-1e9, 1e9), st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_there_and_back_is_the_same_value(value, source, target):
    if is_convertible(source, target):
        assert convert(convert(value, source, target), target, source) == pytest.approx(value, rel=1e-12)


@given(st.integers(-100_000, 100_000))
def test_printed_percentages_become_the_decimal_that_one_would_type(tenths):
    assert convert(tenths / 10, "percent", "fraction") == pytest.approx(float(f"{tenths}e-3"), rel=1e-15)
