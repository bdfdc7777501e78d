"""A bar on standard error for long runs; silent where nobody watches."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from haidong_sim.run.stopping import half_width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from haidong_sim.questions.check import Chance

    Report = Callable[[int, Callable[[], Mapping[str, Chance]]], None]
    """Takes the draws done and a function that returns the chances so far."""

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
