from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from haidong_sim.answers.attribution import (
    attribute_blocks,
    decompose_kaya,
    decompose_years,
    lmdi_effects,
    logarithmic_mean,
)
from haidong_sim.errors import EstimationError, ModelError

BLOCKS = ("growth", "prices", "population", "projects")


def outcome(switched):
    growth, prices, people, projects = (1.0 + (name in switched) for name in BLOCKS)
    return np.array([growth * prices / people + projects**2, growth * projects])


def test_blocks_get_their_mean_effect_over_all_orders():
    found = attribute_blocks(outcome, BLOCKS, outcome_names=["share", "gdp"])
    orders = list(permutations(BLOCKS))
    expected = np.zeros((4, 2))
    for order in orders:
        for place, block in enumerate(order):
            gain = outcome(set(order[: place + 1])) - outcome(set(order[:place]))
            expected[BLOCKS.index(block)] += gain / len(orders)
    assert np.allclose(found.contribution[:, :, 0], expected, atol=1e-12)
    table = found.frame()
    assert table.columns[:5].tolist() == ["outcome", "block", "start", "end", "contribution"]
    assert set(table["method"]) == {"Shapley over blocks"}
    assert table[table["outcome"] == "gdp"]["share_of_gap"].sum() == pytest.approx(1)
    growth = table[(table["outcome"] == "gdp") & (table["block"] == "growth")].iloc[0]
    # 1·1 → 2·1 when first, 1·2 → 2·2 when last.
    assert (growth["alone"], growth["last"], growth["contribution"]) == pytest.approx((1, 2, 1.5))


def test_contributions_per_draw_and_of_a_scalar_add_up():
    noise = np.random.default_rng(0).random((2, 50))
    found = attribute_blocks(lambda switched: outcome(switched)[:, None] * (1 + noise), BLOCKS)
    assert found.contribution.shape == (4, 2, 50)
    assert np.abs(found.residual).max() < 1e-12
    scalar = attribute_blocks(len, ["a", "b"])
    assert scalar.contribution.ravel().tolist() == [1, 1]


def test_what_cannot_be_attributed_is_explained():
    with pytest.raises(EstimationError, match="1 to 12 different blocks"):
        attribute_blocks(outcome, ["growth", "growth"])
    with pytest.raises(ModelError, match=r"blocks \['b'\]: 1 of 1 outcomes"):
        attribute_blocks(lambda switched: np.nan if switched == {"b"} else 1.0, ["a", "b"])
    with pytest.raises(EstimationError, match="differ in shape"):
        attribute_blocks(lambda switched: np.zeros(1 + len(switched)), ["a"])
    with pytest.raises(EstimationError, match="2 outcomes were returned, 1 are named"):
        attribute_blocks(outcome, BLOCKS, outcome_names=["share"])


def test_logarithmic_mean_and_its_limits():
    assert logarithmic_mean(2, 1) == pytest.approx(1 / np.log(2), rel=1e-15)
    assert logarithmic_mean(3, 3) == 3
    assert logarithmic_mean(0, 5) == 0
    assert logarithmic_mean(0, 0) == 0
    # Between the geometric and the arithmetic mean, even where both formulas lose their digits.
    close = logarithmic_mean(1 + 1e-9, 1)
    assert np.sqrt(1 + 1e-9) * (1 - 1e-15) <= close <= (1 + 0.5e-9) * (1 + 1e-15)


def test_entrants_go_to_the_factor_that_was_zero():
    # Activity, structure, intensity of a sector that starts from nothing: its intensity was undefined.
    start = np.array([[10.0], [0.0], [np.nan]])
    end = np.array([[12.0], [0.25], [2.0]])
    assert lmdi_effects(start, end)[:, 0].tolist() == [0, 6, 0]
    assert lmdi_effects(end, start)[:, 0].tolist() == [0, -6, 0]
    assert lmdi_effects(start, end, entry=0)[:, 0].tolist() == [6, 0, 0]
    # The same as the limit of ever smaller beginnings.
    nearly = np.array([[10.0], [1e-290], [2.0]])
    assert np.allclose(lmdi_effects(nearly, end)[:, 0], [0, 6, 0], atol=0.01)


def test_chained_years_add_up_and_differ_from_the_ends():
    years = np.arange(2020, 2024)
    people = np.array([100.0, 99, 98, 97])
    gdp = np.array([500.0, 540, 530, 600])
    energy = np.array([60.0, 66, 61, 65])
    carbon = np.array([90.0, 95, 80, 70])
    given = {"resident_population": people, "gdp_constant": gdp}
    given |= {"energy_consumption": energy, "co2_emissions": carbon}
    chained = decompose_kaya(years, **given)
    ends = decompose_kaya(years, chained=False, **given)
    for found in (chained, ends):
        assert found.additive.sum() == pytest.approx(-20, abs=1e-12)
        assert found.multiplicative.prod() == pytest.approx(70 / 90, rel=1e-12)
    assert not np.allclose(chained.additive, ends.additive)
    table = chained.frame()
    assert len(table) == 16
    spans = table.groupby(["from_year", "to_year"])["effect"].sum()
    assert spans.loc[(2020, 2023)] == pytest.approx(-20)
    assert spans.loc[(2021, 2022)] == pytest.approx(-15)
    assert set(table["method"]) == {"LMDI-I, additive"}


def test_lmdi_refuses_negative_factors_and_unknown_entries():
    with pytest.raises(ModelError, match="factor 0: 1 values are negative"):
        lmdi_effects([[-1.0]], [[1.0]])
    with pytest.raises(EstimationError, match="Did you mean 'structure'"):
        decompose_years({"structure": np.ones((2, 1))}, [2020, 2021], entry="strcture")
    with pytest.raises(EstimationError, match="3 years, 2 are named"):
        decompose_years({"a": np.ones((3, 1))}, [2020, 2021])
    with pytest.raises(ModelError, match="use the additive form"):
        _ = decompose_years({"a": np.array([[0.0], [1.0]])}, [2020, 2021]).multiplicative
