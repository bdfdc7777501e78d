from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from haidong_sim.errors import ModelError
from haidong_sim.figures import (
    PlotAccessor,
    draw_illustrations,
    plot_board,
    plot_heatmap,
    plot_shares,
    plot_status_counts,
    plot_tradeoff,
    plot_waterfall,
)
from haidong_sim.figures.canvas import (
    SECTOR_COLOURS,
    STATUS_COLOURS,
    STATUS_MARKERS,
    shorten,
    text_width,
    wrap,
)
from haidong_sim.place import load_registry


def _texts(ax):
    return [text.get_text() for text in ax.texts]


def test_shares_must_add_to_the_whole(frame):
    wrong = frame.copy()
    wrong.loc[(wrong.indicator == "primary_share") & (wrong.year == 2030), "value"] += 0.01
    with pytest.raises(ModelError, match=r"industry shares of 2030 add to 1\.01"):
        plot_shares(wrong)
    with_gap = frame.copy()
    with_gap.loc[(with_gap.indicator == "primary_share") & (with_gap.year == 2031), "value"] = np.nan
    with pytest.raises(ModelError, match="2031"):
        plot_shares(with_gap)


def test_shares_of_many_draws_are_means(frame, one_path):
    frame.loc[(frame.indicator == "primary_share") & (frame.statistic == "median"), "value"] = 0.9
    assert any("Means over all draws" in text for text in _texts(plot_shares(frame)))
    assert any("One path" in text for text in _texts(plot_shares(one_path)))


def test_board_shows_every_assessed_target_and_counts_all(check):
    axes = plot_board(check)
    assert axes.shape == (1, 2)
    listed = " | ".join(_texts(axes[0, 0]))
    for target in ("share20", "double", "mean_growth"):
        assert f"Target {target}" in listed
    assert "Target beds" not in listed
    assert ">999/1,000" in listed
    assert "[29.8–32.2%]" in listed
    assert axes[0, 1].get_title(loc="left") == "All 5 targets"


def test_counts_add_up(check):
    numbers = [int(text) for text in _texts(plot_status_counts(check)) if text.isdigit()]
    # Each target once in the body and once in the totals.
    assert sum(numbers) == 2 * len(check)


def test_board_without_draws_says_so(check):
    check["probability"] = np.nan
    assert any("no probability" in text for text in _texts(plot_board(check)[0, 0]))


def test_waterfall_ends_where_it_adds_up_and_says_when_it_is_cut():
    steps = pd.DataFrame({"name": ["a", "b"], "contribution": [0.02, -0.005]})
    ax = plot_waterfall(steps, start=0.171, unit="fraction", start_name="plan", end_name="trend")
    assert "18.6%" in _texts(ax)
    assert "−0.5 pp" in _texts(ax)
    assert "The axis does not begin at zero." in _texts(ax)


def test_heatmap_writes_each_number_with_its_sign():
    ax = plot_heatmap(pd.DataFrame([[0.5, -1.0], [np.nan, 0.25]], index=["a", "b"], columns=["c", "d"]))
    assert _texts(ax) == ["+0.50", "−1.00", "+0.25"]


def test_tradeoff_needs_its_whole_grid():
    grid = pd.DataFrame({"x": [0.0, 0.0, 1.0], "y": [0.0, 1.0, 0.0], "value": [1.0, 2.0, 3.0]})
    with pytest.raises(ValueError, match="every pair of its grid: 4 pairs, 3 rows"):
        plot_tradeoff(grid, unit="fraction", x_label="x", y_label="y")


def test_illustrations_carry_unit_basis_and_source(frame, check, history):
    drawn = list(draw_illustrations(frame, check=check, history=history))
    assert [item.name for item in drawn][-2:] == ["industry_shares", "target_board"]
    share = next(item for item in drawn if item.name == "gdp_share_of_province")
    assert "percent, at current prices" in share.caption
    assert "Bulletin" in share.caption
    assert all(item.caption and item.title for item in drawn)


def test_accessor_passes_on_what_the_result_knows(frame, check):
    class Result:
        def frame(self):
            return frame

        def check(self):
            return check

        registry = load_registry("haidong")

    plot = PlotAccessor(Result())
    ax = plot.fan("gdp_share_of_province")
    assert any("≥ 20% by 2030" in text for text in _texts(ax))
    assert any(2018 in line.get_xdata() for line in ax.get_lines())
    assert plot.shares().get_ylim() == (0.0, 1.0)
    assert plot.board().shape == (1, 2)
    assert plot.paths(["gdp_growth"]).get_lines()
    assert plot.fans(["gdp_growth", "urbanization_rate"]).shape == (1, 2)
    assert len(list(plot.illustrations())) == 9


# Machado, Oliveira and Fernandes (2009), severity 1.0: how the three kinds of dichromats see linear RGB.
_DICHROMATS = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def _lab(rgb):
    """CIE L*a*b* (D65) of linear RGB."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(
        rgb, 0.0, 1.0
    )
    f = np.cbrt(np.maximum(xyz / [0.9505, 1.0, 1.089], 0.008856))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("kind", list(_DICHROMATS))
def test_industries_differ_for_colour_blind_readers(kind):
    seen = []
    for colour in SECTOR_COLOURS.values():
        srgb = np.array(to_rgb(colour))
        linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
        seen.append(_lab(np.array(_DICHROMATS[kind]) @ linear))
    # 20 units of CIE76 are about ten times what an eye just notices.
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 20


def test_status_has_a_shape_beside_its_colour():
    assert STATUS_COLOURS.keys() == STATUS_MARKERS.keys()
    assert len(set(STATUS_MARKERS.values())) == len(STATUS_MARKERS)


def test_wrapping_counts_chinese_letters_double():
    assert text_width("ab中") == 4
    assert all(text_width(line) <= 10 for line in wrap("区间逐年成立，单条路径可能越出", 10).split("\n"))
    assert not any(line.startswith("，") for line in wrap("区间逐年成立，单条", 12).split("\n"))
    assert wrap("one two three", 8) == "one two\nthree"
    assert shorten("abcdef", 4) == "abc…"
