"""Energy targets under every convention of counting."""

from haidong_sim.answers.energy.energy import computing_density, energy_conventions, study_energy

__all__ = [
    "computing_density",
    "energy_conventions",
    "study_energy",
]
