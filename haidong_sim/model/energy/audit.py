"""Do the energy quantities of a year fit together? Asked on demand and in the tests, never in the loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from haidong_sim.model.energy.conventions import attributed_generation, emissions_by_part

if TYPE_CHECKING:
    from haidong_sim.model.arrays import Year
    from haidong_sim.model.energy.parameters import EnergyParameters, EnergyYear
    from haidong_sim.scenario import Attribution


@dataclass(frozen=True, kw_only=True)
class EnergyFinding:
    """An identity that does not hold: by how much at worst, and in how many draws."""

    identity: str
    year: int
    worst: float
    draws: int


def check_energy(
    current: Year, parameters: EnergyParameters, *, year: int, tolerance: float = 1e-10
) -> list[EnergyFinding]:
    """Return the energy identities that the quantities of `year` violate; none is the expected answer.

    Users sum to the total (where their lines were kept), fuel plus valued electricity is the total, the
    intensities and the non-fossil share give back their totals, CO2 is the sum of its parts. The share is
    positive, and below one unless it counts what is made in the city: an exporter makes more than it uses.

    Parameters
    ----------
    current
        Quantities of the year with `gdp_constant`, shape (draw,).
    parameters
        As given to `advance_energy`.
    year
        Calendar year.
    tolerance
        Relative; 1e-10 for float64, about 1e-5 for float32.
    """
    pairs = _identities(current, parameters, parameters.at(year))
    findings = [_unequal(name, year, left, right, tolerance) for name, (left, right) in pairs.items()]
    findings.append(_outside(current["non_fossil_share"], parameters.convention.attribution, year))
    return [finding for finding in findings if finding is not None]


def _outside(share: Any, attribution: Attribution, year: int) -> EnergyFinding | None:
    values = np.asarray(share)
    most = np.inf if attribution == "production" else 1.0
    inside = (values > 0.0) & (values < most)
    if inside.all():
        return None
    return EnergyFinding(
        identity="0 < non-fossil share" if attribution == "production" else "0 < non-fossil share < 1",
        year=year,
        worst=float(np.max(np.maximum(-values, values - most))),
        draws=int(np.count_nonzero(~inside)),
    )


def _identities(
    current: Year, parameters: EnergyParameters, numbers: EnergyYear
) -> dict[str, tuple[Any, Any]]:
    """Return both sides of every identity by its name, each computed anew from what the year holds."""
    convention = parameters.convention
    energy, electricity = current["energy_consumption"], current["electricity_consumption"]
    attributed = attributed_generation(
        convention.attribution,
        electricity=electricity,
        generation=current["clean_energy_generation"],
        numbers=numbers,
    )
    parts = emissions_by_part(
        fuel=current["energy_non_electric"],
        electricity=electricity,
        attribution=convention.attribution,
        attributed=attributed,
        numbers=numbers,
        scope=parameters.scope,
    )
    emissions, gdp = current["co2_emissions"], current["gdp_constant"]
    factor = numbers.factors[convention.accounting]
    valued = electricity * factor
    clean = attributed * factor + current["energy_non_electric"] * numbers.non_fossil_fuel_share
    pairs = {
        "fuel and electricity = energy": (current["energy_non_electric"] + valued, energy),
        "parts of CO2 = CO2": (sum(parts.values()), emissions),
        "CO2 intensity × GDP = CO2": (current["co2_intensity"] * gdp, emissions),
        "non-fossil share × energy = non-fossil energy": (current["non_fossil_share"] * energy, clean),
    }
    if convention.control == "gross":
        pairs["energy intensity × GDP = energy"] = (current["energy_intensity"] * gdp, energy)
    if parameters.by_user:
        lines = [f"energy_{name}" for name in (*numbers.electric, *numbers.separate_electricity, "projects")]
        pairs["users = energy"] = (sum(current[name] for name in lines if name in current), energy)
    return pairs


def _unequal(identity: str, year: int, left: Any, right: Any, tolerance: float) -> EnergyFinding | None:
    difference = np.abs(np.asarray(left) - np.asarray(right)) / np.maximum(np.abs(np.asarray(right)), 1e-300)
    # A NaN compares false: ask for what holds, so that it counts as a violation.
    violated = ~(difference <= tolerance)
    if not violated.any():
        return None
    return EnergyFinding(
        identity=identity, year=year, worst=float(np.max(difference)), draws=int(np.count_nonzero(violated))
    )
