"""Which targets and bounds cannot hold together: every minimal conflicting set, and every way out.

Minimal conflicting sets and minimal repairs are dual: a repair takes at least one member from every
conflict (Reiter 1987; Liffiton and Sakallah 2008). The search below walks between the two until each
minimal way of breaking all known conflicts has been shown to leave a plan that holds, so that no
conflict can be missing. It never blames an identity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from haidong_sim.answers.conflicts.oracle import GroupOracle, positions
from haidong_sim.optimization.solver import InfeasibleError

if TYPE_CHECKING:
    from haidong_sim.answers.conflicts.linear_plan import Group, LinearPlan

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
