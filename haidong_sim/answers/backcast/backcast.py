"""The least change of path that meets targets with given probabilities.

The search meets chance constraints on common draws. These miss a probability by their own sampling error; a
larger run of the path found takes it out of what the search aims at. The answer is told on fresh numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.answers.backcast.chance_search import ChanceSearch
from haidong_sim.answers.backcast.levers import adjusted_scenario, first_free_year, require_question
from haidong_sim.errors import public
from haidong_sim.optimization.solver import UnreachableError
from haidong_sim.questions import ask_target
from haidong_sim.run import simulate
from haidong_sim.run.case import case_of
from haidong_sim.run.common_draws import CommonDraws
from haidong_sim.run.preparing import require_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from haidong_sim.engine.streams import Rng
    from haidong_sim.place import Registry
    from haidong_sim.questions.check import Chance
    from haidong_sim.run.case import Case, RegistrySource, Subject
    from haidong_sim.scenario import Scenario

    Matrix = NDArray[np.float64]

DRAWS: Final = 2**14
_THIN: Final = 2**10
_CORRECTION: Final = 16
"""Draws of the correcting run for each common draw: its error is then a quarter of theirs."""
_SLACK: Final = 0.02
"""A target met this much more often than asked is not what the effort is for; it needs no correction."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Backcast:
    """The least change found.

    Attributes
    ----------
    registry
        The place at which both scenarios were run.
    changes
        Log change added to each lever's median, by driver, shape (year,).
    effort
        Square root of the mean squared change over levers and years, in log points.
    sample_probabilities
        On the common draws of the search; `aims` is what it aimed at there: the probability asked for plus
        the sampling error of these draws, as a larger run shows it.
    verified
        Chances on an independent run of the changed scenario, by target.
    """

    registry: Registry
    scenario: Scenario
    adjusted: Scenario
    asked: Mapping[str, float]
    aims: Mapping[str, float]
    years: NDArray[np.int64]
    changes: Mapping[str, Matrix]
    effort: float
    sample_probabilities: Mapping[str, float]
    verified: Mapping[str, Chance]
    rounds: int

    def frame(self) -> pd.DataFrame:
        """Return the changes, one row a year, one column a lever, in points of growth as fractions."""
        import pandas as pd

        table = {driver: np.expm1(change) for driver, change in self.changes.items()}
        return pd.DataFrame(table, index=pd.Index(self.years, name="year"))

    def __repr__(self) -> str:
        lines = [f"<Backcast of '{self.scenario.name}': effort {100 * self.effort:.2f} points a year"]
        for name, asked in self.asked.items():
            chance = self.verified[name]
            lines.append(
                f"  {name}: asked {asked:.0%}, fresh draws {chance.probability:.1%} "
                f"[{chance.ci_low:.1%}, {chance.ci_high:.1%}]"
            )
        means = ", ".join(f"{d} {100 * float(np.mean(c)):+.2f}" for d, c in self.changes.items())
        return "\n".join([*lines, f"  mean change, points a year: {means}>"])


@public
def backcast(
    subject: Subject,
    targets: Mapping[str, float],
    *,
    levers: Sequence[str],
    bounds: Mapping[str, tuple[float, float]] | None = None,
    since: int | None = None,
    smoothness: float = 10.0,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
) -> Backcast:
    """Return the least change of the levers' paths that meets the targets with the probabilities asked for.

    Parameters
    ----------
    subject
        A result, a scenario, a name or a path.
    targets
        Probability by target id, or by a question such as "gdp_share_of_province@2030>=20%".
    levers
        Drivers whose medians may move, such as "tertiary.growth", "deflator", "population".
    bounds
        Least and greatest log change a year, by lever; ±0.05 where none is given.
    since
        First year that may change; years that the scenario holds as known never do.
    smoothness
        Weight of squared changes from one year to the next beside squared changes themselves.
    draws, rng
        Common draws of the search, 16 384 if None. The verification draws its own.
    registry
        The place; that of the subject if None.

    Raises
    ------
    UnreachableError
        With the best probabilities within the bounds, and the levers there.
    ScenarioError
        If a target, lever or bound is not valid; all problems at once.
    SolverError
        If the search does not settle.
    """
    case = case_of(subject, registry=registry, rng=rng)
    loaded, place, entropy = case.scenario, case.registry, case.entropy
    draws = DRAWS if draws is None else require_count("draws", draws)
    search = _search(case, targets, levers, bounds or {}, since, smoothness=smoothness, draws=draws)
    changes, rounds = search.run(_first_point(search, loaded, place, entropy))
    asked, years = search.asked, search.common.years
    adjusted = adjusted_scenario(loaded, changes, years)
    if search.flatten(changes).any():
        exact = _chances(adjusted, search, place, draws=_CORRECTION * draws, entropy=entropy + 2)
        search = replace(search, asked=_corrected(search, changes, exact))
        changes, more = search.run(search.flatten(changes))
        adjusted = adjusted_scenario(loaded, changes, years)
        rounds += more
    return Backcast(
        registry=place,
        scenario=loaded,
        adjusted=adjusted,
        asked=asked,
        aims=search.asked,
        years=years,
        changes=changes,
        effort=search.effort(changes),
        sample_probabilities=search.probabilities(changes),
        verified=_chances(adjusted, search, place, draws=draws, entropy=entropy + 1),
        rounds=rounds,
    )


@public
def trace_frontier(
    subject: Subject,
    target: str,
    *,
    levers: Sequence[str],
    probabilities: Sequence[float] = tuple(np.linspace(0.05, 0.95, 19)),
    bounds: Mapping[str, tuple[float, float]] | None = None,
    since: int | None = None,
    smoothness: float = 10.0,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
) -> pd.DataFrame:
    """Return the effort that each probability costs: probability, effort and the mean change of each lever.

    Each is the probability on the common draws, all the same along the frontier. One that the bounds exclude
    ends the table; `is_reachable` says so. The other arguments are those of `backcast`.
    """
    import pandas as pd

    case = case_of(subject, registry=registry, rng=rng)
    draws = DRAWS if draws is None else require_count("draws", draws)
    asked = sorted(float(probability) for probability in probabilities)
    base = _search(
        case, {target: asked[0] if asked else 0.5}, levers, bounds or {}, since, smoothness=smoothness,
        draws=draws,
    )  # fmt: skip
    name = base.functionals[0].name
    start, rows = np.zeros(base.size), []
    for probability in asked:
        search = replace(base, asked={name: probability})
        try:
            changes, _ = search.run(start)
        except UnreachableError:
            rows.append({"probability": probability, "is_reachable": False})
            break
        start = search.flatten(changes)
        means = {f"mean_change_{driver}": float(np.mean(change)) for driver, change in changes.items()}
        rows.append(
            {"probability": probability, "is_reachable": True, "effort": search.effort(changes)} | means
        )
    return pd.DataFrame(rows)


def _search(
    case: Case,
    targets: Mapping[str, float],
    levers: Sequence[str],
    bounds: Mapping[str, tuple[float, float]],
    since: int | None,
    *,
    smoothness: float,
    draws: int,
) -> ChanceSearch:
    limits = require_question(targets, levers, bounds)
    loaded, place = case.scenario, case.registry
    first_year = first_free_year(loaded, place.place.base_year, since)
    functionals = [ask_target(name, place, loaded) for name in targets]
    return ChanceSearch(
        common=CommonDraws(loaded, place, functionals, draws=draws, entropy=case.entropy),
        functionals=functionals,
        asked=dict(zip((f.name for f in functionals), targets.values(), strict=True)),
        limits=limits,
        smoothness=smoothness,
        first_year=first_year,
    )


def _first_point(search: ChanceSearch, scenario: Scenario, registry: Registry, entropy: int) -> Matrix:
    """Return where a search on a few draws ends: a start from which the many need two or three rounds."""
    start = np.zeros(search.size)
    if search.common.draws <= _THIN:
        return start
    few = CommonDraws(scenario, registry, search.functionals, draws=_THIN, entropy=entropy)
    try:
        return search.flatten(replace(search, common=few).run(start)[0])
    except UnreachableError:
        # A near miss of the few may still be met by the many.
        return start


def _chances(
    scenario: Scenario, search: ChanceSearch, registry: Registry, *, draws: int, entropy: int
) -> dict[str, Chance]:
    fresh = simulate(
        scenario, draws=draws, rng=entropy, indicators=(), questions=search.functionals, registry=registry,
        progress=False,
    )  # fmt: skip
    return {name: fresh.chances[name] for name in search.asked}


def _corrected(
    search: ChanceSearch, changes: Mapping[str, Matrix], exact: Mapping[str, Chance]
) -> dict[str, float]:
    """Return what to aim at on the common draws so that the probability itself is what was asked."""
    on_sample = search.probabilities(changes)
    aims = {}
    for name, asked in search.asked.items():
        truth = exact[name].probability
        aim = asked if truth > asked + _SLACK else asked + on_sample[name] - truth
        aims[name] = min(max(aim, 1.0 / search.common.draws), 1.0 - 1.0 / search.common.draws)
    return aims
