"""Energy: demand by user, clean supply, data centres, carbon, and the conventions they are published in."""

from haidong_sim.model.energy.advance import advance_energy, initial_energy
from haidong_sim.model.energy.audit import EnergyFinding, check_energy
from haidong_sim.model.energy.compile import compile_energy
from haidong_sim.model.energy.controls import ControlFinding, check_controls
from haidong_sim.model.energy.conventions import (
    EnergyConvention,
    all_conventions,
    attributed_generation,
    emissions_by_part,
    results_by_convention,
)
from haidong_sim.model.energy.demand import DensityFinding, check_density, computing_links, electricity_twh
from haidong_sim.model.energy.parameters import EnergyParameters, EnergyYear
from haidong_sim.model.energy.supply import capacity_for_generation, generation_twh, required_generation

__all__ = [
    "ControlFinding",
    "DensityFinding",
    "EnergyConvention",
    "EnergyFinding",
    "EnergyParameters",
    "EnergyYear",
    "advance_energy",
    "all_conventions",
    "attributed_generation",
    "capacity_for_generation",
    "check_controls",
    "check_density",
    "check_energy",
    "compile_energy",
    "computing_links",
    "electricity_twh",
    "emissions_by_part",
    "generation_twh",
    "initial_energy",
    "required_generation",
    "results_by_convention",
]
