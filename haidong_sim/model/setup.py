"""From a scenario and a registry to the base year's state and the fixed numbers of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from haidong_sim.errors import Problems, ScenarioError, unknown_name
from haidong_sim.model.energy import compile_energy, initial_energy
from haidong_sim.model.parameters import Parameters
from haidong_sim.model.start import start_year
from haidong_sim.scenario.energy import ENERGY_DRIVERS
from haidong_sim.scenario.projects import load_projects

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from haidong_sim.place import Registry
    from haidong_sim.scenario import Scenario
    from haidong_sim.scenario.projects import ComputingBase, Park

REQUIRED_ASSUMPTIONS = (
    "baumol_coefficient",
    "income_elasticity",
    "reconciliation_weight_primary",
    "reconciliation_weight_secondary",
    "reconciliation_weight_tertiary",
)
"""The judgements without which no scenario runs; each is a table with value, range and source."""

_VINTAGES = {"plan": "census", "census": "plan"}


def active_projects(scenario: Scenario) -> dict[str, Park | ComputingBase]:
    """Return the projects that a scenario counts on: those of its place that it names, and its own.

    Raises
    ------
    ScenarioError
        If it names a project that its place does not have.
    """
    shipped = load_projects(scenario.place) if scenario.shipped_projects else {}
    names = list(shipped) if scenario.shipped_projects == ["all"] else scenario.shipped_projects
    problems = Problems(f"scenario '{scenario.name}'")
    for name in names:
        if name not in shipped:
            problems.add("shipped_projects", unknown_name("project", name, ["all", *shipped]))
    problems.raise_if_any(ScenarioError)
    return {name: shipped[name] for name in names} | dict(scenario.projects)


def set_up(
    scenario: Scenario, registry: Registry, years: NDArray[np.int64]
) -> tuple[dict[str, Any], Parameters]:
    """Return the base year and the parameters of `scenario` in the place of `registry`.

    Raises
    ------
    ScenarioError
        If an assumption that the equations need is missing, or the energy table contradicts the place.
    ModelError
        If the registry's baseline is incomplete or inconsistent.
    """
    problems = Problems(f"scenario '{scenario.name}'")
    for name in REQUIRED_ASSUMPTIONS:
        if name not in scenario.assumptions:
            problems.add(f"assumptions.{name}", "is missing; the equations need it")
    # A misspelt judgement would otherwise sit in the file, be listed, and change nothing.
    ids = [target.id for target in registry.targets]
    for table, kind, given, known in (
        ("assumptions", "assumption", scenario.assumptions, REQUIRED_ASSUMPTIONS),
        ("assumed_targets", "target", scenario.assumed_targets, ids),
    ):
        for name in given:
            if name not in known:
                problems.add(f"{table}.{name}", unknown_name(kind, name, known))
    if scenario.energy is None:
        for table in ("paths", "uncertainty", "adjustments"):
            for name in ENERGY_DRIVERS & getattr(scenario, table).keys():
                problems.add(f"{table}.{name}", "changes nothing: the scenario has no energy table")
    problems.raise_if_any(ScenarioError)

    baselines = (registry.baseline(vintage) for vintage in (scenario.baseline, _VINTAGES[scenario.baseline]))
    base, other = ({name: baseline.value(name) for name in baseline} for baseline in baselines)
    start = start_year(base, other)
    base_year = int(years[0]) - 1
    energy = None
    if scenario.energy is not None:
        energy = compile_energy(scenario.energy, base=start, base_year=base_year, last_year=int(years[-1]))
        start |= initial_energy(start, energy)
    conventions = scenario.conventions
    parameters = Parameters(
        base_year=base_year,
        price_base_interval=conventions.price_base_interval if conventions.real_basis == "chained" else None,
        baumol_coefficient=scenario.assumptions["baumol_coefficient"].value,
        income_elasticity=scenario.assumptions["income_elasticity"].value,
        income_basis=conventions.income_basis,
        energy=energy,
    )
    return start, parameters
