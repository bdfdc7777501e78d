"""LMDI-I on the two-sector illustration of Ang (2005), doi:10.1016/j.enpol.2003.10.010.

Energy 30 and 20 from activity 10 and 40 becomes 80 and 16 from 40 and 40; effects as computed independently.
"""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.answers.attribution import decompose_years


def test_two_sector_illustration_additive_and_multiplicative():
    value, energy = np.array([[10.0, 40.0], [40.0, 40.0]]), np.array([[30.0, 20.0], [80.0, 16.0]])
    activity = value.sum(axis=1, keepdims=True)
    found = decompose_years(
        {"activity": activity, "structure": value / activity, "intensity": energy / value}, [0, 1]
    )
    assert found.factors == ("activity", "structure", "intensity")
    assert np.allclose(found.additive[:, 0], [32.3846379, 38.2848674, -24.6695053], rtol=0, atol=5e-8)
    assert np.allclose(found.multiplicative[:, 0], [1.5828800, 1.7210198, 0.7048024], rtol=0, atol=5e-8)
    assert found.additive.sum() == pytest.approx(46, abs=1e-12)
    assert found.multiplicative.prod() == pytest.approx(1.92, abs=1e-12)
