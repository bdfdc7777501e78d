"""Any question on any path: margins and verdicts agree, parts make up the whole, a level to reach is met."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidong_sim.questions import KINDS

FIRST, LAST = 2020, 2026
N_DRAWS = 4
HAIR = 1e-5
"""Far above the hair of rounding that a verdict forgives, far below any margin that these paths show."""

LEVELS = hnp.arrays(
    float,
    (2, LAST - FIRST + 1, N_DRAWS),
    elements=st.integers(1, 4000).map(lambda thousandths: thousandths / 1000),
)
THRESHOLDS = st.integers(-500, 4000).map(lambda thousandths: thousandths / 1000)


@st.composite
def questions(draw, kinds=tuple(KINDS)):
    kind = draw(st.sampled_from(kinds))
    direction = draw(st.sampled_from((1, -1, 0)))
    takes = KINDS[kind].takes_reference and (kind == "gap" or draw(st.booleans()))
    threshold = None if takes else draw(THRESHOLDS)
    is_band = direction == 0 and threshold is not None and draw(st.booleans())
    return KINDS[kind](
        target_id="t",
        indicator="x",
        direction=direction,
        threshold=threshold,
        upper=threshold + draw(st.integers(0, 2000)) / 1000 if is_band else None,
        reference="y" if takes or kind == "ratio_to_another" else None,
        first_year=FIRST,
        last_year=draw(st.integers(FIRST + 1, LAST)),
        tolerance=draw(st.sampled_from((0.0, 0.05, 0.3))),
        is_strict=direction != 0 and draw(st.booleans()),
    )


def reader(levels):
    return lambda name, year: levels["xy".index(name), year - FIRST]


@given(questions(), LEVELS)
def test_a_margin_is_not_negative_exactly_where_the_value_is_accepted(question, levels):
    get = reader(levels)
    value, margin = question.value(get), question.margin(get)
    for with_tolerance, granted in ((False, 0.0), (True, question.tolerance)):
        low, high = question.accepted(get, with_tolerance=with_tolerance)
        inside = np.broadcast_to((value >= low) & (value <= high), N_DRAWS)
        met = np.broadcast_to(question.is_met(margin, with_tolerance=with_tolerance), N_DRAWS)
        is_clear = np.abs(margin + granted) > HAIR
        np.testing.assert_array_equal(met[is_clear], inside[is_clear])
        np.testing.assert_array_equal((margin + granted >= 0)[is_clear], inside[is_clear])


@given(questions(), LEVELS)
def test_smooth_parts_are_met_together_exactly_where_the_whole_is(question, levels):
    get = reader(levels)
    whole = question.margin(get)
    parts = question.smooth_parts()
    together = np.min([np.broadcast_to(part.margin(get), N_DRAWS) for part in parts], axis=0)
    np.testing.assert_allclose(whole, together, rtol=1e-9, atol=1e-12)
    assert len({part.name for part in parts}) == len(parts)
    assert all(part.smooth_parts() == (part,) for part in parts)
    assert all(part.requires <= question.requires for part in parts)
    assert all(part.tolerance == question.tolerance for part in parts)


@given(questions(), LEVELS)
def test_a_status_is_what_the_two_verdicts_say(question, levels):
    get = reader(levels[:, :, :1])
    margin = float(np.broadcast_to(question.margin(get), 1)[0])
    exact, granted = (bool(question.is_met(margin, with_tolerance=word)) for word in (False, True))
    assert question.status(margin) == {(True, True): "met", (False, True): "on_the_edge"}.get(
        (exact, granted), "missed"
    )


@given(questions(), LEVELS)
def test_a_question_reads_what_it_says_and_nothing_else(question, levels):
    read = set()

    def get(name, year):
        read.add((name, year))
        return levels["xy".index(name), year - FIRST]

    question.margin(get)
    assert read == question.requires


@given(questions(kinds=("level", "ratio_to_base", "reduction", "mean_growth", "increase")), LEVELS)
def test_the_level_to_reach_just_meets_the_target(question, levels):
    question = replace(question, is_strict=False)
    if question.threshold is not None:
        # Growth below -100% leads nowhere.
        floor = {"mean_growth": -0.9, "reduction": -0.5}.get(question.kind, question.threshold)
        ceiling = 0.9 if question.kind in {"reduction", "mean_growth"} else question.threshold
        number = min(max(question.threshold, floor), ceiling)
        question = replace(question, threshold=number, upper=None)
    base = float(levels[0, 0, 0])
    reference = reader(levels[:, :, :1])

    def before(name, year):
        return base if (name, year) == ("x", FIRST) else float(reference(name, year)[0])

    goal = question.level_to_reach(before)

    def after(name, year):
        return goal if (name, year) == ("x", question.last_year) else before(name, year)

    if question.reference is None:
        assert question.margin(after) == pytest.approx(0.0, abs=1e-9)
        return
    assert question.value(after) == pytest.approx(question.bound(before), abs=1e-9)
