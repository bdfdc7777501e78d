"""The two controls of a plan period, energy and carbon: what they allow, how far the path is, which binds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from haidong_sim.model.energy.conventions import results_by_convention

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.model.arrays import Year
    from haidong_sim.model.energy.parameters import EnergyParameters
    from haidong_sim.scenario import Controls, EnergyConvention


@dataclass(frozen=True, kw_only=True)
class ControlFinding:
    """Both cuts of a period against what is asked, per draw; margins are logs, positive where they hold.

    `binding` is the control with the smaller margin in most draws, `energy_binds` the share of draws in which
    energy is the tighter.
    """

    energy_cut: Any
    carbon_cut: Any
    energy_margin: Any
    carbon_margin: Any
    energy_binds: float
    binding: Literal["energy", "carbon"]


def check_controls(
    start: Year, end: Year, *, parameters: EnergyParameters, controls: Controls
) -> Mapping[EnergyConvention, ControlFinding]:
    """Return for every convention how the two controls stand at the end of their period, and which binds.

    Parameters
    ----------
    start, end
        Physical balance and `gdp_constant` of `controls.start_year` and `controls.end_year`.
    parameters
        Compiled for years that include both.
    controls
        Cuts asked for.
    """
    before = results_by_convention(start, parameters=parameters, year=controls.start_year)
    after = results_by_convention(end, parameters=parameters, year=controls.end_year)
    return {
        convention: _finding(before[convention], values, controls=controls)
        for convention, values in after.items()
    }


def _finding(start: Mapping[str, Any], end: Mapping[str, Any], *, controls: Controls) -> ControlFinding:
    energy_ratio = end["energy_intensity"] / start["energy_intensity"]
    carbon_ratio = end["co2_intensity"] / start["co2_intensity"]
    energy_margin = np.log((1.0 - controls.energy_intensity_cut.value) / energy_ratio)
    carbon_margin = np.log((1.0 - controls.carbon_intensity_cut.value) / carbon_ratio)
    energy_binds = float(np.mean(energy_margin <= carbon_margin))
    return ControlFinding(
        energy_cut=1.0 - energy_ratio,
        carbon_cut=1.0 - carbon_ratio,
        energy_margin=energy_margin,
        carbon_margin=carbon_margin,
        energy_binds=energy_binds,
        binding="energy" if energy_binds >= 0.5 else "carbon",
    )
