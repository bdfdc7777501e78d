"""LMDI-I on the two-sector illustration of Ang (2005), doi:10.1016/j.enpol.2003.10.010.

Energy 30 and 20 from activity 10 and 40 becomes 80 and 16 from 40 and 40; effects as computed independently.
"""

from __future__ import annotations

import numpy as np
import pytest

from haidong_sim.attribution import decompose_sectors


def test_two_sector_illustration_additive_and_multiplicative():
    found = decompose_sectors(
        [0, 1], value_added_constant=[[10, 40], [40, 40]], energy_consumption=[[30, 20], [80, 16]]
    )
    assert found.factors == ("activity", "structure", "intensity")
    assert np.allclose(found.additive[:, 0], [32.3846379, 38.2848674, -24.6695053], rtol=0, atol=5e-8)
    assert np.allclose(found.multiplicative[:, 0], [1.5828800, 1.7210198, 0.7048024], rtol=0, atol=5e-8)
    assert found.additive.sum() == pytest.approx(46, abs=1e-12)
    assert found.multiplicative.prod() == pytest.approx(1.92, abs=1e-12)
