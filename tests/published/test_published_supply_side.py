"""Supply side of growth: the printed table of required investment, and what an investment share buys.

Equations: Loayza and Pennings, The Long Term Growth Model (World Bank 2022). Parameters of the table:
labour share .5, human capital +.5 percent a year, constant employment; expected values are printed to
two decimals.
"""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.answers.supply.supply import (
    Technology,
    employment_need,
    growth_from_investment,
    implied_tfp_growth,
    required_investment,
)

TABLE = [
    # K/Y, depreciation, growth, investment share at TFP growth of .5, 1.5 and 2.5 percent
    (3.5, 0.06, 0.0410, (0.45, 0.37, 0.30)),
    (3.5, 0.06, 0.0473, (0.49, 0.42, 0.35)),
    (3.5, 0.06, 0.0600, (0.58, 0.51, 0.43)),
    (4.5, 0.06, 0.0410, (0.57, 0.48, 0.39)),
    # 0.4446 to four decimals; a printed 0.45 was rounded twice.
    (4.5, 0.06, 0.0473, (0.63, 0.54, 0.44)),
    (4.5, 0.06, 0.0600, (0.75, 0.65, 0.56)),
    (4.5, 0.096, 0.0410, (0.74, 0.64, 0.55)),
    (4.5, 0.096, 0.0473, (0.79, 0.70, 0.61)),
    (4.5, 0.096, 0.0600, (0.91, 0.82, 0.72)),
    # 0.7846 to four decimals; a printed 0.79 was rounded twice.
    (5.5, 0.096, 0.0410, (0.90, 0.78, 0.67)),
    (5.5, 0.096, 0.0473, (0.97, 0.85, 0.74)),
    (5.5, 0.096, 0.0600, (1.12, 1.00, 0.88)),
]


def technology(ratio, depreciation, **more):
    return Technology(
        labour_share=0.5,
        depreciation=depreciation,
        capital_output_ratio=ratio,
        human_capital_growth=0.005,
        **more,
    )


@pytest.mark.parametrize(("ratio", "depreciation", "growth", "printed"), TABLE)
def test_required_investment_of_the_first_year(ratio, depreciation, growth, printed):
    found = required_investment(
        np.full((1, 3), growth),
        tfp_growth=np.array([[0.005, 0.015, 0.025]]),
        employment_growth=0.0,
        technology=technology(ratio, depreciation),
    )
    assert found.investment_share[0] == pytest.approx(printed, abs=5.001e-3)


@pytest.mark.parametrize(
    ("share", "tfp", "multiple"), [(0.6, 0.015, 1.70), (0.8, 0.015, 2.06), (0.6, 0.025, 2.07)]
)
def test_what_a_constant_investment_share_buys_in_fifteen_years(share, tfp, multiple):
    found = growth_from_investment(
        np.full(15, share), tfp_growth=tfp, employment_growth=0.0, technology=technology(4.5, 0.096)
    )
    assert np.prod(1 + found.growth) == pytest.approx(multiple, abs=5e-3)
    if share == 0.8:
        assert 100 * found.growth[[0, -1]] == pytest.approx([5.83, 4.30], abs=5e-3)


def test_steady_state_is_where_the_forward_model_goes():
    tech = technology(4.5, 0.096)
    # Capital and output grow alike: (1 + g)^.5 = 1.015 (1.005 · 1.002)^.5, K/Y = share / (g + depreciation).
    growth = 1.015**2 * 1.005 * 1.002 - 1
    far = growth_from_investment(
        np.full(400, 0.6), tfp_growth=0.015, employment_growth=0.002, technology=tech
    )
    assert far.growth[-1] == pytest.approx(growth, abs=1e-9)
    assert far.final_capital_output_ratio == pytest.approx(0.6 / (growth + 0.096), abs=1e-7)


def test_growth_is_the_production_function_written_out():
    # One year with levels: Y = A K^.4 (hL)^.6
    tech = Technology(labour_share=0.6, depreciation=0.1, capital_output_ratio=3.0, human_capital_growth=0.01)
    found = growth_from_investment([0.5], tfp_growth=0.02, employment_growth=-0.01, technology=tech)
    y0, k0 = 100.0, 300.0
    a0 = y0 / (k0**0.4)
    k1 = 0.9 * k0 + 0.5 * y0
    y1 = a0 * 1.02 * k1**0.4 * (1.01 * 0.99) ** 0.6
    assert found.growth[0] == pytest.approx(y1 / y0 - 1)
    assert found.final_capital_output_ratio == pytest.approx(k1 / y1)
    assert found.icor[0] == pytest.approx(0.5 / (y1 / y0 - 1))


def test_labour_need():
    assert (1 + employment_need(0.06, 0.05)) * 1.05 == pytest.approx(1.06)


def test_implied_tfp_of_the_plan_is_high_at_a_normal_investment_share():
    found = implied_tfp_growth(
        np.full(15, 0.06), investment_share=0.45, employment_growth=0.0, technology=technology(3.5, 0.06)
    )
    back = required_investment(
        np.full(15, 0.06),
        tfp_growth=found.tfp_growth,
        employment_growth=0.0,
        technology=technology(3.5, 0.06),
    )
    assert back.investment_share == pytest.approx(np.full(15, 0.45), rel=1e-12)
