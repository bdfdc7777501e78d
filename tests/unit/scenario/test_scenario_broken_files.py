"""Every rule of a scenario file: one bad file each, and the words that its author reads."""

from __future__ import annotations

from pathlib import Path

import pytest

import haidong_sim as hs
from haidong_sim.errors import RegistryError, ScenarioError

BROKEN = Path(__file__).parents[2] / "broken_files" / "scenarios"

MESSAGES = {
    "assumption_without_range": "assumptions.income_elasticity: an assumption needs its range: give low and",
    "both_province_and_rest": "paths: give a path for either 'province' or 'rest_of_province'",
    "contradictory_city_and_province": "paths.province: in 2022 the rest of the province would have to grow "
    "by -10.8%; between -5% and 15% is plausible",
    "correlation_names_twice": "dependence.correlation.order: named twice: primary",
    "correlation_not_positive": "dependence.correlation.matrix: not positive definite (smallest eigenvalue "
    "-0.8000)",
    "correlation_not_square": "dependence.correlation.matrix: needs 2 rows of 2 numbers",
    "correlation_not_symmetric": "dependence.correlation.matrix: a correlation matrix is symmetric with ones",
    "duplicate_year": "paths.nation.years: 2021 is given twice",
    "event_without_drivers": "events.drought.weights: ",
    "horizon_before_the_base_year": "horizon 2020 is not after the base year 2020",
    "horizon_out_of_reach": "horizon: 20350 is not allowed: it should be less than or equal to 2200",
    "label_in_one_language": "label.zh: is missing",
    "loading_above_one": "activity.loadings.tertiary: 1.2 is not allowed: it should be less than",
    "loading_on_the_province": "'province' only fixes a median; name 'rest_of_province' instead",
    "loadings_beyond_one_variance": "loadings.tertiary: squared loadings sum to 1.",
    "missing_assumption": "assumptions.baumol_coefficient: is missing; the equations need it",
    "missing_required_path": "paths: no path for 'population' (growth of the resident population)",
    "negative_standard_deviation": "uncertainty.tertiary.annual_sd: -0.01 is not allowed: it should be",
    "not_toml": "not valid TOML: Expected ']' at the end of a table declaration (at line 2",
    "not_utf8": "not UTF-8 text",
    "number_as_text": "paths.tertiary.growth: '6%' is not a number; write a plain number, a rate as",
    "parent_is_a_number": "extends: 5 is not the name of a scenario",
    "parent_with_a_parent": "extends 'reference', which itself extends 'plan'; one level only",
    "paths_as_a_number": "paths: 5 is not allowed: it should be a table",
    "persistence_of_one": "uncertainty.tertiary.persistence: 1.0 is not allowed: it should be less than 1",
    "probability_above_one": "events.recession.probability: 6 is not allowed: it should be less",
    "rate_as_percent": "paths.tertiary.growth: 6 is not a yearly rate; write 0.06",
    "rate_missing_from_period": "paths.total.periods: 2021-2025 and 2027-2035 leave a gap",
    "table_with_a_gap": "no value for 2022, 2024, 2025",
    "too_few_degrees_of_freedom": "degrees_of_freedom: 2.0 is not allowed: it should be greater than 2",
    "uncertain_total": "uncertainty: 'total' only fixes a median; name the three sectors instead",
    "unknown_baseline": "baseline: unknown choice 'cencus'. Did you mean 'census'? Allowed: census, plan",
    "unknown_driver": "paths: unknown driver 'tertiry'. Did you mean 'tertiary'?",
    "unknown_key": "uncertainty.tertiary.trend_st: unknown key. Did you mean 'trend_sd'? Allowed",
    "unknown_parent": "unknown scenario 'plam'. Did you mean 'plan'?",
    "unknown_path_kind": "paths.tertiary: unknown kind of path 'constnt'. Did you mean 'constant'?",
    "unknown_place": "unknown registry 'haidog'. Did you mean 'haidong'?",
    "unknown_top_level_key": "horizont: unknown key. Did you mean 'horizon'?",
    "users_do_not_sum_to_one": "energy.demand: shares of the users sums to 1.1, not to one",
    "value_outside_its_range": "income_elasticity: value 1.5 lies outside its own range 0.85 … 1.15",
    "without_a_list": "without: 'paths.total' is not a list of dotted keys such as [\"paths.total\"]",
    "without_inside_a_number": "without: unknown key 'horizon.year'",
    "without_what_is_not_there": "without: unknown key 'paths.totl'. Did you mean 'paths.total'?",
}
SEVERAL = "several_problems"


def test_every_broken_file_has_its_message():
    assert {path.stem for path in BROKEN.glob("*.toml")} == {*MESSAGES, SEVERAL}


@pytest.mark.parametrize("rule", sorted(MESSAGES))
def test_broken_file(rule):
    with pytest.raises((ScenarioError, RegistryError)) as caught:
        hs.simulate(BROKEN / f"{rule}.toml", draws=8, rng=0)
    message = str(caught.value)
    assert MESSAGES[rule] in message
    if "problem" in message and not rule.startswith(("contradictory", "loadings")):
        assert ": 1 problem\n" in message


def test_all_problems_of_a_file_come_at_once():
    with pytest.raises(ScenarioError) as caught:
        hs.load_scenario(BROKEN / f"{SEVERAL}.toml")
    message = str(caught.value)
    assert ": 3 problems\n" in message
    for part in (
        "paths.tertiary.growth: 6 is not a yearly rate; write 0.06",
        "uncertainty.secondary.annual_sd: -1.0 is not allowed",
        "horizont: unknown key. Did you mean 'horizon'?",
    ):
        assert part in message


def test_a_file_that_is_not_there():
    with pytest.raises(ScenarioError, match=r"there is no scenario file '.*mine\.toml'"):
        hs.load_scenario("mine.toml")
    with pytest.raises(ScenarioError, match=r"unknown scenario 'trnd'\. Did you mean 'trend'\?"):
        hs.load_scenario("trnd")


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("pats.tertiary.growth", r"unknown key 'pats'\. Did you mean 'paths'\?"),
        ("horizn", r"unknown key 'horizn'\. Did you mean 'horizon'\?"),
        ("paths.tertiry.growth", r"unknown driver 'tertiry'\. Did you mean 'tertiary'\?"),
        ("uncertainty.tertiary.trendsd", r"trendsd: unknown key\. Did you mean 'trend_sd'\?"),
        ("horizon.year", "'horizon' is a single value and holds no further keys"),
        ("energy.supply.milestones.0.value", "'milestones' is a list, which a dotted key cannot enter"),
        ("conventions.real_bass", r"real_bass: unknown key\. Did you mean 'real_basis'\?"),
    ],
)
def test_a_change_that_leads_nowhere(key, message):
    with pytest.raises(ScenarioError, match=message):
        hs.load_scenario("plan").derive("changed", {key: 0.05})


def test_changes_report_all_problems():
    changes = {"paths.tertiary.growth": 6, "paths.secondary.growth": 7}
    with pytest.raises(ScenarioError, match=r"(?s)2 problems.*7 is not.*write 0\.07.*6 is not.*write 0\.06"):
        hs.load_scenario("plan").derive("percent", changes)
