"""A forecast as a mixture of Student t distributions: exact quantiles and scores without sampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import gammaln, ndtr, ndtri, stdtr

from haidong_sim.errors import EstimationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray


_STEPS: Final = 60
# Of a Newton step: the step after it, which is not taken, would be its square.
_TOLERANCE: Final = 1e-9


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """A scalar mixture of R independent cases: `weight`, `location`, `scale` of shape (node, R).

    `dof` is the degrees of freedom of every component; infinite means normal.
    """

    weight: NDArray[np.float64]
    location: NDArray[np.float64]
    scale: NDArray[np.float64]
    dof: float = np.inf


def gaussian(mean: float, sd: float) -> Mixture:
    """Return a normal forecast as a mixture of one."""
    return Mixture(weight=np.ones((1, 1)), location=np.array([[mean]]), scale=np.array([[sd]]))


def material(mixture: Mixture, *, smallest: float = 1e-6) -> Mixture:
    """Return the mixture of one case without the components that no score can see."""
    kept = mixture.weight[:, 0] > smallest
    weight = mixture.weight[kept]
    return Mixture(
        weight=weight / weight.sum(axis=0),
        location=mixture.location[kept],
        scale=mixture.scale[kept],
        dof=mixture.dof,
    )


def mixture_cdf(mixture: Mixture, value: ArrayLike) -> NDArray[np.float64]:
    """Return the probability of at most `value`, shape (…, R), in each case: the PIT of an outcome."""
    standard = _standardized(mixture, value)
    below = ndtr(standard) if np.isinf(mixture.dof) else stdtr(mixture.dof, standard)
    return np.asarray((mixture.weight * below).sum(axis=-2), dtype=np.float64)


def mixture_log_density(mixture: Mixture, value: ArrayLike) -> NDArray[np.float64]:
    """Return the log density at `value`, shape (…, R), in each case: the log score of an outcome."""
    standard = _standardized(mixture, value)
    if np.isinf(mixture.dof):
        log_kernel = -0.5 * standard**2 - 0.5 * np.log(2.0 * np.pi)
    else:
        half = mixture.dof / 2.0
        log_kernel = gammaln(half + 0.5) - gammaln(half) - 0.5 * np.log(mixture.dof * np.pi)
        log_kernel = log_kernel - (half + 0.5) * np.log1p(standard**2 / mixture.dof)
    with np.errstate(divide="ignore"):
        terms = np.log(mixture.weight) + log_kernel - np.log(mixture.scale)
    top = terms.max(axis=-2)
    return np.asarray(top + np.log(np.exp(terms - top[..., None, :]).sum(axis=-2)), dtype=np.float64)


def _standardized(mixture: Mixture, value: ArrayLike) -> NDArray[np.float64]:
    """Return `value` in scales from each component's location, shape (…, node, R)."""
    cases = np.atleast_1d(np.asarray(value, dtype=np.float64))[..., None, :]
    return np.asarray((cases - mixture.location) / mixture.scale, dtype=np.float64)


def mixture_quantile(mixture: Mixture, probability: ArrayLike) -> NDArray[np.float64]:
    """Return the quantiles of each case, shape (R,) for one probability, (probability, R) for several.

    Raises
    ------
    EstimationError
        If a probability is not strictly between 0 and 1, or the bracket fails.
    """
    wanted = np.asarray(probability, dtype=np.float64)[..., None]
    if not ((wanted > 0.0) & (wanted < 1.0)).all():
        raise EstimationError(
            f"a quantile needs a probability strictly between 0 and 1, not {wanted.ravel().tolist()}"
        )
    reach = 60.0 * mixture.scale.max(axis=0)
    low = mixture.location.min(axis=0) - reach
    high = mixture.location.max(axis=0) + reach
    if (mixture_cdf(mixture, low) > wanted).any() or (mixture_cdf(mixture, high) < wanted).any():
        raise EstimationError(
            f"no bracket for the quantiles {wanted.ravel().tolist()} of locations {mixture.location.tolist()}"
        )

    def below_and_density(value: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return mixture_cdf(mixture, value), np.exp(mixture_log_density(mixture, value))

    centre = (mixture.weight * mixture.location).sum(axis=0)
    spread = np.sqrt((mixture.weight * (mixture.scale**2 + (mixture.location - centre) ** 2)).sum(axis=0))
    start = np.clip(centre + spread * ndtri(wanted), low, high)
    return invert(below_and_density, wanted, start=start, low=low, high=high)


def invert(
    below_and_density: Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]],
    probability: NDArray[np.float64],
    *,
    start: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where a distribution function reaches `probability`: Newton's method kept in a bracket."""
    value = start
    for _ in range(_STEPS):
        below, density = below_and_density(value)
        low, high = np.where(below < probability, value, low), np.where(below < probability, high, value)
        newton = value - (below - probability) / np.maximum(density, np.finfo(float).tiny)
        settled = np.abs(newton - value) <= _TOLERANCE * np.abs(value)
        inside = (newton > low) & (newton < high)
        value = np.where(settled | inside, newton, 0.5 * (low + high))
        if settled.all():
            break
    return np.asarray(value, dtype=np.float64)
