from __future__ import annotations

import pytest

from haidong_sim.figures import published_points
from haidong_sim.place import load_registry


@pytest.fixture(scope="module")
def points():
    return published_points(load_registry("haidong"))


def _of(points, indicator, year):
    return points[(points["indicator"] == indicator) & (points["year"] == year)]


def test_printed_share_wins_over_a_formed_one(points):
    # The plan prints 17.1 percent for 2020; 514.7 over 3009.8 would give nearly the same.
    assert _of(points, "gdp_share_of_province", 2020)["value"].tolist() == [0.171]


def test_share_is_formed_on_one_level_only(points):
    # 2019: the city has GDP before and after the fourth economic census; 487.73 is the later one.
    row = _of(points, "gdp_share_of_province", 2019)
    assert set(row["vintage"]) <= {"before_4th_economic_census", "after_4th_economic_census"}
    assert row["value"].between(0.1, 0.25).all()


def test_province_stands_under_its_own_name(points):
    assert len(_of(points, "province_gdp_current", 2015))
    assert (points["value"] > 0).all()


def test_no_point_is_counted_twice(points):
    assert not points.duplicated(["indicator", "year", "vintage"]).any()


def test_low_confidence_is_marked_not_dropped(points):
    assert set(points["confidence"]) <= {"low", "medium", "high"}
    assert "low" in set(points["confidence"])
