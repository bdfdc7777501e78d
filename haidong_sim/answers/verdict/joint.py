"""Targets together: which are met in the same futures, and when a target is first met."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from haidong_sim.errors import FeasibilityError, unknown_name
from haidong_sim.run import set_members, simulate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from haidong_sim.questions import Question
    from haidong_sim.run import Result


@dataclass(frozen=True, kw_only=True, eq=False)
class Attainment:
    """Which targets are met together, and how often.

    `patterns` (pattern, target) holds each combination that occurred, `weights` (pattern,) its share
    of the draws (they sum to 1), `n` the number of draws. Everything below is a sum over patterns, so
    a streamed counter of bit masks serves as well as the draws themselves.
    """

    targets: tuple[str, ...]
    patterns: NDArray[np.bool_]
    weights: NDArray[np.float64]
    n: float

    def columns(self, names: Sequence[str] | None = None) -> NDArray[np.intp]:
        """Return the columns of `names` (all by default)."""
        wanted = self.targets if names is None else tuple(names)
        for name in wanted:
            if name not in self.targets:
                raise FeasibilityError(unknown_name("target", name, self.targets))
        return np.array([self.targets.index(name) for name in wanted], dtype=np.intp)

    def among(self, names: Sequence[str]) -> Attainment:
        """Return the same draws seen through `names` only."""
        kept = self.patterns[:, self.columns(names)]
        representative, member = _distinct(kept)
        weights = _mass(member, self.weights, len(representative))
        return Attainment(targets=tuple(names), patterns=kept[representative], weights=weights, n=self.n)

    def first_met(
        self, names: Sequence[str], years: ArrayLike, *, is_sustained: bool = False
    ) -> CrossingYears:
        """Distribute the first of `years` in which its target in `names` is met; `never` is the rest.

        With `is_sustained` a year counts only if the target stays met in all later ones.
        """
        calendar = np.asarray(years, dtype=np.int64)
        met = self.patterns[:, self.columns(names)]
        if is_sustained:
            met = np.logical_and.accumulate(met[:, ::-1], axis=1)[:, ::-1]
        ever = met.any(axis=1)
        found = _mass(np.argmax(met, axis=1)[ever], self.weights[ever], len(calendar))
        return CrossingYears(years=calendar, probability=found, never=float(self.weights[~ever].sum()))

    def probabilities(self) -> NDArray[np.float64]:
        """Return the probability of each target, shape (target,)."""
        return self.weights @ self.patterns

    def joint(self, names: Sequence[str] | None = None) -> float:
        """Return the probability that all of `names` are met in the same draw."""
        chosen = self.patterns if names is None else self.patterns[:, self.columns(names)]
        return float(self.weights[chosen.all(axis=1)].sum())

    def frechet(self, names: Sequence[str] | None = None) -> tuple[float, float]:
        """Return the least and greatest joint probability that the single ones allow under any dependence."""
        single = self.probabilities()[self.columns(names)]
        return max(0.0, float(single.sum() - (len(single) - 1))), float(single.min())

    def independence_product(self, names: Sequence[str] | None = None) -> float:
        """Return the product of the single probabilities: wrong for dependent targets, shown for contrast."""
        return float(self.probabilities()[self.columns(names)].prod())

    def together(self) -> NDArray[np.float64]:
        """Return P(row and column both met), shape (target, target)."""
        met = self.patterns.astype(np.float64)
        # So thin a product is slowed down a hundredfold by threads that wait for one another.
        with threadpool_limits(limits=1):
            return np.asarray((met * self.weights[:, np.newaxis]).T @ met)

    def lift(self) -> NDArray[np.float64]:
        """Return P(both) / (P(row) P(column)); nan where a target is never met."""
        single = self.probabilities()
        expected = np.outer(single, single)
        found = np.full(expected.shape, np.nan)
        np.divide(self.together(), expected, out=found, where=expected > 0.0)
        return found

    def conditional(self) -> NDArray[np.float64]:
        """Return P(column met | row met), shape (target, target); nan where the row is never met."""
        single = self.probabilities()[:, np.newaxis]
        found = np.full((len(self.targets), len(self.targets)), np.nan)
        np.divide(self.together(), single, out=found, where=single > 0.0)
        return found

    def expected_met(self, names: Sequence[str] | None = None) -> float:
        """Return the expected number of targets met."""
        return float(self.probabilities()[self.columns(names)].sum())

    def number_met(self, names: Sequence[str] | None = None) -> NDArray[np.float64]:
        """Return the probability of meeting exactly 0, 1, ..., all of `names`."""
        chosen = self.patterns[:, self.columns(names)]
        return _mass(chosen.sum(axis=1), self.weights, chosen.shape[1] + 1)

    def first_to_fail(self, deadlines: Mapping[str, int]) -> dict[str, float]:
        """Return how often each target in `deadlines` is the first to be missed.

        Targets with the same deadline share a draw in which several of them are missed, so that the
        values and the probability that none is missed sum to 1.
        """
        names = tuple(deadlines)
        missed = ~self.patterns[:, self.columns(names)]
        dates = np.array([deadlines[name] for name in names], dtype=np.float64)
        when = np.where(missed, dates, np.inf)
        earliest = when.min(axis=1, keepdims=True)
        first = missed & (when == earliest)
        shared = first / np.maximum(first.sum(axis=1, keepdims=True), 1)
        return dict(zip(names, (self.weights @ shared).tolist(), strict=True))


def attainment_from_draws(
    met: ArrayLike, targets: Sequence[str], *, weights: ArrayLike | None = None
) -> Attainment:
    """Count the patterns of `met`, booleans of shape (target, draw), with optional `weights` (draw,).

    Raises
    ------
    FeasibilityError
        If the shape does not fit, there is no draw, or the weights are unusable.
    """
    flags = np.asarray(met, dtype=np.bool_)
    if flags.ndim != 2 or flags.shape[0] != len(targets) or not flags.size:
        raise FeasibilityError(
            f"attainment: expected ({len(targets)} targets, draws), got shape {flags.shape}"
        )
    size = flags.shape[1]
    mass = np.full(size, 1.0 / size) if weights is None else np.asarray(weights, dtype=np.float64)
    if mass.shape != (size,) or not (np.isfinite(mass) & (mass >= 0.0)).all() or not mass.sum() > 0.0:
        raise FeasibilityError(f"attainment: expected {size} weights, none negative, not all zero")
    representative, member = _distinct(flags.T)
    return Attainment(
        targets=tuple(targets),
        patterns=flags.T[representative],
        weights=_mass(member, mass / mass.sum(), len(representative)),
        n=float(size),
    )


def attainment_from_masks(counts: Mapping[int, float], targets: Sequence[str]) -> Attainment:
    """Read a counter of bit masks; bit k of a mask is set when target k was met.

    Raises
    ------
    FeasibilityError
        If a mask has a bit beyond the last target, or nothing was counted.
    """
    masks = list(counts)
    if masks and (min(masks) < 0 or max(masks) >> len(targets)):
        raise FeasibilityError(f"attainment: a mask has bits beyond the {len(targets)} targets")
    numbers = np.array(list(counts.values()), dtype=np.float64)
    if not numbers.sum() > 0.0 or (numbers < 0.0).any():
        raise FeasibilityError("attainment: the counter is empty or has a negative count")
    # Weights that stand for draws sum to their number but for a last digit.
    total = float(np.round(numbers.sum(), 6))
    return Attainment(
        targets=tuple(targets),
        patterns=set_members(masks, len(targets)),
        weights=numbers / total,
        n=total,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class CrossingYears:
    """When a threshold is first met: `probability` (year,) that it happens in each year, and `never`.

    They sum to 1; `never` is the mass of paths that do not meet it within the years.
    """

    years: NDArray[np.int64]
    probability: NDArray[np.float64]
    never: float

    def quantile(self, level: float) -> float:
        """Return the year by which at least `level` of the paths have crossed; inf if too few ever do."""
        if not 0.0 < level < 1.0:
            raise FeasibilityError(f"quantile level {level} must lie between 0 and 1")
        reached = np.cumsum(self.probability) >= level - 1e-12
        return float(self.years[np.argmax(reached)]) if reached.any() else np.inf


def _distinct(patterns: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return one row number of each distinct pattern, and the number of the pattern that each row shows."""
    packed = np.packbits(patterns, axis=1, bitorder="little")
    if packed.shape[1] <= 8:
        # One whole number a row sorts many times faster than a structure of bytes.
        wide = np.zeros((len(packed), 8), dtype=np.uint8)
        wide[:, : packed.shape[1]] = packed
        keys = wide.view(np.uint64).ravel()
    else:
        keys = np.ascontiguousarray(packed).view([("", packed.dtype)] * packed.shape[1]).ravel()
    _, representative, member = np.unique(keys, return_index=True, return_inverse=True)
    return representative, member.ravel()


def _mass(member: NDArray[np.intp], weights: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    return np.bincount(member, weights=weights, minlength=size).astype(np.float64)


def crossing_of(result: Result, functional: Question, *, is_sustained: bool = False) -> CrossingYears:
    """Return the year in which each future first meets a target, and the mass that never does.

    From the kept draws of the indicator; where they were not kept the scenario is run once more on the same
    random numbers, asked the target in every year.

    Raises
    ------
    FeasibilityError
        If the target is no level, or the run has no draws.
    """
    if not functional.is_level:
        raise FeasibilityError(
            f"'{functional.name}' is no level that is reached in a year; it has no crossing year"
        )
    if result.part is None:
        raise FeasibilityError(
            "a path without shocks crosses once: see break_even_year; or use simulate(scenario, ...)"
        )
    years = result.years[1:]
    asked = [
        replace(functional.at(year), target_id=f"{functional.name} in {year}", reading="")
        for year in years.tolist()
    ]
    is_kept = all(name in result.program.keep for name in functional.indicators)
    met = _from_kept(result, asked) if is_kept else _from_new_run(result, asked)
    return met.first_met([question.name for question in asked], years, is_sustained=is_sustained)


def _from_kept(result: Result, asked: list[Question]) -> Attainment:
    names = asked[0].indicators
    kept = {name: result[name].astype(np.float64) for name in names}
    base_year = int(result.years[0])

    def value(name: str, year: int) -> Any:
        return kept[name][year - base_year]

    met = np.stack([question.is_met(question.margin(value)) for question in asked])
    return attainment_from_draws(met, [question.name for question in asked])


def _from_new_run(result: Result, asked: list[Question]) -> Attainment:
    yearly = simulate(
        result.scenario,
        draws=result.draws,
        rng=result.entropy,
        sampler=result.program.sampler,
        precision=result.program.precision,
        indicators=(),
        questions=asked,
        registry=result.registry,
        progress=False,
    )
    assert yearly.part is not None
    return attainment_from_masks(yearly.part.masks, [f.name for f in yearly.functionals])
