"""What growth would have to be made of: labour, capital, productivity."""

from haidong_sim.answers.supply.supply import NEEDED, Plausibility, plausibility

__all__ = [
    "NEEDED",
    "Plausibility",
    "plausibility",
]
