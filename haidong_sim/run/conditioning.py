"""The probability of one target with its own direction integrated out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from haidong_sim.engine import replicate_interval
from haidong_sim.errors import ScenarioError, public
from haidong_sim.questions import Chance, ask_target
from haidong_sim.run.block import Variates, deviations, driver_deviation
from haidong_sim.run.case import case_of
from haidong_sim.run.directions import Direction, find_directions, margins_at, narrowed, own_directions
from haidong_sim.run.program import compile_scenario
from haidong_sim.run.simulate import simulate
from haidong_sim.run.stopping import plain_draws

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from haidong_sim.engine import Rng
    from haidong_sim.questions import Question
    from haidong_sim.run.case import RegistrySource, Subject
    from haidong_sim.run.program import Program

    Matrix = NDArray[np.float64]

REPLICATES: Final = 16
_FIRST_POINTS: Final = 128
_GROWTH: Final = 8
_MOST_POINTS: Final = 8192
_MAX_STEPS: Final = 8
_PROBE: Final = (-6.0, -3.0, 3.0, 6.0)
_PROBED: Final = 32
_BLOCK: Final = 2**31


class NotMonotoneError(Exception):
    """The margin of a target does not rise along its direction; other estimators have to serve."""


def conditional_chance(program: Program, functional: Question, *, entropy: int, se: float = 1e-3) -> Chance:
    """Return the probability of one target to a wanted standard error.

    Parameters
    ----------
    program
        Any compiled program of the scenario.
    entropy
        Resolved randomness of the run.
    se
        Standard error to reach; 16 replicates of a net of 128 points grow eightfold until they do.

    Raises
    ------
    NotMonotoneError
        If the margin does not rise along the direction, or no normal moves it.
    """
    narrow = narrowed(program, [functional])
    direction = find_directions(narrow, [functional]).get(functional.name)
    if direction is None:
        raise NotMonotoneError(f"no uncertain driver moves '{functional.name}' smoothly")
    points = _FIRST_POINTS
    while True:
        means = _replicate_means(narrow, direction, points, entropy, se)
        spread = float(means.std(ddof=1)) / len(means) ** 0.5
        if spread <= se or points >= _MOST_POINTS:
            interval = replicate_interval(means)
            return Chance(
                probability=float(means.mean()),
                ci_low=float(interval.low),
                ci_high=float(interval.high),
                n=points * REPLICATES,
                method=f"directional conditioning, t over {REPLICATES} replicates",
            )
        points *= _GROWTH


def _replicate_means(program: Program, direction: Direction, points: int, entropy: int, se: float) -> Matrix:
    from scipy.special import ndtr

    functional = direction.functional
    narrow = replace(program, sampler="sobol", replicate_draws=points)
    variates = _Projected(narrow, direction, entropy=entropy, draws=points * REPLICATES)
    across = deviations(narrow, variates)
    uniforms: Any = {name: variates[name][0] for name in narrow.uniforms}
    steps = {
        driver: driver_deviation(narrow, driver, variates.line(), variates) for driver in direction.moved
    }
    for driver, step in steps.items():
        across[driver] -= step * variates.along

    def margin(t: Any, columns: Any = slice(None)) -> Matrix:
        moved: dict[str, Any] = {driver: values[:, columns] for driver, values in across.items()}
        for driver, step in steps.items():
            moved[driver] = moved[driver] + (step if step.shape[1] == 1 else step[:, columns]) * t
        chosen = {name: values[columns] for name, values in uniforms.items()}
        values = margins_at(narrow, moved, [functional], chosen)[functional.name]
        return np.broadcast_to(values + functional.tolerance, moved[driver].shape[1:])

    _require_monotone(margin, points * REPLICATES, functional)
    # A chance moves by 0.4 of its step at most: the last one moves the mean by a tenth of the error, and as
    # secant steps shrink quadratically it leaves far less.
    roots = _roots(margin, direction, variates.slope, points * REPLICATES, tolerance=0.25 * se)
    chances = _without_events(ndtr(-roots), variates.gain_by_events)
    means: Matrix = chances.reshape(REPLICATES, points).mean(axis=1)
    return means


def _without_events(chances: Matrix, gain: Matrix) -> Matrix:
    """Take out what chance events explain: a control variate whose mean, zero, is known."""
    spread = float(gain @ gain)
    return (
        chances - (float(chances @ gain) - chances.mean() * gain.sum()) / spread * gain if spread else chances
    )


class _Projected(Variates):
    """Variates that remember how far each draw lies along a direction, and what events did to it."""

    def __init__(self, program: Program, direction: Direction, *, entropy: int, draws: int) -> None:
        super().__init__(program, entropy=entropy, block=_BLOCK, draws=draws)
        self._events: Mapping[str, Matrix] = direction.events
        self._chances = {source.name: source.probability for source in program.plan.sources}
        self.along: Matrix = np.zeros(draws)
        self.gain_by_events: Matrix = np.zeros(draws)
        # Scales are drawn first; the direction of each draw follows from them.
        self._weights: Mapping[str, Matrix] = {}
        self._weights, self.slope = own_directions(program, direction.gradient, self)

    def line(self) -> _Line:
        """Return the variates of one step along the direction."""
        return _Line(self._weights, {source.name: source.rows for source in self._program.plan.sources})

    def on_drawn(self, name: str, drawn: Any) -> None:
        if name in self._weights:
            weights = self._weights[name]
            self.along += weights[:, 0] @ drawn if weights.shape[1] == 1 else (weights * drawn).sum(axis=0)
        if name in self._events:
            weights = self._events[name]
            self.gain_by_events += weights @ (drawn[: len(weights)] - self._chances[name])


class _Line:
    """The variates of one step along a direction, shape (rows, 1): zero where it does not lead."""

    def __init__(self, weights: Mapping[str, Matrix], rows: Mapping[str, int]) -> None:
        self._weights = weights
        self._rows = rows

    def __getitem__(self, name: str) -> Matrix:
        own = self._weights.get(name)
        return np.zeros((self._rows[name], 1)) if own is None else own


def _require_monotone(margin: Callable[..., Matrix], draws: int, functional: Question) -> None:
    some = np.arange(0, draws, max(1, draws // _PROBED))
    values = margin(np.repeat(_PROBE, some.size), np.tile(some, len(_PROBE)))
    if not (np.diff(values.reshape(len(_PROBE), -1), axis=0) > 0.0).all():
        raise NotMonotoneError(f"the margin of '{functional.name}' does not rise along its direction")


def _roots(
    margin: Callable[..., Matrix], direction: Direction, own: Matrix, draws: int, tolerance: float
) -> Matrix:
    """Return where the margin crosses zero along the direction, shape (draw,), by bounded secant steps.

    They end when the mean step is below `tolerance`.
    """
    before: Matrix = np.full(draws, direction.distance)
    value_before = margin(before)
    here: Matrix = np.clip(before - value_before / own, -12.0, 12.0)
    for _ in range(_MAX_STEPS):
        value = margin(here)
        moved = here - before
        is_moving = np.abs(moved) > 1e-12
        slope = np.where(is_moving, (value - value_before) / np.where(is_moving, moved, 1.0), own)
        # A slope far from the direction's own is rounding, not economics.
        slope = np.clip(slope, 0.05 * own, 20.0 * own)
        before, value_before = here, value
        here = np.clip(here - value / slope, -12.0, 12.0)
        if np.abs(here - before).mean() < tolerance:
            break
    return here


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
