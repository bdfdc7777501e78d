"""Economic scenario simulation of a Chinese prefecture-level city.

The package root is the only place where every layer meets. Names are loaded when they are first used, so that
importing the root costs next to nothing and a run without figures never loads a plotting library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.views import register_view

if TYPE_CHECKING:
    from haidong_sim.answers.attribution import attribute, decompose_carbon, decompose_energy
    from haidong_sim.answers.audit import audit
    from haidong_sim.answers.backcast import backcast, trace_frontier
    from haidong_sim.answers.check import check
    from haidong_sim.answers.comparison import compare
    from haidong_sim.answers.conflicts import conflicts, study_three_way
    from haidong_sim.answers.energy import computing_density, energy_conventions, study_energy
    from haidong_sim.answers.monitoring import monitor
    from haidong_sim.answers.sensitivity import analyze_sensitivity as sensitivity
    from haidong_sim.answers.sensitivity import discover, rank_assumptions, uncertainty_shares
    from haidong_sim.answers.supply import plausibility
    from haidong_sim.answers.verdict import verdict
    from haidong_sim.errors import HaidongSimError
    from haidong_sim.place import load_registry
    from haidong_sim.run import (
        Result,
        attainment_probability,
        load_result,
        merge_results,
        project,
        simulate,
        simulate_many,
        verify_result,
    )
    from haidong_sim.scenario import Scenario, bundled_scenarios, load_scenario

__version__ = "0.1.0"

__all__ = [
    "HaidongSimError",
    "Result",
    "Scenario",
    "__version__",
    "attainment_probability",
    "attribute",
    "audit",
    "backcast",
    "bundled_scenarios",
    "check",
    "compare",
    "computing_density",
    "conflicts",
    "decompose_carbon",
    "decompose_energy",
    "discover",
    "energy_conventions",
    "load_registry",
    "load_result",
    "load_scenario",
    "merge_results",
    "monitor",
    "plausibility",
    "project",
    "rank_assumptions",
    "sensitivity",
    "simulate",
    "simulate_many",
    "study_energy",
    "study_three_way",
    "trace_frontier",
    "uncertainty_shares",
    "verdict",
    "verify_result",
]

# public name -> module that holds it
_HOMES: Final = {
    "HaidongSimError": "haidong_sim.errors",
    "Result": "haidong_sim.run",
    "Scenario": "haidong_sim.scenario",
    "attainment_probability": "haidong_sim.run.conditioning",
    "attribute": "haidong_sim.answers.attribution",
    "audit": "haidong_sim.answers.audit",
    "backcast": "haidong_sim.answers.backcast.backcast",
    "bundled_scenarios": "haidong_sim.scenario",
    "check": "haidong_sim.answers.check",
    "compare": "haidong_sim.answers.comparison",
    "computing_density": "haidong_sim.answers.energy.energy",
    "conflicts": "haidong_sim.answers.conflicts.plan_conflicts",
    "decompose_carbon": "haidong_sim.answers.attribution",
    "decompose_energy": "haidong_sim.answers.attribution",
    "discover": "haidong_sim.answers.sensitivity",
    "energy_conventions": "haidong_sim.answers.energy.energy",
    "load_registry": "haidong_sim.place",
    "load_result": "haidong_sim.run.loading",
    "load_scenario": "haidong_sim.scenario",
    "merge_results": "haidong_sim.run",
    "monitor": "haidong_sim.answers.monitoring",
    "plausibility": "haidong_sim.answers.supply.supply",
    "project": "haidong_sim.run",
    "rank_assumptions": "haidong_sim.answers.sensitivity.assumptions",
    "sensitivity": "haidong_sim.answers.sensitivity",
    "simulate": "haidong_sim.run",
    "simulate_many": "haidong_sim.run",
    "study_energy": "haidong_sim.answers.energy.energy",
    "study_three_way": "haidong_sim.answers.conflicts.three_way",
    "trace_frontier": "haidong_sim.answers.backcast.backcast",
    "uncertainty_shares": "haidong_sim.answers.sensitivity.uncertainty_origins",
    "verdict": "haidong_sim.answers.verdict.verdict",
    "verify_result": "haidong_sim.run.verifying",
}

# public names that differ from those at home
_NAMES: Final = {"sensitivity": "analyze_sensitivity"}

# what a result can be asked -> the module of a room above, and its function
_VIEWS: Final = {
    "save": ("haidong_sim.run.run_files", "save_result"),
    "plot": ("haidong_sim.figures", "PlotAccessor"),
    "assumptions": ("haidong_sim.answers.sensitivity.assumptions", "rank_assumptions"),
    "sensitivity": ("haidong_sim.figures", "plot_sensitivity"),
    "to_iamc": ("haidong_sim.export", "to_iamc"),
    "to_xarray": ("haidong_sim.export", "to_xarray"),
    "to_excel": ("haidong_sim.export", "to_excel"),
    "to_parquet": ("haidong_sim.export", "to_parquet"),
}


def _register(name: str, module: str, function: str) -> None:
    register_view(name, lambda: getattr(import_module(module), function))


for _name, _home in _VIEWS.items():
    _register(_name, *_home)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'haidong_sim' has no attribute '{name}'")
    value = getattr(import_module(_HOMES[name]), _NAMES.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
