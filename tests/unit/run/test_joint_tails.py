"""A common random scale makes the yearly shocks jointly Student t: a t copula with t margins."""

from __future__ import annotations

import numpy as np
import pytest

import haidong_sim as hs
from haidong_sim.run.block import Variates, deviations
from haidong_sim.run.program import compile_scenario

DRAWS = 65_536


def shocks(changes):
    """First-year shocks of two drivers over their standard deviation, shape (2, draw)."""
    scenario = hs.load_scenario("reference").derive(
        "two drivers",
        {
            "uncertainty.deflator.annual_sd": 0.03,
            "uncertainty.population.annual_sd": 0.004,
            **changes,
        },
    )
    program = compile_scenario(scenario, hs.load_registry("haidong"), sampler="mc", precision="double")
    moved = deviations(program, Variates(program, entropy=6, block=0, draws=DRAWS))
    return np.stack([moved["deflator"][0] / 0.03, moved["population"][0] / 0.004])


def test_variance_and_tails_of_one_driver():
    df = 8.0
    found = shocks({"dependence.degrees_of_freedom": df})
    # Kurtosis of Student t is 3 + 6 / (df - 4); its standard error with df = 8 is near 0.25 at this size.
    assert found.var(axis=1) == pytest.approx(1.0, abs=4 * np.sqrt(3.5 / DRAWS))
    kurtosis = (found**4).mean(axis=1)
    assert kurtosis == pytest.approx(4.5, abs=1.0)


def test_extremes_come_together_without_correlation():
    """Squares of a bivariate t correlate by 1 / (df - 1) although the shocks themselves do not."""
    df = 12.0
    joint = shocks({"dependence.degrees_of_freedom": df})
    apart = shocks({f"uncertainty.{name}.degrees_of_freedom": df for name in ("deflator", "population")})
    error = 4 / np.sqrt(DRAWS)
    assert abs(np.corrcoef(joint)[0, 1]) < error
    assert np.corrcoef(joint**2)[0, 1] == pytest.approx(1 / (df - 1), abs=3 * error)
    assert abs(np.corrcoef(apart**2)[0, 1]) < 3 * error


def test_a_tail_is_a_number_above_two():
    with pytest.raises(hs.HaidongSimError, match=r"dependence\.degrees_of_freedom"):
        hs.load_scenario("plan").derive("none", {"dependence.degrees_of_freedom": 2.0})
