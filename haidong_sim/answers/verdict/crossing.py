"""When the futures of a run first meet a target that asks for a level."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from haidong_sim.answers.verdict.joint import Attainment, attainment_from_draws, attainment_from_masks
from haidong_sim.errors import FeasibilityError
from haidong_sim.run import simulate

if TYPE_CHECKING:
    from haidong_sim.answers.verdict.joint import CrossingYears
    from haidong_sim.questions import Question
    from haidong_sim.run import Result


def crossing_of(result: Result, functional: Question, *, is_sustained: bool = False) -> CrossingYears:
    """Return the year in which each future first meets a target, and the mass that never does.

    From the kept draws of the indicator; where they were not kept the scenario is run once more on the same
    random numbers, asked the target in every year.

    Raises
    ------
    FeasibilityError
        If the target is no level, or the run has no draws.
    """
    if not functional.is_level:
        raise FeasibilityError(
            f"'{functional.name}' is no level that is reached in a year; it has no crossing year"
        )
    if result.part is None:
        raise FeasibilityError(
            "a path without shocks crosses once: see break_even_year; or use simulate(scenario, ...)"
        )
    years = result.years[1:]
    asked = [
        replace(functional.at(year), target_id=f"{functional.name} in {year}", reading="")
        for year in years.tolist()
    ]
    is_kept = all(name in result.program.keep for name in functional.indicators)
    met = _from_kept(result, asked) if is_kept else _from_new_run(result, asked)
    return met.first_met([question.name for question in asked], years, is_sustained=is_sustained)


def _from_kept(result: Result, asked: list[Question]) -> Attainment:
    names = asked[0].indicators
    kept = {name: result[name].astype(np.float64) for name in names}
    base_year = int(result.years[0])

    def value(name: str, year: int) -> Any:
        return kept[name][year - base_year]

    met = np.stack([question.is_met(question.margin(value)) for question in asked])
    return attainment_from_draws(met, [question.name for question in asked])


def _from_new_run(result: Result, asked: list[Question]) -> Attainment:
    yearly = simulate(
        result.scenario,
        draws=result.draws,
        rng=result.entropy,
        sampler=result.program.sampler,
        precision=result.program.precision,
        indicators=(),
        questions=asked,
        registry=result.registry,
        progress=False,
    )
    assert yearly.part is not None
    return attainment_from_masks(yearly.part.masks, [f.name for f in yearly.functionals])
