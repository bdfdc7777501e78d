"""What holds for all growth paths, whatever their numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidong_sim.scenario.paths import PathContext, load_path

YEARS = np.arange(2021, 2051)
rate = st.floats(-0.3, 0.3)
level = st.floats(0.01, 1e5)
year = st.integers(2021, 2049)


@st.composite
def growth_paths(draw):
    simple = st.one_of(
        rate.map(lambda g: {"growth": g}),
        st.builds(lambda a, b: {"kind": "decay", "start": a, "limit": b, "speed": 0.2}, rate, rate),
        st.builds(
            lambda a, b, t: {"kind": "glide", "start": a, "end": b, "start_year": t, "end_year": t + 5},
            rate, rate, year,
        ),
        st.builds(
            lambda d, t, s, p: {"kind": "shock", "depth": d, "year": t, "permanent": s, "persistence": p},
            rate, year, st.floats(0, 1), st.floats(0, 0.95),
        ),
        st.builds(lambda m: {"kind": "goal_seek", "multiple": m, "year": 2050}, st.floats(0.2, 5.0)),
        st.lists(rate, min_size=30, max_size=30).map(
            lambda g: {"kind": "table", "basis": "rate", "years": dict(enumerate(g, start=2021))}
        ),
    )  # fmt: skip
    return load_path(draw(simple))


def grown(path, base_level=1.0):
    return path.log_growth(YEARS, context=PathContext(base_year=2020, base_level=base_level))


@given(path=growth_paths(), base=level)
def test_growth_is_a_matter_of_ratios(path, base):
    assert grown(path, base) == pytest.approx(grown(path, 1.0), abs=1e-12)


@given(first=growth_paths(), second=growth_paths(), switch=year)
def test_stitching_keeps_the_level_at_the_switch(first, second, switch):
    context = PathContext(base_year=2020, base_level=100.0)
    stitched = first.then(switch, second)
    at = stitched.levels([switch], context=context)
    assert at == pytest.approx(first.levels([switch], context=context), rel=1e-12)
    assert grown(stitched)[: switch - 2020] == pytest.approx(grown(first)[: switch - 2020], abs=1e-12)


@given(path=growth_paths(), switch=year)
def test_a_stitched_goal_is_met_exactly_whatever_came_before(path, switch):
    goal = load_path({"kind": "goal_seek", "multiple": 2.0, "year": 2050})
    assert grown(path.then(switch, goal)).sum() == pytest.approx(np.log(2.0), abs=1e-12)


@given(g=rate, switch=year)
def test_stitching_a_rate_to_itself_changes_nothing(g, switch):
    path = load_path({"growth": g})
    assert grown(path.then(switch, path)) == pytest.approx(grown(path), abs=1e-15)


@given(first=growth_paths(), second=growth_paths())
def test_adding_adds_logs_in_either_order(first, second):
    assert grown(first + second) == pytest.approx(grown(first) + grown(second), abs=1e-12)
    assert grown(second + first) == pytest.approx(grown(first + second), abs=1e-12)


@given(path=growth_paths(), limit=rate)
def test_cap_and_floor_hold_and_leave_the_rest_alone(path, limit):
    context = PathContext(base_year=2020)
    free = path.values(YEARS, context=context)
    capped = path.cap(limit).values(YEARS, context=context)
    floored = path.floor(limit).values(YEARS, context=context)
    assert capped.max() <= limit <= floored.min()
    assert (capped[free <= limit] == free[free <= limit]).all()
    assert (floored[free >= limit] == free[free >= limit]).all()
    assert capped + floored == pytest.approx(free + limit, abs=1e-15)


@given(path=growth_paths(), at=year, value=rate)
def test_override_touches_the_year_named_and_no_other(path, at, value):
    after = path.override([at], value).values(YEARS, context=PathContext(base_year=2020))
    before = path.values(YEARS, context=PathContext(base_year=2020))
    assert after[at - 2021] == value
    assert np.delete(after, at - 2021).tolist() == np.delete(before, at - 2021).tolist()


@given(start=level, end=level, last=st.integers(2022, 2050), width=st.floats(0.5, 40.0))
def test_s_curve_meets_both_ends(start, end, last, width):
    context = PathContext(base_year=2020, base_level=start)
    path = load_path({"kind": "s_curve", "end": end, "end_year": last, "width": width})
    levels = path.values(YEARS, context=context)
    assert levels[last - 2021 :] == pytest.approx([end] * (2051 - last), rel=1e-12)
    assert path.prior_level(context) == pytest.approx(start, rel=1e-12)
    assert grown(path, start).sum() == pytest.approx(np.log(end / start), abs=1e-11)
    steps = np.diff(np.concatenate([[start], levels])) * np.sign(end - start)
    assert (steps >= -1e-9 * max(start, end)).all()


@given(start=rate, end=rate, first=st.integers(2021, 2035), length=st.integers(1, 15))
def test_glide_meets_both_ends_and_stays_between_them(start, end, first, length):
    declared = {"kind": "glide", "start": start, "end": end, "start_year": first, "end_year": first + length}
    values = load_path(declared).values(YEARS, context=PathContext(base_year=2020))
    assert values[first - 2021] == start
    assert values[first + length - 2021 :].tolist() == [end] * (2051 - first - length)
    assert (values >= min(start, end) - 1e-15).all()
    assert (values <= max(start, end) + 1e-15).all()


@given(ends=st.sets(st.integers(2021, 2049), max_size=8), rates=st.lists(rate, min_size=9, max_size=9))
def test_periods_equal_the_list_written_by_hand(ends, rates):
    last_years = [*sorted(ends), 2050]
    listed, by_hand, first = {}, [], 2021
    for last, value in zip(last_years, rates, strict=False):
        listed[f"{first}-{last}"] = value
        by_hand += [value] * (last - first + 1)
        first = last + 1
    context = PathContext(base_year=2020)
    assert (
        load_path({"kind": "periods", "periods": listed}).values(YEARS, context=context).tolist() == by_hand
    )
    blended = load_path({"kind": "periods", "blend": True, "periods": listed}).values(YEARS, context=context)
    assert blended.sum() == pytest.approx(sum(by_hand), abs=1e-12)


@given(depth=rate, at=year, share=st.floats(0, 1), persistence=st.floats(0, 0.9))
def test_a_shock_leaves_its_permanent_part_and_nothing_else(depth, at, share, persistence):
    declared = {"kind": "shock", "depth": depth, "year": at, "permanent": share, "persistence": persistence}
    years = np.arange(2021, at + 400)
    effect = np.cumsum(load_path(declared).log_growth(years, context=PathContext(base_year=2020)))
    assert effect[: at - 2021] == pytest.approx([0.0] * (at - 2021), abs=0.0)
    assert effect[at - 2021] == pytest.approx(-depth, abs=1e-15)
    assert effect[-1] == pytest.approx(-depth * share, abs=1e-12)


@given(ratio=st.floats(0.05, 2.0), target=st.floats(0.3, 1.5), speed=st.floats(0.01, 1.5), frontier=rate)
def test_convergence_ends_at_its_target(ratio, target, speed, frontier):
    declared = {
        "kind": "convergence",
        "speed": speed,
        "target": target,
        "start_ratio": ratio,
        "frontier": frontier,
    }
    log_ratio = np.log(ratio) + np.cumsum(grown(load_path(declared)) - np.log1p(frontier))
    left = np.exp(-speed * 30.0) * (np.log(ratio) - np.log(target))
    assert log_ratio[-1] - np.log(target) == pytest.approx(left, abs=1e-12)


@given(
    output=st.floats(0, 1e4), rate_=st.floats(0, 1), displaced=st.floats(0, 1), counted=st.floats(0, 1),
    opening=st.integers(2020, 2035), ramp=st.floats(0, 10), base=st.floats(1.0, 1e4),
)  # fmt: skip
def test_a_project_adds_its_net_value_added_once(output, rate_, displaced, counted, opening, ramp, base):
    declared = {
        "kind": "project_step", "gross_output": output, "value_added_rate": rate_, "opening_year": opening,
        "ramp_years": ramp, "displacement": displaced, "already_counted": counted,
    }  # fmt: skip
    levels = load_path(declared).levels(YEARS, context=PathContext(base_year=2020, base_level=base))
    assert levels[-1] == pytest.approx(base + output * rate_ * (1 - displaced) * (1 - counted), rel=1e-11)
    assert (np.diff(levels) >= -1e-9 * levels[-1]).all()


@given(path=growth_paths(), other=growth_paths(), switch=year)
def test_compositions_survive_being_written_and_read(path, other, switch):
    built = (path.then(switch, other) + other).cap(0.4).override([switch], 0.1)
    assert load_path(built.model_dump(exclude_defaults=True)) == built
