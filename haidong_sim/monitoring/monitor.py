"""Are we on track: lights of the trend beside odds that know what has happened, target by target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, get_args

from haidong_sim.ensemble import project, simulate
from haidong_sim.ensemble.preparing import loaded_scenario
from haidong_sim.errors import MonitoringError, unknown_name
from haidong_sim.indicators import catalogue
from haidong_sim.monitoring.actual_values import gather_facts
from haidong_sim.monitoring.courses import TREND_RULES, disagreement, left_to_do, standing_of
from haidong_sim.monitoring.lights import probability_light
from haidong_sim.monitoring.observed import read_observed
from haidong_sim.monitoring.updating import Method, Updater, choose_method, gather_evidence
from haidong_sim.registry import load_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from haidong_sim.ensemble import Result
    from haidong_sim.ensemble.streams import Rng
    from haidong_sim.monitoring.updating import Evidence
    from haidong_sim.registry import Registry
    from haidong_sim.scenario import Scenario
    from haidong_sim.targets import Functional

METHODS: Final = ("auto", *get_args(Method))
DEFAULT_DRAWS: Final = 65_536
MEASUREMENT_SD: Final = 0.01
"""Assumption, range half to double: first figures are revised by tenths of a percent, by 2 in a census."""

COLUMNS: Final = (
    "target_id", "name_en", "name_zh", "indicator", "binding", "deadline", "comparator", "unit", "threshold",
    "base_year", "base_value", "last_year", "last_value", "level_to_reach", "achieved_rate", "needed_rate",
    "needed_change", "catch_up_factor", *TREND_RULES, "probability_before", "ci_low_before", "ci_high_before",
    "n", "probability", "ci_low", "ci_high", "n_effective", "method", "probability_half_sd",
    "probability_double_sd", "light", "colour", "is_decided", "light_before", "disagreement", "outcome",
    "reason",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, repr=False)
class Monitoring:
    """What the observed years say about each target.

    Attributes
    ----------
    result
        The run before anything was observed.
    rows
        One mapping a target, keyed by `COLUMNS`.
    contribution_rows
        Change of each probability by observed series; adds up to the whole change.
    method
        How the odds were updated: "weights" (exact) or "linear" (exact for normal logs).
    weighed_draws
        How many draws plain weights leave of `result.draws`.
    chance_of_observed
        Chance that the scenario gives to values at least as far off as the observed ones.
    notes
        What was done to the file's values without being asked for in so many words.
    """

    result: Result
    rows: tuple[Mapping[str, Any], ...]
    contribution_rows: tuple[Mapping[str, Any], ...]
    observation_rows: tuple[Mapping[str, Any], ...]
    last_year: int
    method: Method
    measurement_sd: float
    weighed_draws: float
    chance_of_observed: float
    notes: tuple[str, ...]

    def frame(self) -> pd.DataFrame:
        """Return one row a target: course, lights of the trend, odds before and after."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=list(COLUMNS))

    def contributions(self) -> pd.DataFrame:
        """Return by how much each observed series moved each probability, and by which rule it was split."""
        import pandas as pd

        return pd.DataFrame(self.contribution_rows, columns=["target_id", "series", "change", "split"])

    def observations(self) -> pd.DataFrame:
        """Return the values used: spliced, beside the scenario's median, and how many sd they are off it."""
        import pandas as pd

        return pd.DataFrame(self.observation_rows)

    def sentences(self, target_ids: Sequence[str] | None = None, *, lang: str = "en") -> list[str]:
        """Return a sentence or two a target, in "en" or "zh"; those with an observed course if None."""
        from haidong_sim.monitoring.sentences import target_sentence

        if lang not in {"en", "zh"}:
            raise MonitoringError(unknown_name("language", lang, ("en", "zh")))
        known = {row["target_id"]: row for row in self.rows}
        if target_ids is None:
            target_ids = [name for name, row in known.items() if row["last_year"] is not None]
        if unknown := [name for name in target_ids if name not in known]:
            raise MonitoringError(unknown_name("monitored target", unknown[0], known))
        return [
            target_sentence(
                known[name],
                [part for part in self.contribution_rows if part["target_id"] == name],
                "zh" if lang == "zh" else "en",
            )
            for name in target_ids
        ]

    def __repr__(self) -> str:
        moved = [row for row in self.rows if row["probability"] is not None]
        expected = [sum(row[name] for row in moved) for name in ("probability_before", "probability")]
        return (
            f"<Monitoring of '{self.result.scenario.name}' to {self.last_year}: "
            f"{len(self.observation_rows)} values, {len(self.rows)} targets, expected to be met "
            f"{expected[0]:.1f} → {expected[1]:.1f}, updated by {self.method}>"
        )


def monitor(
    scenario: Scenario | str | Path,
    observed: str | Path | pd.DataFrame,
    *,
    as_of: int | None = None,
    draws: int = DEFAULT_DRAWS,
    rng: Rng = None,
    method: str = "auto",
    measurement_sd: float = MEASUREMENT_SD,
    registry: Registry | None = None,
    progress: bool | None = None,
) -> Monitoring:
    """Return where each target stands after the observed years, and how its odds moved.

    Parameters
    ----------
    scenario
        What was expected: a scenario, the name of a bundled one, or a path to a TOML file.
    observed
        Published values, a CSV file or a table with at least indicator, year, value, unit and source.
    as_of
        Last year to take account of; all years of the file if None.
    method
        "weights", "linear", or "auto": weights where enough draws are left by them, else linear.
    measurement_sd
        Measurement error of levels and shares as a part of the value; growth rates have half of it, in
        fractions a year. Probabilities are also told at half and at double it.

    Raises
    ------
    MonitoringError
        If the file is malformed, contradicts the scenario, or leaves too few draws for the method wanted.
    ScenarioError
        If the scenario is not valid.
    """
    if method not in METHODS:
        raise MonitoringError(unknown_name("method", str(method), METHODS))
    if not 0.0 < measurement_sd <= 0.2:
        raise MonitoringError(
            f"measurement sd: {measurement_sd:g} is not in 0 … 0.2; write 0.01 for 1 percent"
        )
    loaded = loaded_scenario(scenario)
    place = registry or load_registry(loaded.place)
    start = project(loaded, registry=place)
    given = read_observed(observed, registry=place, allowed=start.indicators, last_year=loaded.horizon)
    facts = gather_facts(
        given,
        base={name: start.path[name, place.place.base_year] for name in start.indicators},
        base_year=place.place.base_year,
        as_of=as_of or loaded.horizon,
    )
    asked = [functional for functional in start.functionals if not functional.reading]
    # The output of one park is no indicator of the catalogue: its draws cannot be kept.
    followed = [f for f in asked if all(name in catalogue() for name in f.indicators)]
    names = list(
        dict.fromkeys([v.indicator for v in facts.used] + [name for f in followed for name in f.indicators])
    )
    result = simulate(
        loaded, draws=draws, rng=rng, indicators=names, keep=names, registry=place, progress=progress
    )
    evidence = gather_evidence(result, facts.used, measurement_sd=measurement_sd)
    updater = Updater(result, followed, evidence)
    chosen, left = choose_method(updater, evidence, draws=result.draws, wanted=method)
    changes, split = updater.contributions(chosen)
    odds = dict(zip([f.name for f in followed], _odds(updater, chosen), strict=True))
    return Monitoring(
        result=result,
        rows=tuple(_row(result, functional, facts.known, odds.get(functional.name)) for functional in asked),
        contribution_rows=tuple(
            {"target_id": f.target_id, "series": name, "change": float(changes[i, j]), "split": split}
            for j, f in enumerate(followed)
            for i, name in enumerate(evidence.series)
        ),
        observation_rows=tuple(_observation_rows(result, evidence)),
        last_year=max(value.year for value in facts.used),
        method=chosen,
        measurement_sd=measurement_sd,
        weighed_draws=left,
        chance_of_observed=evidence.surprise()[1],
        notes=(*facts.notes, *_silent(evidence)),
    )


def _odds(updater: Updater, method: Method) -> list[dict[str, Any]]:
    """Return the odds of each target before and after, and at half and at double the measurement sd."""
    before, after = updater.before(), updater.probabilities(method)
    half, double = (updater.probabilities(method, factor=factor) for factor in (0.5, 2.0))
    return [
        {
            "probability_before": float(before.probability[n]),
            "ci_low_before": float(before.low[n]),
            "ci_high_before": float(before.high[n]),
            "n": int(before.n[n]),
            "probability": float(after.probability[n]),
            "ci_low": float(after.low[n]),
            "ci_high": float(after.high[n]),
            "n_effective": float(after.n[n]),
            "method": method,
            "probability_half_sd": float(half.probability[n]),
            "probability_double_sd": float(double.probability[n]),
        }
        for n in range(len(after.n))
    ]


def _row(
    result: Result,
    functional: Functional,
    known: Mapping[tuple[str, int], float],
    odds: Mapping[str, Any] | None,
) -> dict[str, Any]:
    target = next((row for row in result.registry.targets if row.id == functional.target_id), None)
    standing = standing_of(functional, known)
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {
        "target_id": functional.target_id,
        "indicator": functional.indicator,
        "deadline": functional.last_year,
        "threshold": functional.threshold,
        "outcome": standing.outcome,
        "reason": standing.reason,
        "disagreement": "",
    }
    if target is not None:
        row |= {
            name: getattr(target, name) for name in ("name_en", "name_zh", "binding", "comparator", "unit")
        }
    row |= left_to_do(standing.course) | {rule: light.status for rule, light in standing.lights.items()}
    if odds is None:
        return row | {"reason": "; ".join(filter(None, [row["reason"], "its draws cannot be followed"]))}
    now, then = (
        probability_light(odds[f"probability{when}"], low=odds[f"ci_low{when}"], high=odds[f"ci_high{when}"])
        for when in ("", "_before")
    )
    return row | {
        **odds,
        "light": now.status,
        "colour": now.colour,
        "is_decided": now.is_decided,
        "light_before": then.status,
        "disagreement": disagreement(standing.lights, now),
    }


def _observation_rows(result: Result, evidence: Evidence) -> Iterator[dict[str, Any]]:
    off, _ = evidence.surprise()
    for n, value in enumerate(evidence.values):
        yield {
            "indicator": value.indicator,
            "year": value.year,
            "value": value.value,
            "unit": catalogue()[value.indicator].unit,
            "median": result.statistics(value.indicator, value.year)["median"],
            "sd_off": float(off[n]),
            "measurement_sd": float(evidence.sd[n]),
            "source": value.source,
        }


def _silent(evidence: Evidence) -> Iterator[str]:
    """Name what was observed of quantities that the scenario takes for certain: it teaches nothing."""
    certain = evidence.draws.std(axis=1) < 1e-6
    names = dict.fromkeys(
        value.indicator for value, is_fixed in zip(evidence.values, certain, strict=True) if is_fixed
    )
    for name in names:
        yield f"{name} is certain in this scenario: observing it moves no odds"
