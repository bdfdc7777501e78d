"""How commands keep what they found: an interrupted last step costs the figures and never the tables."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from haidong_sim.run import save_result

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from haidong_sim.run import Destination, Draft, Result


def command_line() -> str:
    """Return the command as it was typed, for the manifest."""
    return shlex.join(["haidong-sim", *sys.argv[1:]])


def keep_run(
    result: Result, place: Destination, *, started: datetime, finish: Callable[[Draft], None]
) -> bool:
    """Save a run and return whether `finish` came to its end.

    Ctrl-C while it adds figures keeps the tables and whatever was whole by then: draws may take hours.

    Raises
    ------
    OutputError
        If the folder cannot be written, or something else stands in its place by now.
    """
    is_whole = True

    def finish_or_leave(draft: Draft) -> None:
        nonlocal is_whole
        try:
            finish(draft)
        except KeyboardInterrupt:
            is_whole = False

    save_result(result, place, started=started, command=command_line(), finish=finish_or_leave)
    return is_whole
