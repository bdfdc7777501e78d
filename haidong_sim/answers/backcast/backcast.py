"""The least change of path that meets targets with given probabilities."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from haidong_sim.errors import Problems, ScenarioError, public, unknown_name
from haidong_sim.optimization import (
    InfeasibleError,
    QuadraticProgram,
    SolverError,
    UnreachableError,
    lawson_hanson,
)
from haidong_sim.questions import ask_target
from haidong_sim.run import Answer, CommonDraws, case_of, require_count, simulate
from haidong_sim.scenario import DRIVERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from haidong_sim.engine import Rng
    from haidong_sim.place import Registry
    from haidong_sim.questions import Chance, Question
    from haidong_sim.run import Case, RegistrySource, Subject
    from haidong_sim.scenario import Scenario

    Matrix = NDArray[np.float64]

BOUND: Final = 0.05
"""Largest change of a lever in a year where none is given: five points of growth."""

_DERIVED: Final = frozenset({"total", "province"})


def lever_names() -> tuple[str, ...]:
    """Return every driver that may be a lever; totals follow from their parts."""
    return tuple(name for name in DRIVERS if name not in _DERIVED)


def require_question(
    targets: Mapping[str, float], levers: Sequence[str], bounds: Mapping[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """Return the limits of each lever by driver, or raise with everything that is wrong.

    A lever may be written with the ending ".growth", as in "tertiary.growth".

    Raises
    ------
    ScenarioError
        For empty lists, numbers that are no probabilities, unknown or repeated levers, and bounds that are no
        rates or exclude the scenario itself.
    """
    problems = Problems("back-cast")
    if not targets:
        problems.add("targets", "none is given; name at least one target and its probability")
    if not levers:
        problems.add("levers", "none is given; name at least one driver that may change")
    for name, probability in targets.items():
        if not 0.0 < probability < 1.0:
            problems.add(f"targets.{name}", f"{probability:g} is not a probability between 0 and 1")
    drivers: dict[str, str] = {}
    for lever in levers:
        driver = lever.removesuffix(".growth")
        if driver not in lever_names():
            problems.add(f"levers.{lever}", unknown_name("lever", driver, lever_names()))
        elif driver in drivers.values():
            problems.add(f"levers.{lever}", "is named twice")
        drivers[lever] = driver
    _note_bounds(bounds, drivers, problems)
    problems.raise_if_any(ScenarioError)
    given = {lever.removesuffix(".growth"): limit for lever, limit in bounds.items()}
    return {driver: given.get(driver, (-BOUND, BOUND)) for driver in drivers.values()}


def first_free_year(scenario: Scenario, base_year: int, since: int | None) -> int:
    """Return the first year whose rates may change: after what is known, and not before `since`.

    Raises
    ------
    ScenarioError
        If `since` lies outside the horizon.
    """
    known = base_year if scenario.known_until is None else scenario.known_until
    if since is not None and not base_year < since <= scenario.horizon:
        raise ScenarioError(f"since: {since} lies outside {base_year + 1} … {scenario.horizon}")
    return max(known + 1, since or 0)


def adjusted_scenario(
    scenario: Scenario, changes: Mapping[str, Matrix], years: NDArray[np.int64]
) -> Scenario:
    """Return the scenario with log changes (year,) added to the medians of its drivers."""
    table: dict[str, Any] = {driver: dict(by_year) for driver, by_year in scenario.adjustments.items()}
    for driver, change in changes.items():
        own = table.setdefault(driver, {})
        for year, value in zip(years.tolist(), change.tolist(), strict=True):
            if value:
                own[year] = own.get(year, 0.0) + value
    kept = {driver: own for driver, own in table.items() if own}
    return scenario.derive(f"{scenario.name} back-cast", {"adjustments": kept})


def _note_bounds(
    bounds: Mapping[str, tuple[float, float]], drivers: Mapping[str, str], problems: Problems
) -> None:
    for lever, (low, high) in bounds.items():
        if lever.removesuffix(".growth") not in drivers.values():
            problems.add(f"bounds.{lever}", unknown_name("lever of this back-cast", lever, drivers))
        elif not (np.isfinite([low, high]).all() and max(abs(low), abs(high)) <= 0.5):
            problems.add(
                f"bounds.{lever}", f"{low:g} … {high:g} are no yearly rates; write 0.02 for two points"
            )
        elif not low <= 0.0 <= high or low == high:
            problems.add(
                f"bounds.{lever}",
                f"{low:g} … {high:g} excludes the scenario itself, which is a change of 0",
            )


_ROUNDS: Final = 20
_STEP: Final = 2e-6
"""A move of a lever below this, in log points a year, is none."""
_LEAD: Final = 1e-7
"""Quantiles are led this far beyond zero, so that the count of draws is met and not missed by one."""


@dataclass(frozen=True, kw_only=True)
class ChanceSearch:
    """Least changes of the levers under which each target is met by the asked part of the common draws.

    `limits` are the least and greatest change a year by driver, in force from `first_year` on; before it
    nothing changes. `smoothness` weighs squared changes from year to year beside squared changes.
    """

    common: CommonDraws
    functionals: Sequence[Question]
    asked: Mapping[str, float]
    limits: Mapping[str, tuple[float, float]]
    smoothness: float
    first_year: int

    @property
    def size(self) -> int:
        """Number of unknowns: levers times years."""
        return len(self.limits) * len(self.common.years)

    def run(self, start: Matrix) -> tuple[dict[str, Matrix], int]:
        """Return the least changes, searched from the point `start` (unknown,), and the rounds they took.

        Raises
        ------
        UnreachableError
            If the bounds exclude a probability; the message has the best ones.
        ScenarioError
            If no target depends on a lever.
        SolverError
            If the search does not settle.
        """
        point = start
        lengths = dict.fromkeys(self.asked, 1.0)
        before: tuple[Matrix, dict[str, float], dict[str, Matrix]] | None = None
        for round_ in range(1, _ROUNDS + 1):
            quantiles = self._quantiles(self.unflatten(point))
            gradients = self._gradients(point)
            if before is not None:
                lengths = _lengths(lengths, before, point, quantiles)
            scaled = {name: lengths[name] * gradient for name, gradient in gradients.items()}
            following = self._solve(point, quantiles, scaled)
            if np.abs(following - point).max() < _STEP and min(quantiles.values()) >= 0.0:
                return self.unflatten(point), round_
            before, point = (point, quantiles, gradients), following
        raise SolverError(
            f"the back-cast did not settle in {_ROUNDS} rounds; the targets answer too unevenly to the levers"
        )

    def effort(self, changes: Mapping[str, Matrix]) -> float:
        """Return the root mean square change, in log points a year."""
        return float(np.sqrt(np.mean(self.flatten(changes) ** 2)))

    def probabilities(self, changes: Mapping[str, Matrix]) -> dict[str, float]:
        """Return the share of the common draws that meet each target."""
        margins = self.common.margins(changes)
        return {f.name: float(np.mean(f.is_met(margins[f.name]))) for f in self.functionals}

    def flatten(self, changes: Mapping[str, Matrix]) -> Matrix:
        """Return the changes as one vector, lever by lever."""
        return np.concatenate([changes[driver] for driver in self.limits])

    def unflatten(self, point: Matrix) -> dict[str, Matrix]:
        """Return the changes by lever."""
        return dict(zip(self.limits, point.reshape(len(self.limits), -1), strict=True))

    def _quantiles(self, changes: Mapping[str, Matrix]) -> dict[str, float]:
        """Return by target the margin that all but the asked part of the draws exceed, tolerance granted."""
        margins = self.common.margins(changes)
        found = {}
        for functional in self.functionals:
            needed = math.ceil(self.asked[functional.name] * self.common.draws)
            rank = self.common.draws - needed
            ordered = np.partition(margins[functional.name], rank)
            found[functional.name] = float(ordered[rank]) + functional.tolerance
        return found

    def _gradients(self, point: Matrix) -> dict[str, Matrix]:
        slopes = self.common.slopes(list(self.limits), self.unflatten(point))
        for driver in self.limits:
            if all(np.abs(slopes[name][driver]).max() < 1e-9 for name in self.asked):
                raise ScenarioError(f"lever '{driver}': none of {', '.join(self.asked)} depends on it")
        return {name: np.concatenate([slopes[name][driver] for driver in self.limits]) for name in self.asked}

    def _solve(
        self, point: Matrix, quantiles: Mapping[str, float], gradients: Mapping[str, Matrix]
    ) -> Matrix:
        n_years = len(self.common.years)
        change = np.diff(np.eye(n_years), axis=0)
        block = np.eye(n_years) + self.smoothness * change.T @ change
        rows = np.array([gradients[name] for name in self.asked])
        sides = rows @ point + _LEAD - np.array([quantiles[name] for name in self.asked])
        low, high = self._bounds()
        free = np.tile(self.common.years >= self.first_year, len(self.limits))
        unit = np.eye(self.size)
        program = QuadraticProgram(
            hessian=np.asarray(np.kron(np.eye(len(self.limits)), block), dtype=np.float64),
            linear=np.zeros(self.size),
            equal=unit[~free],
            equal_side=np.zeros(int((~free).sum())),
            lower=np.concatenate([rows, unit[free], -unit[free]]),
            lower_side=np.concatenate([sides, low[free], -high[free]]),
            names=tuple(f"{driver} {year}" for driver in self.limits for year in self.common.years),
        )
        try:
            return lawson_hanson(program).x
        except InfeasibleError:
            raise UnreachableError(self._best_words(rows)) from None

    def _bounds(self) -> tuple[Matrix, Matrix]:
        n_years = len(self.common.years)
        low = np.repeat([limit[0] for limit in self.limits.values()], n_years)
        return low, np.repeat([limit[1] for limit in self.limits.values()], n_years)

    def _best_words(self, rows: Matrix) -> str:
        """Say how far the bounds reach: each target alone, with every lever at its best bound."""
        low, high = self._bounds()
        free = np.tile(self.common.years >= self.first_year, len(self.limits))
        words = ["the probabilities asked for are out of reach within the bounds of the levers"]
        for row, name in zip(rows, self.asked, strict=True):
            best = self.probabilities(self.unflatten(np.where(free, np.where(row > 0, high, low), 0.0)))[name]
            words.append(
                f"  {name}: asked {self.asked[name]:.1%}, at most {best:.1%} alone, with "
                + ", ".join(f"{d} at {self._bound_words(d, row)}" for d in self.limits)
            )
        return "\n".join(words)

    def _bound_words(self, driver: str, row: Matrix) -> str:
        own = self.unflatten(row)[driver]
        chosen = self.limits[driver][1] if own.sum() > 0 else self.limits[driver][0]
        return f"{100 * chosen:+.1f} points a year from {max(self.first_year, int(self.common.years[0]))} on"


def _lengths(
    lengths: Mapping[str, float],
    before: tuple[Matrix, Mapping[str, float], Mapping[str, Matrix]],
    point: Matrix,
    quantiles: Mapping[str, float],
) -> dict[str, float]:
    """Return how far each quantile went for each unit that the path without shocks went (a secant step)."""
    old_point, old_quantiles, gradients = before
    found = {}
    for name, length in lengths.items():
        predicted = float(gradients[name] @ (point - old_point))
        went = quantiles[name] - old_quantiles[name]
        # A move of rounding size says nothing about the length; nor does one in the wrong direction.
        is_telling = abs(predicted) > 1e-9 and went / predicted > 0.2
        found[name] = min(max(went / predicted, 0.2), 5.0) if is_telling else length
    return found


DRAWS: Final = 2**14
_THIN: Final = 2**10
_CORRECTION: Final = 16
"""Draws of the correcting run for each common draw: its error is then a quarter of theirs."""
_SLACK: Final = 0.02
"""A target met this much more often than asked is not what the effort is for; it needs no correction."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Backcast(Answer):
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
