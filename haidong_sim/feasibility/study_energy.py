"""Whether the computing base, the intensity control and the non-fossil share can hold together.

Pure arithmetic on a small grid: every point of the grid is a draw of the model's own energy equations.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from haidong_sim.errors import Problems, ScenarioError, unknown_name
from haidong_sim.model.energy import advance_energy, compile_energy, initial_energy, results_by_convention
from haidong_sim.model.energy.data_centres import electricity_twh
from haidong_sim.model.energy.supply import capacity_for_generation, generation_twh, required_generation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from haidong_sim.model.arrays import Year
    from haidong_sim.scenario.energy import Controls, EnergySpec
    from haidong_sim.scenario.projects import ComputingBase


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


def break_even_kw_per_rack(
    *, energy_intensity: float, value_added: float, computing: ComputingBase, factor: float
) -> float:
    """Return the kW per rack at which the computing base has the average intensity of the economy.

    Parameters
    ----------
    energy_intensity
        tce per 1e4 CNY of the economy without it.
    value_added
        Of the computing base, 1e8 CNY at base-year prices.
    computing
        Racks, load and power usage effectiveness.
    factor
        1e4 tce per TWh in the accounting of `energy_intensity`.
    """
    per_kw = electricity_twh(
        racks=computing.racks.value,
        kw_per_rack=1.0,
        load=computing.load.value,
        effectiveness=computing.power_usage_effectiveness.value,
    )
    return float(energy_intensity * value_added / (factor * per_kw))


def study_energy(
    spec: EnergySpec,
    computing: ComputingBase,
    *,
    base: Year,
    base_year: int,
    target_year: int,
    share_target: float,
    grid: EnergyGrid | None = None,
) -> pd.DataFrame:
    """Return which of the goals hold in `target_year`, for every point of the grid and every convention.

    The cut is asked for at the pace of `spec.controls` from the base year on. The computing base stands at
    full capacity, adds its value added to GDP and is a line of its own in energy.

    Parameters
    ----------
    spec, computing
        Energy table and computing base of a scenario.
    base
        Value added by sector, `gdp_constant` (1e8 CNY), resident and urban population (1e4) of `base_year`.
    share_target
        Non-fossil share asked for, a fraction.

    Returns
    -------
    pandas.DataFrame
        One row per point and convention: the grid's columns, `computing_electricity`, `missing_generation`
        (TWh; negative: to spare), `missing_capacity` (GW; empty where local capacity does not count),
        `energy_consumption` (1e4 tce), `energy_intensity_cut`, `asked_cut`, `non_fossil_share`, and verdicts
        `intensity_holds`, `share_holds`, `both_hold`.

    Raises ScenarioError if the scenario has no controls, or lacks the technology of the grid.
    """
    grid = grid or EnergyGrid()
    _require_inputs(spec, grid)
    points = pd.DataFrame(
        list(product(grid.gdp_growth, grid.kw_per_rack, grid.extra_decline, grid.added_capacity)),
        columns=["gdp_growth", "kw_per_rack", "extra_decline", "added_capacity"],
    )
    parameters = compile_energy(spec, base=base, base_year=base_year, last_year=target_year)
    hours = spec.supply.technologies[grid.technology].hours.value
    start = {**base, **initial_energy(base, parameters)}
    end, drivers = _future(points, computing, base=base, years=target_year - base_year)
    end |= advance_energy({}, end, drivers, parameters, year=target_year)
    added = generation_twh(points["added_capacity"].to_numpy(), hours, 0.0)
    end["clean_energy_generation"] = end["clean_energy_generation"] + added
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
    frame["asked_cut"] = _asked_cut(spec.controls, years=target_year - base_year)
    return _with_verdicts(frame, hours=hours)


def _require_inputs(spec: EnergySpec, grid: EnergyGrid) -> None:
    problems = Problems("study of energy goals")
    if spec.controls is None:
        problems.add("energy.controls", "the study needs the intensity cut that is asked for")
    if grid.technology not in spec.supply.technologies:
        problems.add("grid.technology", unknown_name("technology", grid.technology, spec.supply.technologies))
    problems.raise_if_any(ScenarioError)


def _with_verdicts(frame: pd.DataFrame, *, hours: float) -> pd.DataFrame:
    missing = pd.Series(capacity_for_generation(frame["missing_generation"], hours=hours))
    frame["missing_capacity"] = missing.where(frame["attribution"] == "production")
    frame["intensity_holds"] = frame["energy_intensity_cut"] >= frame["asked_cut"]
    frame["share_holds"] = frame["missing_generation"] <= 0.0
    frame["both_hold"] = frame["intensity_holds"] & frame["share_holds"]
    return frame


def _asked_cut(controls: Controls | None, *, years: int) -> float:
    """Return the cut over `years` at the pace of the control period; none is asked without controls."""
    if controls is None:
        return 0.0
    span = controls.end_year - controls.start_year
    return float(1.0 - (1.0 - controls.energy_intensity_cut.value) ** (years / span))


def _measures(
    start: Mapping[str, Any], end: Mapping[str, Any], share: float, factor: float
) -> dict[str, Any]:
    return {
        "energy_consumption": end["energy_consumption"],
        "energy_intensity_cut": 1.0 - end["energy_intensity"] / start["energy_intensity"],
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
