"""Data centres: electricity from racks, computing power as a path of its own with its density as a check.

Computing power says nothing about electricity until its precision is known: 10 000 PFLOPS are 3 MW or 190 MW
(METHOD 5.4). So racks drive electricity, and PFLOPS per rack is compared with what others have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from haidong_sim.scenario.large_users import TWH_PER_KW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from haidong_sim.model.energy.parameters import EnergyParameters
    from haidong_sim.place import Target


def electricity_twh(
    *, racks: Any, kw_per_rack: Any, load: Any, effectiveness: Any, utilization: Any = 1.0
) -> Any:
    """Return TWh a year; `load` is the part of rated power drawn, `utilization` the part of racks in use."""
    return racks * utilization * kw_per_rack * load * effectiveness * TWH_PER_KW


def computing_links(parameters: EnergyParameters, targets: Iterable[Target]) -> dict[str, str]:
    """Return the quantity that answers each target of computing power or racks, by target id.

    A level is asked of the total; an amount that accumulates is asked of the increase since the year that the
    scenario counts from. Both readings of one printed number get their verdict. What the energy table does
    not describe has no answer.
    """
    numbers = parameters.years[0]
    links: dict[str, str] = {}
    for target in targets:
        if target.indicator == "computing_power" and numbers.computing_power is not None:
            is_increase = target.functional in {"cumulative", "increase"}
            links[target.id] = "computing_power_increase" if is_increase else "computing_power"
        elif target.indicator == "data_centre_racks" and numbers.racks is not None:
            links[target.id] = "data_centre_racks"
    return links


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
