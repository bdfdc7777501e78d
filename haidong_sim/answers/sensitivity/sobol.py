"""Sobol' indices: designs of paired samples and their estimators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from haidong_sim.answers.sensitivity.study import (
    FLAT,
    Floats,
    Integers,
    Labels,
    Marginal,
    Model,
    Rng,
    apply_marginals,
    flat_notes,
    is_flat,
    label_outputs,
    name_all,
    require_finite,
)
from haidong_sim.errors import EstimationError, ModelError, unknown_name
from haidong_sim.run import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

ALWAYS = ("count", "a", "b", "aa", "bb", "ab", "c", "ca", "cb", "cc")


@dataclass(frozen=True, kw_only=True)
class PickFreeze:
    """Outputs on the two base designs and on their mixtures.

    `at_a`, `at_b` (row, draw); `at_ab` (factor, row, draw) is design A with one factor taken from B; `at_ba`,
    the other way round, is needed for second-order indices only.
    """

    at_a: Floats
    at_b: Floats
    at_ab: Floats
    at_ba: Floats | None = None


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Sums of products of outputs; a leading axis counts groups of base points, or resamples of them.

    Names: a, b are designs A and B; c is A with one factor from B; d is B with one factor from A.
    """

    count: Floats  # (group,)
    a: Floats  # (group, row), as the next four
    b: Floats
    aa: Floats
    bb: Floats
    ab: Floats
    c: Floats  # (group, factor, row), as the next three
    ca: Floats
    cb: Floats
    cc: Floats
    d: Floats | None = None  # (group, factor, row)
    dc: Floats | None = None  # (group, factor of d, factor of c, row)

    def weighted(self, weights: Floats) -> Sums:
        """Return the sums of resamples: `weights` (resample, group) says how often each group is in each."""

        def mix(values: Floats) -> Floats:
            return np.asarray((weights @ values.reshape(len(values), -1)).reshape(-1, *values.shape[1:]))

        return Sums(
            **{name: mix(getattr(self, name)) for name in ALWAYS},
            d=None if self.d is None else mix(self.d),
            dc=None if self.dc is None else mix(self.dc),
        )

    @classmethod
    def joined(cls, blocks: list[Sums]) -> Sums:
        """Put the groups of several blocks of base points one after the other."""
        second = [(block.d, block.dc) for block in blocks if block.d is not None and block.dc is not None]
        return cls(
            **{name: np.concatenate([getattr(block, name) for block in blocks]) for name in ALWAYS},
            d=np.concatenate([d for d, _ in second]) if second else None,
            dc=np.concatenate([dc for _, dc in second]) if second else None,
        )


def sum_products(outputs: PickFreeze, starts: NDArray[np.int64], centre: Floats, scale: Floats) -> Sums:
    """Sum the products of outputs over groups of base points.

    Parameters
    ----------
    starts : shape (group,)
        First base point of each group; groups are consecutive and not empty.
    centre, scale : shape (row,)
        Subtracted from and divided into the outputs first, which keeps the sums exact to rounding.
    """
    a, b = _scaled(outputs.at_a, centre, scale), _scaled(outputs.at_b, centre, scale)

    def total(values: Floats) -> Floats:
        return np.add.reduceat(values, starts, axis=-1).T

    # One factor at a time: its outputs then stay in the processor's cache for all their products.
    mixed: dict[str, list[Floats]] = {"c": [], "ca": [], "cb": [], "cc": [], "d": [], "dc": []}
    for part in outputs.at_ab:
        c = _scaled(part, centre, scale)
        for name, value in (("c", c), ("ca", c * a), ("cb", c * b), ("cc", c * c)):
            mixed[name].append(total(value))
    for part in () if outputs.at_ba is None else outputs.at_ba:
        d = _scaled(part, centre, scale)
        mixed["d"].append(total(d))
        pairs = [total(d * _scaled(other, centre, scale)) for other in outputs.at_ab]
        mixed["dc"].append(np.stack(pairs, axis=1))
    return Sums(
        count=np.diff(starts, append=a.shape[-1]).astype(np.float64),
        a=total(a), b=total(b), aa=total(a * a), bb=total(b * b), ab=total(a * b),
        **{name: np.stack(values, axis=1) for name, values in mixed.items() if values},
    )  # fmt: skip


def _scaled(values: Floats, centre: Floats, scale: Floats) -> Floats:
    shifted = values - centre[:, None]
    shifted *= 1 / scale[:, None]
    return shifted


# Above this many sums the base points are resampled in groups instead of one by one: same intervals, less
# memory.
MOST_SUMS = 8_000_000
GROUPS = 256
# An idle factor moves an outcome by rounding only.
ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, repr=False)
class SobolIndices(Answer):
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

    Answer 2 (b) of Saltelli et al. (2010), doi:10.1016/j.cpc.2009.09.018; `centre` (row,) is subtracted from
    f.
    """
    n = _lift(sums.count, 2)
    product = sums.cb - sums.ab[..., None, :]
    shift = sums.c - sums.a[..., None, :]
    return (product - centre * shift) / n


def jansen_1999_total(sums: Sums) -> Floats:
    """Return the total part of the variance, ½·mean of (f(A) − f(AB_i))², shape (…, factor, row).

    Answer 2 (f) of Saltelli et al. (2010), after Jansen (1999).
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


# Columns per call of the model: large enough to hide the cost of a call, small enough for the processor's
# cache.
COLUMNS_AT_ONCE = 16_384
SAMPLERS = ("sobol", "mc")


@dataclass(frozen=True, kw_only=True)
class SobolDesign:
    """Base points in the unit cube, (input, draw) each, and the factors that are exchanged between them."""

    level_a: Floats
    level_b: Floats
    factors: tuple[str, ...]
    members: tuple[Integers, ...]
    inputs: tuple[str, ...]


def draw_sobol_design(
    input_names: Sequence[str],
    *,
    base_points: int,
    groups: Mapping[str, Sequence[str]] | None = None,
    sampler: str = "sobol",
    rng: Rng = None,
) -> SobolDesign:
    """Draw the two base designs.

    Parameters
    ----------
    base_points : int
        Rounded up to a power of two for `sampler="sobol"` (scrambled net, for some tens of inputs at most);
        kept for "mc" (for any number).
    groups : mapping of name to input names, optional
        Inputs that are exchanged together, as one factor (all yearly shocks of a series, say).

    Raises
    ------
    EstimationError
        If a group names an input that does not exist, or one twice; if the sampler is unknown.
    """
    names = tuple(input_names)
    factors, members = _factors(names, groups or {})
    generator = np.random.default_rng(rng)
    if sampler == "sobol":
        from scipy.stats import qmc

        points = qmc.Sobol(2 * len(names), scramble=True, seed=generator).random_base2(
            int(np.ceil(np.log2(max(base_points, 2))))
        )
        # A scrambled net can contain an exact 0, where an unbounded input has no quantile.
        levels = np.clip(points.T, 2.0**-40, 1 - 2.0**-40)
    elif sampler == "mc":
        levels = generator.random((2 * len(names), base_points))
    else:
        raise EstimationError(unknown_name("sampler", sampler, SAMPLERS))
    return SobolDesign(
        level_a=levels[: len(names)],
        level_b=levels[len(names) :],
        factors=factors,
        members=members,
        inputs=names,
    )


def estimate_sobol(
    model: Model,
    marginals: Mapping[str, Marginal],
    *,
    base_points: int = 4096,
    groups: Mapping[str, Sequence[str]] | None = None,
    second_order: bool = False,
    outcome_names: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
    sampler: str = "sobol",
    resamples: int = 100,
    confidence: float = 0.95,
    rng: Rng = None,
) -> SobolIndices:
    """Estimate Sobol indices of all outcomes of a model with independent inputs.

    The model is run on base_points × (factors + 2) columns, twice the factors with `second_order`, in blocks;
    only sums are kept. Inputs that depend on each other need Shapley effects instead: S1 and ST are no shares
    then.

    Parameters
    ----------
    model : callable
        Takes inputs (input, draw), returns ([year,] outcome, draw).
    marginals : mapping of input name to quantile function

    Raises
    ------
    ModelError
        If an output is not finite; says which base points.
    """
    generator = np.random.default_rng(rng)
    design = draw_sobol_design(
        tuple(marginals), base_points=base_points, groups=groups, sampler=sampler, rng=generator
    )
    sums, labels, flat = _evaluate_design(
        model, design, list(marginals.values()), outcome_names, years, second_order=second_order
    )
    return summarize_sobol(
        sums,
        labels=labels,
        factors=design.factors,
        flat=flat,
        resamples=resamples,
        confidence=confidence,
        rng=generator,
    )


def _evaluate_design(
    model: Model,
    design: SobolDesign,
    marginals: list[Marginal],
    outcome_names: Sequence[str] | None,
    years: Sequence[int] | None,
    *,
    second_order: bool,
) -> tuple[Sums, Labels, NDArray[np.bool_]]:
    """Run the model block by block; returns the sums of products, the labels and which rows are constant."""
    value_a, value_b = (apply_marginals(marginals, part) for part in (design.level_a, design.level_b))
    n, count = value_a.shape[1], len(design.factors)
    mixtures, pairs = (2 * count, count**2) if second_order else (count, 0)
    step = max(COLUMNS_AT_ONCE // (mixtures + 2), 16)
    blocks: list[Sums] = []
    span = _Span()
    labels: Labels | None = None
    for start in range(0, n, step):
        part = slice(start, min(start + step, n))
        columns = _mixed(value_a[:, part], value_b[:, part], design.members, second_order=second_order)
        found = np.asarray(model(columns), dtype=np.float64)
        labels = labels or _labels(found, columns, design, outcome_names, years)
        outputs = _split(found, part.stop - start, count)
        held = n * outputs.at_a.shape[0] * (4 * mixtures + pairs + 5)
        group = 1 if held <= MOST_SUMS else -(-n // GROUPS)
        # Infinite outputs make the sums NaN, which is looked for just below.
        with np.errstate(invalid="ignore", over="ignore"):
            span = span.widened(outputs)
            sums = sum_products(outputs, np.arange(0, part.stop - start, group), *span.reference())
        _require_finite_sums(sums, outputs, labels, first=start)
        blocks.append(sums)
    if labels is None:
        raise EstimationError("a design needs one base point or more")
    return Sums.joined(blocks), labels, span.is_flat()


@dataclass(frozen=True, kw_only=True)
class _Span:
    """Smallest and largest output of each row so far, and the centre and scale fixed by the first block."""

    low: Floats | None = None
    high: Floats | None = None
    centre: Floats | None = None
    scale: Floats | None = None

    def widened(self, outputs: PickFreeze) -> _Span:
        both = np.concatenate([outputs.at_a, outputs.at_b], axis=1)
        low, high = both.min(axis=1), both.max(axis=1)
        if self.low is None or self.high is None:
            spread = both.std(axis=1)
            return _Span(
                low=low, high=high, centre=both.mean(axis=1), scale=np.where(spread > 0, spread, 1.0)
            )
        return _Span(
            low=np.minimum(self.low, low),
            high=np.maximum(self.high, high),
            centre=self.centre,
            scale=self.scale,
        )

    def reference(self) -> tuple[Floats, Floats]:
        if self.centre is None or self.scale is None:
            raise EstimationError("no block was evaluated")
        return self.centre, self.scale

    def is_flat(self) -> NDArray[np.bool_]:
        if self.low is None or self.high is None:
            raise EstimationError("no block was evaluated")
        return np.asarray(self.high - self.low <= FLAT * np.maximum(np.abs(self.low), np.abs(self.high)))


def _factors(
    names: tuple[str, ...], groups: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, ...], tuple[Integers, ...]]:
    """Return the factor names and the numbers of the inputs in each; an ungrouped input is its own factor."""
    name_all("input", names, len(names))
    owner: dict[str, str] = {}
    for group, inside in groups.items():
        for name in inside:
            if name not in names:
                raise EstimationError(f"group '{group}': {unknown_name('input', name, names)}")
            if name in owner:
                raise EstimationError(f"input '{name}' is in the groups '{owner[name]}' and '{group}'")
            owner[name] = group
    factors = tuple(dict.fromkeys(owner.get(name, name) for name in names))
    return factors, tuple(
        np.array(
            [number for number, name in enumerate(names) if owner.get(name, name) == factor], dtype=np.int64
        )
        for factor in factors
    )


def _mixed(at_a: Floats, at_b: Floats, members: tuple[Integers, ...], *, second_order: bool) -> Floats:
    """Put A, B, every AB_i and, for second order, every BA_i side by side, shape (input, columns)."""
    pairs = [(at_a, at_b), (at_b, at_a)] if second_order else [(at_a, at_b)]
    columns = np.empty((at_a.shape[0], 2 + len(pairs) * len(members), at_a.shape[1]))
    columns[:, 0], columns[:, 1] = at_a, at_b
    for turn, (kept, taken) in enumerate(pairs):
        first = 2 + turn * len(members)
        columns[:, first : first + len(members)] = kept[:, None]
        for number, inside in enumerate(members):
            columns[inside, first + number] = taken[inside]
    return columns.reshape(at_a.shape[0], -1)


def _labels(
    found: Floats,
    columns: Floats,
    design: SobolDesign,
    outcomes: Sequence[str] | None,
    years: Sequence[int] | None,
) -> Labels:
    if found.ndim not in {2, 3} or found.shape[-1] != columns.shape[-1]:
        raise EstimationError(
            f"the model must return ([year,] outcome, {columns.shape[-1]}), it returned {found.shape}"
        )
    return label_outputs(found.shape, design.inputs, outcomes, years)


def _split(found: Floats, points: int, n_factors: int) -> PickFreeze:
    """Take the outputs of one block apart again."""
    parts = np.moveaxis(found.reshape(-1, found.shape[-1] // points, points), 1, 0)
    return PickFreeze(
        at_a=parts[0],
        at_b=parts[1],
        at_ab=parts[2 : 2 + n_factors],
        at_ba=parts[2 + n_factors :] if len(parts) > 2 + n_factors else None,
    )


def _require_finite_sums(sums: Sums, outputs: PickFreeze, labels: Labels, *, first: int) -> None:
    """Refuse a block with an output that is not finite; looks at single outputs only if a sum shows one."""
    if all(
        np.isfinite(part).all() for part in (sums.a, sums.b, sums.c, *(() if sums.d is None else (sums.d,)))
    ):
        return
    for part in (
        outputs.at_a,
        outputs.at_b,
        *outputs.at_ab,
        *(() if outputs.at_ba is None else outputs.at_ba),
    ):
        require_finite(part, labels.rows, kind="outcome", error=ModelError, first=first)
