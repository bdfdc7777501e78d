"""Energy targets under every convention of counting, and what meeting them would take."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from haidong_sim.engine import wilson_1927
from haidong_sim.errors import Problems, ScenarioError, public, unknown_name
from haidong_sim.model.energy import (
    DensityFinding,
    advance_energy,
    attributed_generation,
    capacity_for_generation,
    check_controls,
    check_density,
    compile_energy,
    electricity_twh,
    emissions_by_part,
    generation_twh,
    initial_energy,
    required_generation,
    results_by_convention,
)
from haidong_sim.run import Replay, replay_years
from haidong_sim.scenario import ComputingBase, Controls, Quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from haidong_sim.engine import Rng
    from haidong_sim.model import Year
    from haidong_sim.model.energy import ControlFinding, EnergyConvention
    from haidong_sim.run import RegistrySource, Subject
    from haidong_sim.scenario import EnergySpec

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
    asked_share = non_fossil_goal(replay)
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


def non_fossil_goal(replay: Replay) -> tuple[int, float] | None:
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
        target = non_fossil_goal(replay)
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


@dataclass(frozen=True, kw_only=True)
class EnergyGrid:
    """What the study varies: real growth, computing power per rack, efficiency, and clean capacity.

    `gdp_growth` is a yearly rate common to the sectors, `extra_decline` a yearly decline of every intensity
    beyond the scenario's, `added_capacity` GW beyond the scenario's, of the technology `technology`. A
    `kw_per_rack` of zero is the future without the computing base.
    """

    gdp_growth: tuple[float, ...] = (0.04, 0.05, 0.06)
    kw_per_rack: tuple[float, ...] = (0.0, 2.5, 6.0, 10.0, 20.0)
    extra_decline: tuple[float, ...] = (0.0, 0.01)
    added_capacity: tuple[float, ...] = (0.0, 1.0, 2.0)
    technology: str = "pv"


@public
def study_energy(
    subject: Subject,
    *,
    target_year: int | None = None,
    grid: EnergyGrid | None = None,
    registry: RegistrySource = None,
) -> pd.DataFrame:
    """Return whether the goals of a scenario with a computing base hold together: `study_energy_grid` for it.

    Parameters
    ----------
    subject
        A scenario with one computing base among its projects, such as "parks", or a result of it. Its energy
        table and base year are taken; growth is that of the grid.
    target_year
        Year that is judged; that of the non-fossil target if None.

    Raises
    ------
    ScenarioError
        If the scenario has no computing base or more than one, no cuts are asked for, or no share.
    """
    replay = replay_years(subject, registry=registry)
    target = non_fossil_goal(replay)
    if target is None:
        raise ScenarioError("the registry has no target of the non-fossil share")
    return study_energy_grid(
        replay.energy_table,
        computing_base_of(replay),
        base=replay.years[replay.program.base_year],
        base_year=replay.program.base_year,
        target_year=target_year or target[0],
        share_target=target[1],
        controls=controls_of(replay),
        grid=grid,
    )


def computing_base_of(replay: Replay) -> ComputingBase:
    """Return the computing base of a scenario.

    Raises
    ------
    ScenarioError
        If it has none, or more than one.
    """
    projects = replay.program.projects.projects
    found = {name: item for name, item in projects.items() if isinstance(item, ComputingBase)}
    if len(found) != 1:
        raise ScenarioError(
            f"scenario '{replay.scenario.name}': the study needs one computing base among the projects, "
            f"there are {len(found)}. Name one in shipped_projects, or give a table [projects.<id>]"
        )
    return next(iter(found.values()))


def study_energy_grid(
    spec: EnergySpec,
    computing: ComputingBase,
    *,
    base: Year,
    base_year: int,
    target_year: int,
    share_target: float,
    controls: Controls | None = None,
    grid: EnergyGrid | None = None,
) -> pd.DataFrame:
    """Return which of the goals hold in `target_year`, for every point of the grid and every convention.

    The cuts are asked for at the pace of `controls` (those of `spec` if None) from the base year on. The base
    stands at full capacity, adds its value added to GDP and is a line of its own in energy.

    Parameters
    ----------
    base
        Value added by sector, `gdp_constant` (1e8 CNY), resident and urban population (1e4) of `base_year`.
    share_target
        Non-fossil share asked for, a fraction.

    Returns
    -------
    pandas.DataFrame
        One row per point and convention: the grid's columns, `computing_electricity`, `missing_generation`
        (TWh; below zero: to spare), `missing_capacity` (GW; empty where local capacity does not count),
        `energy_consumption` (1e4 tce), `energy_intensity_cut`, `asked_cut`, `co2_intensity_cut`,
        `asked_co2_cut`, `non_fossil_share`, and verdicts `intensity_holds`, `co2_holds`, `share_holds`,
        `both_hold` (energy intensity and share).

    Raises ScenarioError if there are no controls, or the technology of the grid is missing.
    """
    grid = grid or EnergyGrid()
    controls = _require_inputs(spec, controls or spec.controls, grid)
    points = pd.DataFrame(
        list(product(grid.gdp_growth, grid.kw_per_rack, grid.extra_decline, grid.added_capacity)),
        columns=["gdp_growth", "kw_per_rack", "extra_decline", "added_capacity"],
    )
    parameters = compile_energy(spec, base=base, base_year=base_year, last_year=target_year)
    start = {**base, **initial_energy(base, parameters)}
    end, drivers = _future(points, computing, base=base, years=target_year - base_year)
    end |= advance_energy({}, end, drivers, parameters, year=target_year)
    hours = spec.supply.technologies[grid.technology].hours.value
    end["clean_energy_generation"] += generation_twh(points["added_capacity"].to_numpy(), hours, 0.0)
    points["computing_electricity"] = drivers["project_electricity"]

    before = results_by_convention(start, parameters=parameters, year=base_year)
    after = results_by_convention(end, parameters=parameters, year=target_year)
    factors = parameters.at(target_year).factors
    frame = pd.concat(
        [
            points.assign(
                **convention.model_dump(),
                **_measures(before[convention], values, share_target, factors[convention.accounting]),
            )
            for convention, values in after.items()
        ],
        ignore_index=True,
    )
    asked = controls_until(controls, target_year - base_year + controls.start_year)
    return _with_verdicts(frame, asked, hours=hours)


def _require_inputs(spec: EnergySpec, controls: Controls | None, grid: EnergyGrid) -> Controls:
    problems = Problems("study of energy goals")
    if controls is None:
        problems.add("energy.controls", "the study needs the intensity cut that is asked for")
    if grid.technology not in spec.supply.technologies:
        problems.add("grid.technology", unknown_name("technology", grid.technology, spec.supply.technologies))
    problems.raise_if_any(ScenarioError)
    assert controls is not None
    return controls


def _with_verdicts(frame: pd.DataFrame, asked: Controls, *, hours: float) -> pd.DataFrame:
    frame["asked_cut"] = asked.energy_intensity_cut.value
    frame["asked_co2_cut"] = asked.carbon_intensity_cut.value
    missing = pd.Series(capacity_for_generation(frame["missing_generation"], hours=hours))
    frame["missing_capacity"] = missing.where(frame["attribution"] == "production")
    frame["intensity_holds"] = frame["energy_intensity_cut"] >= frame["asked_cut"]
    frame["co2_holds"] = frame["co2_intensity_cut"] >= frame["asked_co2_cut"]
    frame["share_holds"] = frame["missing_generation"] <= 0.0
    frame["both_hold"] = frame["intensity_holds"] & frame["share_holds"]
    return frame


def _measures(
    start: Mapping[str, Any], end: Mapping[str, Any], share: float, factor: float
) -> dict[str, Any]:
    return {
        "energy_consumption": end["energy_consumption"],
        "energy_intensity_cut": 1.0 - end["energy_intensity"] / start["energy_intensity"],
        "co2_intensity_cut": 1.0 - end["co2_intensity"] / start["co2_intensity"],
        "non_fossil_share": end["non_fossil_share"],
        "missing_generation": required_generation(
            share - end["non_fossil_share"], end["energy_consumption"], factor=factor
        ),
    }


def _future(
    points: pd.DataFrame, computing: ComputingBase, *, base: Year, years: int
) -> tuple[dict[str, Any], dict[str, NDArray[np.float64]]]:
    """Return the economy of the target year and the energy drivers, one entry per point."""
    growth = (1.0 + points["gdp_growth"].to_numpy()) ** years
    is_built = points["kw_per_rack"].to_numpy() > 0.0
    rate = computing.value_added_rate.value
    own = np.where(is_built, computing.gross_output_at_capacity() * rate, 0.0)
    net = own * (1.0 - computing.displacement.value)
    economy = {
        name: base[name] * growth for name in base if name.startswith(("value_added_", "gdp_constant"))
    }
    for name in (f"value_added_{computing.sector}_constant", "gdp_constant"):
        economy[name] = economy[name] + net
    economy["resident_population"] = np.full_like(growth, base["resident_population"])
    economy["urban_population"] = np.full_like(growth, base["urban_population"])
    drivers = {
        "energy_intensity": (1.0 - points["extra_decline"].to_numpy()) ** years,
        "project_electricity": electricity_twh(
            racks=computing.racks.value,
            kw_per_rack=points["kw_per_rack"].to_numpy(),
            load=computing.load.value,
            effectiveness=computing.power_usage_effectiveness.value,
        ),
        f"project_metered_{computing.sector}": own,
    }
    return economy, drivers
