"""Splits add up exactly, whatever is split."""

from __future__ import annotations

import hypothesis.extra.numpy as hnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from haidong_sim.answers.attribution import attribute_blocks, decompose_years, lmdi_effects


def test_ten_thousand_random_splits_leave_nothing_even_with_entrants():
    rng = np.random.default_rng(0)
    # Three factors, four components, ten thousand instances; a tenth of the components start or end at zero.
    start, end = np.exp(rng.normal(0, 2, size=(2, 3, 4, 10_000)))
    start[1][rng.random((4, 10_000)) < 0.1] = 0
    end[1][rng.random((4, 10_000)) < 0.1] = 0
    start[2][start[1] == 0] = np.nan
    effects = lmdi_effects(start, end)
    before = np.where(start[1] == 0, 0, np.prod(start, axis=0))
    after = np.prod(end, axis=0)
    residual = after - before - effects.sum(axis=0)
    scale = np.maximum(np.abs(effects).sum(axis=0), np.maximum(before, after))
    assert np.isfinite(effects).all()
    assert (np.abs(residual) < 1e-12 * np.maximum(scale, 1e-300)).all()
    # Over components: relative to the larger total, too.
    total = np.abs(residual.sum(axis=0)) / np.maximum(before.sum(axis=0), after.sum(axis=0)).clip(1e-300)
    assert total.max() < 1e-12


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.float64, (3, 2, 5, 2), elements=st.floats(1e-3, 1e3)))
def test_going_back_undoes_going_forth(values):
    years = np.arange(5)
    factors = {name: np.moveaxis(part, 1, 0) for name, part in zip("abc", values, strict=True)}
    forth = decompose_years(factors, years)
    back = decompose_years({name: part[::-1] for name, part in factors.items()}, years)
    scale = np.abs(forth.effects).sum()
    assert np.allclose(forth.additive, -back.additive, rtol=0, atol=1e-10 * scale + 1e-12)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(np.float64, st.integers(1, 6).map(lambda k: (2**k, 3)), elements=st.floats(-1e6, 1e6)),
)
def test_blocks_add_up_and_idle_blocks_get_nothing(worth):
    count = len(worth).bit_length() - 1
    names = [f"block{number}" for number in range(count)]

    def evaluate(switched):
        return worth[sum(1 << names.index(name) for name in switched if name != "idle")]

    found = attribute_blocks(evaluate, [*names, "idle"])
    assert np.abs(found.contribution[-1]).max() <= 1e-9 * (1 + np.abs(worth).max())
    assert np.abs(found.residual).max() <= 1e-9 * max(np.abs(worth).max(), 1e-300)
