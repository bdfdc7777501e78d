"""Elementary effects (Morris 1991): which inputs matter at all, from few runs of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from haidong_sim.answers.sensitivity.study import (
    Floats,
    Labels,
    Marginal,
    Model,
    Rng,
    apply_marginals,
    flat_notes,
    is_flat,
    require_study,
)
from haidong_sim.errors import EstimationError
from haidong_sim.run import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, kw_only=True, repr=False)
class MorrisEffects(Answer):
    """Mean, mean absolute value and sd of the elementary effects, arrays of shape (row, input).

    Effects are in units of the outcome per unit of the input's probability level over the screened range.
    """

    labels: Labels
    mu: Floats
    mu_star: Floats
    mu_star_conf: Floats
    sigma: Floats
    flat: NDArray[np.bool_]
    trajectories: int

    def frame(self) -> pd.DataFrame:
        """Return outcome, [year], input, mu, mu_star, mu_star_conf, sigma, trajectories, method, note."""
        return self.labels.frame(
            {
                "mu": self.mu,
                "mu_star": self.mu_star,
                "mu_star_conf": self.mu_star_conf,
                "sigma": self.sigma,
                "trajectories": self.trajectories,
                "method": "morris",
                "note": flat_notes(self.flat, self.mu_star > self.mu_star_conf),
            }
        )


def draw_trajectories(n_inputs: int, *, trajectories: int, levels: int = 4, rng: Rng = None) -> Floats:
    """Draw trajectories on a grid of `levels` (even) in the unit cube; each moves one input at a time.

    Returns
    -------
    shape (input, trajectory × (input + 1)); the points of one trajectory stand together

    Raises
    ------
    EstimationError
        If `levels` is odd or below 2.
    """
    if levels < 2 or levels % 2:
        raise EstimationError(f"levels must be an even number from 2, given {levels}")
    generator = np.random.default_rng(rng)
    jump = levels / (2 * (levels - 1))
    grid = np.arange(levels // 2) / (levels - 1)
    low = generator.choice(grid, size=(trajectories, n_inputs))
    upward = generator.random((trajectories, n_inputs)) < 0.5
    turn = generator.permuted(np.tile(np.arange(n_inputs), (trajectories, 1)), axis=1)
    moved = np.arange(n_inputs + 1)[None, :, None] > turn[:, None, :]
    points = low[:, None, :] + jump * (moved == upward[:, None, :])
    return np.ascontiguousarray(points.reshape(-1, n_inputs).T)


def morris_1991(points: Floats, outputs: Floats) -> Floats:
    """Return the elementary effects of trajectories, shape (row, trajectory, input).

    Parameters
    ----------
    points : shape (input, trajectory × (input + 1)), in the unit cube
    outputs : shape (row, trajectory × (input + 1))

    Notes
    -----
    Morris (1991), doi:10.1080/00401706.1991.10484804: difference of the output over the move of the one
    input.
    """
    n_inputs = len(points)
    steps = np.diff(points.T.reshape(-1, n_inputs + 1, n_inputs), axis=1)
    which = np.abs(steps).argmax(axis=2)
    size = np.take_along_axis(steps, which[:, :, None], axis=2)[:, :, 0]
    if np.count_nonzero(steps) != size.size or (np.sort(which, axis=1) != np.arange(n_inputs)).any():
        raise EstimationError("each trajectory must move every input once, one at a time")
    change = np.diff(outputs.reshape(len(outputs), -1, n_inputs + 1), axis=2) / size
    effects = np.empty_like(change)
    np.put_along_axis(effects, np.broadcast_to(which, change.shape), change, axis=2)
    return effects


def estimate_morris(
    model: Model,
    marginals: Mapping[str, Marginal],
    *,
    trajectories: int = 50,
    levels: int = 4,
    quantiles: tuple[float, float] = (0.05, 0.95),
    outcome_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
    rng: Rng = None,
) -> MorrisEffects:
    """Screen the inputs of a model by elementary effects.

    Parameters
    ----------
    quantiles : (low, high)
        The grid spans these levels of each input, so that unbounded inputs stay finite.

    Raises
    ------
    ModelError
        If an output is not finite.
    """
    generator = np.random.default_rng(rng)
    points = draw_trajectories(len(marginals), trajectories=trajectories, levels=levels, rng=generator)
    low, high = quantiles
    inputs = apply_marginals(list(marginals.values()), low + (high - low) * points)
    return summarize_morris(
        points,
        model(inputs),
        input_names=tuple(marginals),
        outcome_names=outcome_names,
        years=years,
        rng=generator,
    )


def summarize_morris(
    points: Floats,
    outputs: ArrayLike,
    *,
    input_names: Sequence[str] | None = None,
    outcome_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
    resamples: int = 1000,
    confidence: float = 0.95,
    rng: Rng = None,
) -> MorrisEffects:
    """Summarise elementary effects by mu, mu_star (Campolongo et al. 2007) and sigma.

    Intervals resample trajectories.

    Raises
    ------
    ModelError
        If an output is not finite.
    """
    study = require_study(points, outputs, input_names=input_names, outcome_names=outcome_names, years=years)
    effects = morris_1991(study.inputs, study.outputs)
    count = effects.shape[1]
    weights = np.random.default_rng(rng).multinomial(count, np.full(count, 1 / count), size=resamples) / count
    absolute = np.abs(effects)
    again = np.tensordot(weights, absolute, axes=(1, 1))
    flat = is_flat(study.outputs)
    varying = ~flat[:, None]
    return MorrisEffects(
        labels=study.labels,
        mu=effects.mean(axis=1) * varying,
        mu_star=absolute.mean(axis=1) * varying,
        mu_star_conf=ndtri(0.5 + confidence / 2) * again.std(axis=0, ddof=1) * varying,
        sigma=(effects.std(axis=1, ddof=1) if count > 1 else np.zeros_like(effects[:, 0])) * varying,
        flat=flat,
        trajectories=count,
    )
