"""What every chart owes its caller: global state untouched, given axes used, the unit on the axis."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

import haidong_sim.figures as hp

_INPUTS = pd.DataFrame({"name": ["growth", "drift"], "low": [0.17, 0.18], "high": [0.20, 0.19]})
_STEPS = pd.DataFrame({"name": ["growth", "prices"], "contribution": [0.01, -0.02]})
_GRID = pd.DataFrame(
    [(x, y, x + y, x + y > 0.02) for x in (0.0, 0.01, 0.02) for y in (0.0, 0.01, 0.02)],
    columns=["x", "y", "value", "is_met"],
)
_LINE = pd.DataFrame({"x": [0.0, 0.01], "y": [0.1, 0.9], "ci_low": [0.0, 0.8], "ci_high": [0.2, 1.0]})


def _draw(kind, frame, check, history, ax=None, lang="en"):
    draw = {
        "fan": lambda: hp.plot_fan(
            frame, "gdp_share_of_province", check=check, history=history, ax=ax, lang=lang
        ),
        "shares": lambda: hp.plot_shares(frame, ax=ax, lang=lang),
        "paths": lambda: hp.plot_paths(frame, ax=ax, lang=lang),
        "targets": lambda: hp.plot_targets(check, ax=ax, lang=lang),
        "counts": lambda: hp.plot_status_counts(check, ax=ax, lang=lang),
        "tornado": lambda: hp.plot_tornado(_INPUTS, base=0.185, unit="fraction", ax=ax, lang=lang),
        "heatmap": lambda: hp.plot_heatmap(
            pd.DataFrame([[0.5, -1.0], [np.nan, 0.0]], index=["a", "b"], columns=["c", "d"]), ax=ax, lang=lang
        ),
        "waterfall": lambda: hp.plot_waterfall(
            _STEPS, start=0.171, unit="fraction", start_name="plan", end_name="trend", ax=ax, lang=lang
        ),
        "tradeoff": lambda: hp.plot_tradeoff(
            _GRID, unit="fraction", x_label="drift", y_label="gap", ax=ax, lang=lang
        ),
        "frontier": lambda: hp.plot_frontier(
            _LINE, x_label="effort", y_label="probability", x_unit="fraction per year", ax=ax, lang=lang
        ),
    }
    return draw[kind]()


KINDS = (
    "fan", "shares", "paths", "targets", "counts", "tornado", "heatmap", "waterfall", "tradeoff", "frontier",
)  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_global_state_is_left_alone(kind, lang, frame, check, history):
    mine = plt.figure()
    before = dict(mpl.rcParams)
    ax = _draw(kind, frame, check, history, lang=lang)
    hp.figure_svg(ax)
    assert plt.gcf() is mine
    assert plt.get_fignums() == [mine.number]
    assert dict(mpl.rcParams) == before
    plt.close(mine)


@pytest.mark.parametrize("kind", KINDS)
def test_given_axes_are_used_and_returned(kind, frame, check, history):
    ax = Figure().add_subplot()
    assert _draw(kind, frame, check, history, ax=ax) is ax
    assert ax.get_figure().axes == [ax]


@pytest.mark.parametrize("kind", KINDS)
def test_inputs_are_not_changed(kind, frame, check, history):
    copies = [table.copy() for table in (frame, check, history)]
    _draw(kind, frame, check, history)
    for table, copy in zip((frame, check, history), copies, strict=True):
        pd.testing.assert_frame_equal(table, copy)


def test_unit_and_price_basis_stand_on_the_axis(frame):
    assert hp.plot_fan(frame, "gdp_share_of_province").get_ylabel() == "percent, at current prices"
    assert hp.plot_fan(frame, "disposable_income_urban_current").get_ylabel() == "CNY, at current prices"
    assert "base-year prices" in hp.plot_fan(frame, "energy_intensity").get_ylabel()
    assert hp.plot_shares(frame).get_ylabel() == "percent, at current prices"
    assert hp.plot_paths(frame).get_ylabel() == "percent a year, at base-year prices"


def test_notebook_shows_the_chart_that_is_returned(frame):
    shown = hp.plot_fan(frame, "urbanization_rate")._repr_png_()
    assert shown.startswith(b"\x89PNG")
