from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from haidong_sim.errors import OutputError
from haidong_sim.figures import figure_svg, plot_board, plot_fan, write_figure


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_svg_is_well_formed_and_the_same_every_time(lang, frame, check, history):
    def draw():
        return figure_svg(plot_fan(frame, "gdp_share_of_province", check=check, history=history, lang=lang))

    first = draw()
    assert first == draw()
    root = ET.fromstring(first)  # noqa: S314  own output, not a stranger's
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "<dc:date>" not in first
    assert len(first) < 60_000


def test_svg_text_is_text(frame):
    text = figure_svg(plot_fan(frame, "gdp_share_of_province"))
    assert "GDP share of the province" in text


def test_hostile_names_are_escaped(check):
    check.loc[0, "name_en"] = "<script>alert('x')</script> & $x_1$"
    text = figure_svg(plot_board(check)[0, 0])
    ET.fromstring(text)  # noqa: S314  own output, not a stranger's
    assert "<script>" not in text


def test_files_are_written_by_their_ending(frame, tmp_path):
    ax = plot_fan(frame, "gdp_volume_index")
    assert write_figure(ax, tmp_path / "a.svg").read_text(encoding="utf-8") == figure_svg(ax)
    first = write_figure(ax, tmp_path / "a.png").read_bytes()
    assert first.startswith(b"\x89PNG")
    assert write_figure(ax, tmp_path / "b.png").read_bytes() == first
    with pytest.raises(OutputError, match=r"ending '\.gif' is not one of \.svg, \.png"):
        write_figure(ax, tmp_path / "a.gif")
    with pytest.raises(OutputError, match="cannot be written"):
        write_figure(ax, tmp_path / "missing" / "a.svg")
