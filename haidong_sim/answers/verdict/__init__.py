"""The verdict on targets: how far, how fast, how likely, alone and together."""

from haidong_sim.answers.verdict.course import course
from haidong_sim.answers.verdict.verdict import verdict

__all__ = [
    "course",
    "verdict",
]
