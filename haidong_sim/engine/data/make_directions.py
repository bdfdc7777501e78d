"""Writes `directions.npy`: the leading 16 bits of the Joe-Kuo direction numbers, from those SciPy ships.

Run from the root of a checkout: `python haidong_sim/engine/data/make_directions.py`.
"""

from pathlib import Path

import numpy as np
from scipy.stats import qmc

DIMENSIONS = 1200
BITS = 16

engine = qmc.Sobol(DIMENSIONS, scramble=False, bits=BITS)
# Points come in Gray-code order: point 2^j differs from its predecessor by direction number j alone.
numbers = []
for bit in range(BITS):
    engine.reset()
    if bit:
        engine.fast_forward((1 << bit) - 1)
    pair = np.rint(engine.random(2) * (1 << BITS)).astype(np.uint32)
    numbers.append(pair[1] ^ pair[0])
np.save(Path(__file__).with_name("directions.npy"), np.array(numbers, dtype=np.uint16).T.copy())
