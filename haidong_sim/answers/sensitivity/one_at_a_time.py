"""Tornado and spider: each input moved alone between two quantiles. This is not a split of variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.answers.sensitivity.study import (
    Floats,
    Labels,
    Marginal,
    Model,
    apply_marginals,
    label_outputs,
    name_all,
    require_finite,
)
from haidong_sim.errors import EstimationError, ModelError
from haidong_sim.run import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd


@dataclass(frozen=True, kw_only=True, repr=False)
class OneAtATime(Answer):
    """Outcomes when one input stands at a quantile and all others at their medians.

    `levels` (level,) are the quantile levels, `values` (input, level) the inputs there, `outcomes` (row,
    input, level) what the model gives, `base` (row,) the outcome with all inputs at their medians.
    """

    labels: Labels
    levels: Floats
    values: Floats
    outcomes: Floats
    base: Floats

    @property
    def method(self) -> str:
        """Says what the numbers are, and what they are not."""
        return f"one at a time, {self.levels[0]:.0%} to {self.levels[-1]:.0%}, not variance"

    def frame(self) -> pd.DataFrame:
        """Return the tornado: one line per outcome and input, largest swing first, both ends signed."""
        low, high = self.outcomes[:, :, 0] - self.base[:, None], self.outcomes[:, :, -1] - self.base[:, None]
        swing = np.abs(self.outcomes[:, :, -1] - self.outcomes[:, :, 0])
        rank = np.argsort(np.argsort(-swing, axis=1, kind="stable"), axis=1) + 1
        table = self.labels.frame(
            {
                "rank": rank,
                "input_low": self.values[:, 0],
                "input_high": self.values[:, -1],
                "base": self.base[:, None],
                "change_low": low,
                "change_high": high,
                "swing": swing,
                "method": self.method,
            }
        )
        block = np.repeat(np.arange(len(self.base)), len(self.values))
        return table.iloc[np.lexsort((table["rank"].to_numpy(), block))].reset_index(drop=True)

    def spider_frame(self) -> pd.DataFrame:
        """Return outcome, [year], input, quantile, input_value, value: one line per point of a spider leg."""
        n_levels = self.levels.size
        names = tuple(name for name in self.labels.inputs for _ in range(n_levels))
        return self.labels.frame(
            {
                "quantile": np.tile(self.levels, len(self.values)),
                "input_value": self.values.ravel(),
                "value": self.outcomes.reshape(len(self.base), -1),
                "method": self.method,
            },
            by=names,
        )


def estimate_one_at_a_time(
    model: Model,
    marginals: Mapping[str, Marginal],
    *,
    levels: Sequence[float] = (0.1, 0.3, 0.5, 0.7, 0.9),
    outcome_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
) -> OneAtATime:
    """Move each input alone through `levels` of its distribution, all others at their medians.

    Raises
    ------
    ModelError
        If an output is not finite.
    EstimationError
        If the levels do not rise within (0, 1).
    """
    steps = np.asarray(levels, dtype=np.float64)
    if steps.size < 2 or (np.diff(steps) <= 0).any() or steps[0] <= 0 or steps[-1] >= 1:
        raise EstimationError(f"levels must rise within (0, 1), given {tuple(levels)}")
    n_inputs = len(marginals)
    names = name_all("input", tuple(marginals), n_inputs)
    cube = np.full((n_inputs, n_inputs * steps.size + 1), 0.5)
    for number in range(n_inputs):
        cube[number, number * steps.size : (number + 1) * steps.size] = steps
    inputs = apply_marginals(list(marginals.values()), cube)
    found = np.asarray(model(inputs), dtype=np.float64)
    labels = label_outputs(found.shape, names, outcome_names, years)
    rows = found.reshape(-1, found.shape[-1])
    require_finite(rows, labels.rows, kind="outcome", error=ModelError)
    return OneAtATime(
        labels=labels,
        levels=steps,
        values=np.stack(
            [inputs[number, number * steps.size : (number + 1) * steps.size] for number in range(n_inputs)]
        ),
        outcomes=rows[:, :-1].reshape(len(rows), n_inputs, steps.size),
        base=rows[:, -1],
    )
