"""The accounting identities of a whole run, asked on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from haidong_sim.ensemble.block import Variates, project_block
from haidong_sim.ensemble.program import compile_scenario
from haidong_sim.ensemble.replaying import with_users
from haidong_sim.ensemble.result import Result
from haidong_sim.ensemble.streams import resolve_entropy
from haidong_sim.model.audit import Finding, audit_year
from haidong_sim.registry import load_registry
from haidong_sim.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    from pathlib import Path

    from haidong_sim.ensemble.program import Program
    from haidong_sim.ensemble.streams import Rng
    from haidong_sim.registry import Registry


def audit(
    subject: Result | Scenario | str | Path,
    *,
    draws: int = 1024,
    rng: Rng = 0,
    registry: Registry | None = None,
) -> list[Finding]:
    """Return the accounting identities that a scenario's years violate; none is the expected answer.

    Parameters
    ----------
    subject
        A scenario or its name: the median path and one block of `draws` futures are run in double precision.
        Of a result, its scenario, place and entropy are taken.
    draws
        Futures to audit besides the median path; 0 for the path alone.
    rng
        None, int, SeedSequence or Generator; ignored where the result has an entropy.

    Raises
    ------
    ScenarioError
        If the scenario is not valid.
    """
    if isinstance(subject, Result):
        scenario, place = subject.scenario, subject.registry
        entropy = resolve_entropy(rng if subject.entropy is None else subject.entropy)
    else:
        scenario = subject if isinstance(subject, Scenario) else load_scenario(subject)
        place = registry or load_registry(scenario.place)
        entropy = resolve_entropy(rng)
    program = with_users(compile_scenario(scenario, place, draws=max(draws, 1), precision="double"))
    findings = _audited(program, None)
    if draws:
        findings += _audited(program, Variates(program, entropy=entropy, block=0, draws=draws))
    return findings


def _audited(program: Program, variates: Variates | None) -> list[Finding]:
    findings = []
    previous = program.start
    for year, current in project_block(program, variates):
        findings += audit_year(previous, current, program.parameters, year=year)
        previous = current
    return findings
