from __future__ import annotations

import math

import pytest

from haidong_sim.indicators.catalogue import catalogue
from haidong_sim.words.language import indicator_label, label, measure_label
from haidong_sim.words.numbers import (
    MISSING,
    format_interval,
    format_margin,
    format_number,
    format_probability,
    format_rate,
    format_threshold,
    format_threshold_value,
    format_value,
    format_year,
    threshold_text,
)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.1712, "fraction", "17.1%"),
        (0.2, "fraction", "20.0%"),
        (65.0, "percent", "65.0%"),
        (20066.0, "CNY", "20,066"),
        (514.04, "1e8 CNY", "514.0"),
        (2.6912, "dimensionless", "2.69"),
        (0.0421, "tce/1e4 CNY", "0.042"),
        (-0.0004, "fraction", "0.0%"),
        (math.nan, "CNY", MISSING),
        (None, "CNY", MISSING),
        (math.inf, "CNY", MISSING),
    ],
)
def test_number_has_the_digits_a_reader_wants(value, unit, text):
    assert format_number(value, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.2, "fraction", "20%"),
        (0.135, "fraction", "13.5%"),
        (634.0, "village", "634"),
        (12000.0, "km", "12,000"),
        (0.05205287434, "fraction per year", "5.21%"),
        (0.0015, "fraction", "0.15%"),
        (0.00015, "fraction", "0.015%"),
        (-0.1808, "fraction", "−18.08%"),
        (2.75, "count/(1e3 person)", "2.75"),
        (math.nan, "km", MISSING),
    ],
)
def test_printed_number_gains_no_decimals(value, unit, text):
    assert format_threshold(value, unit) == text


def test_value_keeps_a_multiple_apart_from_the_number():
    assert format_threshold_value(533.0, "1e4 kW", "en") == "533 × 10,000 kW"
    assert format_threshold_value(533.0, "1e4 kW", "zh") == "533 万千瓦"
    assert format_value(20066.0, "CNY", "en") == "20,066 CNY"
    assert format_value(0.2, "fraction", "zh") == "20.0%"


def test_gap_between_percentages_is_in_points():
    assert format_margin(-0.009, "fraction", "en") == "−0.9 pp"
    assert format_margin(0.012, "fraction", "zh") == "+1.2 个百分点"
    assert format_margin(-1234.0, "CNY", "en") == "−1,234"


@pytest.mark.parametrize(
    ("value", "n", "text"),
    [
        (0.314, 1000, "31.4%"),
        (0.0, 1000, "<1/1,000"),
        (1.0, 1000, ">999/1,000"),
        (0.00004, 100_000, "0.0040%"),
        (0.99996, 100_000, "99.9960%"),
        (math.nan, 1000, MISSING),
        (None, None, MISSING),
    ],
)
def test_probability_never_reads_as_certainty(value, n, text):
    assert format_probability(value, n) == text


def test_interval_rate_and_year():
    assert format_interval(0.298, 0.322) == "[29.8–32.2%]"
    assert format_interval(0.0, 0.0037) == "[0–0.4%]"
    assert not format_interval(math.nan, 0.3)
    assert format_rate(0.0158, "en") == "1.58% a year"
    assert format_rate(0.0158, "zh") == "每年 1.58%"
    assert format_year(2031.2) == "2032"
    assert format_year(2035.0) == "2035"
    assert format_year(math.inf) == MISSING


def test_every_unit_and_basis_of_the_catalogue_is_worded_in_both_languages():
    for declared in catalogue().values():
        for lang in ("en", "zh"):
            assert label("unit", declared.unit, lang)
            if declared.price_basis != "n/a":
                assert label("basis", declared.price_basis, lang) != declared.price_basis
        if declared.unit not in {"GW", "TWh", "PFLOPS"}:
            assert label("unit", declared.unit, "zh") != declared.unit


def test_measure_joins_unit_and_basis():
    assert measure_label("1e8 CNY", "current", "en") == "100 million CNY, at current prices"
    assert measure_label("1e4 person", "n/a", "zh") == "万人"


def test_unknown_words_are_shown_as_written():
    assert label("theme", "space_travel", "en") == "space travel"
    assert indicator_label("my_own_thing", "zh") == "my own thing"
    assert indicator_label("urbanization_rate", "zh") == "常住人口城镇化率"


@pytest.mark.parametrize(
    ("row", "english", "chinese"),
    [
        ({"threshold": 0.2, "unit": "fraction", "comparator": "ge"}, "≥ 20%", "≥ 20%"),
        ({"threshold": 533.0, "unit": "1e4 kW", "comparator": "ge"}, "≥ 533 × 10,000 kW", "≥ 533 万千瓦"),
        (
            {"threshold": 30.0, "threshold_high": 50.0, "unit": "1e4 person", "comparator": "between"},
            "30 – 50 × 10,000 persons",
            "30 – 50 万人",
        ),
        (
            {"threshold": 30.0, "threshold_high": math.nan, "unit": "1e4 person", "comparator": "ge"},
            "≥ 30 × 10,000 persons",
            "≥ 30 万人",
        ),
        ({"threshold": math.nan, "unit": "fraction", "comparator": "ge"}, MISSING, MISSING),
    ],
)
def test_what_a_target_asks_is_said_with_sign_range_and_unit(row, english, chinese):
    assert threshold_text(row, "en") == english
    assert threshold_text(row, "zh") == chinese
