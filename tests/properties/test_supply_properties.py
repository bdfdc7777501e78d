"""The three questions of the supply side are inverses of each other, for every parameter and draw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidong_sim.answers.supply.supply import (
    Technology,
    growth_from_investment,
    implied_tfp_growth,
    required_investment,
)


@given(
    seed=st.integers(0, 2**32 - 1),
    years=st.integers(1, 12),
    draws=st.integers(1, 4),
    labour_share=st.floats(0.3, 0.8),
    depreciation=st.floats(0.03, 0.12),
    ratio=st.floats(1.5, 6.0),
)
def test_forward_and_both_inverses_agree(seed, years, draws, labour_share, depreciation, ratio):
    rng = np.random.default_rng(seed)
    technology = Technology(
        labour_share=labour_share,
        depreciation=depreciation,
        capital_output_ratio=ratio,
        human_capital_growth=rng.uniform(0, 0.01),
    )
    share = rng.uniform(0.2, 0.9, (years, draws))
    tfp, labour = rng.uniform(-0.01, 0.03, (2, years, draws))
    forward = growth_from_investment(share, tfp_growth=tfp, employment_growth=labour, technology=technology)
    needed = required_investment(
        forward.growth, tfp_growth=tfp, employment_growth=labour, technology=technology
    )
    implied = implied_tfp_growth(
        forward.growth, investment_share=share, employment_growth=labour, technology=technology
    )
    assert needed.investment_share == pytest.approx(share, rel=1e-9)
    assert implied.tfp_growth == pytest.approx(tfp, abs=1e-11)
    for path in (needed, implied):
        assert path.capital_output_ratio == pytest.approx(forward.capital_output_ratio, rel=1e-9)
        assert path.final_capital_output_ratio == pytest.approx(forward.final_capital_output_ratio, rel=1e-9)


@given(seed=st.integers(0, 2**32 - 1))
def test_draws_do_not_see_each_other(seed):
    rng = np.random.default_rng(seed)
    growth = rng.uniform(-0.02, 0.08, (10, 3))
    ratio = rng.uniform(2, 5, 3)

    def one(path, start):
        technology = Technology(labour_share=0.5, depreciation=0.06, capital_output_ratio=start)
        return required_investment(path, tfp_growth=0.01, employment_growth=0.0, technology=technology)

    together = one(growth, ratio)
    for draw in range(3):
        alone = one(growth[:, draw], ratio[draw])
        assert alone.investment_share == pytest.approx(together.investment_share[:, draw], rel=1e-13)
        assert alone.investment_share.shape == (10,)
        assert np.isnan(alone.icor[growth[:, draw] <= 0]).all()
