"""Which demands exclude each other: all minimal contradictory sets, and all smallest ways out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.optimization import InfeasibleError, SolverError, solve_linear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from haidong_sim.answers.conflicts.linear_plan import Group, LinearPlan

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


Names = tuple[str, ...]

_MOST_TOGETHER: Final = 16
"""Questions put to the solver in one program: beyond, a program outgrows what is saved around it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Conflicts:
    """What contradicts what in `plan`.

    `sets` are minimal conflicting sets: each is infeasible, and feasible without any one member.
    `repairs` has one entry per independent part of the plan that is in conflict: the minimal sets of
    groups to give up there; a repair of the whole plan takes one from each entry. With `complete`
    these are all there are; without it the search met its limit, and `sets` are some of them.
    `n_programs` counts the linear programs solved.
    """

    plan: LinearPlan
    sets: tuple[Names, ...]
    repairs: tuple[tuple[Names, ...], ...]
    complete: bool
    n_programs: int

    @property
    def is_feasible(self) -> bool:
        """Whether everything asked for can hold together."""
        return not self.sets

    @property
    def smallest_repair(self) -> Names:
        """A smallest set of groups whose removal lets the rest hold (one of them, if several)."""
        return tuple(name for part in self.repairs if part for name in min(part, key=len))

    def largest_feasible(self) -> Names:
        """Return a largest set of groups that hold together: everything but `smallest_repair`."""
        given_up = set(self.smallest_repair)
        return tuple(group.name for group in self.plan.relaxable if group.name not in given_up)


def find_conflicts(plan: LinearPlan, *, max_programs: int = 2000) -> Conflicts:
    """Find all minimal conflicting sets of `plan`, and all minimal repairs.

    Parameters
    ----------
    plan
        Targets and bounds may conflict; identities always hold.
    max_programs
        Linear programs to spend; the number of conflicts can grow exponentially with the plan.

    Returns
    -------
    Conflicts
        `complete` says whether the search finished within `max_programs`.

    Raises
    ------
    InfeasibleError
        If the identities contradict each other; the message names a minimal set of them.
    SolverError
        If the solver fails.
    """
    require_consistent_identities(plan)
    sets: list[Names] = []
    repairs: list[tuple[Names, ...]] = []
    complete, spent = True, 0
    for groups in independent_parts(plan):
        oracle = GroupOracle(groups, plan.identities)
        found, broken, finished = _enumerate(oracle, max_programs - spent)
        spent += oracle.n_programs
        complete &= finished
        names = [group.name for group in groups]
        sets += [tuple(names[p] for p in positions(mask)) for mask in found]
        if found:
            repairs.append(tuple(tuple(names[p] for p in positions(mask)) for mask in broken))
    return Conflicts(
        plan=plan,
        sets=tuple(sorted(sets, key=len)),
        repairs=tuple(repairs),
        complete=complete,
        n_programs=spent,
    )


def one_conflict(plan: LinearPlan) -> Names:
    """Return one minimal conflicting set (of possibly several); empty if the plan holds together.

    Raises
    ------
    InfeasibleError, SolverError
        As `find_conflicts`.
    """
    require_consistent_identities(plan)
    oracle = GroupOracle(plan.relaxable, plan.identities)
    if not oracle.certificate(oracle.everything):
        return ()
    return tuple(plan.relaxable[p].name for p in positions(oracle.minimal(oracle.everything)))


def require_consistent_identities(plan: LinearPlan) -> None:
    """Raise if the identities of `plan` alone cannot hold.

    Raises
    ------
    InfeasibleError
        Naming a minimal contradictory set of identities.
    """
    if not plan.identities:
        return
    as_bounds = tuple(replace(group, kind="bound") for group in plan.identities)
    oracle = GroupOracle(as_bounds, ())
    if oracle.certificate(oracle.everything):
        guilty = [as_bounds[p].name for p in positions(oracle.minimal(oracle.everything))]
        raise InfeasibleError(f"identities contradict each other: {', '.join(guilty)}")


def independent_parts(plan: LinearPlan) -> list[tuple[Group, ...]]:
    """Split the relaxable groups into parts that share no variable, directly or through identities.

    A conflict never reaches across parts, and repairs of different parts combine freely.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    touched = [group.matrix.any(axis=0) for group in plan.relaxable]
    touched += [row != 0.0 for group in plan.identities for row in group.matrix]
    member, column = np.nonzero(np.array(touched))
    size = plan.n_columns + len(touched)
    links = coo_array((np.ones(len(member)), (plan.n_columns + member, column)), shape=(size, size))
    _, part = connected_components(links, directed=False)
    labels = part[plan.n_columns : plan.n_columns + len(plan.relaxable)]
    return [
        tuple(group for group, label in zip(plan.relaxable, labels, strict=True) if label == chosen)
        for chosen in dict.fromkeys(labels.tolist())
    ]


def _enumerate(oracle: GroupOracle, budget: int) -> tuple[list[int], list[int], bool]:
    conflicts: list[int] = []
    proven: set[int] = set()
    waiting = [0]
    together = 1
    # Smallest first: what leaves most groups in place is most likely to show a conflict not yet known.
    while waiting:
        if oracle.n_programs >= budget:
            return conflicts, sorted(proven), False
        chosen = waiting[: -together - 1 : -1]
        number = oracle.first_conflicting([oracle.everything & ~candidate for candidate in chosen])
        proven.update(chosen[:number])
        del waiting[len(waiting) - len(chosen[:number]) :]
        if number is None:
            # As long as nothing new turns up, ask about twice as many at once.
            together = min(2 * together, _MOST_TOGETHER, max(1, budget - oracle.n_programs))
            continue
        together = 1
        candidate = waiting.pop()
        conflicts.append(oracle.minimal(oracle.everything & ~candidate))
        breakers = _break_also([*proven, *waiting, candidate], conflicts[-1])
        waiting = sorted((mask for mask in breakers if mask not in proven), key=int.bit_count, reverse=True)
    return conflicts, sorted(proven), True


def _break_also(breakers: list[int], conflict: int) -> list[int]:
    """Extend the minimal hitting sets `breakers` to one more `conflict` (Berge's step).

    A set grown by one member of the conflict can only contain an older set that meets the conflict in
    that member alone.
    """
    kept = [mask for mask in breakers if mask & conflict]
    grown = []
    for bit in (1 << position for position in positions(conflict)):
        rivals = [mask & ~bit for mask in kept if mask & conflict == bit]
        grown += [
            mask | bit
            for mask in breakers
            if not mask & conflict and not any(rival & ~mask == 0 for rival in rivals)
        ]
    return kept + grown
