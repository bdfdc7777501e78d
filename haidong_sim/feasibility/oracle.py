"""Answer "can these groups hold together?" with one small linear program, and say why if they cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.feasibility.solver import SolverError, solve_linear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from haidong_sim.feasibility.linear_plan import Group

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
        self.groups = tuple(groups)
        self.n_programs = 0
        self._rows = [_normalised(*group.upper_form()) for group in groups]
        self._hard = _split_hard(hard, groups[0].matrix.shape[1])
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
        if any(mask & ~known == 0 for known in self._feasible):
            return 0
        for known in self._conflicting:
            if known & ~mask == 0:
                return known
        violation, point, prices = self._solve(mask)
        if violation <= TOLERANCE:
            self._feasible.append(mask | self._met_by(point))
            return 0
        found = self._priced(mask, prices)
        if found != mask and self._solve(found)[0] <= TOLERANCE:
            found = mask  # a price lost to rounding: fall back on the set that was asked about
        self._conflicting.append(found)
        return found

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

    def _solve(self, mask: int) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        from scipy.sparse import csr_array  # noqa: PLC0415  only paid for by those who ask

        chosen = [self._rows[position] for position in positions(mask)]
        hard_upper, hard_equal = self._hard
        parts = [*(rows for rows, _ in chosen), hard_upper[0]]
        matrix = np.concatenate(parts)
        sides = np.concatenate([*(side for _, side in chosen), hard_upper[1]])
        n_soft = len(sides) - len(hard_upper[1])
        relief = np.where(np.arange(len(sides)) < n_soft, -1.0, 0.0)
        used = np.flatnonzero(matrix.any(axis=0) | hard_equal[0].any(axis=0))
        upper = csr_array(np.concatenate([matrix[:, used], relief[:, np.newaxis]], axis=1))
        equal = np.concatenate([hard_equal[0][:, used], np.zeros((len(hard_equal[1]), 1))], axis=1)
        bounds = np.full((len(used) + 1, 2), [-np.inf, np.inf])
        bounds[-1, 0] = 0.0
        cost = np.zeros(len(used) + 1)
        cost[-1] = 1.0
        self.n_programs += 1
        found = solve_linear(
            cost=cost,
            upper=(upper, sides),
            equal=(csr_array(equal), hard_equal[1]),
            bounds=bounds,
            subject="conflict search",
        )
        point = np.zeros(matrix.shape[1])
        point[used] = found.x[:-1]
        return found.value, point, -found.upper_marginals[:n_soft]

    def _met_by(self, point: NDArray[np.float64]) -> int:
        met = 0
        for position, (rows, sides) in enumerate(self._rows):
            if (rows @ point <= sides + 0.1 * TOLERANCE).all():
                met |= 1 << position
        return met

    def _priced(self, mask: int, prices: NDArray[np.float64]) -> int:
        found, first = 0, 0
        floor = 1e-9 * float(prices.max(initial=0.0))
        for position in positions(mask):
            last = first + len(self._rows[position][1])
            if (prices[first:last] > floor).any():
                found |= 1 << position
            first = last
        return found


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
