"""Given samples made to move together: their order is changed, their values are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.errors import Problems, ScenarioError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def iman_conover_1982(
    samples: ArrayLike, correlation: ArrayLike, *, rng: int | np.random.Generator | None = None
) -> NDArray[np.float64]:
    """Return the samples reordered so that their rank correlation is close to the one asked for.

    Normal scores of the ranks are given exactly the correlation asked for; each sample is then put in the
    order of its scores. The first sample keeps its order, so that others are arranged around it.

    Parameters
    ----------
    samples
        Values, shape (variable, draw); any distributions, from anywhere.
    correlation
        Wanted rank correlation, shape (variable, variable), positive definite.
    rng
        Order of the scores that are arranged; None, int or Generator.

    Raises
    ------
    ScenarioError
        If shapes, finiteness or definiteness are wrong, or there are fewer draws than a correlation needs.

    Notes
    -----
    Iman and Conover (1982), Communications in Statistics B11, 311-334.
    """
    from scipy.special import ndtri

    values, wanted = _require_sound(samples, correlation)
    n_variables, n_draws = values.shape
    scores = ndtri(np.arange(1, n_draws + 1) / (n_draws + 1))
    generator = np.random.default_rng(rng)
    shuffled = np.stack([scores, *(generator.permutation(scores) for _ in range(n_variables - 1))])
    # What the shuffled scores happen to have of correlation is taken out before the wanted one goes in.
    own = np.linalg.cholesky(np.corrcoef(shuffled))
    arranged = np.linalg.cholesky(wanted) @ np.linalg.solve(own, shuffled)
    # The first row of scores is increasing: column j belongs to the draw with rank j in the first sample.
    columns = np.argsort(np.argsort(values[0], kind="stable"), kind="stable")
    out = np.empty_like(values)
    for row in range(n_variables):
        ranks = np.argsort(np.argsort(arranged[row], kind="stable"), kind="stable")
        out[row] = np.sort(values[row])[ranks][columns]
    return out


def _require_sound(
    samples: ArrayLike, correlation: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    values, wanted = np.asarray(samples, dtype=np.float64), np.asarray(correlation, dtype=np.float64)
    problems = Problems("rank correlation")
    if values.ndim != 2 or values.shape[0] < 2:
        problems.add("samples", f"shape {values.shape} is not (variable, draw) with two variables or more")
    elif values.shape[1] <= values.shape[0]:
        problems.add("samples", f"{values.shape[1]} draws are too few for {values.shape[0]} variables")
    elif not np.isfinite(values).all():
        problems.add("samples", f"{int((~np.isfinite(values)).sum())} values are not finite")
    if values.ndim == 2 and wanted.shape != (values.shape[0], values.shape[0]):
        problems.add("correlation", f"shape {wanted.shape} does not fit {values.shape[0]} variables")
    elif wanted.ndim == 2 and wanted.shape[0] == wanted.shape[1]:
        if not np.allclose(wanted, wanted.T) or not np.allclose(np.diag(wanted), 1.0):
            problems.add("correlation", "is not symmetric with ones on its diagonal")
        elif (smallest := float(np.linalg.eigvalsh(wanted)[0])) <= 0.0:
            problems.add("correlation", f"is not positive definite (smallest eigenvalue {smallest:.4f})")
    problems.raise_if_any(ScenarioError)
    return values, wanted
