"""Paths put together: stitched, added, overridden, limited."""

from __future__ import annotations

import math

import numpy as np
import pytest

from haidong_sim.errors import ScenarioError
from haidong_sim.scenario.paths import PathContext, load_path

YEARS = np.arange(2021, 2036)
CONTEXT = PathContext(base_year=2020, base_level=100.0)
SIX = load_path(0.06)
DOUBLE = load_path({"kind": "goal_seek", "multiple": 2.0, "year": 2035})


def test_operators_build_what_a_file_declares():
    then = {"kind": "then", "first": 0.06, "year": 2025, "second": DOUBLE}
    assert SIX.then(2025, DOUBLE) == load_path(then)
    assert load_path({"kind": "sum", "parts": [0.06, DOUBLE.model_dump()]}) == SIX + DOUBLE
    assert SIX.cap(0.05) == load_path({"kind": "limit", "path": 0.06, "highest": 0.05})
    assert SIX.floor(0.07) == load_path({"kind": "limit", "path": 0.06, "lowest": 0.07})
    override = {"kind": "override", "path": 0.06, "years": {2022: 0.01, 2024: 0.01}}
    assert SIX.override([2022, 2024], 0.01) == load_path(override)


def test_only_paths_can_be_added():
    with pytest.raises(TypeError, match="unsupported operand"):
        SIX + 0.06


def test_three_parts_in_a_row():
    path = SIX.then(2025, load_path(0.05)).then(2030, load_path(0.04))
    assert path.values(YEARS, context=CONTEXT) == pytest.approx([0.06] * 5 + [0.05] * 5 + [0.04] * 5)
    nested = SIX.then(2025, load_path(0.05).then(2030, load_path(0.04)))
    assert nested.values(YEARS, context=CONTEXT) == pytest.approx(
        path.values(YEARS, context=CONTEXT), abs=1e-15
    )


def test_the_goal_counts_from_the_base_year_through_every_earlier_part():
    path = SIX.then(2023, load_path(0.01)).then(2025, DOUBLE)
    rate = (2.0 / (1.06**3 * 1.01**2)) ** 0.1 - 1.0
    assert path.values([2026, 2035], context=CONTEXT) == pytest.approx([rate] * 2, abs=1e-14)


def test_a_part_whose_time_is_over_is_passed_by():
    later = PathContext(base_year=2026, base_level=100.0)
    assert SIX.then(2025, load_path(0.04)).values([2027], context=later) == pytest.approx([0.04])


def test_two_paths_of_levels_keep_the_levels_they_state():
    first = load_path({"value": 2.0})
    path = first.then(2022, load_path({"kind": "s_curve", "end": 0.0, "end_year": 2024, "width": 2.0}))
    nowhere = PathContext(base_year=2020)
    assert path.is_level
    assert path.values(YEARS[:5], context=nowhere) == pytest.approx([2.0, 2.0, 1.0, 0.0, 0.0])


def test_growth_of_stated_levels_is_their_ratio():
    path = load_path({"value": 2.0}).then(2022, load_path({"value": 3.0}))
    assert path.log_growth(YEARS[:4], context=CONTEXT) == pytest.approx([0.0, 0.0, math.log(1.5), 0.0])


def test_an_s_curve_after_growth_rises_from_the_level_reached():
    path = SIX.then(2025, load_path({"kind": "s_curve", "end": 200.0, "end_year": 2035, "width": 5.0}))
    levels = path.levels(YEARS, context=CONTEXT)
    assert levels[4] == pytest.approx(100.0 * 1.06**5, rel=1e-14)
    assert levels[14] == pytest.approx(200.0, rel=1e-12)
    # The curve is symmetric about the middle year of its ten.
    assert levels[9] == pytest.approx((levels[4] + 200.0) / 2, rel=1e-12)


def test_override_replaces_those_years_only():
    assert SIX.override([2022], -0.02).values(YEARS[:3], context=CONTEXT).tolist() == pytest.approx(
        [0.06, -0.02, 0.06]
    )


def test_override_of_levels_replaces_levels():
    path = load_path({"value": 4.0}).override([2020, 2022], 5.0)
    assert path.values(YEARS[:3], context=CONTEXT).tolist() == [4.0, 5.0, 4.0]
    assert path.log_growth([2021], context=CONTEXT) == pytest.approx([math.log(0.8)])


def test_limits_of_levels_leave_the_level_before_them():
    path = load_path({"kind": "table", "basis": "level", "years": {2020: 1.0, 2021: 2.0, 2022: 8.0}}).cap(4.0)
    assert path.values([2021, 2022], context=CONTEXT).tolist() == [2.0, 4.0]
    assert path.log_growth([2021, 2022], context=CONTEXT) == pytest.approx([math.log(2.0)] * 2)


def test_descriptions_read_as_sentences():
    assert str(SIX.then(2025, load_path(0.041))) == "6.0 %/yr to 2025, then 4.1 %/yr"
    assert str(SIX.then(2025, DOUBLE)) == (
        "6.0 %/yr to 2025, then the constant rate that reaches 2 times the base year in 2035"
    )
    assert str(load_path(0.0625).cap(0.06)) == "6.25 %/yr, at most 6.0 %/yr"
    assert str(SIX.then(2025, SIX) + SIX) == "(6.0 %/yr to 2025, then 6.0 %/yr) + 6.0 %/yr"
    periods = load_path({"kind": "periods", "periods": {"2021-2025": 0.06, "2026": 0.05}})
    assert str(periods) == "6.0 %/yr 2021-2025, 5.0 %/yr 2026"
    assert str(SIX.override([2022], 0.01)) == "6.0 %/yr, but 1.0 %/yr in 2022"
    assert str(load_path({"value": 2.69})) == "2.69"


def test_an_error_names_the_path_that_fails():
    table = load_path({"kind": "table", "basis": "rate", "years": {2021: 0.06}})
    with pytest.raises(ScenarioError, match=r"path '6\.0 %/yr in 2021': no value for 2022"):
        table.then(2022, SIX).log_growth(YEARS, context=CONTEXT)
