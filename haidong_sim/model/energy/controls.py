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
    from haidong_sim.scenario.energy import Controls, EnergyConvention


def allowed_energy_growth(gdp_growth: Any, *, cut: float, years: int) -> Any:
    """Return the yearly growth of energy that a cut of intensity by `cut` over `years` leaves room for.

    Parameters
    ----------
    gdp_growth
        Yearly real growth, a fraction.
    cut
        Cut over the whole period, 0.135 for −13.5%.
    years
        Length of the period.
    """
    return (1.0 + gdp_growth) * (1.0 - cut) ** (1.0 / years) - 1.0


def intensity_cut(*, start: Any, end: Any, volume_ratio: Any) -> Any:
    """Return the official cut, 1 − (end/start)/(real GDP ratio): growth chains, so the price base cancels."""
    return 1.0 - end / start / volume_ratio


def backed_out_energy(*, change: float, intensity_factor: float, volume_factor: float) -> tuple[float, float]:
    """Return total energy before and after, from its published change and intensity change.

    E₁ − E₀ = change and E₁/E₀ = intensity_factor·volume_factor, so E₀ = change/(product − 1).
    """
    before = change / (intensity_factor * volume_factor - 1.0)
    return before, before + change


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
