"""Every answer shows itself: one line that says what it is, in a notebook its table; no name is markup."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest

import haidong_sim as hs
from haidong_sim.run import Answer

TOY = Path(__file__).parents[2] / "toy_district" / "toy.toml"
ASKED = {
    "project": lambda: hs.project(TOY),
    "simulate": lambda: hs.simulate(TOY, draws=512, rng=1, progress=False),
    "verdict": lambda: hs.verdict(TOY, draws=512, rng=1, progress=False),
    "conflicts": lambda: hs.conflicts(TOY),
    "plausibility": lambda: hs.plausibility(TOY, draws=512, rng=1, progress=False),
    "sensitivity": lambda: hs.sensitivity(TOY, draws=512, rng=1),
    "attribute": lambda: hs.attribute(
        [TOY, hs.load_scenario(TOY).derive("faster", {"paths.tertiary.growth": 0.08})], ["gdp_current"]
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_an_answer_is_shown_as_its_line_and_its_table(name):
    answer = ASKED[name]()
    assert isinstance(answer, Answer)
    shown = answer._repr_html_()
    assert shown.startswith("<p>" + escape(repr(answer)).replace("\n", "<br>")[:40])
    assert shown.count("<table") == 1
    assert 1 < shown.count("<tr") <= 23


def test_names_are_no_markup():
    scenario = hs.load_scenario(TOY).derive("plain", {"paths.tertiary.growth": 0.06})

    class Odd(Answer):
        def frame(self):
            import pandas as pd

            return pd.DataFrame({"<b>name</b>": [scenario.name, "<script>"]})

    shown = Odd()._repr_html_()
    assert "<script>" not in shown
    assert "<b>" not in shown
