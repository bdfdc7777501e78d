"""The years of a run once more, with everything that the year loop holds and a summary leaves out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from haidong_sim.errors import ScenarioError
from haidong_sim.model.energy import initial_energy
from haidong_sim.run.block import Variates, project_block
from haidong_sim.run.case import case_of
from haidong_sim.run.program import compile_scenario
from haidong_sim.run.simulate import require_draws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.engine import Rng
    from haidong_sim.model.energy import EnergyParameters
    from haidong_sim.place import Registry
    from haidong_sim.run.case import Case, RegistrySource, Subject
    from haidong_sim.run.program import Program
    from haidong_sim.scenario import EnergySpec, Scenario


@dataclass(frozen=True, kw_only=True)
class Replay:
    """All quantities by year, the base year included.

    `years` holds what the year loop holds, floats of the path without shocks or arrays of shape (draw,).
    """

    program: Program
    registry: Registry
    years: Mapping[int, Mapping[str, Any]]

    @property
    def scenario(self) -> Scenario:
        """The scenario that was replayed."""
        return self.program.scenario

    @property
    def energy_table(self) -> EnergySpec:
        """The energy table of the scenario, which a replay always has."""
        assert self.scenario.energy is not None
        return self.scenario.energy

    @property
    def energy(self) -> EnergyParameters:
        """The compiled energy table, lines by user included."""
        return require_energy(self.program)


def require_energy(program: Program) -> EnergyParameters:
    """Return the compiled energy table of a program.

    Raises
    ------
    ScenarioError
        If its scenario has none.
    """
    if program.parameters.energy is None:
        raise ScenarioError(
            f"scenario '{program.scenario.name}' has no energy table: nothing is known of its energy. "
            "Write a table [energy] as the page on energy describes it"
        )
    return program.parameters.energy


def replay_years(
    subject: Subject,
    *,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
) -> Replay:
    """Return every year of a scenario with all quantities, those of each user of energy included.

    Parameters
    ----------
    subject
        A result, a scenario, a name or a path.
    draws
        Futures in one block, in double precision; None or 0 for the path without shocks.
    rng
        None, int, SeedSequence or Generator; that of a result if None.

    Raises
    ------
    ScenarioError
        If the scenario is not valid, or has no energy table.
    """
    size = require_draws(draws)
    case = case_of(subject, registry=registry, rng=rng)
    program = program_with_users(case, max(size, 1))
    variates = Variates(program, entropy=case.entropy, block=0, draws=size) if size else None
    # The compiled base year has no lines by user.
    start = initial_energy(program.start, require_energy(program))
    years: dict[int, Mapping[str, Any]] = {program.base_year: {**program.base_values, **start}}
    years |= dict(project_block(program, variates))
    return Replay(program=program, registry=case.registry, years=years)


def program_with_users(case: Case, draws: int) -> Program:
    """Return a program in double precision with a line for each user of energy."""
    program = compile_scenario(case.scenario, case.registry, draws=draws, precision="double")
    energy = program.parameters.energy
    if energy is not None:
        energy = replace(energy, by_user=True)
    return replace(program, parameters=replace(program.parameters, energy=energy))
