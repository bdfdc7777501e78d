"""Every public function takes a result, a scenario, a name or a path, and answers alike for all four."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pandas as pd
import pytest

import haidong_sim as hs
from haidong_sim.errors import ArgumentError
from haidong_sim.resources import resource_folder

DRAWS = 1024
FUTURES = {"draws": DRAWS, "rng": 1}
SHARE = "a30_gdp_share_qinghai"
LEVERS = {"levers": ["tertiary.growth"]}
HALVES = {"blocks": {"paths": ["paths.rest_of_province", "paths.total"], "spread": ["uncertainty"]}}
OBSERVED = pd.DataFrame(
    {
        "indicator": ["gdp_growth"], "region": ["city"], "year": [2021], "value": [5.7], "unit": ["percent"],
        "price_basis": ["comparable"], "source": ["for the test"],
    }
)  # fmt: skip

# function -> what is asked of the subject; of two where a function compares
CALLS = {
    "attainment_probability": lambda one: hs.attainment_probability(one, SHARE, se=0.01, rng=1),
    "attribute": lambda one: hs.attribute([one, "trend"], SHARE, measure="probability", **HALVES, **FUTURES),
    "audit": lambda one: hs.audit(one, **FUTURES),
    "backcast": lambda one: hs.backcast(one, {SHARE: 0.5}, **LEVERS, **FUTURES),
    "check": lambda one: hs.check(one, **FUTURES),
    "compare": lambda one: hs.compare([one, "high"], **FUTURES),
    "computing_density": lambda one: hs.computing_density(one, 2030),
    "conflicts": lambda one: hs.conflicts(one, caps={"gap": 0.02}, vintages=["plan"]),
    "decompose_carbon": lambda one: hs.decompose_carbon(one, 2020, 2025, **FUTURES),
    "decompose_energy": lambda one: hs.decompose_energy(one, 2020, 2025, **FUTURES),
    "discover": lambda one: hs.discover(one, SHARE, resamples=2, **FUTURES),
    "energy_conventions": lambda one: hs.energy_conventions(one, 2025, **FUTURES),
    "monitor": lambda one: hs.monitor(one, OBSERVED, **FUTURES),
    "plausibility": lambda one: hs.plausibility(one, **FUTURES),
    "project": hs.project,
    "rank_assumptions": hs.rank_assumptions,
    "sensitivity": lambda one: hs.sensitivity(one, [SHARE, "t35_gdp_doubling"], **FUTURES),
    "simulate": lambda one: hs.simulate(one, **FUTURES),
    "simulate_many": lambda one: hs.simulate_many([one, "high"], indicators=["gdp_growth"], **FUTURES),
    "study_energy": hs.study_energy,
    "study_three_way": lambda one: hs.study_three_way(one, gaps=[0.0, 0.02], drifts=[0.0]),
    "trace_frontier": lambda one: hs.trace_frontier(one, SHARE, probabilities=[0.5], **LEVERS, **FUTURES),
    "uncertainty_shares": lambda one: hs.uncertainty_shares(one, [SHARE], draws=64, rng=1),
    "verdict": lambda one: hs.verdict(one, [SHARE, "t35_gdp_doubling"], **FUTURES),
}  # fmt: skip

NO_SUBJECT = {
    "HaidongSimError": "a class",
    "Result": "a class",
    "Scenario": "a class",
    "__version__": "a text",
    "bundled_scenarios": "asks about nothing",
    "load_registry": "reads a registry",
    "load_result": "opens a folder; its answer is a subject",
    "load_scenario": "reads a scenario; its answer is a subject",
    "merge_results": "puts parts of one run together; a scenario is no part",
    "verify_result": "compares a folder with its manifest",
}
"""Public names that take no subject, and why."""

OF_ANOTHER_SCENARIO = {"computing_density": "parks", "study_energy": "parks"}
TAIL = ["draws", "rng", "registry", "language", "progress"]


@pytest.fixture(scope="module")
def runs():
    return {name: hs.simulate(name, **FUTURES) for name in ("plan", "parks")}


def frames_of(answer):
    """Return everything that an answer holds as tables."""
    if isinstance(answer, pd.DataFrame):
        return [answer]
    if isinstance(answer, hs.Result):
        return [answer.frame(), answer.check()]
    if isinstance(answer, dict):
        return [table for each in answer.values() for table in frames_of(each)]
    if hasattr(answer, "frame"):
        return [answer.frame()]
    # A number with its interval, or a list of findings.
    return [pd.DataFrame({"answer": [repr(answer)]})]


def test_every_public_name_is_called_here_or_takes_no_subject():
    assert set(CALLS) | set(NO_SUBJECT) == set(hs.__all__)
    assert not set(CALLS) & set(NO_SUBJECT)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_result_a_scenario_a_name_and_a_path_give_equal_frames(name, runs):
    about = OF_ANOTHER_SCENARIO.get(name, "plan")
    path = resource_folder("scenarios") / f"{about}.toml"
    answers = [CALLS[name](one) for one in (about, path, hs.load_scenario(about), runs[about])]
    first, *others = (frames_of(answer) for answer in answers)
    assert first
    assert name == "audit" or all(len(table) for table in first)
    for other in others:
        assert len(other) == len(first)
        for table, same in zip(other, first, strict=True):
            pd.testing.assert_frame_equal(table, same)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_subject_first_and_the_same_keywords_last_in_one_order(name):
    parameters = list(inspect.signature(getattr(hs, name)).parameters.values())
    assert parameters[0].name in {"subject", "subjects"}
    known = [each.name for each in parameters]
    common = [each for each in parameters if each.name in TAIL]
    assert [each.name for each in common] == [word for word in TAIL if word in known]
    assert all(each.kind is each.KEYWORD_ONLY for each in common)
    assert all(each.default is (None if each.name != "language" else "en") for each in common)
    rest = [each for each in parameters if each.kind is not each.VAR_KEYWORD]
    assert rest[len(rest) - len(common) :] == common
    assert "registry" in known


@pytest.mark.parametrize("name", sorted(CALLS))
def test_what_is_no_subject_is_refused(name):
    # The subject alone is wrong: everything else of the call stands.
    with pytest.raises(ArgumentError, match="float"):
        CALLS[name](3.5)


@pytest.mark.parametrize(
    "name", sorted({*CALLS, "load_result", "load_scenario", "merge_results", "verify_result"})
)
def test_an_unknown_keyword_is_refused_by_name(name):
    keyword = "registry" if "registry" in inspect.signature(getattr(hs, name)).parameters else None
    wrong = "registri" if keyword else "sbject"
    with pytest.raises(hs.HaidongSimError, match=f"'{wrong}'") as caught:
        getattr(hs, name)("plan", **{wrong: None})
    assert isinstance(caught.value, TypeError)
    if keyword and name != "sensitivity":
        assert "Did you mean 'registry'" in str(caught.value)


def test_what_is_missing_is_said_with_the_whole_call():
    with pytest.raises(ArgumentError, match=r"missing .*'observed'.*monitor\(subject, observed, \*, as_of=…"):
        hs.monitor("plan")


def test_an_option_of_another_method_is_refused_with_the_nearest():
    with pytest.raises(ArgumentError, match="Did you mean 'resamples'"):
        hs.sensitivity("plan", SHARE, method="shapley", draws=64, resample=3)
    with pytest.raises(ArgumentError, match="option of method 'given_data' 'of'"):
        hs.sensitivity("plan", SHARE, of="path")


@pytest.mark.parametrize("name", ["conflicts", "monitor", "sensitivity", "study_three_way", "verdict"])
def test_answers_that_speak_do_so_in_the_language_asked_for(name, runs):
    def said(**options):
        asked = {"conflicts": {"vintages": ["plan"]}, "monitor": {"observed": OBSERVED, **FUTURES}}.get(
            name, {}
        )
        words = getattr(hs, name)(runs["plan"], **asked, **options).sentences()
        return "".join(words["plan"] if isinstance(words, dict) else words)

    assert re.search("[\u4e00-\u9fff]", said(language="zh"))
    assert not re.search("[\u4e00-\u9fff]", said())
    with pytest.raises(ArgumentError, match="unknown language 'cn'"):
        said(language="cn")


def test_a_place_may_be_a_name_or_a_folder():
    folder = Path(__file__).parents[2] / "toy_district"
    toy = hs.project(folder / "toy.toml", registry=folder / "registry")
    assert toy.registry == hs.load_registry(folder / "registry")
    assert hs.project("plan", registry="haidong").registry.place.name == "haidong"
    with pytest.raises(ArgumentError, match="registry: int is no place"):
        hs.project("plan", registry=3)
