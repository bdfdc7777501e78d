"""Economic scenario simulation of a Chinese prefecture-level city.

The package root is the only place where every layer meets; importing it loads neither matplotlib nor
statsmodels.
"""

from haidong_sim.ensemble import Result, project, simulate
from haidong_sim.registry import load_registry
from haidong_sim.scenario import Scenario, bundled_scenarios, load_scenario

__version__ = "0.1.0"

__all__ = [
    "Result",
    "Scenario",
    "__version__",
    "bundled_scenarios",
    "load_registry",
    "load_scenario",
    "project",
    "simulate",
]
