"""Two or more runs side by side; draws that were kept in all of them are compared pair by pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from haidong_sim.errors import ScenarioError, public
from haidong_sim.indicators import indicator as declared
from haidong_sim.run import results_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from haidong_sim.engine import Rng
    from haidong_sim.run import RegistrySource, Result, Subject

_KEYS: Final = ["indicator", "unit", "price_basis", "region", "year", "statistic"]
_PAIRED: Final = {"median": 0.5, "q05": 0.05, "q95": 0.95}


@public
def compare(
    subjects: Sequence[Subject],
    *,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Return every statistic of the first run beside that of each other one, and the difference.

    The runs share their random numbers, so that the difference is the scenario and not chance. For indicators
    that both runs kept, rows "paired_mean", "paired_median", "paired_q05" and "paired_q95" describe the
    distribution of the difference itself, draw by draw.

    Parameters
    ----------
    subjects
        Two or more results, scenarios, names or paths; what is no result is run.
    draws, rng
        Of the runs that are made; those of the first result if None.
    registry, progress
        As in `simulate`.

    Returns
    -------
    pandas.DataFrame
        Columns indicator, unit, price_basis, region, year, statistic, scenario, other, value, other_value,
        difference (other less first).

    Raises
    ------
    ScenarioError
        If there are fewer than two runs, two of one name, or runs with different random numbers.
    """
    import pandas as pd

    first, others = _require_comparable(
        results_of(subjects, indicators=None, draws=draws, rng=rng, registry=registry, progress=progress)
    )
    parts = []
    one = first.frame().drop(columns="scenario")
    for other in others:
        two = other.frame().drop(columns="scenario")
        merged = one.merge(two, on=_KEYS, suffixes=("", "_other")).rename(
            columns={"value_other": "other_value"}
        )
        paired = pd.DataFrame(
            _paired_rows(first, other), columns=[*_KEYS, "value", "other_value", "difference"]
        )
        merged = merged.assign(difference=merged["other_value"] - merged["value"])
        whole = pd.concat([merged, paired], ignore_index=True) if len(paired) else merged
        whole.insert(len(_KEYS), "scenario", first.scenario.name)
        whole.insert(len(_KEYS) + 1, "other", other.scenario.name)
        parts.append(whole)
    return pd.concat(parts, ignore_index=True)


def compare_targets(results: Sequence[Result]) -> pd.DataFrame:
    """Return one row per projected target: value, status and probability in each run.

    Columns are target_id, indicator, unit, deadline, threshold, then `value`, `status` and `probability` of
    each scenario, named "<scenario>:value" and so on.
    """
    import pandas as pd

    first, others = _require_comparable(results)
    rows: dict[str, dict[str, Any]] = {}
    for result in (first, *others):
        for verdict in result.verdicts:
            if verdict["status"] not in {"met", "on_the_edge", "missed"}:
                continue
            head = {
                name: verdict[name] for name in ("target_id", "indicator", "unit", "deadline", "threshold")
            }
            row = rows.setdefault(verdict["target_id"], head | {"name_en": verdict["name_en"]})
            for name in ("value", "status", "probability"):
                row[f"{result.scenario.name}:{name}"] = verdict[name]
    return pd.DataFrame(list(rows.values()))


def _require_comparable(results: Sequence[Result]) -> tuple[Result, Sequence[Result]]:
    if len(results) < 2:
        raise ScenarioError("a comparison needs at least two runs")
    names = [result.scenario.name for result in results]
    if len(set(names)) < len(names):
        raise ScenarioError(
            f"two runs share a name ({', '.join(names)}); give derived scenarios names of their own"
        )
    first, *others = results
    for other in others:
        if (other.entropy, other.draws, other.program.sampler) != (
            first.entropy,
            first.draws,
            first.program.sampler,
        ):
            raise ScenarioError(
                f"'{first.scenario.name}' and '{other.scenario.name}' were run with different random numbers "
                "(rng, draws or sampler); a difference between them would be partly chance"
            )
    return first, others


def _paired_rows(first: Result, other: Result) -> Iterator[tuple[Any, ...]]:
    for name in (kept for kept in first.program.keep if kept in other.program.keep):
        about = declared(name)
        # By year: places may have unlike base years.
        one, two = (dict(zip(run.years.tolist(), run[name], strict=True)) for run in (first, other))
        for year in (year for year in first.program.years.tolist() if year in two):
            difference = two[year].astype(np.float64) - one[year]
            found = dict(zip(_PAIRED, np.quantile(difference, list(_PAIRED.values())).tolist(), strict=True))
            head = (name, about.unit, about.price_basis, about.region, year)
            for word, value in {"mean": float(difference.mean()), **found}.items():
                yield (*head, f"paired_{word}", np.nan, np.nan, value)
