"""Economic scenario simulation of a Chinese prefecture-level city.

The package root is the only place where every layer meets. Names are loaded when they are first used, so that
importing the root costs next to nothing and a run without figures never loads a plotting library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from haidong_sim.attribution import attribute, decompose_carbon, decompose_energy
    from haidong_sim.ensemble import Result, merge_results, project, simulate, simulate_many
    from haidong_sim.ensemble.attainment import attainment_probability
    from haidong_sim.ensemble.auditing import audit
    from haidong_sim.ensemble.checking import check
    from haidong_sim.ensemble.comparing import compare
    from haidong_sim.ensemble.loading import load_result
    from haidong_sim.ensemble.verifying import verify_result
    from haidong_sim.errors import HaidongSimError
    from haidong_sim.feasibility.backcast import backcast, trace_frontier
    from haidong_sim.feasibility.energy_conventions import computing_density, energy_conventions
    from haidong_sim.feasibility.plan_conflicts import conflicts
    from haidong_sim.feasibility.study_energy import study_energy
    from haidong_sim.feasibility.study_three_way import study_three_way
    from haidong_sim.feasibility.supply_side import plausibility
    from haidong_sim.feasibility.verdict import verdict
    from haidong_sim.monitoring import monitor
    from haidong_sim.registry import load_registry
    from haidong_sim.scenario import Scenario, bundled_scenarios, load_scenario
    from haidong_sim.sensitivity import analyze_sensitivity as sensitivity
    from haidong_sim.sensitivity import discover
    from haidong_sim.sensitivity.assumptions import rank_assumptions
    from haidong_sim.sensitivity.uncertainty_origins import uncertainty_shares

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
    "Result": "haidong_sim.ensemble",
    "Scenario": "haidong_sim.scenario",
    "attainment_probability": "haidong_sim.ensemble.attainment",
    "attribute": "haidong_sim.attribution",
    "audit": "haidong_sim.ensemble.auditing",
    "backcast": "haidong_sim.feasibility.backcast",
    "bundled_scenarios": "haidong_sim.scenario",
    "check": "haidong_sim.ensemble.checking",
    "compare": "haidong_sim.ensemble.comparing",
    "computing_density": "haidong_sim.feasibility.energy_conventions",
    "conflicts": "haidong_sim.feasibility.plan_conflicts",
    "decompose_carbon": "haidong_sim.attribution",
    "decompose_energy": "haidong_sim.attribution",
    "discover": "haidong_sim.sensitivity",
    "energy_conventions": "haidong_sim.feasibility.energy_conventions",
    "load_registry": "haidong_sim.registry",
    "load_result": "haidong_sim.ensemble.loading",
    "load_scenario": "haidong_sim.scenario",
    "merge_results": "haidong_sim.ensemble",
    "monitor": "haidong_sim.monitoring",
    "plausibility": "haidong_sim.feasibility.supply_side",
    "project": "haidong_sim.ensemble",
    "rank_assumptions": "haidong_sim.sensitivity.assumptions",
    "sensitivity": "haidong_sim.sensitivity",
    "simulate": "haidong_sim.ensemble",
    "simulate_many": "haidong_sim.ensemble",
    "study_energy": "haidong_sim.feasibility.study_energy",
    "study_three_way": "haidong_sim.feasibility.study_three_way",
    "trace_frontier": "haidong_sim.feasibility.backcast",
    "uncertainty_shares": "haidong_sim.sensitivity.uncertainty_origins",
    "verdict": "haidong_sim.feasibility.verdict",
    "verify_result": "haidong_sim.ensemble.verifying",
}

# what a result can be asked -> the function of a higher layer that answers
_VIEWS: Final = {
    "plot": ("haidong_sim.plot", "PlotAccessor"),
    "assumptions": ("haidong_sim.sensitivity.assumptions", "rank_assumptions"),
    "sensitivity": ("haidong_sim.plot", "plot_sensitivity"),
    "to_iamc": ("haidong_sim.export", "to_iamc"),
    "to_xarray": ("haidong_sim.export", "to_xarray"),
    "to_excel": ("haidong_sim.export", "to_excel"),
    "to_parquet": ("haidong_sim.export", "to_parquet"),
}


def result_view(name: str) -> Callable[..., Any]:
    """Return the function that answers for a view of a result; its layer is loaded now."""
    module, function = _VIEWS[name]
    view: Callable[..., Any] = getattr(import_module(module), function)
    return view


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'haidong_sim' has no attribute '{name}'")
    home = import_module(_HOMES[name])
    # A package that bears the name itself (hs.sensitivity) can be called and stands for its function.
    value = home if _HOMES[name] == f"{__name__}.{name}" else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
