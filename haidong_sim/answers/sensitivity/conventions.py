"""Choices of measurement as a scenario matrix: each combination is a run of its own, none is averaged."""

from __future__ import annotations

from itertools import product
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from haidong_sim.errors import EstimationError, HaidongSimError, unknown_name
from haidong_sim.run import project, simulate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from haidong_sim.place import Registry
    from haidong_sim.scenario import Scenario

CHOICES: Final[Mapping[str, tuple[Any, ...]]] = MappingProxyType(
    {
        "baseline": ("plan", "census"),
        "conventions.real_basis": ("chained", "fixed_base"),
        "conventions.income_basis": ("gdp", "gdp_per_capita"),
        "conventions.mean_preserving": (False, True),
        "energy.convention.accounting": ("calorific", "coal_equivalent"),
        "energy.convention.attribution": ("production", "consumption", "certificate"),
    }
)
"""What may be measured in more than one way, by dotted key of the scenario."""

# Some seconds of paths without shocks; with draws a user waits for each cell.
MOST_CELLS: Final = 1024


def tabulate_conventions(
    scenario: Scenario,
    targets: Sequence[str] | None = None,
    *,
    choices: Mapping[str, Sequence[Any]] | None = None,
    draws: int = 0,
    rng: int = 2020,
    registry: Registry,
) -> pd.DataFrame:
    """Return the verdict on every target under every combination of conventions.

    A convention is no uncertain quantity: nobody will ever observe it, and a mean over two ways of counting
    is a number that nobody uses. So it has no share of variance; the verdicts stand side by side.

    Parameters
    ----------
    targets
        Ids; every assessed target if None.
    choices
        Values by dotted key of the scenario; by default those of `CHOICES` that this scenario can take.
    draws
        Futures of each combination, for probabilities; 0 looks at the path without shocks only.

    Returns
    -------
    pandas.DataFrame
        One row per target and combination: target, year, a column per choice, status, value, margin, unit,
        probability, note. A combination that is no valid scenario has its reason as note.

    Raises
    ------
    EstimationError
        If there are more than 1024 combinations, or a target is unknown.
    """
    if choices is None:
        choices = _possible_choices(scenario, registry)
    cells = prod(len(values) for values in choices.values())
    if not 0 < cells <= MOST_CELLS:
        raise EstimationError(f"{cells} combinations of conventions; ask for 1 to {MOST_CELLS}")
    known = [target.id for target in registry.targets]
    for name in targets or ():
        if name not in known:
            raise EstimationError(unknown_name("target", name, known))
    rows: list[dict[str, Any]] = []
    for values in product(*choices.values()):
        cell = dict(zip(choices, values, strict=True))
        rows += _cell_rows(scenario, cell, targets, registry, draws, rng)
    order = {name: number for number, name in enumerate(known)}
    rows.sort(key=lambda row: order.get(row["target"], len(order)))
    return pd.DataFrame(rows)


def _possible_choices(scenario: Scenario, registry: Registry) -> dict[str, tuple[Any, ...]]:
    """Return the choices, each without the values that alone make the scenario invalid."""
    found = {}
    for key, values in CHOICES.items():
        possible = []
        for value in values:
            try:
                project(scenario.derive(scenario.name, {key: value}), indicators=(), registry=registry)
            except HaidongSimError:
                continue
            possible.append(value)
        if len(possible) > 1:
            found[key] = tuple(possible)
    return found


def decisive_conventions(table: pd.DataFrame) -> pd.DataFrame:
    """Return, per target, the statuses it takes and the conventions that can turn it.

    A convention turns a target if two combinations that differ in it alone give two statuses.
    """
    heads = [str(name) for name in table]
    choices = heads[heads.index("year") + 1 : heads.index("status")]
    rows = []
    for target, cells in table[table["status"] != ""].groupby("target", sort=False):
        turning = []
        for key in choices:
            others = [name for name in choices if name != key]
            groups = cells.groupby(others, dropna=False)["status"] if others else [("", cells["status"])]
            if any(len(statuses.unique()) > 1 for _, statuses in groups):
                turning.append(key)
        counts = cells["status"].value_counts()
        rows.append(
            {
                "target": target,
                "statuses": "; ".join(f"{status} in {count}" for status, count in counts.items()),
                "turned_by": "; ".join(turning),
                "smallest_margin": cells["margin"].min(),
                "largest_margin": cells["margin"].max(),
            }
        )
    return pd.DataFrame(rows)


def _cell_rows(
    scenario: Scenario,
    cell: Mapping[str, Any],
    targets: Sequence[str] | None,
    registry: Registry,
    draws: int,
    rng: int,
) -> list[dict[str, Any]]:
    try:
        variant = scenario.derive(scenario.name, dict(cell))
        if draws:
            result = simulate(variant, draws=draws, rng=rng, indicators=(), registry=registry, progress=False)
        else:
            result = project(variant, indicators=(), registry=registry)
    except HaidongSimError as error:
        reason = " ".join(str(error).split())
        empty = {"status": "", "value": None, "margin": None, "unit": "", "probability": None}
        return [{"target": name, "year": None, **cell, **empty, "note": reason} for name in targets or ("",)]
    return [
        {
            "target": row["target_id"],
            "year": row["deadline"],
            **cell,
            **{name: row[name] for name in ("status", "value", "margin", "unit", "probability")},
            "note": "",
        }
        for row in result.verdicts
        if (row["target_id"] in targets if targets else row["margin"] is not None)
    ]
