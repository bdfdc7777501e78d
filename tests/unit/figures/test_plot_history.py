from __future__ import annotations

import pandas as pd
import pytest

import haidong_sim as hs
from haidong_sim.cli import page
from haidong_sim.figures import published_points
from haidong_sim.place import load_registry
from haidong_sim.run import open_saved


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


def test_the_page_of_a_run_gets_the_points_that_a_fan_shows(points, tmp_path, monkeypatch):
    result = hs.project("plan", indicators=["gdp_share_of_province"])
    saved = open_saved(result.save(tmp_path / "run"))
    given = []
    monkeypatch.setattr(
        "haidong_sim.figures.draw_illustrations", lambda _, **options: given.append(options["history"]) or []
    )
    assert list(page._add_figures(saved, None, result.registry, lambda _: None)) == []
    assert len(given) == 2
    for history in given:
        pd.testing.assert_frame_equal(history, points)
    shares = points[points["indicator"] == "gdp_share_of_province"]
    assert {2010, 2015, 2020, 2021} <= set(shares["year"])


def test_a_legend_of_long_names_stays_inside_the_figure():
    result = hs.simulate("plan", draws=512, rng=1, indicators=["gdp_share_of_province"], progress=False)
    ax = result.plot.fan("gdp_share_of_province")
    figure = ax.get_figure(root=True)
    figure.canvas.draw()
    box = ax.get_legend().get_window_extent()
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sum(name.startswith("published, ") for name in names) == 2
    assert box.x1 <= figure.bbox.x1
    assert ax.get_window_extent().width > 0.6 * figure.bbox.width
