"""One malformed declaration per rule, and the text that its author reads."""

from __future__ import annotations

import re

import pytest
from pydantic import BaseModel, ValidationError

from haidong_sim.errors import ScenarioError
from haidong_sim.scenario.paths import PathSpec, explain, load_path

GLIDE = {"kind": "glide", "start": 0.07, "end": 0.04, "start_year": 2021, "end_year": 2030}
S_CURVE = {"kind": "s_curve", "start": 1.0, "end": 2.0, "start_year": 2021, "end_year": 2030, "width": 4}
SHOCK = {"kind": "shock", "depth": 0.04, "year": 2022, "permanent": 0.5, "persistence": 0.5}
PROJECT = {
    "kind": "project_step",
    "gross_output": 70,
    "value_added_rate": 0.24,
    "opening_year": 2022,
    "ramp_years": 2,
}
ACTUALS = {"kind": "actuals", "actual": {2021: 0.05}, "basis": "rate", "vintage": "v", "after": 0.05}
THEN = {"kind": "then", "first": 0.06, "year": 2025, "second": 0.04}


def periods(**listed):
    return {
        "kind": "periods",
        "periods": {key.replace("_", "-").strip("y"): value for key, value in listed.items()},
    }


BROKEN = {
    "percent": (6, "growth: 6 is not a yearly rate; write 0.06"),
    "percent with decimals": ({"growth": -2.5}, "growth: -2.5 is not a yearly rate; write -0.025"),
    "rate too large": (
        {"growth": 0.7},
        "growth: 0.7 is not a yearly rate; allowed are fractions from -0.5 to 0.5",
    ),
    "rate absurd": (
        {"growth": 600},
        "growth: 600 is not a yearly rate; allowed are fractions from -0.5 to 0.5",
    ),
    "rate as text": (
        {"growth": "6%"},
        "growth: '6%' is not a number; write a plain number, a rate as a fraction",
    ),
    "rate as truth value": ({"growth": True}, "growth: True is not a number"),
    "rate not finite": ({"growth": float("nan")}, "growth: nan is not a finite number"),
    "no path": ("six", "'six' is not a path; write a rate such as 0.06 or a table such as growth = 0.06"),
    "truth value": (True, "True is not a path"),
    "unknown kind": (
        {"kind": "glid"},
        "unknown kind of path 'glid'. Did you mean 'glide'? Allowed: actuals, constant,",
    ),
    "unknown key": (
        {"growht": 0.06},
        "growht: unknown key of a constant path 'growht'. Did you mean 'growth'? Allowed:",
    ),
    "missing key": ({"kind": "goal_seek", "multiple": 2}, "year: is missing"),
    "neither growth nor value": (
        {"note": "x"},
        "give exactly one of growth (a rate per year) and value (a level)",
    ),
    "growth and value": ({"growth": 0.06, "value": 1.0}, "give exactly one of growth"),
    "low without high": ({"growth": 0.06, "low": 0.05}, "low and high belong together; give both or neither"),
    "low above high": ({"growth": 0.06, "low": 0.07, "high": 0.05}, "low = 0.07 is above high = 0.05"),
    "range in percent": (
        {"growth": 0.06, "low": 5, "high": 7},
        "low = 5 is not a yearly rate; write 0.05; high = 7",
    ),
    "unknown provenance": (
        {"growth": 0.06, "provenance": "guess"},
        "provenance: Input should be 'document', 'official',",
    ),
    "unknown price basis": (
        {"growth": 0.06, "price_basis": "real"},
        "price_basis: Input should be 'constant' or",
    ),
    "period in percent": (periods(y2021_2025=6), "2021-2025 = 6 is not a yearly rate; write 0.06"),
    "period gap": (periods(y2021_2025=0.06, y2027_2030=0.05), "periods: 2021-2025 and 2027-2030 leave a gap"),
    "period overlap": (periods(y2021_2025=0.06, y2025_2030=0.05), "periods: 2021-2025 and 2025-2030 overlap"),
    "period twice": (
        {"kind": "periods", "periods": [["2021-2025", 0.06], ["2021 - 2025", 0.05]]},
        "periods: 2021-2025 is given twice",
    ),
    "period backwards": (periods(y2025_2021=0.06), "'2025-2021' is not a period; it must run forward"),
    "period malformed": (
        periods(fourteenth=0.06),
        "'fourteenth' is not a period; write keys such as '2021-2025'",
    ),
    "periods empty": (periods(), "periods: no period is given"),
    "periods no table": (
        {"kind": "periods", "periods": 0.06},
        "periods: 0.06 is not a table; write one entry per key",
    ),
    "glide backwards": ({**GLIDE, "end_year": 2021}, "end_year = 2021 must be after start_year = 2021"),
    "glide in percent": (
        {**GLIDE, "start": 7, "end": 4},
        "start = 7 is not a yearly rate; write 0.07; end = 4 is not",
    ),
    "decay speed": (
        {"kind": "decay", "start": 0.08, "limit": 0.03, "speed": 0},
        "speed: Input should be greater than 0",
    ),
    "convergence speed in percent": (
        {"kind": "convergence", "speed": 2},
        "speed: Input should be less than 2",
    ),
    "convergence target": (
        {"kind": "convergence", "speed": 0.02, "target": 0},
        "target: Input should be greater than 0",
    ),
    "s-curve backwards": ({**S_CURVE, "end_year": 2020}, "end_year = 2020 must be after start_year = 2021"),
    "s-curve width": ({**S_CURVE, "width": 0}, "width: Input should be greater than or equal to 0.1"),
    "s-curve of rates": ({**S_CURVE, "basis": "rate"}, "basis: Input should be 'level'"),
    "project value-added rate": (
        {**PROJECT, "value_added_rate": 24},
        "value_added_rate: Input should be less than or equal",
    ),
    "project output": (
        {**PROJECT, "gross_output": -1},
        "gross_output: Input should be greater than or equal to 0",
    ),
    "shock depth in percent": ({**SHOCK, "depth": 4}, "depth: 4 is not a yearly rate; write 0.04"),
    "shock permanent": ({**SHOCK, "permanent": 1.5}, "permanent: Input should be less than or equal to 1"),
    "shock for ever": ({**SHOCK, "persistence": 1}, "persistence: Input should be less than 1"),
    "table without basis": ({"kind": "table", "years": {2021: 0.06}}, "basis: is missing"),
    "table of unknown basis": (
        {"kind": "table", "years": {2021: 0.06}, "basis": "growth"},
        "basis: Input should be 'rate' or 'level'",
    ),
    "table year twice": (
        {"kind": "table", "basis": "rate", "years": [[2021, 0.06], [2021, 0.05]]},
        "years: 2021 is given twice",
    ),
    "table year malformed": (
        {"kind": "table", "basis": "rate", "years": {"21": 0.06}},
        "'21' is not a year; write keys",
    ),
    "table value malformed": (
        {"kind": "table", "basis": "rate", "years": {2021: "x"}},
        "years: 2021: 'x' is not a number",
    ),
    "table empty": (
        {"kind": "table", "basis": "rate", "years": {}},
        "years: no year is given; write at least one",
    ),
    "table in percent": (
        {"kind": "table", "basis": "rate", "years": {2021: 6}},
        "2021 = 6 is not a yearly rate",
    ),
    "table fill": (
        {"kind": "table", "basis": "rate", "years": {2021: 0.06}, "fill": "zero"},
        "fill: Input should be",
    ),
    "goal missing": (
        {"kind": "goal_seek", "year": 2035},
        "give exactly one of multiple (of the base year's level) and",
    ),
    "goal twice": (
        {"kind": "goal_seek", "year": 2035, "multiple": 2, "level": 3},
        "give exactly one of multiple",
    ),
    "goal not positive": (
        {"kind": "goal_seek", "year": 2035, "multiple": 0},
        "multiple: Input should be greater than 0",
    ),
    "year as fraction": (
        {"kind": "goal_seek", "year": 2035.5, "multiple": 2},
        "year: 2035.5 is not a year; write a whole",
    ),
    "year far off": (
        {"kind": "goal_seek", "year": 35, "multiple": 2},
        "year: 35 is not a year from 1900 to 2200",
    ),
    "actuals without vintage": (
        {**ACTUALS, "vintage": ""},
        "vintage: String should have at least 1 character",
    ),
    "actuals in percent": ({**ACTUALS, "actual": {2021: 5}}, "2021 = 5 is not a yearly rate; write 0.05"),
    "actuals overlap": (
        {**ACTUALS, "after": {**THEN, "year": 2021}},
        "the path after 2021 switches in 2021, which is observed",
    ),
    "then first too late": (
        {**THEN, "first": {**THEN, "year": 2026}},
        "the first part switches in 2026, which must be",
    ),
    "then second too early": (
        {**THEN, "second": {**THEN, "year": 2024}},
        "the second part switches in 2024, which must",
    ),
    "then part broken": (
        {**THEN, "second": {"growth": 4}},
        "second.growth: 4 is not a yearly rate; write 0.04",
    ),
    "sum empty": ({"kind": "sum", "parts": []}, "parts: Tuple should have at least 1 item"),
    "sum part broken": (
        {"kind": "sum", "parts": [0.06, {"kind": "shok"}]},
        "parts.1: unknown kind of path 'shok'",
    ),
    "override in percent": (
        {"kind": "override", "path": 0.06, "years": {2022: 1}},
        "2022 = 1 is not a yearly rate",
    ),
    "limit empty": ({"kind": "limit", "path": 0.06}, "give lowest, highest or both"),
    "limit crossed": (
        {"kind": "limit", "path": 0.06, "lowest": 0.05, "highest": 0.04},
        "lowest = 0.05 is above highest = 0.04",
    ),
    "limit in percent": (
        {"kind": "limit", "path": 0.06, "highest": 8},
        "highest = 8 is not a yearly rate; write 0.08",
    ),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_declaration_is_refused_with_its_reason(rule):
    declared, message = BROKEN[rule]
    with pytest.raises(ScenarioError, match=re.escape(message)):
        load_path(declared)


def test_all_problems_are_listed_at_once():
    table = {"kind": "table", "basis": "level", "years": {"x": 1, 2021: "y", "2022": 3}}
    with pytest.raises(ScenarioError) as refused:
        load_path({"kind": "then", "first": table, "year": 1, "second": {"growth": 6}})
    years = "first.years: 'x' is not a year; write keys such as 2021; 2021: 'y' is not a number"
    head, first, *others = str(refused.value).splitlines()
    assert head == "growth path: 3 problems"
    assert first == f"  1. {years}; write a plain number, a rate as a fraction such as 0.06"
    assert others == [
        "  2. year: 1 is not a year from 1900 to 2200",
        "  3. second.growth: 6 is not a yearly rate; write 0.06",
    ]


def test_all_gaps_and_overlaps_of_periods_are_listed_at_once():
    listed = {"2021-2025": 0.06, "2027-2030": 0.05, "2030-2035": 0.04}
    with pytest.raises(
        ScenarioError, match="2021-2025 and 2027-2030 leave a gap; 2027-2030 and 2030-2035 overlap"
    ):
        load_path({"kind": "periods", "periods": listed})


@pytest.mark.parametrize(
    "declared",
    [
        {"value": 6.0},
        {**GLIDE, "basis": "level", "start": 100.0, "end": 600.0},
        {"kind": "table", "basis": "level", "years": {2021: 514.0}},
        {"kind": "limit", "path": {"value": 6.0}, "highest": 5.0},
        {"kind": "override", "path": {"value": 6.0}, "years": {2022: 7.0}},
    ],
)
def test_large_numbers_are_fine_where_they_are_levels(declared):
    assert load_path(declared).is_level


def test_published_levels_may_be_large_on_a_path_of_rates():
    path = load_path({**ACTUALS, "basis": "level", "actual": {2021: 554.7}})
    assert dict(path.actual) == {2021: 554.7}
    assert not path.is_level


def test_a_declaration_inside_a_model_is_explained_with_its_dotted_key():
    class Holder(BaseModel):
        paths: dict[str, PathSpec]

    with pytest.raises(ValidationError) as refused:
        Holder.model_validate({"paths": {"tertiary": {"growth": 6}, "primary": {"growht": 0.06}}})
    found = dict(explain(error) for error in refused.value.errors())
    assert found["paths.tertiary.growth"] == "6 is not a yearly rate; write 0.06"
    assert found["paths.primary.growht"].startswith(
        "unknown key of a constant path 'growht'. Did you mean 'growth'?"
    )
