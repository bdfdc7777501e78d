"""Sobol indices of a model: base points, their mixtures, and the model evaluated block by block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.answers.sensitivity.marginals import Marginal, apply_marginals
from haidong_sim.answers.sensitivity.pick_freeze import PickFreeze, Sums, sum_products
from haidong_sim.answers.sensitivity.sobol import GROUPS, MOST_SUMS, SobolIndices, summarize_sobol
from haidong_sim.answers.sensitivity.study import (
    FLAT,
    Floats,
    Integers,
    Labels,
    Model,
    Rng,
    label_outputs,
    name_all,
    require_finite,
)
from haidong_sim.errors import EstimationError, ModelError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

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
