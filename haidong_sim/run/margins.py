"""The margins of some targets for given deviations, by a program that holds nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from haidong_sim.indicators.wiring import order_formulas
from haidong_sim.run.block import project_deviations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from haidong_sim.questions import Question
    from haidong_sim.run.program import Program
    from haidong_sim.run.shocks import Term

    Matrix = NDArray[np.float64]


def narrowed(program: Program, functionals: Sequence[Question]) -> Program:
    """Return a program in double precision of just what `functionals` read, no later than they are due.

    Drivers that none of them reads stay on their medians: they are not drawn, and what follows from
    them is one number for all draws.
    """
    last = max(functional.last_year for functional in functionals)
    derived = {formula.name for formula in program.formulas}
    held = [name for name in program.base_values if name not in derived]
    narrow = replace(
        program,
        years=program.years[program.years <= last],
        formulas=order_formulas([name for f in functionals for name in f.indicators], held),
        indicators=(),
        keep=(),
        functionals=tuple(functionals),
        precision="double",
        controls=None,
    )
    read = _drivers_read(narrow, functionals)
    terms = {
        driver: tuple(_first_years(term, len(narrow.years)) for term in terms)
        for driver, terms in program.plan.terms.items()
        if driver in read
    }
    return replace(narrow, plan=replace(program.plan, terms=terms))


def _first_years(term: Term, n_years: int) -> Term:
    innovations = None if term.innovations is None else term.innovations[:n_years]
    return replace(term, matrix=term.matrix[:n_years], innovations=innovations)


def _drivers_read(program: Program, functionals: Sequence[Question]) -> frozenset[str]:
    """Return the drivers that any margin depends on.

    A driver that is not a number makes everything that is computed from it not a number: one pass in which
    each column breaks another driver shows the dependence itself, where a derivative would show its value
    at one point.
    """
    drivers = tuple(program.plan.terms)
    broken = {driver: np.zeros((len(program.years), len(drivers))) for driver in drivers}
    for column, driver in enumerate(drivers):
        broken[driver][:, column] = np.nan
    margins = margins_at(program, broken, functionals)
    reads = np.any([np.isnan(np.broadcast_to(m, len(drivers))) for m in margins.values()], axis=0)
    return frozenset(driver for driver, is_read in zip(drivers, reads, strict=True) if is_read)


def margins_at(
    program: Program,
    moved: Mapping[str, NDArray[Any]],
    functionals: Sequence[Question],
    uniforms: Mapping[str, Matrix] | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Return each target's margin, shape (draw,): one pass of the year loop for all.

    Parameters
    ----------
    moved
        Deviations of the uncertain drivers, shape (year, draw).
    uniforms
        Standard uniforms that the projects read, shape (draw,); their medians if not given.
    """
    wanted = {pair for functional in functionals for pair in functional.requires}
    kept = {(name, year): program.base_values[name] for name, year in wanted if year == program.base_year}
    for year, current in project_deviations(program, moved, {} if uniforms is None else uniforms):
        kept |= {(name, when): current[name] for name, when in wanted if when == year}
    return {f.name: np.asarray(f.margin(lambda name, year: kept[name, year])) for f in functionals}
