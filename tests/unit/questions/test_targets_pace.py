"""Margins, rates, break-even years, gaps and milestones against hand computation."""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.errors import FeasibilityError
from haidong_sim.questions.pace import (
    annual_milestones,
    break_even_year,
    catch_up_factor,
    margin,
    off_scale,
    on_scale,
    required_rate,
)


@pytest.mark.parametrize(("scale", "value"), [("log", 2.5), ("logit", 0.171), ("identity", -0.02)])
def test_scales_invert(scale, value):
    assert off_scale(on_scale(value, scale), scale) == pytest.approx(value, rel=1e-14)


def test_scales_refuse_what_has_no_place_on_them():
    with pytest.raises(
        FeasibilityError, match=r"log scale takes positive levels; 2 values are not, such as 0\.0"
    ):
        on_scale([1.0, 0.0, -1.0], "log")
    with pytest.raises(FeasibilityError, match="logit scale takes shares between 0 and 1; 1 values"):
        on_scale([0.5, 20.0], "logit")
    with pytest.raises(FeasibilityError, match="log scale"):
        on_scale(np.nan, "log")


def test_margins_have_the_sign_of_the_target():
    assert margin(2.2, 2.0, direction=1, scale="log") == pytest.approx(np.log(1.1))
    assert margin(2.2, 2.0, direction=-1, scale="log") == pytest.approx(-np.log(1.1))
    assert margin(0.2, 0.171, direction=1, scale="logit") == pytest.approx(0.19226223751)
    assert margin(0.055, 0.06, direction=1, scale="identity") == pytest.approx(-0.005)
    assert margin(0.2, 0.2, direction=1, scale="logit") == 0.0


def test_required_rate_broadcasts_and_refuses_a_past_date():
    assert required_rate([2.0, 4.0], 1.0, years=[1.0, 2.0]) == pytest.approx([1.0, 1.0])
    with pytest.raises(FeasibilityError, match="must lie after the last actual year"):
        required_rate(2.0, 1.0, years=0)


def test_catch_up_factor_at_its_edges():
    required = np.array([0.04, 0.04, 0.04, -0.01, 0.0])
    achieved = np.array([0.02, 0.0, -0.01, 0.02, -0.02])
    assert catch_up_factor(required, achieved).tolist() == [2.0, np.inf, np.inf, 0.0, 0.0]
    assert catch_up_factor(-0.03, -0.02, direction=-1) == pytest.approx(1.5)
    assert catch_up_factor(-0.03, 0.01, direction=-1) == np.inf


def crossing(years, values, threshold, *, direction, scale, drift_years=5):
    """Return when a path first meets a threshold, read from its margins on `scale`."""
    margins = margin(values, threshold, direction=direction, scale=scale)
    return break_even_year(years, margins, drift_years=drift_years)


def test_break_even_inside_the_path_is_log_linear():
    # From 1 to 4 in one year crosses 2 half way on the log scale.
    assert crossing([2020, 2021], [1.0, 4.0], 2.0, direction=1, scale="log") == pytest.approx(2020.5)


def test_break_even_at_a_year_and_at_the_start():
    path = [1.0, 2.0, 3.0]
    assert crossing([2020, 2021, 2022], path, 2.0, direction=1, scale="log") == pytest.approx(2021.0)
    assert crossing([2020, 2021, 2022], path, 1.0, direction=1, scale="log") == 2020.0
    assert crossing([2020, 2021, 2022], path, 5.0, direction=-1, scale="log") == 2020.0


def test_break_even_beyond_the_path_goes_on_at_its_drift():
    years = np.arange(2020, 2031)
    path = 1.02 ** (years - 2020.0)
    found = crossing(years, path, 1.5, direction=1, scale="log")
    assert found == pytest.approx(2020 + np.log(1.5) / np.log(1.02))
    assert crossing(years, path, 1.5, direction=1, scale="log", drift_years=0) == np.inf


def test_break_even_is_never_when_the_drift_leads_nowhere():
    years = np.array([2020, 2021, 2022])
    draws = np.array([[1.0, 1.0, 1.0], [1.0, 0.9, 1.2], [1.0, 0.8, 1.4]])
    found = crossing(years, draws, 2.0, direction=1, scale="log")
    assert found[:2].tolist() == [np.inf, np.inf]
    assert found[2] == pytest.approx(2022 + np.log(2 / 1.4) / (np.log(1.4) / 2))


def test_break_even_keeps_the_draw_axis_and_takes_a_threshold_per_draw():
    years = np.array([2020, 2021])
    draws = np.array([[1.0, 1.0], [2.0, 2.0]])
    found = crossing(years, draws, np.array([2.0, 1.5]), direction=1, scale="identity")
    assert found == pytest.approx([2021.0, 2020.5])
    assert crossing([2020], [[1.0, 3.0]], 2.0, direction=1, scale="log").tolist() == [np.inf, 2020.0]


def test_milestones_are_geometric_logistic_or_follow_a_profile():
    years = [2021, 2022, 2023]
    assert annual_milestones(start=1.0, threshold=8.0, years=years, scale="log") == pytest.approx(
        [2.0, 4.0, 8.0]
    )
    halves = annual_milestones(start=0.42, threshold=0.48, years=np.arange(2021, 2026), scale="logit")
    step = np.diff(np.log([0.42, *halves]) - np.log1p(-np.array([0.42, *halves])))
    assert step == pytest.approx(np.full(5, 0.0485461369), abs=1e-10)
    late = annual_milestones(start=0.0, threshold=1.0, years=years, scale="identity", profile=[0, 1, 3])
    assert late == pytest.approx([0.0, 0.25, 1.0])


@pytest.mark.parametrize("profile", [[1.0, 1.0], [1.0, -1.0, 1.0], [0.0, 0.0, 0.0], [np.nan, 1.0, 1.0]])
def test_unusable_profiles_are_refused(profile):
    with pytest.raises(FeasibilityError, match="expected 3 weights"):
        annual_milestones(start=1.0, threshold=2.0, years=[1, 2, 3], scale="log", profile=profile)
