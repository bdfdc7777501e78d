from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from haidong_sim.errors import HaidongSimError, RegistryError
from haidong_sim.figures import plot_fan, plot_fans, plot_paths
from haidong_sim.figures.frames import quantile_bands, statistic_name, take_series, take_targets


def _texts(ax):
    return " | ".join(text.get_text() for text in ax.texts)


def _bands(ax):
    return [item for item in ax.collections if isinstance(item, PolyCollection)]


def test_bands_are_the_quantiles_of_the_frame(frame):
    ax = plot_fan(frame, "gdp_share_of_province")
    outer, inner = (band.get_paths()[0].vertices[:, 1] for band in _bands(ax))
    median_2035 = 0.171 * np.exp(0.006 * 15)
    spread = 0.03 * np.sqrt(15)
    assert outer.max() == pytest.approx(median_2035 * np.exp(1.645 * spread))
    assert inner.max() == pytest.approx(median_2035 * np.exp(0.674 * spread))
    assert {text.get_text() for text in ax.get_legend().get_texts()} >= {"90% of draws", "50% of draws"}


def test_data_stay_in_the_unit_of_the_model(frame):
    ax = plot_fan(frame, "gdp_share_of_province")
    low, high = ax.get_ylim()
    assert 0.0 < low < 0.171 < high < 1.0
    assert ax.yaxis.get_major_formatter().format_ticks([0.12, 0.15]) == ["12%", "15%"]


def test_footnote_says_that_bands_are_pointwise(frame, history):
    text = _texts(plot_fan(frame, "gdp_share_of_province", history=history)).replace("\n", " ")
    assert "each year by itself" in text
    assert "Published points: Bulletin" in text
    assert "low confidence" in text


def test_one_path_has_no_bands_and_says_so(one_path):
    ax = plot_fan(one_path, "gdp_share_of_province")
    assert not _bands(ax)
    assert "no bands" in _texts(ax)


def test_target_marker_stands_at_deadline_and_threshold(frame, check):
    ax = plot_fan(frame, "gdp_share_of_province", check=check)
    places = [
        (line.get_xdata()[0], line.get_ydata()[0]) for line in ax.get_lines() if len(line.get_xdata()) == 1
    ]
    assert (2030, 0.2) in places
    assert "≥ 20% by 2030" in _texts(ax)
    assert "missed" in _texts(ax)


def test_target_on_an_average_is_not_a_level(frame, check):
    # The plan's growth target is a five-year mean of 6.01%; growth in 2025 is 6% e^-0.1.
    assert take_targets(check, take_series(frame, "gdp_growth")).empty


def test_published_points_are_dots_of_the_right_unit_only(frame, history):
    ax = plot_fan(frame, "gdp_share_of_province", history=history, since=1990)
    dots = [line for line in ax.get_lines() if line.get_marker() in {"o", "s"} and len(line.get_xdata()) > 0]
    assert all(line.get_linestyle() == "None" for line in dots)
    assert max(np.max(line.get_ydata()) for line in dots) < 1.0
    hollow = [line for line in dots if line.get_markerfacecolor() == "#ffffff"]
    assert [line.get_xdata().tolist() for line in hollow if len(line.get_xdata())] == [[2021]]


def test_chinese_chart_is_in_chinese(frame, check):
    ax = plot_fan(frame, "gdp_share_of_province", check=check, lang="zh")
    if ax.get_title(loc="left").isascii():
        pytest.skip("no Chinese font on this machine")
    assert ax.get_title(loc="left") == "地区生产总值占全省比重"
    assert "2030 年 ≥ 20%" in _texts(ax)


def test_missing_chinese_font_falls_back_with_one_warning(frame, monkeypatch):
    monkeypatch.setattr("haidong_sim.figures.canvas._chinese_family", lambda: None)
    with pytest.warns(UserWarning, match="no installed font can write Chinese") as caught:
        ax = plot_fan(frame, "gdp_share_of_province", lang="zh")
    assert len(caught) == 1
    assert ax.get_title(loc="left") == "GDP share of the province"


def test_unknown_names_are_met_with_the_nearest(frame):
    with pytest.raises(RegistryError, match="Did you mean 'gdp_share_of_province'"):
        plot_fan(frame, "gdp_share_of_provinz")
    with pytest.raises(RegistryError, match="unknown scenario 'plann'"):
        plot_fan(frame, "gdp_growth", scenario="plann")
    with pytest.raises(RegistryError, match="statistic of 'gdp_growth' 'q01'"):
        plot_fan(frame, "gdp_growth", quantiles=(0.01, 0.5, 0.99))
    with pytest.raises(ValueError, match="unknown language 'fr'"):
        plot_fan(frame, "gdp_growth", lang="fr")


def test_two_scenarios_need_a_name(frame):
    both = pd.concat([frame, frame.assign(scenario="trend")])
    with pytest.raises(RegistryError, match="2 scenarios; name one of plan, trend"):
        plot_fan(both, "gdp_growth")
    assert plot_fan(both, "gdp_growth", scenario="trend")


def test_quantiles_come_in_pairs():
    assert quantile_bands((0.05, 0.25, 0.5, 0.75, 0.95)) == [(0.05, 0.95), (0.25, 0.75)]
    assert statistic_name(0.05) == "q05"
    assert statistic_name(0.5) == "median"
    with pytest.raises(ValueError, match="mirror image"):
        quantile_bands((0.05, 0.5))
    with pytest.raises(ValueError, match="mirror image"):
        quantile_bands((5, 50, 95))


def test_panels_fill_a_grid_and_empty_the_rest(frame, check):
    axes = plot_fans(frame, ["gdp_volume_index", "gdp_share_of_province", "urbanization_rate", "gdp_growth"])
    assert axes.shape == (2, 3)
    assert [ax.axison for ax in axes.ravel()] == [True] * 4 + [False] * 2
    given = Figure().subplots(1, 2)
    assert plot_fans(frame, ["gdp_volume_index", "gdp_growth"], axes=given) is given
    with pytest.raises(ValueError, match="3 indicators need as many axes, not 2"):
        plot_fans(frame, ["gdp_volume_index", "gdp_growth", "urbanization_rate"], axes=given)


def test_paths_refuse_to_mix_units(frame):
    with pytest.raises(HaidongSimError, match="must share unit and price basis"):
        plot_paths(frame, ["gdp_growth", "energy_intensity"])
    assert len(plot_paths(frame).get_lines()) == 3
