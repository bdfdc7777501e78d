"""Users of energy that are a line of their own: aluminium, and racks outside any project."""

from __future__ import annotations

from typing import Final

from pydantic import model_validator

from haidong_sim.scenario.schedule import (
    Quantity,
    Schedule,
    Table,
    bound_problems,
    require_bounds,
    require_none,
)

TWH_PER_KW: Final = 8.76e-6
"""One kW through the 8760 hours of a year, in TWh."""


class Aluminium(Table):
    """Electrolytic aluminium, a line taken out of the secondary sector: 1e4 t a year, MWh/t and t CO2/t."""

    output: Schedule
    electricity_per_tonne: Schedule
    process_emissions: Quantity

    @model_validator(mode="after")
    def _bounds(self) -> Aluminium:
        return require_bounds(
            self,
            ("output", self.output, 0.0, 1e5, "1e4 t"),
            ("electricity_per_tonne", self.electricity_per_tonne, 5.0, 30.0, "MWh/t"),
            ("process_emissions", self.process_emissions, 0.0, 20.0, "t/t"),
        )


class Computing(Table):
    """Computing power (PFLOPS), a path of its own: it says nothing about racks or electricity.

    An increase is counted from the level of `increase_since`. `benchmark_density` is PFLOPS per rack of a
    place that is known, which the path over the scenario's racks is compared with.
    """

    power: Schedule
    increase_since: int
    benchmark_density: Quantity

    @model_validator(mode="after")
    def _bounds(self) -> Computing:
        return require_bounds(
            self,
            ("power", self.power, 0.0, 1e9, "PFLOPS"),
            ("benchmark_density", self.benchmark_density, 1e-6, 1e6, "PFLOPS per rack"),
        )


class DataCentres(Table):
    """Racks that no project of the scenario holds, a line taken out of the tertiary sector."""

    racks: Schedule
    kw_per_rack: Schedule | None = None
    load: Schedule
    power_usage_effectiveness: Schedule
    utilization: Schedule

    @model_validator(mode="after")
    def _bounds(self) -> DataCentres:
        return require_none(
            self,
            data_centre_problems(
                self.racks, self.kw_per_rack, self.load, self.power_usage_effectiveness, self.utilization
            ),
        )


def data_centre_problems(
    racks: Quantity,
    kw_per_rack: Quantity | None,
    load: Quantity,
    effectiveness: Quantity,
    utilization: Quantity,
) -> list[str]:
    """Return what is missing or physically impossible in the description of a data centre."""
    if kw_per_rack is None:
        problems = ["racks without kw_per_rack: racks say nothing about power; a standard rack has 2.5 kW"]
    else:
        problems = bound_problems(("kw_per_rack", kw_per_rack, 0.1, 200.0, "kW"))
    return problems + bound_problems(
        ("racks", racks, 0.0, 1e8, "racks"),
        ("load", load, 0.0, 1.0, "(a part of the rated power)"),
        (
            "power_usage_effectiveness",
            effectiveness,
            1.0,
            5.0,
            "(total over IT power; below 1 is impossible)",
        ),
        ("utilization", utilization, 0.0, 1.0, "(a part of the racks)"),
    )
