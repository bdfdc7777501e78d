"""A scenario made ready to run: everything a block of draws needs, and nothing that cannot be pickled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from haidong_sim.axes import years_between
from haidong_sim.errors import ScenarioError, unknown_name
from haidong_sim.indicators import Formula, catalogue, evaluate_formulas, formulas, order_formulas
from haidong_sim.indicators import indicator as declared
from haidong_sim.model import (
    PROJECT_OUTPUTS,
    active_projects,
    compile_projects,
    median_logs,
    project_links,
    project_outputs,
    realize_projects,
    set_up,
    uniform_names,
)
from haidong_sim.model.energy import computing_links
from haidong_sim.questions import Question, is_without_energy, questions_of
from haidong_sim.run.samplers import Dimension, replicate_size, require_sampler
from haidong_sim.run.shocks import ShockPlan, expected_residuals, plan_shocks
from haidong_sim.scenario import DRIVERS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

    from haidong_sim.model import Parameters, ProjectParameters
    from haidong_sim.place import Registry
    from haidong_sim.scenario import Scenario

Precision = Literal["double", "single"]

_FACTOR_SLOTS = 6
_EVENT_SLOTS = 6


Weights: TypeAlias = "tuple[NDArray[np.intp], NDArray[Any]]"
"""Positions of the sums that something moves, shape (moved,), and how, shape (moved, rows)."""


@dataclass(frozen=True, kw_only=True)
class Controls:
    """What marks off each target among the shocks: a half-space, or the common part of several.

    Attributes
    ----------
    targets
        Position of each control's target among the program's functionals, shape (control,).
    rows
        Which weighted sums a control asks for, one tuple of positions per control.
    of_normals, of_shocks
        Weights of the normals of each source, and of the scaled yearly shocks of each driver, in the
        precision of the draws; most of either move few sums.
    distances
        What each weighted sum has to reach, shape (sum,).
    chances, inaccuracies
        Probability of each control and how far it may be from exact, shape (control,).
    """

    targets: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...]
    of_normals: Mapping[str, Weights]
    of_shocks: Mapping[str, Weights]
    distances: Matrix
    chances: Matrix
    inaccuracies: Matrix

    def add_normals(self, scores: NDArray[Any], source: str, drawn: NDArray[Any]) -> None:
        """Add to the sums, shape (sum, draw), what the variates of a source, (rows, draw), contribute."""
        _add(scores, self.of_normals.get(source), drawn)

    def add_shocks(self, scores: NDArray[Any], driver: str, shocks: NDArray[Any]) -> None:
        """Add to the sums, shape (sum, draw), what the shocks of a driver, (year, draw), contribute."""
        _add(scores, self.of_shocks.get(driver), shocks)

    def inside(self, scores: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which draws lie in each control, shape (control, draw), from the weighted sums."""
        reached = scores >= self.distances[:, None]
        return np.stack([reached[list(rows)].all(axis=0) for rows in self.rows])


def _add(scores: NDArray[Any], weights: Weights | None, values: NDArray[Any]) -> None:
    if weights is not None:
        moved, matrix = weights
        for position, part in zip(moved.tolist(), matrix @ values[: matrix.shape[1]], strict=True):
            scores[position] += part


@dataclass(frozen=True, kw_only=True)
class Program:
    """A compiled scenario.

    `medians` are log changes by driver, shape (year,); `indicators` are those that a run summarizes, and
    `formulas` derive them, in order, from what the year loop holds.
    """

    scenario: Scenario
    years: NDArray[np.int64]
    start: Mapping[str, Any]
    base_values: Mapping[str, Any]
    parameters: Parameters
    medians: Mapping[str, NDArray[np.float64]]
    projects: ProjectParameters
    plan: ShockPlan
    dimensions: Mapping[str, Dimension]
    indicators: tuple[str, ...]
    formulas: tuple[Formula, ...]
    functionals: tuple[Question, ...]
    sampler: str
    precision: Precision
    replicate_draws: int
    keep: tuple[str, ...]
    controls: Controls | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """The floating-point type of the draws."""
        return np.dtype(np.float32 if self.precision == "single" else np.float64)

    @property
    def uniforms(self) -> tuple[str, ...]:
        """Names of the standard uniforms that the projects read."""
        return uniform_names(self.projects.projects)

    @cached_property
    def reported_years(self) -> frozenset[int]:
        """Years in which anything asked of the draws is an output of projects that drives nothing."""
        needs = (need for formula in self.formulas for need in formula.needs)
        if any(name.startswith(PROJECT_OUTPUTS) for name in (*self.indicators, *self.keep, *needs)):
            return frozenset(self.years.tolist())
        wanted = {pair for functional in self.functionals for pair in functional.requires}
        return frozenset(year for name, year in wanted if name.startswith(PROJECT_OUTPUTS))

    @property
    def base_year(self) -> int:
        """The last year before the projection."""
        return int(self.years[0]) - 1


def compile_scenario(
    scenario: Scenario,
    registry: Registry,
    *,
    indicators: Sequence[str] | None = None,
    keep: Sequence[str] = (),
    questions: Sequence[Question] = (),
    draws: int = 1,
    sampler: str = "sobol",
    precision: Precision = "single",
) -> Program:
    """Return the program of `scenario` for the place that `registry` describes.

    `questions` are targets of one's own, answered beside those of the registry.

    Raises
    ------
    ScenarioError
        If the scenario cannot be run: horizon, names of indicators, sampler, paths.
    """
    base_year = registry.place.base_year
    _require_runnable(scenario, base_year, (*(indicators or ()), *keep), sampler, precision)
    years = years_between(base_year + 1, scenario.horizon)
    start, parameters = set_up(scenario, registry, years)
    projects = compile_projects(active_projects(scenario), base_year=base_year, last_year=scenario.horizon)
    n_known = _known_years(scenario, base_year)
    plan = plan_shocks(scenario, len(years), uniform_names(projects.projects), n_known)
    links = _links(projects, parameters, registry)
    functionals = _with_questions(questions_of(registry, scenario, links), questions)
    base_values = dict(start) | project_outputs(realize_projects(projects), start, year=base_year)
    asked, order = _wire(base_values, indicators, keep, functionals)
    return Program(
        scenario=scenario,
        years=years,
        start=start,
        base_values=base_values,
        parameters=parameters,
        medians=_medians(scenario, start, parameters, years, plan, n_known),
        projects=projects,
        plan=plan,
        dimensions=assign_dimensions(scenario, plan),
        indicators=asked,
        formulas=order,
        functionals=functionals,
        sampler=sampler,
        precision=precision,
        replicate_draws=replicate_size(draws),
        keep=tuple(keep),
    )


def _links(projects: ProjectParameters, parameters: Parameters, registry: Registry) -> Mapping[str, str]:
    """Return the quantity that answers a target by its id, where a project is meant to meet it."""
    links = project_links(projects)
    return (
        links if parameters.energy is None else links | computing_links(parameters.energy, registry.targets)
    )


def _wire(
    base_values: dict[str, Any],
    indicators: Sequence[str] | None,
    keep: Sequence[str],
    functionals: Sequence[Question],
) -> tuple[tuple[str, ...], tuple[Formula, ...]]:
    """Return the indicators asked for and the formulas they need, and add their base-year values."""
    available = set(base_values)
    asked = tuple(indicators) if indicators is not None else available_indicators(available)
    order = order_formulas([*asked, *keep, *(name for f in functionals for name in f.indicators)], available)
    evaluate_formulas(order, base_values)
    return asked, order


def _require_runnable(
    scenario: Scenario, base_year: int, names: Sequence[str], sampler: str, precision: str
) -> None:
    require_sampler(sampler)
    if precision not in get_args(Precision):
        raise ScenarioError(unknown_name("precision", str(precision), get_args(Precision)))
    for name in names:
        declared(name)
        if is_without_energy(name, scenario):
            raise ScenarioError(
                f"'{name}': scenario '{scenario.name}' has no energy table and projects nothing of energy"
            )
    if scenario.horizon <= base_year:
        raise ScenarioError(
            f"scenario '{scenario.name}': horizon {scenario.horizon} is not after the base year {base_year}"
        )


def _with_questions(functionals: tuple[Question, ...], questions: Sequence[Question]) -> tuple[Question, ...]:
    known = {functional.name for functional in functionals}
    return functionals + tuple(question for question in questions if question.name not in known)


def _medians(
    scenario: Scenario,
    start: Mapping[str, Any],
    parameters: Parameters,
    years: NDArray[np.int64],
    plan: ShockPlan,
    n_known: int,
) -> Mapping[str, NDArray[np.float64]]:
    medians = median_logs(scenario, start, parameters, years)
    for name, spec in scenario.uncertainty.items():
        medians[name] = medians[name] + expected_residuals(spec, len(years), n_known)
    return _mean_preserving(medians, plan) if scenario.conventions.mean_preserving else medians


def _known_years(scenario: Scenario, base_year: int) -> int:
    """Return how many projected years are known."""
    if scenario.known_until is None:
        return 0
    if not base_year <= scenario.known_until < scenario.horizon:
        raise ScenarioError(
            f"scenario '{scenario.name}': known_until = {scenario.known_until} must lie between the base "
            f"year {base_year} and the year before the horizon {scenario.horizon}"
        )
    return scenario.known_until - base_year


def available_indicators(available: Collection[str]) -> tuple[str, ...]:
    """Return the indicators of the catalogue that a run can report, given what its year loop holds."""
    return tuple(
        name
        for name in catalogue()
        if name in available or (name in formulas() and _is_derivable(name, available))
    )


def _is_derivable(name: str, available: Collection[str]) -> bool:
    needs = formulas()[name].needs
    return all(need in available or (need in formulas() and _is_derivable(need, available)) for need in needs)


def assign_dimensions(scenario: Scenario, plan: ShockPlan) -> dict[str, Dimension]:
    """Give every source its slot of the quasi-random net.

    A driver's slot is its place in the fixed list of drivers, a factor's or event's its place in the file:
    a new uncertain quantity therefore takes a slot of its own and moves no other. The scale variates of heavy
    tails and anything past the last slot are drawn pseudo-randomly, which keeps every estimate unbiased.
    """
    n_slots = len(DRIVERS) + _FACTOR_SLOTS + _EVENT_SLOTS + 1
    slots: dict[str, int] = {name: slot for slot, name in enumerate(DRIVERS)} | {"hydrology": n_slots - 1}
    first_event = len(DRIVERS) + _FACTOR_SLOTS
    factors = list(scenario.dependence.factors)[:_FACTOR_SLOTS]
    slots |= {f"factor:{name}": len(DRIVERS) + slot for slot, name in enumerate(factors)}
    slots |= {
        f"event:{name}": first_event + slot for slot, name in enumerate(list(scenario.events)[:_EVENT_SLOTS])
    }
    return {source.name: Dimension(slots.get(source.name), n_slots) for source in plan.sources}


def _mean_preserving(
    medians: Mapping[str, NDArray[np.float64]], plan: ShockPlan
) -> dict[str, NDArray[np.float64]]:
    """Lower the medians so that the mean of each level follows the path: ½ of the variance each year adds."""
    shifted = dict(medians)
    for driver in plan.terms.keys() & medians.keys():
        variance = np.broadcast_to(plan.covariance_of_cumulated(driver), medians[driver].shape)
        shifted[driver] = medians[driver] - 0.5 * np.diff(variance, prepend=0.0)
    return shifted
