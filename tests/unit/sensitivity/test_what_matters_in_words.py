"""From one run: every target × every input, in words and figures; conventions side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import haidong_sim as hs
from haidong_sim.answers.sensitivity import estimate_probability_flips
from haidong_sim.answers.sensitivity.conventions import decisive_conventions, tabulate_conventions
from haidong_sim.answers.sensitivity.input_names import input_label, input_move, input_value
from haidong_sim.answers.sensitivity.methods import MEASURES, METHODS
from haidong_sim.answers.sensitivity.sentences import sensitivity_sentences
from haidong_sim.errors import EstimationError
from haidong_sim.figures.canvas import usable_language

TARGET = "a30_gdp_share_qinghai"


@pytest.fixture(scope="module")
def run():
    return hs.simulate("plan", draws=4096, rng=0, indicators=(), progress=False)


def test_all_targets_by_all_inputs_from_one_run(run):
    found = hs.sensitivity(run, outcomes="targets", draws=4096)
    matrix = found.matrix()
    assert list(matrix.index) == list(dict.fromkeys(found.frame()["outcome"]))
    assert len(matrix) == len(run.functionals)
    one = found.frame().set_index(["outcome", "input"])["S1"]
    assert matrix.loc[TARGET, "deflator.shocks"] == one[TARGET, "deflator.shocks"]
    assert len(found.sentences()) == len(found.sentences("zh")) == len(matrix)
    with pytest.raises(EstimationError, match="Did you mean 'S1'"):
        found.matrix("S2")


def test_one_outcome_may_be_named_without_a_list(run):
    assert set(hs.sensitivity(run, TARGET, draws=2048).frame()["outcome"]) == {TARGET}


@pytest.mark.parametrize("method", [name for name in METHODS if name != "conventions"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_method_has_a_figure(run, method, lang):
    options = {"base_points": 64} if method == "sobol" else {}
    found = hs.sensitivity(run, [TARGET, "t35_gdp_doubling"], method=method, draws=1024, **options)
    words = " ".join(text.get_text() for text in found.plot(outcome=TARGET, lang=lang).get_yticklabels())
    if method != "spider":
        # Without a Chinese font the labels are in English.
        told = usable_language(lang)
        assert input_label("deflator.shocks", told) in words or input_label("deflator.trend", told) in words
    assert found.plot(lang=lang) is not None


def test_what_chance_could_give_is_said_and_left_out_of_the_ranking():
    table = pd.DataFrame(
        {
            "outcome": ["y"] * 3, "year": [2030] * 3, "input": ["a", "b", "c"], "S1": [0.2, 0.7, 0.01],
            "distinguishable": [True, True, False], "note": ["", "", ""],
        }
    )  # fmt: skip
    (sentence,) = sensitivity_sentences("given_data", table)
    assert sentence == (
        "y, 2030: explained alone by b 70%, a 20%. 1 of 3 inputs are not distinguishable from zero."
    )


def test_an_idle_input_flips_nothing_even_beside_a_threshold():
    # P(met) = 0.3 + a hair: every idle input crosses 0.3 within its noise.
    rng = np.random.default_rng(1)
    inputs = rng.standard_normal((12, 4000))
    met = inputs[0] > np.quantile(inputs[0], 0.6995)
    found = estimate_probability_flips(inputs, met[None]).frame().set_index("input")
    assert abs(found.loc["input1", "move_in_sd"]) < 0.05
    assert found["move_in_sd"].drop("input1").isna().all()
    assert found["note"].drop("input1").str.contains("not distinguishable").all()


def test_flips_of_the_median_verdict_agree_with_the_margins(run):
    found = hs.sensitivity(run, method="flips", of="path").frame()
    status = {row["target_id"]: row["status"] for row in run.verdicts}
    before = found.drop_duplicates("target").set_index("target")["before"]
    for name, met in before.items():
        if name in status and status[name] != "pace":
            assert met == (status[name] != "missed"), name


def test_values_and_moves_are_worded_beside_the_median():
    assert input_value("tertiary.trend", 0.004) == "0.40 points a year above its median"
    assert input_value("x1", 0.61234) == "0.6123"
    assert input_move("tertiary.trend", 0.004, "zh") == "每年+0.40个百分点"
    assert input_label("factor:activity.shocks") == "common factor activity: yearly shocks"
    assert input_label("x1") == "x1"


def test_a_box_reads_as_a_sentence_in_both_languages(run):
    found = hs.discover(run, "binding", draws=4096, resamples=5)
    assert found.box.restricted.size
    english = found.sentence("all binding targets are met")
    assert english.startswith("Where ")
    assert "points a year" in english
    assert "全部约束性目标达到" in found.sentence("全部约束性目标达到", language="zh")


def test_conventions_are_a_matrix_of_verdicts_and_never_an_input(run):
    choices = {
        "energy.convention.attribution": ("production", "consumption"),
        "conventions.mean_preserving": (False, True),
    }
    names = ["a30_nonfossil_share", "t35_gdp_doubling"]
    table = tabulate_conventions(
        hs.load_scenario("plan"), names, choices=choices, registry=hs.load_registry()
    )
    assert len(table) == 8
    turned = decisive_conventions(table).set_index("target")["turned_by"]
    assert turned["t35_gdp_doubling"] == "conventions.mean_preserving"
    cell = table[(table["target"] == "t35_gdp_doubling") & ~table["conventions.mean_preserving"]]
    assert (cell["status"] == "met").all()
    inputs = set(hs.sensitivity(run, TARGET, draws=1024).frame()["input"])
    assert not any("convention" in name or name == "baseline" for name in inputs)
    with pytest.raises(EstimationError, match="Did you mean 't35_gdp_doubling'"):
        tabulate_conventions(
            hs.load_scenario("plan"), ["t35_gdp_doublin"], choices=choices, registry=hs.load_registry()
        )
    with pytest.raises(EstimationError, match="combinations"):
        tabulate_conventions(
            hs.load_scenario("plan"), choices={"horizon": range(2000)}, registry=hs.load_registry()
        )


def test_a_cell_that_is_no_valid_scenario_says_why():
    table = tabulate_conventions(
        hs.load_scenario("plan"),
        [TARGET],
        choices={"baseline": ("census", "moon")},
        registry=hs.load_registry(),
    )
    row = table[table["baseline"] == "moon"].iloc[0]
    assert row["status"] == ""
    assert "moon" in row["note"]


def test_measures_are_columns_of_their_tables(run):
    for method, column in MEASURES.items():
        options = {"base_points": 64} if method == "sobol" else {}
        assert column in hs.sensitivity(run, TARGET, method=method, draws=1024, **options).frame()
