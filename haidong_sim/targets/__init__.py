"""What is asked of a path: targets as functionals of indicators and years, and what they find."""

from haidong_sim.targets.asking import ask_target
from haidong_sim.targets.compiling import compile_target, functionals_of, is_without_energy
from haidong_sim.targets.functionals import Functional

__all__ = ["Functional", "ask_target", "compile_target", "functionals_of", "is_without_energy"]
