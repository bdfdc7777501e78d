"""Which targets of a scenario cannot hold together: every conflict, the cheapest way out, the prices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.answers.conflicts.conflicts import find_conflicts
from haidong_sim.answers.conflicts.relaxation import (
    Lever,
    best_attainable,
    cheapest_relaxation,
    minimum_effort,
)
from haidong_sim.answers.conflicts.scenario_plan import VINTAGES, consistent_plan, scenario_plan
from haidong_sim.answers.conflicts.sentences import (
    conflict_sentences,
    label,
    no_history_sentences,
    price_sentences,
    relaxation_sentences,
)
from haidong_sim.errors import FeasibilityError, public
from haidong_sim.optimization import InfeasibleError, UnboundedError
from haidong_sim.run import Answer, case_of
from haidong_sim.words import require_language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from haidong_sim.answers.conflicts.conflicts import Conflicts
    from haidong_sim.answers.conflicts.linear_plan import LinearPlan
    from haidong_sim.answers.conflicts.relaxation import MinimumEffort, Relaxation
    from haidong_sim.answers.conflicts.scenario_plan import Cap, ScenarioPlan
    from haidong_sim.answers.conflicts.sentences import Language
    from haidong_sim.run import RegistrySource, Subject
    from haidong_sim.scenario import Scenario

_ROOM: Final = 1e-7
"""A concession is widened by this much, so that rounding does not contradict what it leaves."""

_DETERMINED: Final = ("gap_to_province", "gap_to_rest", "relative_deflator")
"""Variables that identities tie to real growth; they cost no effort of their own then."""


@dataclass(frozen=True, kw_only=True, eq=False)
class VintageConflicts:
    """The conflicts of one population vintage.

    Attributes
    ----------
    found
        All minimal conflicting sets and repairs.
    relaxation
        The cheapest concessions by targets, in natural units; None if the limits alone contradict each other.
    effort
        The least-effort paths under these concessions; its prices are efforts per unit of a tighter demand.
    best
        The most ambitious level of each target that the limits allow, whatever becomes of the other targets;
        inf or -inf where nothing limits it.
    """

    vintage: str
    source: ScenarioPlan
    plan: LinearPlan
    found: Conflicts
    relaxation: Relaxation | None
    effort: MinimumEffort | None
    best: Mapping[str, float]

    def rows(self, language: Language = "en") -> list[dict[str, Any]]:
        """Return one row per target and limit; see `PlanConflicts.frame`."""
        given_up = set(self.plan_names) - set(self.found.largest_feasible())
        rows = []
        for group in self.plan.relaxable:
            numbers = [number for number, names in enumerate(self.found.sets, 1) if group.name in names]
            levels = {} if self.relaxation is None else self.relaxation.levels
            rows.append(
                {
                    "vintage": self.vintage,
                    "name": group.name,
                    "kind": group.kind,
                    "label": label(group, language),
                    "asked": group.threshold,
                    "unit": group.unit,
                    "conflicts": ", ".join(map(str, numbers)),
                    "within_reach": levels.get(group.name),
                    "best_alone": self.best.get(group.name),
                    # Row units are log, log-odds or yearly rates: a hundredth of one is a percent.
                    "effort_per_percent": None
                    if self.effort is None
                    else self.effort.prices[group.name] / 100.0,
                    "in_largest_feasible_set": group.name not in given_up,
                    "source": group.source,
                }
            )
        return rows

    @property
    def plan_names(self) -> tuple[str, ...]:
        """Names of all targets and limits."""
        return tuple(group.name for group in self.plan.relaxable)

    def sentences(self, language: Language = "en") -> list[str]:
        """Say what contradicts what, the smallest and the cheapest way out, and what the demands cost."""
        said = conflict_sentences(self.found, language)
        if self.relaxation is not None and not self.found.is_feasible:
            said += relaxation_sentences(self.relaxation, language)
        if self.effort is not None:
            said += price_sentences(self.effort, language)
        return said + no_history_sentences(self.source.no_history, language)


@dataclass(frozen=True, kw_only=True, repr=False)
class PlanConflicts(Answer):
    """The conflicts of a scenario's targets, by population vintage: the two are never averaged.

    `language` is that of names and sentences, unless they are asked for in another.
    """

    scenario: Scenario
    by_vintage: Mapping[str, VintageConflicts]
    language: Language = "en"

    @cached_property
    def is_feasible(self) -> bool:
        """Whether everything holds together on every vintage asked."""
        return all(part.found.is_feasible for part in self.by_vintage.values())

    def frame(self, language: Language | None = None) -> pd.DataFrame:
        """Return one row per vintage and demand: its conflicts, what is within reach, what it costs.

        `within_reach` is the level after the cheapest concessions, `best_alone` the best that the limits
        allow, `effort_per_percent` the rise of effort (summed squared log rates) for one percent more.
        """
        import pandas as pd

        words = require_language(language or self.language)
        return pd.DataFrame([row for part in self.by_vintage.values() for row in part.rows(words)])

    def sentences(self, language: Language | None = None) -> dict[str, list[str]]:
        """Return what a planner should know, by vintage."""
        words = require_language(language or self.language)
        return {name: part.sentences(words) for name, part in self.by_vintage.items()}

    def __getitem__(self, vintage: str) -> VintageConflicts:
        return self.by_vintage[vintage]

    def __repr__(self) -> str:
        parts = [f"{name}: {len(part.found.sets)}" for name, part in self.by_vintage.items()]
        return f"<PlanConflicts of '{self.scenario.name}': minimal conflicts by vintage, {', '.join(parts)}>"


@public
def conflicts(
    subject: Subject,
    *,
    caps: Mapping[str, Cap] | None = None,
    targets: Sequence[str] | None = None,
    vintages: Sequence[str] = VINTAGES,
    with_tolerance: bool = False,
    max_programs: int = 2000,
    registry: RegistrySource = None,
    language: Language = "en",
) -> PlanConflicts:
    """Return which targets of a scenario and limits from history cannot hold together.

    Parameters
    ----------
    subject
        A result, a scenario, a name or a path.
    caps
        Limits a year such as {"gap": 0.02, "drift": -0.005}, in place of those from history; a pair limits
        both sides. "growth" and "intensity" (decline) are yearly rates; "gap", "gap_to_rest", "drift",
        "urbanization" and "income" differences of yearly logs.
    targets
        Ids or questions; None takes all that are linear in growth rates.
    vintages
        Population vintages, both by default.
    with_tolerance
        Grant the printed "about" to every threshold.
    max_programs
        Linear programs to spend on each vintage.
    registry
        The place; that of the subject if None.
    language
        "en" or "zh": of names and sentences.

    Raises
    ------
    FeasibilityError
        For an empty list, unknown names, targets that are not linear in growth rates.
    SolverError
        If the solver fails; the message has its status.
    """
    case = case_of(subject, registry=registry)
    if not vintages:
        raise FeasibilityError("conflicts: name at least one vintage, 'plan' or 'census'")
    found = {}
    for vintage in dict.fromkeys(vintages):
        source = scenario_plan(
            case.scenario, case.registry, vintage=vintage, targets=targets, caps=caps,
            with_tolerance=with_tolerance,
        )  # fmt: skip
        found[vintage] = _of_vintage(source, max_programs)
    return PlanConflicts(scenario=case.scenario, by_vintage=found, language=require_language(language))


def _of_vintage(source: ScenarioPlan, max_programs: int) -> VintageConflicts:
    plan = consistent_plan(source.problem)
    found = find_conflicts(plan, max_programs=max_programs)
    relaxation = _relaxation(plan)
    return VintageConflicts(
        vintage=source.vintage,
        source=source,
        plan=plan,
        found=found,
        relaxation=relaxation,
        effort=None if relaxation is None else _least_effort(source, plan, relaxation),
        best={} if relaxation is None else _best_levels(plan),
    )


def _relaxation(plan: LinearPlan) -> Relaxation | None:
    try:
        return cheapest_relaxation(plan)
    except InfeasibleError:
        # The limits contradict each other without any target; the conflicts say which.
        return None


def _least_effort(source: ScenarioPlan, plan: LinearPlan, relaxation: Relaxation) -> MinimumEffort:
    slacks = {name: slack + _ROOM for name, slack in relaxation.slacks.items()}
    has_real = "real_growth" in plan.variables
    tied = set(_DETERMINED) if has_real else {"gap_to_province", "relative_deflator"}
    if not has_real and "gap_to_rest" not in plan.variables:
        tied = {"relative_deflator"}
    levers = {
        name: Lever(baseline=source.baselines.get(name, 0.0)) for name in plan.variables if name not in tied
    }
    return minimum_effort(plan.relaxed(slacks), levers=levers)


def _best_levels(plan: LinearPlan) -> dict[str, float]:
    best = {}
    for group in plan.relaxable:
        if group.kind == "target" and group.threshold is not None:
            try:
                best[group.name] = best_attainable(plan, group.name)
            except UnboundedError:
                best[group.name] = group.direction * float("inf")
    return best
