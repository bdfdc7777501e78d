"""One path of energy under every convention: the two controls, which of them binds, the non-fossil share.

What is burnt, used and generated does not depend on how it is counted, so one run answers for all conventions
and, with draws, on the same random numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from haidong_sim.engine.intervals import wilson_1927
from haidong_sim.errors import ScenarioError, public
from haidong_sim.model.energy import check_controls, results_by_convention
from haidong_sim.model.energy.carbon import emissions_by_part
from haidong_sim.model.energy.conventions import attributed_generation
from haidong_sim.model.energy.data_centres import DensityFinding, check_density
from haidong_sim.model.energy.supply import required_generation
from haidong_sim.run.replaying import Replay, replay_years
from haidong_sim.scenario.energy import Controls
from haidong_sim.scenario.schedule import Quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.engine.streams import Rng
    from haidong_sim.model.energy import ControlFinding, EnergyConvention
    from haidong_sim.run.case import RegistrySource, Subject

QUESTIONS: Final = ("energy", "co2", "share")
"""The two controls and the non-fossil share, as the columns `<question>_status` call them."""


@public
def energy_conventions(
    subject: Subject,
    year: int | None = None,
    *,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
) -> pd.DataFrame:
    """Return how the energy goals stand in `year` under each of the 18 conventions, one row each.

    Parameters
    ----------
    subject
        A result, a scenario, a name or a path.
    year
        Year that is judged; that of the non-fossil target if None. The cuts of the control period are asked
        for at its yearly pace, before its end and after it.
    draws
        Futures for the probabilities, one physical balance each for all conventions; None or 0 for none.
    rng, registry
        As in `simulate`.

    Returns
    -------
    pandas.DataFrame
        The convention, `scope`, `is_stated` (the scenario's own), `year`. On the path without shocks:
        `energy_consumption` (1e4 tce), cuts of the two intensities, asked and reached, with `…_status`;
        `binding`, the control with the smaller margin; `non_fossil_share`, `missing_generation` (TWh; below
        zero: to spare), CO2 by part (1e4 t). With draws `<question>_probability`, `_ci_low`, `_ci_high`
        (Wilson, 95%) and `energy_binds`, the part of the draws in which energy is the tighter control.

    Raises
    ------
    ScenarioError
        If `year` is outside the run or no cuts are given.
    """
    replay = replay_years(subject, registry=registry)
    asked_share = share_target(replay)
    controls = controls_of(replay)
    year = _judged_year(replay, controls, year)
    asked = controls_until(controls, year)
    frame = pd.DataFrame(_rows(replay, asked, asked_share[1] if asked_share else np.nan))
    if draws:
        futures = replay_years(subject, draws=draws, rng=rng, registry=registry)
        chances = _chances(futures, asked, asked_share[1] if asked_share else np.nan)
        frame = pd.concat([frame, pd.DataFrame(chances)], axis=1)
    return frame


def controls_of(replay: Replay) -> Controls:
    """Return the cuts asked for: the registry's targets of both intensities, else `[energy.controls]`.

    Raises
    ------
    ScenarioError
        If neither gives them.
    """
    found = {f.indicator: f for f in replay.program.functionals if f.kind == "reduction"}
    energy, carbon = found.get("energy_intensity"), found.get("co2_intensity")
    if energy and carbon and energy.last_year == carbon.last_year:
        return Controls(
            start_year=energy.first_year,
            end_year=energy.last_year,
            energy_intensity_cut=_quantity(energy.threshold or 0.0, energy.target_id),
            carbon_intensity_cut=_quantity(carbon.threshold or 0.0, carbon.target_id),
        )
    if replay.energy_table.controls is None:
        raise ScenarioError(
            f"scenario '{replay.scenario.name}': no cuts of the two intensities are asked for. "
            "Give numbers to their targets under [assumed_targets], or an [energy.controls] table"
        )
    return replay.energy_table.controls


def controls_until(controls: Controls, year: int) -> Controls:
    """Return the cuts asked for by `year` at the yearly pace of the control period."""
    part = (year - controls.start_year) / (controls.end_year - controls.start_year)
    cuts = {
        name: _quantity(1.0 - (1.0 - getattr(controls, name).value) ** part, "at the pace of the period")
        for name in ("energy_intensity_cut", "carbon_intensity_cut")
    }
    return Controls(start_year=controls.start_year, end_year=year, **cuts)


def share_target(replay: Replay) -> tuple[int, float] | None:
    """Return year and value of the registry's first target of the non-fossil share; None if it has none."""
    for target in replay.registry.targets:
        if target.model_indicator == "non_fossil_share" and target.value is not None:
            return target.deadline, target.value
    return None


@public
def computing_density(
    subject: Subject, year: int, *, registry: RegistrySource = None
) -> DensityFinding | None:
    """Return PFLOPS per rack in `year` on the path without shocks against the scenario's benchmark.

    None without a path of computing power or without racks.
    """
    replay = replay_years(subject, registry=registry)
    computing = replay.energy_table.computing
    current = replay.years[year]
    if computing is None or not current.get("data_centre_racks"):
        return None
    return check_density(
        pflops=float(current["computing_power"]),
        racks=float(current["data_centre_racks"]),
        benchmark=computing.benchmark_density.value,
    )


def _judged_year(replay: Replay, controls: Controls, year: int | None) -> int:
    last = max(replay.years)
    if year is None:
        target = share_target(replay)
        return min(target[0], last) if target else last
    if not controls.start_year < year <= last:
        raise ScenarioError(f"year: {year} is outside {controls.start_year + 1} … {last}")
    return year


def _quantity(value: float, source: str) -> Quantity:
    return Quantity(value=value, provenance="derived", source=source)


def _judged(
    replay: Replay, asked: Controls
) -> list[tuple[EnergyConvention, ControlFinding, Mapping[str, Any]]]:
    """Return each convention with its finding about the two controls and its quantities of the year."""
    start, end = replay.years[asked.start_year], replay.years[asked.end_year]
    findings = check_controls(start, end, parameters=replay.energy, controls=asked)
    values = results_by_convention(end, parameters=replay.energy, year=asked.end_year)
    return [(convention, finding, values[convention]) for convention, finding in findings.items()]


def _rows(replay: Replay, asked: Controls, share: float) -> list[dict[str, Any]]:
    rows = []
    factors = replay.energy.at(asked.end_year).factors
    for convention, finding, values in _judged(replay, asked):
        held = float(values["non_fossil_share"])
        missing = required_generation(
            share - held, float(values["energy_consumption"]), factor=factors[convention.accounting]
        )
        rows.append(
            {
                **convention.model_dump(),
                "scope": replay.energy.scope,
                "is_stated": convention == replay.energy_table.convention,
                "year": asked.end_year,
                "energy_consumption": float(values["energy_consumption"]),
                "energy_cut": float(finding.energy_cut),
                "asked_energy_cut": asked.energy_intensity_cut.value,
                "energy_status": _status(finding.energy_margin),
                "co2_cut": float(finding.carbon_cut),
                "asked_co2_cut": asked.carbon_intensity_cut.value,
                "co2_status": _status(finding.carbon_margin),
                "binding": finding.binding,
                "non_fossil_share": held,
                "asked_share": share,
                "share_status": "" if np.isnan(share) else _status(held - share),
                "missing_generation": missing,
                **_emissions(replay, convention, asked.end_year),
            }
        )
    return rows


def _status(margin: Any) -> str:
    return "met" if float(margin) >= 0.0 else "missed"


def _emissions(replay: Replay, convention: EnergyConvention, year: int) -> dict[str, float]:
    """Return CO2 by part, purchased power included whatever the scope of the total."""
    current, numbers = replay.years[year], replay.energy.at(year)
    electricity = current["electricity_consumption"]
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
        scope="with_purchased_power",
    )
    return {f"co2_{part}": float(parts.get(part, 0.0)) for part in ("fuel", "process", "purchased_power")}


def _chances(futures: Replay, asked: Controls, share: float) -> list[dict[str, Any]]:
    rows = []
    for _, finding, values in _judged(futures, asked):
        margins = {
            "energy": finding.energy_margin,
            "co2": finding.carbon_margin,
            "share": np.asarray(values["non_fossil_share"]) - share,
        }
        row: dict[str, Any] = {}
        for question in QUESTIONS if np.isfinite(share) else QUESTIONS[:2]:
            margin = np.asarray(margins[question])
            interval = wilson_1927(np.count_nonzero(margin >= 0.0), margin.size)
            row |= {
                f"{question}_probability": float(interval.probability),
                f"{question}_ci_low": float(interval.low),
                f"{question}_ci_high": float(interval.high),
            }
        rows.append(row | {"energy_binds": finding.energy_binds, "draws": np.asarray(margins["energy"]).size})
    return rows
