"""Outcomes of a scenario draw by draw: plain draws from a run's streams, or those of a design."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from threadpoolctl import threadpool_limits

from haidong_sim.answers.sensitivity.draws import Draws, Outcome, join_draws
from haidong_sim.answers.sensitivity.uncertain import driver_inputs
from haidong_sim.errors import EstimationError, unknown_name
from haidong_sim.indicators import catalogue
from haidong_sim.run import (
    BLOCK_DRAWS,
    Variates,
    case_of,
    compile_scenario,
    deviations,
    project_deviations,
    require_count,
)
from haidong_sim.words import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haidong_sim.answers.sensitivity.study import Floats, Rng
    from haidong_sim.place import Registry
    from haidong_sim.run import Draws as Deviations
    from haidong_sim.run import NamedVariates, Program, RegistrySource, Subject

DEFAULT_DRAWS: Final = 32_768
"""Most draws that an answer uses if it is not told: more of them would not change what it says."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A scenario made ready for questions about `outcomes`."""

    program: Program
    registry: Registry
    entropy: int
    draws: int
    outcomes: tuple[Outcome, ...]

    @property
    def years(self) -> tuple[int, ...]:
        """The years that the outcomes are about, in order."""
        return tuple(sorted({outcome.year for outcome in self.outcomes}))

    def about(self, outcomes: Sequence[Outcome]) -> Setting:
        """Return the same with fewer questions."""
        return replace(self, outcomes=tuple(outcomes))


def set_up_questions(
    subject: Subject,
    outcomes: Sequence[str] | None,
    years: Sequence[int] | None,
    *,
    draws: int | None,
    rng: Rng,
    registry: RegistrySource = None,
) -> Setting:
    """Compile the scenario of a subject for the outcomes asked.

    Parameters
    ----------
    outcomes
        Targets (by id or by name of a reading) and indicators; every target if None.
    years
        Years of the indicators, all projected ones if None; a target is asked at its deadline.
    draws
        Draws to use; those of a run, at most 32 768, if None.

    Raises
    ------
    EstimationError
        If an outcome or a year is unknown; all of them, with the closest names.
    """
    case = case_of(subject, registry=registry, rng=rng)
    own = case.result
    is_run = own is not None and own.part is not None
    # Its own draws are those of a plain Monte Carlo run only if they are rounded as it rounds them.
    is_plain = own is not None and is_run and own.program.sampler == "mc"
    size = min(case.draws or DEFAULT_DRAWS, DEFAULT_DRAWS) if draws is None else require_count("draws", draws)
    names = [name for name in outcomes or () if name in catalogue()]
    program = compile_scenario(
        case.scenario,
        case.registry,
        indicators=names,
        questions=() if own is None else own.functionals,
        draws=size,
        sampler="mc" if is_plain else "sobol",
        precision=own.program.precision if own is not None and is_plain else "double",
    )
    return Setting(
        # Quasi-random draws are even among themselves, not independent: in hundreds of dimensions the bins of
        # an idle input see the pattern of a weighty one (an index of 0.025 for nothing was seen), and no
        # interval tells. A net of one point under a shift of its own is a plain random draw, at the price of
        # a net: half that of pseudo-random normals.
        program=replace(program, replicate_draws=1),
        registry=case.registry,
        entropy=case.entropy,
        draws=size,
        outcomes=_resolve(program, outcomes, years),
    )


def outcome_names(setting: Setting) -> dict[str, tuple[str, str]]:
    """Return the name of each outcome in English and Chinese."""
    known = {
        target.id: (target.name_en, target.name_zh or target.name_en) for target in setting.registry.targets
    }
    found = {}
    for outcome in setting.outcomes:
        if outcome.functional is None:
            about = catalogue()[outcome.name]
            found[outcome.name] = (about.label_en, about.label_zh)
            continue
        one, two = known.get(outcome.functional.target_id, (outcome.name, outcome.name))
        reading = outcome.functional.reading
        if reading:
            one, two = (
                f"{one} ({label('reading', reading, 'en')})",
                f"{two}（{label('reading', reading, 'zh')}）",
            )
        found[outcome.name] = (one, two)
    return found


def outcome_units(setting: Setting) -> dict[str, str]:
    """Return the unit of each outcome; the margin of a target is in the target's."""
    known = {target.id: target.unit for target in setting.registry.targets}
    return {
        outcome.name: known.get(outcome.functional.target_id, "")
        if outcome.functional
        else catalogue()[outcome.name].unit
        for outcome in setting.outcomes
    }


def replay(setting: Setting) -> Draws:
    """Draw (a plain Monte Carlo run: its own draws) and return inputs and outcomes.

    Raises
    ------
    EstimationError
        If nothing is uncertain in the scenario until one of the years.
    """
    program = setting.program
    by_year = setting.about(sorted(setting.outcomes, key=lambda outcome: outcome.year))
    inputs: list[dict[int, dict[str, Floats]]] = []
    values = np.empty((len(setting.outcomes), setting.draws))
    # One thread in the linear algebra, as in the run: the same sums in the same order.
    with threadpool_limits(limits=1):
        for start in range(0, setting.draws, BLOCK_DRAWS):
            here = values[:, start : start + BLOCK_DRAWS]
            variates = Variates(
                program,
                entropy=setting.entropy,
                block=start // BLOCK_DRAWS,
                draws=here.shape[1],
                keep_all=True,
            )
            moved = deviations(program, variates)
            inputs.append(driver_inputs(program, variates, moved, setting.years))
            _fill_outcomes(by_year, variates, moved, here)
    draws = join_draws(inputs, by_year.outcomes, values)
    certain = [str(year) for year, count in draws.own.items() if not draws.common + count]
    if certain:
        raise EstimationError(
            f"nothing varies among {setting.draws:,} draws of scenario '{program.scenario.name}' until "
            f"{', '.join(certain)}; ask of later years, or for more draws"
        )
    return draws


def evaluate(setting: Setting, variates: NamedVariates, draws: int) -> Floats:
    """Run the model once and return the outcomes, shape (outcome, draw), in double precision."""
    found = np.empty((len(setting.outcomes), draws))
    _fill_outcomes(setting, variates, deviations(setting.program, variates), found)
    return found


def _fill_outcomes(
    setting: Setting, variates: NamedVariates, moved: dict[str, Deviations], out: Floats
) -> None:
    """Write the outcomes, shape (outcome, draw), under given deviations of the drivers."""
    program = setting.program
    wanted = {
        pair
        for outcome in setting.outcomes
        for pair in (outcome.functional.requires if outcome.functional else {(outcome.name, outcome.year)})
    }
    kept = {(name, year): program.base_values[name] for name, year in wanted if year == program.base_year}
    uniforms = {name: variates[name][0] for name in program.uniforms}
    for year, current in project_deviations(program, moved, uniforms):
        kept |= {(name, when): current[name] for name, when in wanted if when == year}
    for row, outcome in zip(out, setting.outcomes, strict=True):
        if outcome.functional is None:
            row[...] = kept[outcome.name, outcome.year]
        else:
            row[...] = outcome.functional.margin(lambda name, year: kept[name, year])


def _resolve(
    program: Program, outcomes: Sequence[str] | None, years: Sequence[int] | None
) -> tuple[Outcome, ...]:
    """Return the outcomes by name, targets first matched by the name of a reading, then by their id."""
    targets = {functional.name: functional for functional in program.functionals}
    projected = program.years.tolist()
    wrong = [year for year in years or () if year not in projected]
    if wrong:
        raise EstimationError(f"years {wrong} are not projected; allowed: {projected[0]} to {projected[-1]}")
    found = []
    for name in targets if outcomes is None else outcomes:
        if name in targets:
            found.append(Outcome(name=name, year=targets[name].last_year, functional=targets[name]))
        elif name in catalogue():
            found += [Outcome(name=name, year=year) for year in years or projected]
        else:
            raise EstimationError(unknown_name("outcome", name, [*targets, *catalogue()]))
    return tuple(found)
