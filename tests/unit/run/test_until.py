"""Stopping rules and progress: enough draws and no more, what stays open named, nothing printed unasked."""

from __future__ import annotations

import io

import pytest

import haidong_sim as hs
from haidong_sim.errors import ScenarioError
from haidong_sim.questions.check import Chance
from haidong_sim.run import crews, stopping
from haidong_sim.run.execution import run_task
from haidong_sim.run.samplers import BLOCK_DRAWS
from haidong_sim.run.stopping import (
    StoppingRule,
    half_width,
    progress_bar,
    require_rule,
    round_ends,
    slowest_target,
)

FEW = ("gdp_growth",)


def chance(low: float, middle: float, high: float) -> Chance:
    return Chance(probability=middle, ci_low=low, ci_high=high, n=1000, method="by hand")


def masks(result):
    return dict(result.part.masks)


def test_a_standard_error_is_judged_by_the_longer_side_of_the_interval():
    # An interval that ends at zero is short below; its other side says how little is known.
    at_the_edge = chance(0.0, 0.001, 0.021)
    assert half_width(at_the_edge) == pytest.approx(0.02)
    assert StoppingRule(se=0.0103).undecided({"edge": at_the_edge}) == ()
    assert StoppingRule(se=0.0101).undecided({"edge": at_the_edge}) == ("edge",)


def test_a_verdict_is_open_while_a_boundary_lies_inside_the_interval():
    rule = require_rule("verdict")
    chances = {
        "low": chance(0.1, 0.2, 0.29),
        "across 0.3": chance(0.25, 0.31, 0.37),
        "open but clear": chance(0.4, 0.5, 0.6),
        "across 0.7": chance(0.69, 0.695, 0.701),
        "across both": chance(0.2, 0.5, 0.8),
        "touching": chance(0.7, 0.8, 0.9),
    }
    assert rule.undecided(chances) == ("across 0.3", "across 0.7", "across both")
    assert require_rule({"verdict": (0.75,)}).undecided(chances) == ("across both", "touching")


def test_rounds_double_whole_blocks_up_to_the_cap():
    rule = StoppingRule(se=0.01)
    assert list(round_ends(21, rule)) == [1, 2, 4, 8, 16, 21]
    assert list(round_ends(16, rule)) == [1, 2, 4, 8, 16]
    assert list(round_ends(1, rule)) == [1]
    assert list(round_ends(21, None)) == [21]


@pytest.mark.parametrize(
    "until",
    [
        5,
        "verdikt",
        {},
        {"sd": 0.1},
        {"se": 0},
        {"se": True},
        {"se": "small"},
        {"verdict": 0.3},
        {"verdict": (2,)},
    ],
)
def test_an_unknown_rule_is_refused_with_what_is_allowed(until):
    with pytest.raises(ScenarioError, match=r'until: .*Allowed: "verdict", \{"se": 0\.001\}'):
        hs.simulate("plan", until=until, rng=1)


def test_a_part_of_a_run_has_no_stopping_rule():
    with pytest.raises(ScenarioError, match="until and blocks"):
        hs.simulate("plan", until="verdict", blocks=(0, 1), rng=1)


def test_a_run_stops_at_the_first_round_that_is_good_enough_and_has_the_bits_of_that_many_draws():
    precise = {"rng": 3, "indicators": FEW, "sampler": "mc"}
    first = hs.simulate("plan", **precise, draws=BLOCK_DRAWS)
    second = hs.simulate("plan", **precise, draws=2 * BLOCK_DRAWS)
    widest = [max(map(half_width, result.chances.values())) / 1.959964 for result in (first, second)]
    assert widest[1] < widest[0]
    stopped = hs.simulate("plan", **precise, draws=8 * BLOCK_DRAWS, until={"se": sum(widest) / 2})
    assert stopped.draws == 2 * BLOCK_DRAWS
    assert not stopped.is_partial
    assert stopped.undecided == ()
    assert "stopped after 32,768 draws" in stopped.notes[-1]
    assert masks(stopped) == masks(second)
    assert stopped.frame().equals(second.frame())
    assert stopped.check().equals(second.check())


def test_what_stays_undecided_at_the_cap_is_named():
    capped = hs.simulate("plan", rng=3, draws=3 * BLOCK_DRAWS, until={"se": 1e-9}, indicators=FEW)
    assert capped.draws == 3 * BLOCK_DRAWS
    assert not capped.is_partial
    open_ones = {name for name, found in capped.chances.items() if half_width(found) > 1.96e-9}
    assert set(capped.undecided) == open_ones
    assert capped.undecided
    assert f"undecided: {', '.join(capped.undecided)}" in capped.notes[-1]


def test_verdicts_are_settled_or_named():
    settled = hs.simulate("plan", rng=3, draws=4 * BLOCK_DRAWS, until="verdict", indicators=FEW)
    for name, found in settled.chances.items():
        is_open = any(found.ci_low < edge < found.ci_high for edge in (0.3, 0.7))
        assert is_open == (name in settled.undecided)


def test_a_resumed_run_stops_where_an_uninterrupted_one_does(tmp_path):
    """Even where the folder holds more blocks than the rule needs."""
    options = {"rng": 3, "indicators": FEW, "workers": 2}
    hs.simulate("plan", **options, draws=5 * BLOCK_DRAWS, resume=tmp_path / "run")
    rule = {"until": {"se": 0.02}, "draws": 5 * BLOCK_DRAWS}
    resumed, plain = (
        hs.simulate("plan", **options, **rule, resume=tmp_path / "run"),
        hs.simulate("plan", **options, **rule),
    )
    assert resumed.draws == plain.draws == BLOCK_DRAWS
    assert masks(resumed) == masks(plain)


def test_an_interrupted_rule_is_partial(monkeypatch):
    done = []

    def interrupted(program, grids, entropy, task):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(task)
        return run_task(program, grids, entropy, task)

    monkeypatch.setattr(crews, "run_task", interrupted)
    result = hs.simulate("plan", rng=3, indicators=FEW, until={"se": 1e-9}, draws=8 * BLOCK_DRAWS, workers=1)
    assert result.is_partial
    assert result.draws == 2 * BLOCK_DRAWS
    assert result.undecided


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("draws", "is_shown"), [(10**9, None), (10**9, True), (10, True)])
def test_nothing_is_shown_where_there_is_no_terminal(monkeypatch, draws, is_shown):
    written = io.StringIO()
    monkeypatch.setattr(stopping.sys, "stderr", written)
    with progress_bar(draws, is_shown=is_shown) as report:
        assert report is None
    assert not written.getvalue()


def test_a_short_run_shows_nothing_on_a_terminal_unless_asked(monkeypatch):
    monkeypatch.setattr(stopping.sys, "stderr", Terminal())
    with progress_bar(1000) as report:
        assert report is None
    with progress_bar(10**9, is_shown=False) as report:
        assert report is None


def test_the_bar_shows_draws_rate_and_the_slowest_target(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(stopping.sys, "stderr", terminal)
    monkeypatch.setattr(stopping, "_SECONDS_BETWEEN_CHANCES", 0.0)
    chances = {"sure": chance(0.99, 1.0, 1.0), "share of a fifth": chance(0.40, 0.412, 0.43)}
    with progress_bar(2000, is_shown=True) as report:
        report(500, lambda: chances)
        report(1500, lambda: chances)
    shown = terminal.getvalue()
    assert "1,500" in shown
    assert "2,000" in shown
    assert "/s" in shown
    assert slowest_target(chances) == "share of a fifth ±1.8 pp"
    assert slowest_target({}) == ""
