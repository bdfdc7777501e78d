"""Chance constraints on common draws, met with least effort by successive quadratic programs.

Of a margin's distribution the quantile that a probability asks for must not be negative. It answers almost
linearly to log changes of the drivers: the gradient is that of the path without shocks, its length what the
last step has shown, so that a handful of rounds settle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.errors import ScenarioError
from haidong_sim.optimization.least_distance import QuadraticProgram, lawson_hanson
from haidong_sim.optimization.solver import InfeasibleError, SolverError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from haidong_sim.questions import Question
    from haidong_sim.run.common_draws import CommonDraws

    Matrix = NDArray[np.float64]

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
