"""Contribution bars and waterfalls show the numbers of the decomposition."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from haidong_sim.figures.canvas import usable_language
from haidong_sim.figures.contributions import contribution_label, plot_contributions, plot_decomposition

STEPS = [(2020, 2021, 5.0, 1.0), (2021, 2022, -2.0, 3.0), (2020, 2022, 3.0, 4.0)]


def effects(*, users=False):
    rows = [
        {"factor": name, "from_year": start, "to_year": stop, "effect": value}
        | ({"user": "projects" if name == "structure" else "secondary"} if users else {})
        for start, stop, *values in STEPS
        for name, value in zip(("activity", "structure"), values, strict=True)
    ]
    return pd.DataFrame(rows)


def heights(ax):
    return [(bar.get_y(), bar.get_height()) for bar in ax.patches]


def test_bars_stack_away_from_zero_and_the_dot_is_their_sum():
    ax = plot_contributions(effects())
    assert heights(ax) == [(0.0, 5.0), (0.0, -2.0), (5.0, 1.0), (0.0, 3.0)]
    assert list(ax.lines[0].get_ydata()) == [6.0, 1.0]
    assert list(ax.lines[0].get_xdata()) == [2021, 2022]


def test_a_span_of_one_step_is_shown():
    ax = plot_contributions(effects().iloc[:2])
    assert [bar.get_height() for bar in ax.patches] == [5.0, 1.0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_waterfall_ends_where_the_effects_lead(lang):
    ax = plot_decomposition(effects(users=True), start=100.0, lang=lang)
    bars = heights(ax)
    assert bars[:2] == [(0, 100.0), (0, 107.0)]
    np.testing.assert_allclose([height for _, height in bars[2:]], [3.0, 4.0])
    labels = [text.get_text().replace("\n", " ") for text in ax.get_xticklabels()]
    # Without a Chinese font the labels are in English.
    told = usable_language(lang)
    assert labels == [
        "2020",
        contribution_label("activity", told),
        contribution_label("new_projects", told),
        "2022",
    ]


def test_what_moves_nothing_is_left_out():
    frame = effects()
    frame.loc[frame["factor"] == "structure", "effect"] = 0.0
    ax = plot_contributions(frame)
    assert len(ax.patches) == 2
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["Activity", "Net change"]


def test_a_factor_without_a_word_is_shown_as_written():
    assert contribution_label("new_thing", "zh") == "new thing"
