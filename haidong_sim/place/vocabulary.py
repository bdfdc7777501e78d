"""The closed lists of words that the cells of a registry may hold."""

from __future__ import annotations

from typing import Final

PRICE_BASES: Final = ("current", "constant", "comparable", "consumer_prices", "unstated", "n/a")
"""`comparable` is the official growth convention; `unstated` means that the document names none."""

PROVENANCE: Final = ("document", "official", "derived", "calibrated", "assumption")
CONFIDENCE: Final = ("low", "medium", "high")
"""In rising order; `low` is never a default."""

STATISTICS: Final = ("level", "share", "ratio", "cumulative", "growth_annual", "growth_annual_avg")
GROWTH_STATISTICS: Final = ("growth_annual", "growth_annual_avg")

COMPARATORS: Final = (
    "ge", "le", "gt", "lt", "eq", "approx", "between", "multiple_of_base", "sync_with", "rank_above",
)  # fmt: skip
DIRECTIONS: Final = ("up", "down", "both")
"""Which way is better: "up" and "down" make "approx" and "sync_with" one-sided, "both" limits both sides."""

ALLOWED_DIRECTIONS: Final = {
    "ge": ("up",), "gt": ("up",), "rank_above": ("up",), "le": ("down",), "lt": ("down",),
    "between": ("both",), "eq": ("both",), "multiple_of_base": ("up", "down"),
}  # fmt: skip
"""What leaves no choice of direction; the other comparators take any."""

BOUNDS: Final = ("", "ge", "gt", "le", "lt")

FUNCTIONALS: Final = (
    "level", "mean_growth", "ratio_to_base", "reduction", "increase", "every_year", "cumulative",
)  # fmt: skip
"""What is compared with the threshold: the value in the deadline year, the geometric mean growth over the
period, x_T / x_base, 1 - x_T / x_base, x_T - x_base, the value of every year, or the sum over the period."""

MODELABLE: Final = ("core", "pace", "qualitative")
BINDING: Final = ("binding", "expected", "action_plan", "unspecified")
POPULATION_BASES: Final = (
    "resident_average", "resident_year_end", "urban_core_resident", "household_survey", "n/a",
)  # fmt: skip
ENERGY_CONVENTIONS: Final = (
    "coal_equivalent_production", "coal_equivalent_consumption", "calorific_production",
    "calorific_consumption", "installed_total", "unstated", "n/a",
)  # fmt: skip
REFERENCE_YEARS: Final = ("", "same", "previous", "same_period")
"""Words that may stand instead of a calendar year: the deadline year, the year before, the same period."""

BASELINE_CHOICES: Final = ("plan", "census")
VINTAGE_CHOICES: Final = (*BASELINE_CHOICES, "both")
SOURCE_KINDS: Final = ("document", "official", "assumption")
SEEN: Final = ("original", "via repost", "not recorded")
STATUSES: Final = ("outcome", "past_target")
DEADLINE_BASES: Final = ("printed", "assumed")
POLICY_KINDS: Final = ("target", "outcome", "missing")
CONFLICT_DEFAULTS: Final = ("a", "b", "c", "both", "none")
REGION_ROLES: Final = ("city", "rest_of_province", "province", "nation")
"""The places that an equation may speak of; which places they are is data."""
CAP_NAMES: Final = ("growth", "gap", "gap_to_rest", "drift", "urbanization", "intensity", "income")
"""The yearly rates of a plan that history, or a user, can cap."""
CAP_REGIONS: Final = (*REGION_ROLES, "panel")
"""Whose history a cap comes from; "panel" is one of other places."""
