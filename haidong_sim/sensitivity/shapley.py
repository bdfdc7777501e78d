"""Shapley effects: a split of variance that stays a split when inputs depend on each other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.special import ndtr, ndtri, stdtrit

from haidong_sim.errors import EstimationError, ModelError
from haidong_sim.sensitivity.binning import split_draws
from haidong_sim.sensitivity.coalitions import shapley_values
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
    name_all,
    require_finite,
    require_study,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

# Every subset of dependent inputs is visited: 2^16 linear systems take about a second.
MOST_DEPENDENT = 16
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
                "note": flat_notes(self.flat),
            }
        )


def shapley_linear_gaussian(coefficients: ArrayLike, covariance: ArrayLike) -> Floats:
    """Return the exact Shapley effects of Y = Σ b_i X_i with jointly normal inputs, shape (row, input).

    Owen and Prieur (2017), doi:10.1137/16M1097717. Inputs that depend on each other are taken together and
    every subset of them is visited; independent sets of inputs add up.

    Parameters
    ----------
    coefficients : shape (row, input); covariance : shape (input, input)

    Raises
    ------
    EstimationError
        If the covariance is no covariance, or more than 16 inputs depend on each other.
    """
    slopes = np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
    cov = np.asarray(covariance, dtype=np.float64)
    count = slopes.shape[1]
    if cov.shape != (count, count) or not np.allclose(cov, cov.T) or not np.isfinite(cov).all():
        raise EstimationError(
            f"the covariance must be finite, symmetric and {count} × {count}, given {cov.shape}"
        )
    if np.linalg.eigvalsh(cov)[0] < -1e-9 * max(float(np.trace(cov)), 1e-300):
        raise EstimationError("the covariance has a negative eigenvalue")
    effect = np.zeros_like(slopes)
    linked = connected_components(cov != 0, directed=False)[1]
    for number in range(linked.max() + 1):
        members = np.flatnonzero(linked == number)
        if members.size > MOST_DEPENDENT:
            raise EstimationError(
                f"{members.size} inputs depend on each other; exact effects visit every subset of at most "
                f"{MOST_DEPENDENT}. Use estimate_shapley (random permutations)."
            )
        effect[:, members] = shapley_values(
            _explained_by_subsets(slopes[:, members], cov[np.ix_(members, members)])
        ).T
    total = np.einsum("ri,ij,rj->r", slopes, cov, slopes)[:, None]
    return np.asarray(np.divide(effect, total, out=np.zeros_like(effect), where=total > 0))


def estimate_shapley_linear(
    inputs: ArrayLike,
    outputs: ArrayLike,
    *,
    input_names: Sequence[str] | None = None,
    outcome_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
    groups: int = 64,
    resamples: int = 100,
    confidence: float = 0.95,
    rng: Rng = None,
) -> ShapleyEffects:
    """Estimate Shapley effects from draws already made, through a linear fit of each outcome.

    Read `explained` first: it is the R² of the linear fit, the part of the variance that is split here.
    Correlations within four standard errors of zero count as zero. Intervals resample groups of draws.

    Raises
    ------
    ModelError
        If an output is not finite.
    EstimationError
        If more than 16 inputs depend on each other.
    """
    study = require_study(inputs, outputs, input_names=input_names, outcome_names=outcome_names, years=years)
    n_inputs, n = study.inputs.shape
    generator = np.random.default_rng(rng)
    flat = is_flat(study.outputs)
    both = np.concatenate([study.inputs, study.outputs])
    spread = both.std(axis=1, keepdims=True)
    both = (both - both.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1)
    both[n_inputs:][flat] = 0
    parts = split_draws(n, min(groups, n), generator)
    products = np.stack([both[:n_inputs, part] @ both[:, part].T for part in parts])
    weights = generator.multinomial(len(parts), np.full(len(parts), 1 / len(parts)), size=resamples)
    keep = np.abs(products.sum(axis=0)[:, :n_inputs] / n) > 4 / np.sqrt(n)
    share = _linear_shares(products.sum(axis=0) / n, keep)
    again = np.stack([_linear_shares(np.tensordot(line, products, axes=1) / n, keep) for line in weights])
    slopes, cov = _regression(products.sum(axis=0) / n)
    width = stdtrit(len(parts) - 1, 0.5 + confidence / 2) * np.sqrt(len(parts) / max(len(parts) - 1, 1))
    return ShapleyEffects(
        labels=study.labels,
        share=share,
        share_conf=width * again.std(axis=0, ddof=1),
        explained=np.einsum("ri,ij,rj->r", slopes, cov, slopes),
        flat=flat,
        method="shapley, linear fit of the draws",
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
        If the correlation is not positive definite.
    """
    names = name_all("input", tuple(marginals), len(marginals))
    count = len(names)
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
        spread = values.reshape(len(values), *scores.shape[1:]).var(axis=-1, ddof=1).mean(axis=-1)
        ends = np.concatenate([np.zeros_like(spread[..., :1]), spread, np.broadcast_to(
            variance[:, None, None], (*spread.shape[:-1], 1))], axis=-1)  # fmt: skip
        gain = np.empty_like(ends[..., 1:])
        np.put_along_axis(gain, np.broadcast_to(turns, gain.shape), np.diff(ends, axis=-1), axis=-1)
        gains.append(gain)
    every = np.concatenate(gains, axis=1)
    scale = np.divide(1.0, variance, out=np.zeros_like(variance), where=~flat)[:, None]
    width = ndtri(0.5 + confidence / 2) / np.sqrt(permutations)
    return ShapleyEffects(
        labels=labels,
        share=every.mean(axis=1) * scale,
        share_conf=width * every.std(axis=1, ddof=1) * scale,
        explained=np.where(flat, 0.0, 1.0),
        flat=flat,
        method="shapley, permutations, Gaussian copula",
    )


def _explained_by_subsets(slopes: Floats, cov: Floats) -> Floats:
    """Return Var(E[Y|X_u]) for every subset u of the inputs, shape (2^input, row)."""
    count = len(cov)
    reach = cov @ slopes.T
    worth = np.zeros((2**count, len(slopes)))
    for size in range(1, count + 1):
        subsets = np.array(list(combinations(range(count), size)))
        # The pseudo-inverse lets one input be an exact function of others.
        inverse = np.linalg.pinv(cov[subsets[:, :, None], subsets[:, None, :]], rcond=1e-12, hermitian=True)
        inside = reach[subsets]
        worth[(1 << subsets).sum(axis=1)] = np.einsum(
            "uir,uij,ujr->ur", inside, inverse, inside, optimize=True
        )
    return worth


def _regression(products: Floats) -> tuple[Floats, Floats]:
    """Return slopes (row, input) and input covariance from mean products (input, input + row)."""
    count = len(products)
    cov, cross = products[:, :count], products[:, count:]
    return np.linalg.pinv(cov, rcond=1e-12, hermitian=True).dot(cross).T, cov


def _linear_shares(products: Floats, keep: NDArray[np.bool_]) -> Floats:
    slopes, cov = _regression(products)
    return shapley_linear_gaussian(slopes, np.where(keep, cov, 0.0))


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
