"""The least change of path that meets targets with given probabilities.

Chance constraints on common draws: of the margin's distribution the quantile that a probability asks for must
not be negative. It answers almost linearly to log changes of the drivers, so a few rounds of a quadratic
program, least effort with smoothness under linearised quantiles, reach it; the answer is then told on fresh
numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from haidong_sim.ensemble import simulate
from haidong_sim.ensemble.common_draws import CommonDraws
from haidong_sim.ensemble.conditioning import NotMonotoneError, conditional_chance
from haidong_sim.ensemble.program import compile_scenario
from haidong_sim.ensemble.streams import resolve_entropy
from haidong_sim.errors import FeasibilityError, Problems, ScenarioError, unknown_name
from haidong_sim.feasibility.least_distance import QuadraticProgram, lawson_hanson
from haidong_sim.feasibility.solver import InfeasibleError, SolverError
from haidong_sim.registry import load_registry
from haidong_sim.scenario import DRIVERS, Scenario, load_scenario
from haidong_sim.targets import ask_target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from haidong_sim.ensemble.streams import Rng
    from haidong_sim.registry import Registry
    from haidong_sim.targets import Functional
    from haidong_sim.targets.check import Chance

    Matrix = NDArray[np.float64]

DRAWS: Final = 2**14
_ROUNDS: Final = 12
_CORRECTIONS: Final = 2
_SE: Final = 2e-4
_BOUND: Final = 0.05
"""Largest change of a lever in a year where none is given: five points of growth."""


class UnreachableError(FeasibilityError):
    """No change of the levers within their bounds reaches the probabilities asked for."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Backcast:
    """The least change found.

    Attributes
    ----------
    changes
        Log change added to each lever's median, by driver, shape (year,).
    effort
        Square root of the mean squared change over levers and years, in log points.
    sample_probabilities
        On the draws that the search used, whose own sampling error has been taken out of what it aims at.
    verified
        Chances on an independent run of the changed scenario, by target.
    """

    scenario: Scenario
    adjusted: Scenario
    asked: Mapping[str, float]
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


def backcast(
    scenario: Scenario | str | Path,
    targets: Mapping[str, float],
    *,
    levers: Sequence[str],
    bounds: Mapping[str, tuple[float, float]] | None = None,
    smoothness: float = 10.0,
    draws: int = DRAWS,
    rng: Rng = None,
    registry: Registry | None = None,
) -> Backcast:
    """Return the least change of the levers' paths that meets the targets with the probabilities asked for.

    Parameters
    ----------
    targets
        Probability by target id, or by a question such as "gdp_share_of_province@2030>=20%".
    levers
        Drivers whose medians may move, such as "tertiary.growth" or "population".
    bounds
        Least and greatest log change a year, by lever; ±0.05 where none is given.
    smoothness
        Weight of squared changes from one year to the next beside squared changes themselves.
    draws, rng
        Common draws of the search. The verification draws its own.

    Raises
    ------
    UnreachableError
        With the best probabilities within the bounds.
    ScenarioError
        If a target, lever or bound is not valid; all problems at once.
    SolverError
        If the search does not settle.
    """
    loaded = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    place = registry or load_registry(loaded.place)
    drivers = _require_sensible(targets, levers, bounds or {})
    functionals = [ask_target(name, place, loaded) for name in targets]
    asked = dict(zip((f.name for f in functionals), targets.values(), strict=True))
    limits = {driver: (bounds or {}).get(lever, (-_BOUND, _BOUND)) for lever, driver in drivers.items()}
    entropy = resolve_entropy(rng)
    common = CommonDraws(loaded, place, functionals, draws=draws, entropy=entropy)
    search = Search(common=common, functionals=functionals, asked=asked, limits=limits, smoothness=smoothness)
    changes, rounds = search.run(np.zeros(search.size))
    for _ in range(_CORRECTIONS):
        adjusted = _adjusted(loaded, changes, common.years)
        search = replace(search, asked=_corrected(search, changes, asked, adjusted, place, entropy))
        changes, more = search.run(search.flatten(changes))
        rounds += more
    adjusted = _adjusted(loaded, changes, common.years)
    fresh = simulate(
        adjusted, draws=draws, rng=entropy + 1, indicators=(), questions=functionals, registry=place
    )
    return Backcast(
        scenario=loaded,
        adjusted=adjusted,
        asked=asked,
        years=common.years,
        changes=changes,
        effort=search.effort(changes),
        sample_probabilities=search.probabilities(changes),
        verified={name: fresh.chances[name] for name in asked},
        rounds=rounds,
    )


def _corrected(
    search: Search,
    changes: Mapping[str, Matrix],
    asked: Mapping[str, float],
    adjusted: Scenario,
    registry: Registry,
    entropy: int,
) -> dict[str, float]:
    """Return what to aim at on the common draws so that the probability itself is what was asked.

    The common draws miss a probability by their sampling error; directional conditioning does not. Where it
    does not apply the common draws have to do.
    """
    program = compile_scenario(adjusted, registry, indicators=(), questions=search.functionals)
    on_sample = search.probabilities(changes)
    aims = {}
    for functional in search.functionals:
        name = functional.name
        try:
            exact = conditional_chance(program, functional, entropy=entropy, se=_SE).probability
        except NotMonotoneError:
            exact = on_sample[name]
        is_slack = exact > asked[name] + 0.02
        aim = asked[name] if is_slack else asked[name] + on_sample[name] - exact
        aims[name] = min(max(aim, 1.0 / search.common.draws), 1.0 - 1.0 / search.common.draws)
    return aims


def trace_frontier(
    scenario: Scenario | str | Path,
    target: str,
    *,
    levers: Sequence[str],
    probabilities: Sequence[float] = tuple(np.linspace(0.05, 0.95, 19)),
    bounds: Mapping[str, tuple[float, float]] | None = None,
    smoothness: float = 10.0,
    draws: int = DRAWS,
    rng: Rng = None,
    registry: Registry | None = None,
) -> pd.DataFrame:
    """Return the effort that each probability costs: probability, effort and the mean change of each lever.

    Probabilities that the bounds exclude end the table; the last column says so.
    """
    import pandas as pd

    loaded = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    place = registry or load_registry(loaded.place)
    drivers = _require_sensible({target: 0.5}, levers, bounds or {})
    functional = ask_target(target, place, loaded)
    limits = {driver: (bounds or {}).get(lever, (-_BOUND, _BOUND)) for lever, driver in drivers.items()}
    common = CommonDraws(loaded, place, [functional], draws=draws, entropy=resolve_entropy(rng))
    start, rows = None, []
    for probability in probabilities:
        search = Search(
            common=common,
            functionals=[functional],
            asked={functional.name: float(probability)},
            limits=limits,
            smoothness=smoothness,
        )
        try:
            changes, _ = search.run(np.zeros(search.size) if start is None else start)
        except UnreachableError:
            rows.append({"probability": probability, "is_reachable": False})
            break
        start = search.flatten(changes)
        means = {f"mean_change_{driver}": float(np.mean(change)) for driver, change in changes.items()}
        rows.append(
            {"probability": probability, "is_reachable": True, "effort": search.effort(changes)} | means
        )
    return pd.DataFrame(rows)


@dataclass(frozen=True, kw_only=True)
class Search:
    """Successive quadratic programs over the yearly changes of the levers."""

    common: CommonDraws
    functionals: Sequence[Functional]
    asked: Mapping[str, float]
    limits: Mapping[str, tuple[float, float]]
    smoothness: float

    @property
    def size(self) -> int:
        """Number of unknowns: levers times years."""
        return len(self.limits) * len(self.common.years)

    def run(self, start: Matrix) -> tuple[dict[str, Matrix], int]:
        """Return the changes and the rounds they took."""
        point = start
        for round_ in range(1, _ROUNDS + 1):
            changes = self.unflatten(point)
            quantiles = self._quantiles(changes)
            if (
                round_ > 1
                and all(quantiles[name] >= -1e-12 for name in self.asked)
                and self._is_least(quantiles, point)
            ):
                return changes, round_
            slopes = self.common.slopes(list(self.limits), changes)
            self._require_leverage(slopes)
            following = self._solve(point, quantiles, slopes)
            if np.abs(following - point).max() < 1e-7 and min(quantiles.values()) >= -1e-7:
                return self.unflatten(following), round_
            point = following
        quantiles = self._quantiles(self.unflatten(point))
        if min(quantiles.values()) >= -1e-6:
            return self.unflatten(point), _ROUNDS
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

    def _is_least(self, quantiles: Mapping[str, float], point: Matrix) -> bool:
        # Nothing to do, or a constraint holds exactly: then no smaller change would serve.
        return not point.any() or min(quantiles.values()) < 1e-7

    def _quantiles(self, changes: Mapping[str, Matrix]) -> dict[str, float]:
        """Return by target the margin that all but the asked part of the draws exceed, tolerance granted."""
        margins = self.common.margins(changes)
        found = {}
        for functional in self.functionals:
            ordered = np.sort(margins[functional.name])
            needed = math.ceil(self.asked[functional.name] * self.common.draws)
            found[functional.name] = float(ordered[self.common.draws - needed]) + functional.tolerance
        return found

    def _solve(
        self, point: Matrix, quantiles: Mapping[str, float], slopes: Mapping[str, Mapping[str, Matrix]]
    ) -> Matrix:
        n_years = len(self.common.years)
        change = np.diff(np.eye(n_years), axis=0)
        block = np.eye(n_years) + self.smoothness * change.T @ change
        rows = np.array([np.concatenate([slopes[n][d] for d in self.limits]) for n in self.asked])
        sides = rows @ point - np.array([quantiles[name] for name in self.asked])
        low = np.repeat([limit[0] for limit in self.limits.values()], n_years)
        high = np.repeat([limit[1] for limit in self.limits.values()], n_years)
        program = QuadraticProgram(
            hessian=np.asarray(np.kron(np.eye(len(self.limits)), block), dtype=np.float64),
            linear=np.zeros(self.size),
            equal=np.zeros((0, self.size)),
            equal_side=np.zeros(0),
            lower=np.concatenate([rows, np.eye(self.size), -np.eye(self.size)]),
            lower_side=np.concatenate([sides, low, -high]),
            names=tuple(f"{driver} {year}" for driver in self.limits for year in self.common.years),
        )
        try:
            return lawson_hanson(program).x
        except InfeasibleError:
            raise UnreachableError(self._best_words(rows, low, high)) from None

    def _best_words(self, rows: Matrix, low: Matrix, high: Matrix) -> str:
        """Say how far the bounds reach: each target alone, with every lever at its best bound."""
        words = ["the probabilities asked for are out of reach within the bounds of the levers"]
        for row, name in zip(rows, self.asked, strict=True):
            best = self.probabilities(self.unflatten(np.where(row > 0, high, low)))[name]
            words.append(
                f"  {name}: asked {self.asked[name]:.1%}, at most {best:.1%} with "
                + ", ".join(f"{d} at {self._bound_words(d, row)}" for d in self.limits)
            )
        return "\n".join(words)

    def _bound_words(self, driver: str, row: Matrix) -> str:
        own = self.unflatten(row)[driver]
        chosen = self.limits[driver][1] if own.sum() > 0 else self.limits[driver][0]
        return f"{100 * chosen:+.1f} points a year"

    def _require_leverage(self, slopes: Mapping[str, Mapping[str, Matrix]]) -> None:
        for driver in self.limits:
            if all(np.abs(slopes[name][driver]).max() < 1e-9 for name in self.asked):
                raise ScenarioError(f"lever '{driver}': none of {', '.join(self.asked)} depends on it")


def _require_sensible(
    targets: Mapping[str, float], levers: Sequence[str], bounds: Mapping[str, tuple[float, float]]
) -> dict[str, str]:
    """Return the driver of each lever, or raise with everything that is wrong."""
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
        if driver not in DRIVERS or driver in {"total", "province"}:
            allowed = [name for name in DRIVERS if name not in {"total", "province"}]
            problems.add(f"levers.{lever}", unknown_name("lever", driver, allowed))
        elif driver in drivers.values():
            problems.add(f"levers.{lever}", "is named twice")
        drivers[lever] = driver
    _note_bounds(bounds, drivers, problems)
    problems.raise_if_any(ScenarioError)
    return drivers


def _note_bounds(
    bounds: Mapping[str, tuple[float, float]], drivers: Mapping[str, str], problems: Problems
) -> None:
    for lever, (low, high) in bounds.items():
        if lever not in drivers:
            problems.add(f"bounds.{lever}", unknown_name("lever of this back-cast", lever, drivers))
        elif not low <= 0.0 <= high or low == high:
            problems.add(
                f"bounds.{lever}",
                f"{low:g} … {high:g} excludes the scenario itself, which is a change of 0",
            )


def _adjusted(scenario: Scenario, changes: Mapping[str, Matrix], years: NDArray[np.int64]) -> Scenario:
    table: dict[str, Any] = {driver: dict(by_year) for driver, by_year in scenario.adjustments.items()}
    for driver, change in changes.items():
        own = table.setdefault(driver, {})
        for year, value in zip(years.tolist(), change.tolist(), strict=True):
            own[year] = own.get(year, 0.0) + value
    return scenario.derive(f"{scenario.name} back-cast", {"adjustments": table})
