"""Energy: demand by user, clean supply, data centres, carbon, and the conventions they are published in."""

from haidong_sim.model.energy.advance import advance_energy, initial_energy
from haidong_sim.model.energy.audit import EnergyFinding, check_energy
from haidong_sim.model.energy.compile import compile_energy
from haidong_sim.model.energy.controls import ControlFinding, check_controls
from haidong_sim.model.energy.conventions import (
    EnergyConvention,
    all_conventions,
    results_by_convention,
)
from haidong_sim.model.energy.demand import computing_links
from haidong_sim.model.energy.parameters import EnergyParameters, EnergyYear

__all__ = [
    "ControlFinding",
    "EnergyConvention",
    "EnergyFinding",
    "EnergyParameters",
    "EnergyYear",
    "advance_energy",
    "all_conventions",
    "check_controls",
    "check_energy",
    "compile_energy",
    "computing_links",
    "initial_energy",
    "results_by_convention",
]
