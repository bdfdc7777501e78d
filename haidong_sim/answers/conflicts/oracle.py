"""Answer "can these groups hold together?" with one small linear program, and say why if they cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.optimization.solver import SolverError, solve_linear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from haidong_sim.answers.conflicts.linear_plan import Group

# A violation shared out evenly over all rows counts from here; the solver itself is good to 1e-9.
TOLERANCE: Final = 1e-8


class GroupOracle:
    """Feasibility of subsets of `groups` under `hard` rows; subsets are bit masks in the order of `groups`.

    Each question is the program min t, A x - t <= b, hard rows exact, t >= 0. The groups hold
    together when t = 0; otherwise the rows with a price are a certificate (Farkas) that those
    groups alone already contradict each other (Gleeson and Ryan 1990). Answers are remembered:
    what holds together holds in every smaller set, what conflicts conflicts in every larger one.
    """

    def __init__(self, groups: Sequence[Group], hard: Sequence[Group]) -> None:
        from scipy.sparse import csr_array

        self.groups = tuple(groups)
        self.n_programs = 0
        rows = [_normalised(*group.upper_form()) for group in groups]
        self._ends = np.cumsum([0, *(len(side) for _, side in rows)])
        (hard_rows, hard_sides), (equal, self._equal_sides) = _split_hard(hard, groups[0].matrix.shape[1])
        matrix = np.concatenate([*(part for part, _ in rows), hard_rows])
        # The last column is the violation t, which eases the groups and never the hard rows.
        relief = np.where(np.arange(len(matrix)) < self._ends[-1], -1.0, 0.0)
        self._matrix = csr_array(np.column_stack([matrix, relief]))
        self._equal = csr_array(np.column_stack([equal, np.zeros(len(equal))]))
        self._sides = np.concatenate([*(side for _, side in rows), hard_sides])
        self._feasible: list[int] = []
        self._conflicting: list[int] = []

    @property
    def everything(self) -> int:
        """Mask of all groups."""
        return (1 << len(self.groups)) - 1

    def certificate(self, mask: int) -> int:
        """Return 0 if the groups in `mask` hold together, else a conflicting part of `mask`.

        Raises
        ------
        SolverError
            If the solver fails, or its answer contradicts itself.
        InfeasibleError
            If the hard rows alone contradict each other.
        """
        known = self._known(mask)
        return self._remember(mask, *self._solve([mask])[0]) if known is None else known

    def minimal(self, mask: int) -> int:
        """Return a minimal conflicting subset of `mask`, which must conflict (deletion filter)."""
        kept = self.certificate(mask)
        if not kept:
            raise SolverError(
                "a set known to conflict was found to hold together; the solver contradicts itself"
            )
        for position in positions(kept):
            bit = 1 << position
            if kept & bit:
                kept = self.certificate(kept & ~bit) or kept
        return kept

    def first_conflicting(self, masks: Sequence[int]) -> int | None:
        """Return the number of the first of `masks` that conflicts, None if each holds together.

        What is not known yet is asked in one program, block by block: most of the time of a small program is
        spent around it. All answers are remembered.

        Raises
        ------
        SolverError, InfeasibleError
            As `certificate`.
        """
        found = {mask: self._known(mask) for mask in masks}
        unknown = [mask for mask, known in found.items() if known is None]
        for mask, answer in zip(unknown, self._solve(unknown), strict=True):
            found[mask] = self._remember(mask, *answer)
        return next((number for number, mask in enumerate(masks) if found[mask]), None)

    def _known(self, mask: int) -> int | None:
        if any(mask & ~known == 0 for known in self._feasible):
            return 0
        for known in self._conflicting:
            if known & ~mask == 0:
                return known
        return None

    def _remember(
        self, mask: int, violation: float, point: NDArray[np.float64], prices: NDArray[np.float64]
    ) -> int:
        if violation <= TOLERANCE:
            self._feasible.append(mask | self._met_by(point))
            return 0
        found = self._priced(mask, prices)
        if found != mask and self._solve([found])[0][0] <= TOLERANCE:
            found = mask  # a price lost to rounding: fall back on the set that was asked about
        self._conflicting.append(found)
        return found

    def _solve(self, masks: Sequence[int]) -> list[tuple[float, NDArray[np.float64], NDArray[np.float64]]]:
        """Return violation, point and prices of each mask, from one program with a block for each."""
        if not masks:
            return []
        from scipy.sparse import block_diag

        n_groups, n_columns = self._ends[-1], self._matrix.shape[1]
        soft = [np.flatnonzero(np.repeat(self._flags(mask), np.diff(self._ends))) for mask in masks]
        rows = [np.append(own, np.arange(n_groups, len(self._sides))) for own in soft]
        bounds = np.full((len(masks), n_columns, 2), [-np.inf, np.inf])
        bounds[:, -1, 0] = 0.0
        cost = np.zeros((len(masks), n_columns))
        cost[:, -1] = 1.0
        self.n_programs += len(masks)
        found = solve_linear(
            cost=cost.ravel(),
            upper=(
                block_diag([self._matrix[own] for own in rows], format="csr"),
                np.concatenate([self._sides[own] for own in rows]),
            ),
            equal=(
                block_diag([self._equal] * len(masks), format="csr"),
                np.tile(self._equal_sides, len(masks)),
            ),
            bounds=bounds.reshape(-1, 2),
            subject="conflict search",
        )
        points = found.x.reshape(len(masks), n_columns)
        firsts = np.cumsum([0, *(len(own) for own in rows)])
        return [
            (float(point[-1]), np.append(point[:-1], 0.0), -found.upper_marginals[first : first + len(own)])
            for point, first, own in zip(points, firsts, soft, strict=False)
        ]

    def _flags(self, mask: int) -> NDArray[np.bool_]:
        flags = np.zeros(len(self.groups), dtype=np.bool_)
        flags[positions(mask)] = True
        return flags

    def _met_by(self, point: NDArray[np.float64]) -> int:
        met = (self._matrix @ point <= self._sides + 0.1 * TOLERANCE)[: self._ends[-1]]
        whole = np.logical_and.reduceat(met, self._ends[:-1])
        return sum(1 << int(position) for position in np.flatnonzero(whole))

    def _priced(self, mask: int, prices: NDArray[np.float64]) -> int:
        chosen = positions(mask)
        sizes = np.diff(self._ends)[chosen]
        starts = np.cumsum(sizes) - sizes
        priced = np.maximum.reduceat(prices, starts) > 1e-9 * float(prices.max())
        return sum(1 << position for position, counts in zip(chosen, priced, strict=True) if counts)


def positions(mask: int) -> list[int]:
    """Return the numbers of the bits that are set, lowest first."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def _normalised(
    rows: NDArray[np.float64], sides: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    size = np.abs(rows).max(axis=1)
    # A row without a variable (0 <= b) keeps its side; it holds or contradicts itself.
    size = np.where(size > 0.0, size, 1.0)
    return rows / size[:, np.newaxis], sides / size


def _split_hard(
    hard: Sequence[Group], n_columns: int
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]:
    matrix = np.concatenate([np.zeros((0, n_columns)), *(group.matrix for group in hard)])
    lower = np.concatenate([np.zeros(0), *(group.lower for group in hard)])
    upper = np.concatenate([np.zeros(0), *(group.upper for group in hard)])
    exact = lower == upper
    above, below = np.isfinite(upper) & ~exact, np.isfinite(lower) & ~exact
    inequality = (
        np.concatenate([matrix[above], -matrix[below]]),
        np.concatenate([upper[above], -lower[below]]),
    )
    return inequality, (matrix[exact], upper[exact])
