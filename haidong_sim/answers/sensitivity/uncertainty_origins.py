"""Where the uncertainty of a verdict comes from: parameters, yearly shocks, events, projects, conventions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from haidong_sim.answers.sensitivity.conventions import CHOICES, tabulate_conventions
from haidong_sim.answers.sensitivity.replay import evaluate, set_up_questions
from haidong_sim.answers.sensitivity.sobol import estimate_sobol
from haidong_sim.answers.sensitivity.uncertain import factors_of
from haidong_sim.errors import EstimationError, public

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haidong_sim.answers.sensitivity.replay import Setting
    from haidong_sim.answers.sensitivity.study import Floats, Rng
    from haidong_sim.run import RegistrySource, Subject

CONVENTIONS: Final = "conventions"
BASE_POINTS: Final = 4096


@public
def uncertainty_shares(
    subject: Subject,
    targets: Sequence[str] | None = None,
    *,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
) -> pd.DataFrame:
    """Say how much of the variance of each target's margin comes from each origin.

    The origins are independent of each other, so that their shares (`share`, the part that one origin alone
    explains) add up to one with what they do together; `total` counts that in. Conventions are no random
    quantity and have no share: their row says between which margins the path without shocks moves when one
    convention at a time is changed, next to which `margin_sd` is the scatter of the margin in the run.

    Parameters
    ----------
    subject
        A result, a scenario, a name or a path.
    targets
        Ids; every target that is projected if None.
    draws
        Base points of the design, 4096 if None; it draws two more for each origin.
    rng, registry
        As in `simulate`.

    Returns
    -------
    pandas.DataFrame
        target, year, origin, share, share_error (95%), total, margin_sd, margin_low, margin_high.

    Raises
    ------
    EstimationError
        If a target is unknown, or nothing is uncertain.
    """
    base_points = BASE_POINTS if draws is None else draws
    setting = set_up_questions(subject, targets, None, draws=base_points, rng=rng, registry=registry)
    if any(outcome.functional is None for outcome in setting.outcomes):
        raise EstimationError("the origins of uncertainty are asked about targets, not about indicators")
    with threadpool_limits(limits=1):
        table = _variance_rows(setting, base_points)
    spans = _convention_rows(setting, table)
    order = [outcome.name for outcome in setting.outcomes]
    whole = pd.concat([table, spans], ignore_index=True)
    return whole.iloc[np.argsort([order.index(name) for name in whole["target"]], kind="stable")].reset_index(
        drop=True
    )


def _variance_rows(setting: Setting, base_points: int) -> pd.DataFrame:
    factors = factors_of(setting.program)
    groups: dict[str, list[str]] = {}
    for name, columns in factors.groups.items():
        groups.setdefault(origin_of(name), []).extend(columns)
    if not groups:
        raise EstimationError(f"nothing is uncertain in scenario '{setting.program.scenario.name}'")
    # A column that moves nothing (the trend of a driver whose trend is all shared) joins any group.
    grouped = {column for columns in groups.values() for column in columns}
    next(iter(groups.values())).extend(name for name in factors.marginals if name not in grouped)
    scatter: list[Floats] = []

    def model(columns: Floats) -> Floats:
        found = evaluate(setting, factors.variates(columns), columns.shape[1])
        scatter.append(np.stack([found.mean(axis=1), (found**2).mean(axis=1)]))
        return found

    names = [outcome.name for outcome in setting.outcomes]
    # Plain points, as for single factors: a net of hundreds of dimensions has lines in it.
    found = estimate_sobol(
        model,
        factors.marginals,
        groups=groups,
        outcome_names=names,
        base_points=base_points,
        sampler="mc",
        rng=np.random.default_rng(setting.entropy),
    ).frame()
    mean, square = np.mean(scatter, axis=0)
    spread = dict(zip(names, np.sqrt(np.maximum(square - mean**2, 0.0)), strict=True))
    years = {outcome.name: outcome.year for outcome in setting.outcomes}
    return pd.DataFrame(
        {
            "target": found["outcome"],
            "year": found["outcome"].map(years),
            "origin": found["input"],
            "share": found["S1"],
            "share_error": found["S1_conf"],
            "total": found["ST"],
            "margin_sd": found["outcome"].map(spread),
        }
    )


def origin_of(factor: str) -> str:
    """Return the origin of an independent factor of a program, by its name."""
    kind, _, rest = factor.partition(".")
    if kind == "event":
        return "events"
    if kind in {"scale", "persistence"} or rest == "trend":
        return "parameters"
    return "yearly shocks" if kind == "tail" or rest == "shocks" or factor == "hydrology" else "projects"


def _convention_rows(setting: Setting, table: pd.DataFrame) -> pd.DataFrame:
    """Return between which margins each target moves as one convention at a time is changed."""
    ids = {outcome.name: outcome.functional.target_id for outcome in setting.outcomes if outcome.functional}
    scenario, wanted = setting.program.scenario, sorted(set(ids.values()))
    cells = [
        tabulate_conventions(scenario, wanted, choices={key: values}, registry=setting.registry)
        for key, values in CHOICES.items()
    ]
    margins = pd.concat(cells).dropna(subset="margin").groupby("target")["margin"].agg(["min", "max"])
    first = table.drop_duplicates("target").set_index("target")
    rows: list[dict[str, Any]] = [
        {
            "target": name,
            "year": first.loc[name, "year"],
            "origin": CONVENTIONS,
            "margin_sd": first.loc[name, "margin_sd"],
            "margin_low": margins.loc[target, "min"],
            "margin_high": margins.loc[target, "max"],
        }
        for name, target in ids.items()
        if name == target and target in margins.index
    ]
    return pd.DataFrame(rows)
