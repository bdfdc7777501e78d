"""Draws of a scenario: what was uncertain, year by year, and the outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from haidong_sim.run import BLOCK_DRAWS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from haidong_sim.answers.sensitivity.study import Floats
    from haidong_sim.questions import Question


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One number a draw: an indicator in a year, or the margin of a target at its deadline."""

    name: str
    year: int
    functional: Question | None = None


@dataclass(frozen=True, kw_only=True)
class YearOfDraws:
    """Draws of one year: inputs (input, draw) by name, and the outcomes of that year (outcome, draw)."""

    year: int
    names: tuple[str, ...]
    inputs: Floats
    outcomes: tuple[Outcome, ...]
    found: Floats

    @property
    def met(self) -> NDArray[np.bool_]:
        """Whether each outcome that is a target is met, shape (target, draw)."""
        return np.stack([
            np.asarray(outcome.functional.is_met(values))
            for outcome, values in zip(self.outcomes, self.found, strict=True)
            if outcome.functional is not None
        ])  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Draws of all years asked about.

    Many inputs are the same in every year (a trend) and stand once.

    Attributes
    ----------
    names, inputs, common, own, order
        Name and draws of each input, shape (input, draw): first the `common` ones, which belong to every
        year, then those of each year in turn, `own` many. `order` is the order to show names in.
    outcomes, found
        In order of their years; draws of shape (outcome, draw).
    """

    names: tuple[str, ...]
    inputs: Floats
    common: int
    own: Mapping[int, int]
    order: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    found: Floats

    def columns_of(self, year: int) -> slice:
        """Return which inputs are those of `year` alone."""
        start = self.common + sum(count for before, count in self.own.items() if before < year)
        return slice(start, start + self.own[year])

    def rows_of(self, year: int) -> slice:
        """Return which outcomes are those of `year`."""
        years = [outcome.year for outcome in self.outcomes]
        return slice(years.index(year), years.index(year) + years.count(year))

    def by_year(self) -> list[YearOfDraws]:
        """Return the draws of each year by themselves."""
        found = []
        for year in self.own:
            numbers = np.r_[: self.common, self.columns_of(year)]
            rows = self.rows_of(year)
            found.append(
                YearOfDraws(
                    year=year,
                    names=tuple(self.names[number] for number in numbers),
                    inputs=self.inputs[numbers] if len(self.own) > 1 else self.inputs,
                    outcomes=self.outcomes[rows],
                    found=self.found[rows],
                )
            )
        return found


def join_draws(
    blocks: Sequence[Mapping[int, Mapping[str, Floats]]], outcomes: tuple[Outcome, ...], found: Floats
) -> Draws:
    """Join the inputs of blocks of draws, by year and the same names; those that never vary are left out."""
    years = tuple(blocks[0])
    names = tuple(blocks[0][years[0]])
    common = [name for name in names if all(_is_common(block, name) for block in blocks)]
    columns = [(years[0], name) for name in common]
    columns += [(year, name) for year in years for name in names if name not in common]
    inputs = np.empty((len(columns), found.shape[1]))
    for number, block in enumerate(blocks):
        here = slice(number * BLOCK_DRAWS, (number + 1) * BLOCK_DRAWS)
        for row, (year, name) in zip(inputs, columns, strict=True):
            row[here] = block[year][name]
    varies = np.array([np.ptp(row) > 0 for row in inputs], dtype=bool)
    if not varies.all():
        inputs = inputs[varies]
        columns = [column for column, moves in zip(columns, varies, strict=True) if moves]
    shown = {name for _, name in columns}
    n_common = sum(name in common for _, name in columns)
    return Draws(
        names=tuple(name for _, name in columns),
        inputs=inputs,
        common=n_common,
        own={year: sum(when == year for when, _ in columns[n_common:]) for year in years},
        order=tuple(name for name in names if name in shown),
        outcomes=outcomes,
        found=found,
    )


def _is_common(block: Mapping[int, Mapping[str, Floats]], name: str) -> bool:
    """Tell whether an input has the same draws in every year."""
    first, *others = (year[name] for year in block.values())
    return all(np.array_equal(first, other) for other in others)
