"""Why two runs differ: exactly additive splits of a change among factors or blocks of a scenario."""

from __future__ import annotations

from haidong_sim.answers.attribution.energy_users import (
    EnergyDecomposition,
    decompose_carbon,
    decompose_energy,
)
from haidong_sim.answers.attribution.lmdi import (
    Decomposition,
    decompose_kaya,
    decompose_years,
    lmdi_effects,
    logarithmic_mean,
)
from haidong_sim.answers.attribution.scenarios import (
    BlockAttribution,
    attribute,
    attribute_blocks,
    attribute_to_target,
    differing_blocks,
    mix_scenarios,
)

__all__ = [
    "BlockAttribution",
    "Decomposition",
    "EnergyDecomposition",
    "attribute",
    "attribute_blocks",
    "attribute_to_target",
    "decompose_carbon",
    "decompose_energy",
    "decompose_kaya",
    "decompose_years",
    "differing_blocks",
    "lmdi_effects",
    "logarithmic_mean",
    "mix_scenarios",
]
