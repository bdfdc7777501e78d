"""The same draws under changed medians: what optimisation over paths needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from haidong_sim.run.block import Variates, deviations
from haidong_sim.run.directions import margins_at, narrowed
from haidong_sim.run.program import compile_scenario
from haidong_sim.run.samplers import whole_replicates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from haidong_sim.place import Registry
    from haidong_sim.questions import Question
    from haidong_sim.scenario import Scenario

    Matrix = NDArray[np.float64]


class CommonDraws:
    """Margins of some targets over one fixed set of draws, as a function of changes to the medians.

    Every evaluation uses the same random numbers, so that a difference between two is the paths' alone and a
    probability is a step function of the changes that a quantile makes smooth.
    """

    def __init__(
        self,
        scenario: Scenario,
        registry: Registry,
        functionals: Sequence[Question],
        *,
        draws: int,
        entropy: int,
    ) -> None:
        program = compile_scenario(
            scenario,
            registry,
            indicators=(),
            keep=[name for functional in functionals for name in functional.indicators],
            draws=draws,
            precision="double",
        )
        self._program = narrowed(program, functionals)
        self._functionals = tuple(functionals)
        self.draws = whole_replicates(draws, program.sampler)
        self.years: NDArray[np.int64] = self._program.years
        variates = Variates(self._program, entropy=entropy, block=0, draws=self.draws)
        with threadpool_limits(limits=1):
            self._moved: Mapping[str, NDArray[Any]] = deviations(self._program, variates)
            self._uniforms = {name: variates[name][0] for name in program.uniforms}

    def margins(self, changes: Mapping[str, Matrix]) -> dict[str, Matrix]:
        """Return the margin of each target in each draw under `changes`, log changes (year,) by driver."""
        medians = dict(self._program.medians)
        for driver, change in changes.items():
            medians[driver] = medians[driver][: len(change)] + change
        changed = replace(self._program, medians=medians)
        found = margins_at(changed, self._moved, self._functionals, self._uniforms)
        return {name: np.broadcast_to(values, self.draws) for name, values in found.items()}

    def slopes(self, drivers: Sequence[str], changes: Mapping[str, Matrix]) -> dict[str, dict[str, Matrix]]:
        """Return how each target's margin, on the path without shocks, answers to each driver in each year.

        By target name and driver, shape (year,): gain of the margin per unit of log change.
        """
        step, n_years = 1e-5, len(self.years)
        size = len(drivers) * n_years
        columns = {
            driver: np.repeat(changes.get(driver, np.zeros(n_years))[:, None], 1 + size, axis=1)
            for driver in {**dict.fromkeys(changes), **dict.fromkeys(drivers)}
        }
        for position, driver in enumerate(drivers):
            first = 1 + position * n_years
            columns[driver][:, first : first + n_years] += step * np.eye(n_years)
        values = margins_at(self._program, columns, self._functionals)
        slopes: dict[str, dict[str, Matrix]] = {}
        for functional in self._functionals:
            own = np.broadcast_to(values[functional.name], 1 + size)
            parts = ((own[1:] - own[0]) / step).reshape(len(drivers), n_years)
            slopes[functional.name] = dict(zip(drivers, parts, strict=True))
        return slopes
