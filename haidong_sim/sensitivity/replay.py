"""Outcomes of a scenario draw by draw: plain draws from a run's streams, or those of a design."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from threadpoolctl import threadpool_limits

from haidong_sim.ensemble.block import Variates, project_block
from haidong_sim.ensemble.program import compile_scenario
from haidong_sim.ensemble.result import Result
from haidong_sim.ensemble.samplers import BLOCK_DRAWS
from haidong_sim.ensemble.streams import resolve_entropy
from haidong_sim.errors import EstimationError, unknown_name
from haidong_sim.indicators import catalogue
from haidong_sim.indicators.labels import label
from haidong_sim.registry import load_registry
from haidong_sim.sensitivity.uncertain import GivenVariates, driver_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from haidong_sim.ensemble.program import Program
    from haidong_sim.registry import Registry
    from haidong_sim.scenario import Scenario
    from haidong_sim.sensitivity.study import Floats, Rng
    from haidong_sim.targets import Functional

# Quasi-random draws are even among themselves, not independent: in hundreds of dimensions the bins of an idle
# input see the pattern of a weighty one (an index of 0.025 for nothing was seen), and no interval tells.
SAMPLER: Final = "mc"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One number a draw: an indicator in a year, or the margin of a target at its deadline."""

    name: str
    year: int
    functional: Functional | None = None


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


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Draws of one year: inputs (input, draw) by name, and the outcomes of that year (outcome, draw)."""

    year: int
    names: tuple[str, ...]
    inputs: Floats
    outcomes: tuple[Outcome, ...]
    found: Floats

    @property
    def met(self) -> NDArray[np.bool_]:
        """Whether each outcome that is a target is met, shape (target, draw)."""
        return np.stack([
            np.asarray(outcome.functional.is_met(values))
            for outcome, values in zip(self.outcomes, self.found, strict=True)
            if outcome.functional is not None
        ])  # fmt: skip


def set_up_questions(
    subject: Result | Scenario,
    outcomes: Sequence[str] | None,
    years: Sequence[int] | None,
    *,
    draws: int,
    rng: Rng,
    registry: Registry | None = None,
) -> Setting:
    """Compile the scenario of a run, or a scenario, for the outcomes asked.

    Parameters
    ----------
    outcomes
        Targets (by id or by name of a reading) and indicators; every target if None.
    years
        Years of the indicators, all projected ones if None; a target is asked at its deadline.

    Raises
    ------
    EstimationError
        If an outcome or a year is unknown; all of them, with the closest names.
    """
    if isinstance(subject, Result):
        scenario, place = subject.scenario, subject.registry
        entropy = resolve_entropy(rng) if subject.entropy is None or rng is not None else subject.entropy
        precision = subject.program.precision
        size = subject.draws if subject.part is not None else draws
        questions = subject.functionals
    else:
        scenario, place = subject, registry or load_registry(subject.place)
        entropy, precision, size = resolve_entropy(rng), "double", draws
        questions = ()
    names = [name for name in outcomes or () if name in catalogue()]
    program = compile_scenario(
        scenario,
        place,
        indicators=names,
        questions=questions,
        draws=size,
        sampler=SAMPLER,
        precision=precision,
    )
    return Setting(
        program=program,
        registry=place,
        entropy=entropy,
        draws=min(size, draws),
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


def replay(setting: Setting) -> list[Drawn]:
    """Make the first draws (of a plain Monte Carlo run: its own) and return inputs and outcomes by year.

    Raises
    ------
    EstimationError
        If nothing is uncertain in the scenario.
    """
    program = setting.program
    inputs: dict[int, list[dict[str, Floats]]] = {year: [] for year in setting.years}
    values = []
    for block in range(-(-setting.draws // BLOCK_DRAWS)):
        size = min(BLOCK_DRAWS, setting.draws - block * BLOCK_DRAWS)
        fresh = Variates(program, entropy=setting.entropy, block=block, draws=size)
        variates = GivenVariates({source.name: fresh[source.name] for source in program.plan.sources})
        # One thread in the linear algebra, as in the run: the same sums in the same order.
        with threadpool_limits(limits=1):
            values.append(evaluate(setting, variates, size))
        for year, found in inputs.items():
            found.append(driver_inputs(program, variates, year))
    every = np.concatenate(values, axis=1)
    sizes = [part.shape[1] for part in values]
    return [_drawn(setting, year, found, sizes, every) for year, found in inputs.items()]


def _drawn(
    setting: Setting, year: int, found: list[dict[str, Floats]], sizes: list[int], values: Floats
) -> Drawn:
    """Join the blocks of one year."""
    # An input may vary in some blocks only: a rare event.
    names = tuple(dict.fromkeys(name for block in found for name in block))
    if not names:
        raise EstimationError(f"nothing is uncertain in scenario '{setting.program.scenario.name}'")
    joined = [
        np.concatenate([block.get(name, np.zeros(size)) for block, size in zip(found, sizes, strict=True)])
        for name in names
    ]
    rows = [number for number, outcome in enumerate(setting.outcomes) if outcome.year == year]
    return Drawn(
        year=year,
        names=names,
        inputs=np.stack(joined),
        outcomes=tuple(setting.outcomes[number] for number in rows),
        found=values[rows],
    )


def evaluate(setting: Setting, variates: GivenVariates, draws: int) -> Floats:
    """Run the model once and return the outcomes, shape (outcome, draw), in double precision."""
    program = setting.program
    wanted = {
        pair
        for outcome in setting.outcomes
        for pair in (outcome.functional.requires if outcome.functional else {(outcome.name, outcome.year)})
    }
    kept = {(name, year): program.base_values[name] for name, year in wanted if year == program.base_year}
    for year, current in project_block(program, variates):
        kept |= {(name, when): current[name] for name, when in wanted if when == year}
    found = np.empty((len(setting.outcomes), draws))
    for row, outcome in zip(found, setting.outcomes, strict=True):
        if outcome.functional is None:
            row[...] = kept[outcome.name, outcome.year]
        else:
            row[...] = outcome.functional.margin(lambda name, year: kept[name, year])
    return found


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
