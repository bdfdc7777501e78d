"""What methods on probabilities are given: inputs as normal scores, and targets met or missed per draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from haidong_sim.answers.sensitivity.study import Floats, Labels, require_study
from haidong_sim.errors import EstimationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

# An input with fewer different values has no density to shift; its conventions are separate scenarios.
FEWEST_VALUES = 20


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """Inputs, their normal scores and their conjugate scores, and targets met (row, draw) as 0 and 1.

    `scores` (input, draw) are normal scores z; `pull` is R⁻¹z, the derivative of the log density of the draws
    with respect to a shift of each score, and `strength` (input,) the diagonal of R⁻¹.
    """

    inputs: Floats
    met: Floats
    labels: Labels
    scores: Floats
    pull: Floats
    strength: Floats
    continuous: NDArray[np.bool_]


def require_verdicts(
    inputs: ArrayLike,
    met: ArrayLike,
    *,
    input_names: Sequence[str] | None = None,
    target_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
) -> Verdicts:
    """Check inputs (input, draw) and verdicts ([year,] target, draw), and put the inputs on a normal scale.

    Raises
    ------
    EstimationError
        If a verdict is neither true nor false, or the inputs repeat each other.
    """
    study = require_study(inputs, met, input_names=input_names, outcome_names=target_names, years=years)
    if not np.isin(study.outputs, (0.0, 1.0)).all():
        raise EstimationError(
            "verdicts must be true or false in every draw; leave out targets that are not assessed"
        )
    n = study.inputs.shape[1]
    scores = ndtri((study.input_ranks.below + study.input_ranks.upto) / (2 * n))
    different = [np.count_nonzero(np.bincount(below)) for below in study.input_ranks.below]
    continuous = np.array(different) >= min(FEWEST_VALUES, n)
    scores[~continuous] = 0.0
    length = np.sqrt(np.einsum("id,id->i", scores, scores))[:, None]
    scaled = scores / np.where(length > 0, length, 1)
    correlation = scaled @ scaled.T
    # Correlations within four standard errors of zero are noise, and would only be inverted into more noise.
    correlation[np.abs(correlation) < 4 / np.sqrt(n)] = 0.0
    np.fill_diagonal(correlation, 1.0)
    if np.linalg.eigvalsh(correlation)[0] < 1e-8:
        raise EstimationError("some inputs repeat each other; drop one of them, or move them as one group")
    inverse = np.linalg.inv(correlation)
    return Verdicts(
        inputs=study.inputs,
        met=study.outputs,
        labels=study.labels,
        scores=scores,
        pull=inverse @ scores,
        strength=np.diag(inverse).copy(),
        continuous=continuous,
    )


def discrete_notes(continuous: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return one note per input, shape (1, input): says where an input cannot be moved a little."""
    return np.where(continuous, "", "discrete input: compare scenarios instead").astype(object)[None, :]


def score_covariance(met: Floats, probability: Floats, score: Floats) -> tuple[Floats, Floats]:
    """Return the covariance of verdicts and scores (row, input) and its standard error.

    Scores come from ranks: their spread is the same in every run, and only what they leave of a verdict is
    chance. The error is therefore that of the residual of verdict on score, as in a regression.
    """
    n = met.shape[1]
    centred = score - score.mean(axis=1, keepdims=True)
    share = probability[:, None]
    # Products instead of powers, which cost fifty times as much.
    squared = centred * centred
    cubed = squared * centred
    # Where the verdict never changes the sum is zero but for rounding.
    product = np.where((share > 0) & (share < 1), met @ centred.T / n, 0.0)
    second, third = squared.mean(axis=1), cubed.mean(axis=1)
    fourth = np.einsum("id,id->i", squared, squared) / n
    slope = np.divide(product, second, out=np.zeros_like(product), where=second > 0)
    # (1{met} − P)² is P² where missed and (1 − P)² where met: no pass over target × draw × input for it.
    square = ((1 - 2 * share) * (met @ squared.T) / n) + share**2 * second
    cross = met @ cubed.T / n - share * third
    residual = square - 2 * slope * cross + slope**2 * fourth
    return product, np.sqrt(np.maximum(residual, 0) / n)
