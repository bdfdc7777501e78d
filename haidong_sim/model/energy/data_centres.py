"""Data centres: electricity from racks, computing power as a path of its own with its density as a check.

Computing power says nothing about electricity until its precision is known: 10 000 PFLOPS are 3 MW or 190 MW
(METHOD 5.4). So racks drive electricity, and PFLOPS per rack is compared with what others have.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from haidong_sim.scenario.large_users import TWH_PER_KW

if TYPE_CHECKING:
    from haidong_sim.scenario.large_users import DataCentres


def electricity_twh(
    *, racks: Any, kw_per_rack: Any, load: Any, effectiveness: Any, utilization: Any = 1.0
) -> Any:
    """Return TWh a year; `load` is the part of rated power drawn, `utilization` the part of racks in use."""
    return racks * utilization * kw_per_rack * load * effectiveness * TWH_PER_KW


def computing_power_in(centres: DataCentres, *, year: int, base_year: int) -> float | None:
    """Return PFLOPS in `year`, or None if the scenario has no path of computing power."""
    return None if centres.computing is None else centres.computing.power.at(year, base_year)


def computing_target(centres: DataCentres, *, base_year: int) -> float:
    """Return the PFLOPS that meet the target: as a total, or the base year's plus the increase.

    Raises
    ------
    ValueError
        If the scenario has no computing power.
    """
    computing = centres.computing
    if computing is None:
        raise ValueError("the scenario has no path of computing power; give [energy.data_centres.computing]")
    base = computing.power.at(base_year, base_year) if computing.reading == "increment" else 0.0
    return base + computing.target.value


@dataclass(frozen=True, kw_only=True)
class AcceleratorSystem:
    """A published computer: rated kW and PFLOPS by precision."""

    name: str
    kw: float
    pflops: dict[str, float]
    source: str


def accelerator_systems(pflops: float, system: AcceleratorSystem, *, precision: str) -> tuple[int, float]:
    """Return how many systems make `pflops` at a precision, and the MW that they are rated for.

    Raises
    ------
    ValueError
        If the system has no figure for the precision; the message lists those it has.
    """
    if precision not in system.pflops:
        raise ValueError(f"{system.name} has no figure for '{precision}'; it has {', '.join(system.pflops)}")
    count = math.ceil(pflops / system.pflops[precision])
    return count, count * system.kw / 1000.0


@dataclass(frozen=True, kw_only=True)
class DensityFinding:
    """PFLOPS per rack against a known place."""

    density: float
    benchmark: float
    ratio: float
    status: Literal["ordinary", "dense", "sparse"]


def check_density(*, pflops: float, racks: float, benchmark: float, tolerance: float = 5.0) -> DensityFinding:
    """Compare PFLOPS per rack with a benchmark: outside a factor `tolerance` it is "dense" or "sparse".

    A dense plan has other hardware in mind than the benchmark, or counts at a lower precision.
    """
    density = pflops / racks
    ratio = density / benchmark
    status: Literal["ordinary", "dense", "sparse"] = "ordinary"
    if ratio > tolerance:
        status = "dense"
    elif ratio < 1.0 / tolerance:
        status = "sparse"
    return DensityFinding(density=density, benchmark=benchmark, ratio=ratio, status=status)
