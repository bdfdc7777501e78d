"""Shapley effects: a split of variance that stays a split when inputs depend on each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from haidong_sim.errors import EstimationError, ModelError
from haidong_sim.sensitivity.marginals import Marginal, apply_marginals
from haidong_sim.sensitivity.study import (
    Floats,
    Integers,
    Labels,
    Model,
    Rng,
    Table,
    flat_notes,
    is_flat,
    label_outputs,
    require_finite,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

COLUMNS_AT_ONCE = 16_384


@dataclass(frozen=True, kw_only=True, repr=False)
class ShapleyEffects(Table):
    """Shares of variance (row, input) that sum to one, with half-widths of their intervals.

    `explained` (row,) is the part of the variance that the method sees: 1, except where a linear fit stands
    in for the model.
    """

    labels: Labels
    share: Floats
    share_conf: Floats
    explained: Floats
    flat: NDArray[np.bool_]
    method: str

    def frame(self) -> pd.DataFrame:
        """Return outcome, [year], input, shapley, shapley_conf, ci_low, ci_high, explained, method, note."""
        return self.labels.frame(
            {
                "shapley": self.share,
                "shapley_conf": self.share_conf,
                "ci_low": self.share - self.share_conf,
                "ci_high": self.share + self.share_conf,
                "explained": self.explained[:, None],
                "method": self.method,
                "note": flat_notes(self.flat, self.share > self.share_conf),
            }
        )


def estimate_shapley(
    model: Model,
    marginals: Mapping[str, Marginal],
    *,
    correlation: ArrayLike | None = None,
    permutations: int = 1000,
    outer: int = 1,
    inner: int = 3,
    variance_draws: int = 10_000,
    outcome_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
    confidence: float = 0.95,
    rng: Rng = None,
) -> ShapleyEffects:
    """Estimate the Shapley effects of a model by random permutations and conditional sampling.

    Algorithm 1 of Song, Nelson and Staum (2016), doi:10.1137/15M1048070, with conditional draws under a
    Gaussian copula. Runs the model on permutations × (inputs − 1) × outer × inner + variance_draws columns.

    Parameters
    ----------
    correlation : shape (input, input), optional
        Correlation of the normal scores (Gaussian copula); independence if not given.

    Raises
    ------
    ModelError
        If an output is not finite.
    EstimationError
        If the correlation is not positive definite, or there is one input only.
    """
    if len(marginals) < 2:
        raise EstimationError("a split needs two inputs or more")
    names, count = tuple(marginals), len(marginals)
    factor = np.eye(count) if correlation is None else np.asarray(correlation, dtype=np.float64)
    generator = np.random.default_rng(rng)
    quantiles = list(marginals.values())
    scores = _cholesky(factor) @ generator.standard_normal((count, variance_draws))
    found, labels = _evaluate(model, quantiles, scores, names, outcome_names, years)
    flat, variance = is_flat(found), found.var(axis=1, ddof=1)
    gains = []
    step = max(COLUMNS_AT_ONCE // max((count - 1) * outer * inner, 1), 1)
    for start in range(0, permutations, step):
        turns = generator.permuted(np.tile(np.arange(count), (min(step, permutations - start), 1)), axis=1)
        scores = _conditional_scores(factor, turns, outer, inner, generator)
        values = _evaluate(model, quantiles, scores.reshape(count, -1), names, outcome_names, years)[0]
        gains.append(_gains(values.reshape(len(values), *scores.shape[1:]), variance, turns))
    every = np.concatenate(gains, axis=1)
    scale = np.divide(1.0, variance, out=np.zeros_like(variance), where=~flat)[:, None]
    return ShapleyEffects(
        labels=labels,
        share=every.mean(axis=1) * scale,
        share_conf=ndtri(0.5 + confidence / 2) / np.sqrt(permutations) * every.std(axis=1, ddof=1) * scale,
        explained=np.where(flat, 0.0, 1.0),
        flat=flat,
        method="shapley, permutations, Gaussian copula",
    )


def _gains(values: Floats, variance: Floats, turns: Integers) -> Floats:
    """Return what each input adds to the conditional variance (row, permutation, input).

    `values` (row, permutation, j, outer, inner) are outputs given all inputs but a permutation's first j.
    """
    spread = values.var(axis=-1, ddof=1).mean(axis=-1)
    whole = np.broadcast_to(variance[:, None, None], (*spread.shape[:-1], 1))
    gain = np.empty((*spread.shape[:-1], turns.shape[1]))
    change = np.diff(np.concatenate([spread, whole], axis=-1), axis=-1, prepend=0.0)
    np.put_along_axis(gain, np.broadcast_to(turns, gain.shape), change, axis=-1)
    return gain


def _cholesky(correlation: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.cholesky(correlation))
    except np.linalg.LinAlgError as error:
        raise EstimationError("the correlation of the inputs is not positive definite") from error


def _conditional_scores(
    correlation: Floats, turns: Integers, outer: int, inner: int, rng: np.random.Generator
) -> Floats:
    """Draw normal scores given all inputs but the first j of each permutation, j = 1 … input − 1.

    Returns
    -------
    shape (input, permutation, j, outer, inner)
    """
    many, count = turns.shape
    # Known inputs first: with a triangular factor, keeping their first normals fixed conditions on them.
    order = turns[:, ::-1]
    factor = _cholesky(correlation[order[:, :, None], order[:, None, :]])
    known = np.arange(count) < (count - np.arange(1, count))[:, None]
    fixed = rng.standard_normal((many, count - 1, outer, 1, count))
    free = rng.standard_normal((many, count - 1, outer, inner, count))
    normals = np.where(known[None, :, None, None, :], fixed, free)
    ordered = np.einsum("mik,mjoek->mjoei", factor, normals, optimize=True)
    scores = np.empty_like(ordered)
    np.put_along_axis(scores, np.broadcast_to(order[:, None, None, None, :], ordered.shape), ordered, axis=-1)
    return np.moveaxis(scores, -1, 0)


def _evaluate(
    model: Model,
    quantiles: list[Marginal],
    scores: Floats,
    names: tuple[str, ...],
    outcome_names: Sequence[str] | None,
    years: Sequence[int] | None,
) -> tuple[Floats, Labels]:
    """Run the model at normal scores (input, draw); returns outputs (row, draw) and their labels."""
    found = np.asarray(model(apply_marginals(quantiles, ndtr(scores))), dtype=np.float64)
    labels = label_outputs(found.shape, names, outcome_names, years)
    rows = found.reshape(-1, found.shape[-1])
    require_finite(rows, labels.rows, kind="outcome", error=ModelError)
    return rows, labels
