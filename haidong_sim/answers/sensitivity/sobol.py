"""Sobol indices: first order, total and second order of every outcome from one pick-freeze design."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from haidong_sim.answers.sensitivity.pick_freeze import PickFreeze, Sums, sum_products
from haidong_sim.answers.sensitivity.study import (
    Floats,
    Labels,
    Rng,
    Table,
    flat_notes,
    is_flat,
    label_outputs,
    name_all,
    require_finite,
)
from haidong_sim.errors import EstimationError, ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

# Above this many sums the base points are resampled in groups instead of one by one: same intervals, less
# memory.
MOST_SUMS = 8_000_000
GROUPS = 256
# An idle factor moves an outcome by rounding only.
ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, repr=False)
class SobolIndices(Table):
    """First-order and total indices (row, factor) with half-widths; S2 (row, factor, factor) if asked."""

    labels: Labels
    factors: tuple[str, ...]
    s1: Floats
    s1_conf: Floats
    st: Floats
    st_conf: Floats
    s2: Floats | None
    s2_conf: Floats | None
    flat: NDArray[np.bool_]
    n: int
    confidence: float
    method: str

    def frame(self) -> pd.DataFrame:
        """Return outcome, [year], input, S1, S1_conf, ST, ST_conf, interaction, n, method, note."""
        return self.labels.frame(
            {
                "S1": self.s1,
                "S1_conf": self.s1_conf,
                "ST": self.st,
                "ST_conf": self.st_conf,
                "interaction": self.st - self.s1,
                "distinguishable": self.st > np.maximum(self.st_conf, ROUNDING),
                "n": self.n,
                "method": self.method,
                "note": flat_notes(self.flat, self.st > np.maximum(self.st_conf, ROUNDING)),
            },
            by=self.factors,
        )

    def second_order_frame(self) -> pd.DataFrame:
        """Return outcome, [year], input, other, S2, S2_conf for every pair of factors.

        Raises
        ------
        EstimationError
            If the design has no second-order part.
        """
        if self.s2 is None or self.s2_conf is None:
            raise EstimationError("no second-order part: run the design with second_order=True")
        pairs = [(one, two) for one in range(len(self.factors)) for two in range(one + 1, len(self.factors))]
        first, second = (
            np.array([one for one, _ in pairs], dtype=int),
            np.array([two for _, two in pairs], dtype=int),
        )
        table = self.labels.frame(
            {"S2": self.s2[:, first, second], "S2_conf": self.s2_conf[:, first, second]},
            by=tuple(self.factors[one] for one in first),
        )
        others = np.tile(np.array([self.factors[two] for two in second], dtype=object), len(self.s2))
        table.insert(list(table.columns).index("input") + 1, "other", others)
        return table


def saltelli_2010(sums: Sums, centre: Floats) -> Floats:
    """Return the first-order part of the variance, mean of f(B)·(f(AB_i) − f(A)), shape (…, factor, row).

    Table 2 (b) of Saltelli et al. (2010), doi:10.1016/j.cpc.2009.09.018; `centre` (row,) is subtracted from
    f.
    """
    n = _lift(sums.count, 2)
    product = sums.cb - sums.ab[..., None, :]
    shift = sums.c - sums.a[..., None, :]
    return (product - centre * shift) / n


def jansen_1999_total(sums: Sums) -> Floats:
    """Return the total part of the variance, ½·mean of (f(A) − f(AB_i))², shape (…, factor, row).

    Table 2 (f) of Saltelli et al. (2010), after Jansen (1999).
    """
    return np.maximum(sums.aa[..., None, :] - 2 * sums.ca + sums.cc, 0) / (2 * _lift(sums.count, 2))


def saltelli_2002_pairs(sums: Sums, centre: Floats) -> Floats:
    """Return the closed second-order part, mean of f(BA_j)·f(AB_k) − f(A)·f(B), shape (…, j, k, row).

    Saltelli (2002), doi:10.1016/S0010-4655(02)00280-1; the first-order parts of j and k are still inside.
    """
    if sums.d is None or sums.dc is None:
        raise EstimationError("second-order indices need the design with B's columns replaced by A's")
    product = sums.dc - sums.ab[..., None, None, :]
    shift = sums.d[..., :, None, :] + sums.c[..., None, :, :] - (sums.a + sums.b)[..., None, None, :]
    return (product - centre * shift) / _lift(sums.count, 3)


def output_variance(sums: Sums, centre: Floats) -> Floats:
    """Return the variance of the outputs on both base designs together, shape (…, row)."""
    n = 2 * _lift(sums.count, 1)
    mean = (sums.a + sums.b) / n - centre
    square = (sums.aa + sums.bb) / n - 2 * centre * (sums.a + sums.b) / n + centre**2
    return np.maximum(square - mean**2, 0)


def estimate_sobol_from_outputs(
    outputs: PickFreeze,
    *,
    factors: Sequence[str] | None = None,
    outcome_names: Sequence[str] | None = None,
    resamples: int = 100,
    confidence: float = 0.95,
    rng: Rng = None,
) -> SobolIndices:
    """Estimate Sobol indices from outputs that are already there.

    Intervals resample base points (multinomial weights applied to sums of products by one matrix product).

    Raises
    ------
    ModelError
        If an output is not finite.
    """
    names = name_all("factor", factors, len(outputs.at_ab))
    labels = label_outputs(outputs.at_a.shape, names, outcome_names, None)
    for part in (
        outputs.at_a,
        outputs.at_b,
        *outputs.at_ab,
        *(() if outputs.at_ba is None else outputs.at_ba),
    ):
        require_finite(part, labels.rows, kind="outcome", error=ModelError)
    n_rows, n = outputs.at_a.shape
    per_point = n_rows * (
        4 * len(names) + 5 + (0 if outputs.at_ba is None else len(names) * (len(names) + 1))
    )
    groups = n if n * per_point <= MOST_SUMS else min(GROUPS, n)
    both = np.concatenate([outputs.at_a, outputs.at_b], axis=1)
    flat = is_flat(both)
    scale = np.where(flat, 1.0, both.std(axis=1))
    sums = sum_products(outputs, np.arange(groups) * n // groups, both.mean(axis=1), scale)
    return summarize_sobol(
        sums, labels=labels, factors=names, flat=flat, resamples=resamples, confidence=confidence, rng=rng
    )


def summarize_sobol(
    sums: Sums,
    *,
    labels: Labels,
    factors: tuple[str, ...],
    flat: NDArray[np.bool_],
    resamples: int,
    confidence: float,
    rng: Rng,
) -> SobolIndices:
    """Turn sums by group of base points into indices and bootstrap half-widths."""
    groups = len(sums.count)
    draws = np.random.default_rng(rng).multinomial(groups, np.full(groups, 1 / groups), size=resamples)
    whole, again = sums.weighted(np.ones((1, groups))), sums.weighted(draws.astype(np.float64))
    centre = _overall_mean(whole)
    width = ndtri(0.5 + confidence / 2) * np.sqrt(groups / max(groups - 1, 1))
    s1, st, s2 = _indices(whole, centre, flat)
    s1_again, st_again, s2_again = _indices(again, centre, flat)

    def half_width(resampled: Floats) -> Floats:
        return _rows_first(width * resampled.std(axis=0, ddof=1))

    return SobolIndices(
        labels=labels,
        factors=factors,
        s1=_rows_first(s1[0]),
        s1_conf=half_width(s1_again),
        st=_rows_first(st[0]),
        st_conf=half_width(st_again),
        s2=None if s2 is None else _rows_first(s2[0]),
        s2_conf=None if s2_again is None else half_width(s2_again),
        flat=flat,
        n=int(sums.count.sum()),
        confidence=confidence,
        method="sobol, saltelli_2010",
    )


def _rows_first(values: Floats) -> Floats:
    """Turn (factor, …, row) into (row, factor, …)."""
    return np.moveaxis(values, -1, 0)


def _indices(sums: Sums, centre: Floats, flat: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats | None]:
    """Return S1 and ST (resample, factor, row) and S2 (resample, factor, factor, row)."""
    variance = output_variance(sums, centre)
    inverse = np.divide(1.0, variance, out=np.zeros_like(variance), where=(variance > 0) & ~flat)
    s1 = saltelli_2010(sums, centre) * inverse[:, None]
    st = jansen_1999_total(sums) * inverse[:, None]
    if sums.dc is None:
        return s1, st, None
    # SALib and Saltelli (2002) subtract the first-order indices of the same estimator.
    return (
        s1,
        st,
        saltelli_2002_pairs(sums, centre) * inverse[:, None, None] - s1[:, :, None] - s1[:, None, :],
    )


def _overall_mean(sums: Sums) -> Floats:
    """Return the mean output over every point of the design, shape (row,): it steadies the products."""
    total, points = sums.a[0] + sums.b[0] + sums.c[0].sum(axis=0), 2 + sums.c.shape[1]
    if sums.d is not None:
        total, points = total + sums.d[0].sum(axis=0), points + sums.d.shape[1]
    return np.asarray(total / (points * sums.count[0]))


def _lift(count: Floats, axes: int) -> Floats:
    """Give the counts (resample,) trailing axes to divide by."""
    return count.reshape(count.shape + (1,) * axes)
