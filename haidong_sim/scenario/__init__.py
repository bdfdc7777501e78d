"""What if: frozen scenarios, loaded from TOML, validated as wholes, changed by derivation."""

from haidong_sim.scenario.drivers import DRIVERS, Driver
from haidong_sim.scenario.specification import (
    Assumption,
    Conventions,
    Correlation,
    Dependence,
    Event,
    Factor,
    Scenario,
    Text,
    Uncertainty,
    build_scenario,
    bundled_scenarios,
    load_scenario,
    scenario_file,
)

__all__ = [
    "DRIVERS",
    "Assumption",
    "Conventions",
    "Correlation",
    "Dependence",
    "Driver",
    "Event",
    "Factor",
    "Scenario",
    "Text",
    "Uncertainty",
    "build_scenario",
    "bundled_scenarios",
    "load_scenario",
    "scenario_file",
]
