"""Which targets exclude each other, and the smallest ways out."""

from haidong_sim.answers.conflicts.conflicts import find_conflicts
from haidong_sim.answers.conflicts.linear_plan import Group, LinearPlan
from haidong_sim.answers.conflicts.plan_conflicts import PlanConflicts, VintageConflicts, conflicts
from haidong_sim.answers.conflicts.relaxation import Lever, cheapest_relaxation, minimum_effort
from haidong_sim.answers.conflicts.scenario_plan import VINTAGES, Cap
from haidong_sim.answers.conflicts.sentences import shown
from haidong_sim.answers.conflicts.three_way import ThreeWayStudy, study_three_way

__all__ = [
    "VINTAGES",
    "Cap",
    "Group",
    "Lever",
    "LinearPlan",
    "PlanConflicts",
    "ThreeWayStudy",
    "VintageConflicts",
    "cheapest_relaxation",
    "conflicts",
    "find_conflicts",
    "minimum_effort",
    "shown",
    "study_three_way",
]
