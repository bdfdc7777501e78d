"""The probability of one target to a wanted error, by the strongest estimator that applies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from threadpoolctl import threadpool_limits

from haidong_sim.errors import ScenarioError, public
from haidong_sim.questions import ask_target
from haidong_sim.run.case import case_of
from haidong_sim.run.conditioning import NotMonotoneError, conditional_chance
from haidong_sim.run.program import compile_scenario
from haidong_sim.run.simulate import simulate
from haidong_sim.run.stopping import plain_draws

if TYPE_CHECKING:
    from haidong_sim.engine.streams import Rng
    from haidong_sim.questions.check import Chance
    from haidong_sim.run.case import RegistrySource, Subject

_MOST_DRAWS: Final = 1 << 24


@public
def attainment_probability(
    subject: Subject,
    target: str,
    *,
    se: float = 1e-3,
    rng: Rng = None,
    registry: RegistrySource = None,
) -> Chance:
    """Return the probability that a scenario meets one target, to a standard error of `se`.

    The direction in which the target is won or lost is integrated out exactly, so that 2048 points do
    what hundreds of thousands of draws would; this holds for rare events too. Where the target does not
    rise along one direction (a band, a minimum over years) draws are counted, and `method` says so.

    Parameters
    ----------
    subject
        A result, a scenario, a name or a path.
    target
        A target's id, or a question such as "gdp_share_of_province@2030>=20%".
    se
        Standard error wanted, as a fraction: 0.001 is a tenth of a percentage point.

    Raises
    ------
    ScenarioError
        If the scenario, the target or `se` is not valid.
    """
    if not 1e-6 <= se < 0.5:
        raise ScenarioError(
            f"se: {se!r} is no standard error of a probability. Allowed: from 0.000001 to 0.5"
        )
    case = case_of(subject, registry=registry, rng=rng)
    functional = ask_target(target, case.registry, case.scenario)
    program = compile_scenario(case.scenario, case.registry, indicators=(), questions=[functional])
    program = replace(program, functionals=(functional,))
    try:
        with threadpool_limits(limits=1):
            return conditional_chance(program, functional, entropy=case.entropy, se=se)
    except NotMonotoneError:
        draws = min(_MOST_DRAWS, max(1 << 14, plain_draws(se)))
        counted = simulate(
            case.scenario, indicators=(), questions=[functional], draws=draws, rng=case.entropy,
            registry=case.registry,
        )  # fmt: skip
        return counted.chances[functional.name]
