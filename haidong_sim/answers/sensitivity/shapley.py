"""Shapley effects of inputs that depend on each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.special import stdtrit

from haidong_sim.answers.sensitivity.study import (
    Floats,
    Labels,
    Rng,
    flat_notes,
    is_flat,
    require_study,
    split_draws,
)
from haidong_sim.coalitions import shapley_values
from haidong_sim.errors import EstimationError
from haidong_sim.run import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

# Every subset of dependent inputs is visited: 2^16 linear systems take about a second.
MOST_DEPENDENT = 16


@dataclass(frozen=True, kw_only=True, repr=False)
class ShapleyEffects(Answer):
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
                f"{MOST_DEPENDENT}. Ask for first-order indices (given_data); each counts what is shared."
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


def _explained_by_subsets(slopes: Floats, cov: Floats) -> Floats:
    """Return Var(E[Y|X_u]) for every subset u of the inputs, shape (2^input, row)."""
    count = len(cov)
    reach = cov @ slopes.T
    worth = np.zeros((2**count, len(slopes)))
    eigenvalues = np.linalg.eigvalsh(cov)
    # The pseudo-inverse lets one input be an exact function of others, at several times the cost.
    is_regular = eigenvalues[0] > 1e-10 * eigenvalues[-1]
    invert = np.linalg.inv if is_regular else partial(np.linalg.pinv, rcond=1e-12, hermitian=True)
    for size in range(1, count + 1):
        subsets = np.array(list(combinations(range(count), size)))
        inverse = invert(cov[subsets[:, :, None], subsets[:, None, :]])
        inside = reach[subsets]
        worth[(1 << subsets).sum(axis=1)] = (inside * (inverse @ inside)).sum(axis=1)
    return worth


def _regression(products: Floats) -> tuple[Floats, Floats]:
    """Return slopes (row, input) and input covariance from mean products (input, input + row)."""
    count = len(products)
    cov, cross = products[:, :count], products[:, count:]
    return np.linalg.pinv(cov, rcond=1e-12, hermitian=True).dot(cross).T, cov


def _linear_shares(products: Floats, keep: NDArray[np.bool_]) -> Floats:
    slopes, cov = _regression(products)
    return shapley_linear_gaussian(slopes, np.where(keep, cov, 0.0))
