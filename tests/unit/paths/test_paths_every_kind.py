"""What every kind of path must do, whichever module it comes from."""

from __future__ import annotations

import importlib
import json
import pickle
import pkgutil
import tomllib

import numpy as np
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import haidong_sim.scenario.paths
from haidong_sim.scenario.paths import PATH_KINDS, Path, PathContext, PathSpec, load_path

YEARS = np.arange(2021, 2036)
CONTEXT = PathContext(
    base_year=2020, base_level=500.0, frontier=np.full(15, np.log(1.05)), frontier_ratio=0.7
)

SCENARIO_TEXT = """
[actuals]
kind = "actuals"
basis = "rate"
vintage = "first release"
actual = { 2021 = 0.061, 2022 = 0.024 }
after = { kind = "goal_seek", multiple = 2.0, year = 2035 }

[constant]
growth = 0.06
low = 0.05
high = 0.07
provenance = "assumption"

[convergence]
kind = "convergence"
speed = 0.05
target = 0.9

[decay]
kind = "decay"
start = 0.08
limit = 0.03
speed = 0.1

[glide]
kind = "glide"
start = 0.07
end = 0.04
start_year = 2021
end_year = 2030

[goal_seek]
kind = "goal_seek"
level = 1000.0
year = 2035

[limit]
kind = "limit"
highest = 0.05
path = { kind = "glide", start = 0.07, end = 0.04, start_year = 2021, end_year = 2030 }

[override]
kind = "override"
path = 0.06
years = { 2022 = 0.01 }

[periods]
kind = "periods"
periods = { "2021-2025" = 0.06, "2026-2030" = 0.05, "2031-2035" = 0.04 }

[project_step]
kind = "project_step"
gross_output = 300.0
value_added_rate = 0.24
opening_year = 2022
ramp_years = 4
host = 0.05

[s_curve]
kind = "s_curve"
end = 900.0
end_year = 2032
width = 6

[shock]
kind = "shock"
depth = 0.035
year = 2022
permanent = 0.3
persistence = 0.5

[sum]
kind = "sum"
parts = [0.06, { kind = "shock", depth = 0.035, year = 2022, permanent = 0.3, persistence = 0.5 }]

[table]
kind = "table"
basis = "rate"
fill = "previous"
years = { 2021 = 0.06, 2024 = 0.05 }

[then]
kind = "then"
first = 0.06
year = 2025
second = { kind = "goal_seek", multiple = 2.0, year = 2035 }
"""
DECLARED = tomllib.loads(SCENARIO_TEXT)
kinds = pytest.mark.parametrize("kind", sorted(PATH_KINDS))


def test_an_example_is_declared_for_every_kind():
    assert set(DECLARED) == set(PATH_KINDS)


@kinds
def test_the_kind_declared_is_the_kind_loaded(kind):
    assert load_path(DECLARED[kind]).kind == kind


@kinds
def test_log_growth_has_one_finite_number_per_year(kind):
    growth = load_path(DECLARED[kind]).log_growth(YEARS, context=CONTEXT)
    assert growth.shape == YEARS.shape
    assert growth.dtype == np.float64
    assert np.isfinite(growth).all()
    assert (np.abs(growth) < 0.5).all()


@kinds
def test_values_and_log_growth_tell_the_same_story(kind):
    path = load_path(DECLARED[kind])
    values = path.values(YEARS, context=CONTEXT)
    growth = path.log_growth(YEARS, context=CONTEXT)
    if path.is_level:
        np.testing.assert_allclose(values[1:] / values[:-1], np.exp(growth[1:]), rtol=1e-12)
    else:
        np.testing.assert_allclose(1.0 + values, np.exp(growth), rtol=1e-12)


@kinds
def test_levels_are_the_base_level_compounded(kind):
    path = load_path(DECLARED[kind])
    level = 500.0
    for year, reached in zip(YEARS, path.levels(YEARS, context=CONTEXT), strict=True):
        level *= np.exp(path.log_growth([year], context=CONTEXT)[0])
        assert reached == pytest.approx(level, rel=1e-12)


@kinds
def test_a_path_does_not_depend_on_how_far_it_is_asked(kind):
    path = load_path(DECLARED[kind])
    whole = path.log_growth(YEARS, context=CONTEXT)
    assert path.log_growth(YEARS[:4], context=CONTEXT).tolist() == whole[:4].tolist()
    assert path.log_growth([2030, 2034], context=CONTEXT).tolist() == whole[[9, 13]].tolist()


@kinds
def test_asking_changes_neither_path_nor_context(kind):
    path = load_path(DECLARED[kind])
    first = path.log_growth(YEARS, context=CONTEXT)
    first *= 0.0
    again = path.log_growth(YEARS, context=CONTEXT)
    assert np.abs(again).sum() > 0.0
    assert CONTEXT.frontier is not None
    assert CONTEXT.frontier.tolist() == [np.log(1.05)] * 15


@kinds
def test_a_path_is_frozen_and_hashable(kind):
    path = load_path(DECLARED[kind])
    with pytest.raises(ValidationError, match="frozen"):
        path.note = "changed"
    assert hash(path) == hash(load_path(DECLARED[kind]))


@kinds
@pytest.mark.parametrize("omit", ["nothing", "none", "defaults", "unset"])
def test_a_path_survives_being_written_and_read(kind, omit):
    path = load_path(DECLARED[kind])
    written = path.model_dump(**({} if omit == "nothing" else {f"exclude_{omit}": True}))
    assert next(iter(written)) == "kind"
    assert load_path(written) == path
    assert load_path(json.loads(json.dumps(written))) == path
    assert pickle.loads(pickle.dumps(path)) == path  # noqa: S301 - the test's own bytes


@kinds
def test_a_path_describes_itself_in_one_line(kind):
    text = str(load_path(DECLARED[kind]))
    assert text.strip() == text
    assert text
    assert "\n" not in text
    assert "object at" not in text


@kinds
def test_every_path_carries_where_its_numbers_come_from(kind):
    sourced = {"provenance": "calibrated", "source": "S1", "low": 0.01, "high": 0.02, "note": "n"}
    path = load_path({**DECLARED[kind], **sourced, "price_basis": "constant"})
    assert (path.provenance, path.source, path.low, path.high, path.note) == tuple(sourced.values())
    assert path.price_basis == "constant"


@kinds
def test_the_leading_parameter_is_a_field(kind):
    cls = PATH_KINDS[kind]
    assert cls.leading is None or cls.leading in cls.model_fields


@kinds
def test_a_year_that_is_already_decided_is_refused(kind):
    with pytest.raises(haidong_sim.errors.ScenarioError, match="2020 is not after 2020"):
        load_path(DECLARED[kind]).log_growth([2020, 2021], context=CONTEXT)


@kinds
def test_no_years_give_no_growth(kind):
    assert load_path(DECLARED[kind]).log_growth([], context=CONTEXT).shape == (0,)


def test_the_registry_has_every_path_class_of_the_folder():
    classes = set()
    for module in pkgutil.iter_modules(haidong_sim.scenario.paths.__path__):
        loaded = importlib.import_module(f"haidong_sim.scenario.paths.{module.name}")
        classes |= {
            value
            for value in vars(loaded).values()
            if isinstance(value, type) and issubclass(value, Path) and value.__name__ not in {"Path", "Rated"}
        }
    assert classes == set(PATH_KINDS.values())


def test_a_scenario_model_may_hold_paths_and_its_schema_can_be_written():
    class Holder(BaseModel):
        paths: dict[str, PathSpec]

    held = Holder.model_validate({"paths": DECLARED})
    assert {path.kind for path in held.paths.values()} == set(PATH_KINDS)
    assert Holder.model_validate(held.model_dump()) == held
    assert "GoalSeek" in json.dumps(TypeAdapter(Holder).json_schema())
