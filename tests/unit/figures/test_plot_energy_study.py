"""The figure of the energy study shows each outcome by colour and by sign."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from haidong_sim.figures.energy_study import plot_energy_study

SIGNS = {(True, True): "●", (True, False): "I", (False, True): "N", (False, False): "–"}


@pytest.fixture
def study():
    rows = [
        {
            "gdp_growth": growth, "kw_per_rack": power, "extra_decline": decline, "added_capacity": capacity,
            "accounting": "calorific", "attribution": attribution, "control": control,
            "energy_intensity_cut": 0.1 + (0.05 if control == "ex_feedstock_nonfossil" else 0.0),
            "intensity_holds": power < 10, "share_holds": attribution == "production",
        }
        for growth, power, decline, capacity, attribution, control in product(
            (0.04, 0.05), (0.0, 2.5, 10.0), (0.0, 0.01), (0.0, 2.0), ("production", "consumption"),
            ("gross", "ex_feedstock", "ex_feedstock_nonfossil"),
        )
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_square_has_the_sign_of_its_outcome(study, lang):
    axes = plot_energy_study(study, title="t", lang=lang)
    assert axes.shape == (2, 2)
    for ax in axes.ravel():
        signs = [text.get_text() for text in ax.texts if text.get_text() in SIGNS.values()]
        # Two attributions, two controls (one repeats gross and is left out), three powers.
        expected = [
            SIGNS[power < 10, attribution == "production"]
            for attribution in ("production", "consumption")
            for _ in ("gross", "ex_feedstock_nonfossil")
            for power in (0.0, 2.5, 10.0)
        ]
        assert signs == expected
        colours = {
            sign: to_hex(square.get_facecolor()) for sign, square in zip(signs, ax.patches, strict=True)
        }
        assert len(set(colours.values())) == 4
    assert len(axes[0, 0].get_yticklabels()) == 4
    assert [label.get_text() for label in axes[1, 1].get_xticklabels()] == ["0", "2.5", "10"]
    assert len(axes[0, 0].get_figure().legends[0].get_texts()) == 4
