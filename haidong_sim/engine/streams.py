"""Random streams keyed by name: one per (entropy, name of the uncertain quantity, block of draws).

Adding a quantity, reordering blocks or splitting a run over workers therefore moves no number of another.
"""

from __future__ import annotations

import hashlib
from typing import TypeAlias

import numpy as np

from haidong_sim.errors import ScenarioError

Rng: TypeAlias = "int | np.random.SeedSequence | np.random.Generator | None"
"""What the `rng` argument of a public function may be."""


def resolve_entropy(rng: Rng) -> int:
    """Return the integer that fixes every stream of a run.

    None asks the operating system once; the value is kept in the result, so that the run can be repeated.

    Raises
    ------
    ScenarioError
        If `rng` is of another type, or negative.
    """
    if isinstance(rng, bool) or not (
        rng is None or isinstance(rng, int | np.integer | np.random.SeedSequence | np.random.Generator)
    ):
        raise ScenarioError(
            f"rng: {rng!r} is no source of randomness. Allowed: None, a non-negative integer, "
            "numpy.random.SeedSequence or numpy.random.Generator"
        )
    if rng is None:
        return int(np.random.SeedSequence().entropy)  # type: ignore[arg-type]
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**63))
    if isinstance(rng, np.random.SeedSequence):
        low, high = rng.generate_state(2, np.uint64)
        return int(low) | int(high) << 64
    if rng < 0:
        raise ScenarioError(f"rng: {rng} is negative. Allowed: None or an integer from 0")
    return int(rng)


def stream(entropy: int, name: str, block: int) -> np.random.Generator:
    """Return the generator of one uncertain quantity in one block of draws."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    key = (int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little"), block)
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(entropy, spawn_key=key)))
