"""The accounting identities of a whole run, asked on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from haidong_sim.ensemble.block import Variates, project_block
from haidong_sim.ensemble.replaying import program_with_users
from haidong_sim.model.audit import Finding, audit_year

if TYPE_CHECKING:
    from pathlib import Path

    from haidong_sim.ensemble.program import Program
    from haidong_sim.ensemble.result import Result
    from haidong_sim.ensemble.streams import Rng
    from haidong_sim.registry import Registry
    from haidong_sim.scenario import Scenario


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
    program, _, entropy = program_with_users(subject, draws=draws, rng=rng, registry=registry)
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
