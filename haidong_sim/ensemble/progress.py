"""A bar on standard error for long runs; silent where nobody watches."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from haidong_sim.ensemble.summary import Part

_LONG_RUN = 500_000


@contextmanager
def progress_bar(draws: int, *, is_shown: bool | None) -> Iterator[Callable[[int, Part], None] | None]:
    """Yield what to call with the draws done; None where no bar is wanted."""
    if is_shown is None:
        is_shown = draws >= _LONG_RUN and sys.stderr.isatty()
    if not is_shown:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} draws"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("simulating", total=draws)
        yield lambda done, _: bar.update(task, completed=done)
