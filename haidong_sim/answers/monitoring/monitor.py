"""Are we on track: lights of the trend beside odds that know what has happened, target by target."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, get_args

from haidong_sim.answers.monitoring.actual_values import gather_facts
from haidong_sim.answers.monitoring.board import (
    COLUMNS,
    board_row,
    certain_series,
    contribution_rows,
    observation_rows,
    odds_rows,
)
from haidong_sim.answers.monitoring.observed import read_observed
from haidong_sim.answers.monitoring.updating import Method, Updater, choose_method, gather_evidence
from haidong_sim.errors import MonitoringError, public, unknown_name
from haidong_sim.indicators import catalogue
from haidong_sim.run import project, simulate
from haidong_sim.run.case import case_of
from haidong_sim.words.labels import require_language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from haidong_sim.answers.monitoring.actual_values import Facts
    from haidong_sim.engine.streams import Rng
    from haidong_sim.questions import Question
    from haidong_sim.run import Result
    from haidong_sim.run.case import RegistrySource, Subject
    from haidong_sim.words.labels import Language

METHODS: Final = ("auto", *get_args(Method))
DEFAULT_DRAWS: Final = 65_536
MEASUREMENT_SD: Final = 0.01
"""Assumption, range half to double: first figures are revised by tenths of a percent, by 2 in a census."""


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
    language
        Of the sentences, unless they are asked for in another.
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
    language: Language = "en"

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

    def sentences(
        self, target_ids: Sequence[str] | None = None, *, language: Language | None = None
    ) -> list[str]:
        """Return a sentence or two a target, in "en" or "zh"; those with an observed course if None."""
        from haidong_sim.answers.monitoring.sentences import target_sentence

        words = require_language(language or self.language)
        known = {row["target_id"]: row for row in self.rows}
        if target_ids is None:
            target_ids = [name for name, row in known.items() if row["last_year"] is not None]
        if unknown := [name for name in target_ids if name not in known]:
            raise MonitoringError(unknown_name("monitored target", unknown[0], known))
        return [
            target_sentence(
                known[name],
                [part for part in self.contribution_rows if part["target_id"] == name],
                words,
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


@public
def monitor(
    subject: Subject,
    observed: str | Path | pd.DataFrame,
    *,
    as_of: int | None = None,
    method: str = "auto",
    measurement_sd: float = MEASUREMENT_SD,
    draws: int | None = None,
    rng: Rng = None,
    registry: RegistrySource = None,
    language: Language = "en",
    progress: bool | None = None,
) -> Monitoring:
    """Return where each target stands after the observed years, and how its odds moved.

    Parameters
    ----------
    subject
        What was expected: a result, a scenario, the name of a bundled one, or a path to a TOML file.
    observed
        Published values, a CSV file or a table with at least indicator, year, value, unit and source.
    as_of
        Last year to take account of; all years of the file if None.
    method
        "weights", "linear", or "auto": weights where enough draws are left by them, else linear.
    measurement_sd
        Measurement error of levels and shares as a part of the value; growth rates have half of it, in
        fractions a year. Probabilities are also told at half and at double it.
    draws
        Futures: those of a result, else 65 536, if None.
    rng, registry, progress
        As in `simulate`.
    language
        "en" or "zh": of the sentences.

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
    words = require_language(language)
    case = case_of(subject, registry=registry, rng=rng)
    start = project(case.scenario, registry=case.registry)
    facts = _facts(start, observed, as_of=as_of or case.scenario.horizon)
    asked = [functional for functional in start.functionals if not functional.reading]
    # The output of one park is no indicator of the catalogue: its draws cannot be kept.
    followed = [f for f in asked if all(name in catalogue() for name in f.indicators)]
    names = dict.fromkeys([v.indicator for v in facts.used] + [n for f in followed for n in f.indicators])
    result = simulate(
        case.scenario,
        indicators=list(names),
        keep=list(names),
        draws=draws if draws is not None else case.draws or DEFAULT_DRAWS,
        rng=case.entropy,
        registry=case.registry,
        progress=progress,
    )
    found = _judged(result, asked, followed, facts, method=method, measurement_sd=measurement_sd)
    return replace(found, language=words)


def _judged(
    result: Result,
    asked: Sequence[Question],
    followed: Sequence[Question],
    facts: Facts,
    *,
    method: str,
    measurement_sd: float,
) -> Monitoring:
    evidence = gather_evidence(result, facts.used, measurement_sd=measurement_sd)
    updater = Updater(result, followed, evidence)
    chosen, left = choose_method(updater, evidence, draws=result.draws, wanted=method)
    odds = dict(zip([f.name for f in followed], odds_rows(updater, chosen), strict=True))
    return Monitoring(
        result=result,
        rows=tuple(board_row(result, f, facts.known, odds.get(f.name)) for f in asked),
        contribution_rows=tuple(contribution_rows(updater, chosen, followed, evidence.series)),
        observation_rows=tuple(observation_rows(result, evidence)),
        last_year=max(value.year for value in facts.used),
        method=chosen,
        measurement_sd=measurement_sd,
        weighed_draws=left,
        chance_of_observed=evidence.surprise()[1],
        notes=(*facts.notes, *certain_series(evidence)),
    )


def _facts(start: Result, observed: str | Path | pd.DataFrame, *, as_of: int) -> Facts:
    base_year = start.registry.place.base_year
    given = read_observed(
        observed, registry=start.registry, allowed=start.indicators, last_year=start.scenario.horizon
    )
    base = {name: start.path[name, base_year] for name in start.indicators}
    return gather_facts(given, base=base, base_year=base_year, as_of=as_of)
