"""The table of all targets, of a run or of whatever can be run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from haidong_sim.errors import public
from haidong_sim.run import result_of

if TYPE_CHECKING:
    import pandas as pd

    from haidong_sim.engine import Rng
    from haidong_sim.run import RegistrySource, Subject


@public
def check(
    subject: Subject,
    *,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Return one row per target of the registry: status, value, margin, needed pace, chance, reason.

    Parameters
    ----------
    subject
        A result, a scenario, a name or a path.
    draws
        Futures for the probabilities: those of a result, else 100 000, if None; 0 looks at the path without
        shocks alone.
    rng, registry, progress
        As in `simulate`.

    Raises
    ------
    ScenarioError
        If the scenario is not valid.
    """
    return result_of(subject, draws=draws, rng=rng, registry=registry, progress=progress).check()
