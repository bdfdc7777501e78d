"""The score card in a page: mean scores, comparisons with small-sample correction, and coverage."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from haidong_sim.estimation.diebold_mariano import diebold_mariano_1995
from haidong_sim.estimation.scorecard import HOUSE
from haidong_sim.estimation.scores import COVERAGES, central_coverage, pit_counts

_CASE: Final = ["region", "indicator", "exercise", "functional", "horizon"]
_FEWEST_COMPARED: Final = 5


def summarize_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Return one row per case and forecaster: n, mean CRPS and log score, ratio to the house, DM p-value.

    `crps_ratio` is the house's mean CRPS over this forecaster's on the same outcomes (below 1: the house is
    better); `dm_p` is two-sided and NaN with fewer than five (or two horizons' worth of) outcomes.
    """
    rows = []
    for key, case in scores.groupby(_CASE, sort=True):
        house = case[case["forecaster"] == HOUSE].set_index("origin")
        for name, part in case.groupby("forecaster", sort=True):
            own = part.set_index("origin")
            paired = house.loc[own.index]
            rows.append(
                {
                    **dict(zip(_CASE, key, strict=True)),
                    "forecaster": name,
                    "n": len(own),
                    "crps": own["crps"].mean(),
                    "log_score": own["log_score"].mean(),
                    "crps_ratio": paired["crps"].mean() / own["crps"].mean()
                    if own["crps"].mean() > 0
                    else np.nan,
                    "dm_p": _p_value(paired["crps"], own["crps"], int(str(case["horizon"].iloc[0]))),
                }
            )
    return pd.DataFrame(rows)


def _p_value(house: pd.Series, other: pd.Series, horizon: int) -> float:
    n = len(house)
    if n < max(_FEWEST_COMPARED, 2 * horizon) or np.allclose(house, other):
        return float("nan")
    return diebold_mariano_1995(house.to_numpy(), other.to_numpy(), horizon=horizon).p_value


def summarize_coverage(scores: pd.DataFrame) -> pd.DataFrame:
    """Return, per exercise, horizon and forecaster, how many outcomes the central intervals held.

    The exact binomial interval treats outcomes as independent; overlapping ones are not, so for a horizon h
    the count that matters is about n/h.
    """
    rows = []
    probabilistic = scores[np.isfinite(scores["pit"].astype(float))]
    for key, part in probabilistic.groupby(["exercise", "functional", "horizon", "forecaster"], sort=True):
        for nominal in COVERAGES:
            found = central_coverage(part["pit"], nominal)
            rows.append(
                {
                    **dict(zip(("exercise", "functional", "horizon", "forecaster"), key, strict=True)),
                    "nominal": nominal,
                    "inside": found.inside,
                    "n": found.n,
                    "rate": found.inside / found.n,
                    "low": found.low,
                    "high": found.high,
                }
            )
    return pd.DataFrame(rows)


def summarize_pit(scores: pd.DataFrame) -> pd.DataFrame:
    """Return, per exercise and horizon, the house's PITs counted in five bins with exact intervals."""
    rows = []
    house = scores[scores["forecaster"] == HOUSE]
    for key, part in house.groupby(["exercise", "functional", "horizon"], sort=True):
        for i, found in enumerate(pit_counts(part["pit"])):
            rows.append(
                {
                    **dict(zip(("exercise", "functional", "horizon"), key, strict=True)),
                    "bin": f"{i / 5:.1f}-{(i + 1) / 5:.1f}",
                    "inside": found.inside,
                    "n": found.n,
                    "low": found.low,
                    "high": found.high,
                }
            )
    return pd.DataFrame(rows)


def summarize_against(scores: pd.DataFrame) -> pd.DataFrame:
    """Return, per exercise and simple forecaster, the geometric mean of CRPS ratios over all cases.

    Each case (series, functional, horizon) counts once, whatever its unit; `cases_won` counts those in which
    the house's mean CRPS is the smaller.
    """
    summary = summarize_scores(scores)
    others = summary[(summary["forecaster"] != HOUSE) & (summary["crps_ratio"] > 0.0)]
    rows = []
    for key, part in others.groupby(["exercise", "forecaster"], sort=True):
        ratio = part["crps_ratio"].astype(float)
        rows.append(
            {
                "exercise": key[0],
                "forecaster": key[1],
                "cases": len(part),
                "cases_won": int((ratio < 1.0).sum()),
                "crps_ratio": float(np.exp(np.log(ratio).mean())),
                "significantly_better": int(((part["dm_p"] < 0.05) & (ratio < 1.0)).sum()),
                "significantly_worse": int(((part["dm_p"] < 0.05) & (ratio > 1.0)).sum()),
            }
        )
    return pd.DataFrame(rows)
