"""The accounting identities of a whole run, asked on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from haidong_sim.errors import public
from haidong_sim.model import Finding, audit_year
from haidong_sim.run import Variates, case_of, program_with_users, project_block, require_draws

if TYPE_CHECKING:
    from haidong_sim.engine import Rng
    from haidong_sim.run import Program, RegistrySource, Subject

DEFAULT_DRAWS: Final = 1024


@public
def audit(
    subject: Subject,
    *,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
) -> list[Finding]:
    """Return the accounting identities that a scenario's years violate; none is the expected answer.

    Parameters
    ----------
    subject
        A result, a scenario, a name or a path: the path without shocks and one block of `draws` futures are
        run in double precision.
    draws
        Futures to audit besides the path without shocks, 1024 if None; 0 for the path alone.
    rng
        None, int, SeedSequence or Generator; that of a result if None.

    Raises
    ------
    ScenarioError
        If the scenario is not valid.
    """
    size = require_draws(draws, DEFAULT_DRAWS)
    case = case_of(subject, registry=registry, rng=rng)
    program = program_with_users(case, max(size, 1))
    findings = _audited(program, None)
    if size:
        findings += _audited(program, Variates(program, entropy=case.entropy, block=0, draws=size))
    return findings


def _audited(program: Program, variates: Variates | None) -> list[Finding]:
    findings = []
    previous = program.start
    for year, current in project_block(program, variates):
        findings += audit_year(previous, current, program.parameters, year=year)
        previous = current
    return findings
