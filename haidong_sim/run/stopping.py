"""When a run has drawn enough, and how far it is."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.errors import ScenarioError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from haidong_sim.questions import Chance

    Report = Callable[[int, Callable[[], Mapping[str, Chance]]], None]
    """Takes the draws done and a function that returns the chances so far."""

VERDICT_BOUNDARIES: Final = (0.3, 0.7)
"""Chances between which a target is open: below missed rather than met, above met rather than missed."""

UNTIL_DRAWS: Final = 1 << 23
"""Most draws of a run with a stopping rule where no other cap is given."""

_VERDICT_DRAWS: Final = 1 << 17
_NORMAL_95: Final = 1.959964
_KEYS: Final = ("se", "verdict")


@dataclass(frozen=True, kw_only=True)
class StoppingRule:
    """When a run may stop: a largest standard error, and boundaries that no interval may contain."""

    se: float | None = None
    boundaries: tuple[float, ...] = ()

    def draws_expected(self, most: int) -> int:
        """Return how many plain draws a rule asks for, at most `most`; a usual number for boundaries."""
        return min(most, _VERDICT_DRAWS if self.se is None else plain_draws(self.se))

    def undecided(self, chances: Mapping[str, Chance]) -> tuple[str, ...]:
        """Return the names of the targets that need more draws."""
        return tuple(name for name, chance in chances.items() if not self._is_settled(chance))

    def _is_settled(self, chance: Chance) -> bool:
        if self.se is not None and half_width(chance) > self.se * _NORMAL_95:
            return False
        return not any(chance.ci_low < boundary < chance.ci_high for boundary in self.boundaries)


def plain_draws(se: float) -> int:
    """Return how many plain draws give any probability a standard error of `se`: one half needs most."""
    return max(1, round(0.25 / se**2))


def half_width(chance: Chance) -> float:
    """Return how far the interval of a chance reaches, on its longer side: one side may end at 0 or 1."""
    return max(chance.ci_high - chance.probability, chance.probability - chance.ci_low)


def require_rule(until: Any) -> StoppingRule | None:
    """Return the rule of an `until=` argument; None where there is none.

    Raises
    ------
    ScenarioError
        If it is neither None, "verdict" nor a mapping with "se" or "verdict".
    """
    if until is None:
        return None
    if until == "verdict":
        return StoppingRule(boundaries=VERDICT_BOUNDARIES)
    allowed = 'Allowed: "verdict", {"se": 0.001}, {"verdict": (0.3, 0.7)}, or both keys together'
    if not isinstance(until, Mapping) or not until:
        raise ScenarioError(f"until: {until!r} is no stopping rule. {allowed}")
    for key in until:
        if key not in _KEYS:
            raise ScenarioError(f"until: {unknown_name('rule', str(key), _KEYS)}. {allowed}")
    se = until.get("se")
    if se is not None and not _is_between(se, 0.0, 0.5):
        raise ScenarioError(f"until: se = {se!r} is no standard error of a chance. {allowed}")
    edges = until.get("verdict", ())
    if not isinstance(edges, tuple | list) or not all(_is_between(edge, 0.0, 1.0) for edge in edges):
        raise ScenarioError(f"until: verdict = {edges!r} are no probabilities. {allowed}")
    return StoppingRule(se=None if se is None else float(se), boundaries=tuple(map(float, edges)))


def round_ends(n_blocks: int, rule: StoppingRule | None) -> Iterator[int]:
    """Yield how many blocks are done after each round: one round, or doubling ones under a rule."""
    end = 1 if rule is not None else n_blocks
    while end < n_blocks:
        yield end
        end *= 2
    yield n_blocks


def _is_between(value: Any, low: float, high: float) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and low < float(value) < high


_LONG_RUN: Final = 500_000
_SECONDS_BETWEEN_CHANCES: Final = 0.5


@contextmanager
def progress_bar(draws: int, *, is_shown: bool | None = None) -> Iterator[Report | None]:
    """Yield what to call with the draws done and the chances so far; None where no bar is wanted."""
    if is_shown is None:
        is_shown = draws >= _LONG_RUN
    if not is_shown or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} draws"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[slowest]}"),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        yield _Reporter(bar, draws)


class _Reporter:
    def __init__(self, bar: Any, draws: int) -> None:
        self._bar = bar
        self._task = bar.add_task("simulating", total=draws, rate="", slowest="")
        self._began = self._told = time.monotonic()
        self._first: int | None = None

    def __call__(self, done: int, chances: Callable[[], Mapping[str, Chance]]) -> None:
        now = time.monotonic()
        if self._first is None:
            # What a resumed run found finished says nothing about the pace; the first part sets the clock.
            self._first, self._began = done, now
        fields = {}
        if now > self._began:
            fields["rate"] = f"{(done - self._first) / (now - self._began):,.0f}/s"
        if now - self._told >= _SECONDS_BETWEEN_CHANCES:
            self._told = now
            fields["slowest"] = slowest_target(chances())
        self._bar.update(self._task, completed=done, **fields)


def slowest_target(chances: Mapping[str, Chance]) -> str:
    """Return the target whose interval is widest, with its half-width in percentage points."""
    if not chances:
        return ""
    name = max(chances, key=lambda each: half_width(chances[each]))
    return f"{name} ±{100.0 * half_width(chances[name]):.2g} pp"
