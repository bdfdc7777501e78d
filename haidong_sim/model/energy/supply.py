"""Clean supply: capacity, generation, wet and dry years, and what a share target needs (METHOD 5.3)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from haidong_sim.errors import ModelError, Problems, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from haidong_sim.model.arrays import Array
    from haidong_sim.scenario import Milestone, Supply


def roll_capacity(initial: float, additions: Sequence[float], retirements: Sequence[float]) -> list[float]:
    """Return capacity at the end of the base year and each year after: Cap_t = Cap_{t-1} + add − retire.

    Parameters
    ----------
    initial
        GW at the end of the base year.
    additions, retirements
        GW, one entry per year after the base year.

    Raises
    ------
    ModelError
        If more is retired than there is.
    """
    levels = [initial]
    for added, retired in zip(additions, retirements, strict=True):
        level = levels[-1] + added - retired
        if level < -1e-9:
            raise ModelError(
                f"capacity goes negative: {level:g} GW in year {len(levels)} after the base year"
            )
        levels.append(max(level, 0.0))
    return levels


def milestone_addition(milestone: Milestone, *, installed: float, retired: float) -> float:
    """Return the GW to add up to a milestone, under its reading.

    A plan table may print a bracketed figure that its footnote calls cumulative over five years while its
    text calls it the accumulated total. On 3.98 GW a stock of 5.33 asks for 1.35 GW more, additions for 5.33.

    Parameters
    ----------
    milestone
        Published figure.
    installed
        GW at the previous milestone.
    retired
        GW retired since.
    """
    if milestone.reading == "additions":
        return milestone.value
    return milestone.value - installed + retired


def plan_capacity(supply: Supply, *, base_year: int, last_year: int) -> dict[str, list[float]]:
    """Return GW by technology, one entry per year from the base year to the last.

    Additions and retirements of each technology come first; milestones fill what is missing, in equal yearly
    steps by their mix.

    Raises
    ------
    ScenarioError
        If a stock milestone lies below what is there already; all such milestones at once.
    """
    years = range(base_year + 1, last_year + 1)
    steps = {
        name: [item.additions.get(year, 0.0) - item.retirements.get(year, 0.0) for year in years]
        for name, item in supply.technologies.items()
    }
    start = {name: item.capacity.value for name, item in supply.technologies.items()}
    problems = Problems("clean capacity")
    since = base_year
    for milestone in sorted(supply.milestones, key=lambda item: item.year):
        if not since < milestone.year:
            problems.add(f"milestone {milestone.year}", f"must lie after {since}")
            continue
        _fill(milestone, start=start, steps=steps, base_year=base_year, since=since, problems=problems)
        since = milestone.year
    problems.raise_if_any(ScenarioError)
    zeros = [0.0] * len(years)
    return {name: roll_capacity(start[name], steps[name], zeros) for name in start}


def _fill(
    milestone: Milestone,
    *,
    start: Mapping[str, float],
    steps: dict[str, list[float]],
    base_year: int,
    since: int,
    problems: Problems,
) -> None:
    """Add to `steps`, in place, what a milestone asks for beyond the steps already there."""
    known = slice(0, since - base_year)
    window = range(since - base_year, milestone.year - base_year)
    installed = math.fsum(start.values()) + math.fsum(math.fsum(step[known]) for step in steps.values())
    length = len(next(iter(steps.values())))
    retired = -math.fsum(step[t] for step in steps.values() for t in window if t < length)
    missing = milestone_addition(milestone, installed=installed, retired=retired)
    if missing < -1e-9:
        problems.add(
            f"milestone {milestone.year}",
            f"a stock of {milestone.value:g} GW is less than the {milestone.value - missing:g} GW there",
        )
        return
    for name, part in milestone.mix.items():
        for t in window:
            if t < length:
                steps[name][t] += missing * part / len(window)


def generation_twh(capacity: Any, hours: float, curtailment: float) -> Any:
    """Return TWh a year of `capacity` GW running `hours`, less the curtailed part."""
    return capacity * hours * (1.0 - curtailment) / 1000.0


def clean_generation(generation: Mapping[str, float], factors: Mapping[str, Array]) -> Any:
    """Return clean generation (TWh), with the technologies in `factors` scaled by one factor a draw.

    Two operations a factor; a plain float without factors.
    """
    total: Any = sum(value for name, value in generation.items() if name not in factors)
    for name, factor in factors.items():
        total = factor * generation[name] + total
    return total


def hydrology_deviation(variation: float) -> float:
    """Return the sd of the root state y that gives (1+y)²/(1+sd²) this coefficient of variation, mean 1.

    River flow is roughly normal in its square root; the square keeps it positive without an exponential.
    Var((1+y)²) = 4v + 2v² and mean 1 + v give v = √(2/(2 − variation²)) − 1.
    """
    return math.sqrt(math.sqrt(2.0 / (2.0 - variation * variation)) - 1.0)


def advance_hydrology(state: Array | None, normal: Array, *, deviation: float, persistence: float) -> Array:
    """Return this year's root state from last year's (None: stationary) and standard normals, (draw,)."""
    if state is None:
        return normal * deviation
    return state * persistence + normal * (deviation * math.sqrt(1.0 - persistence * persistence))


def hydrology_factor(state: Array, *, deviation: float) -> Array:
    """Return output relative to an average year, (1+y)²/(1+sd²): positive, mean one."""
    root = state + 1.0
    return root * root * (1.0 / (1.0 + deviation * deviation))


def required_generation(share: Any, energy: Any, *, factor: float) -> Any:
    """Return the TWh of clean electricity that give `share` of `energy` (1e4 tce; `factor` 1e4 tce/TWh)."""
    return energy * (share / factor)


def capacity_for_generation(generation: Any, *, hours: float, curtailment: float = 0.0) -> Any:
    """Return the GW that make `generation` TWh a year."""
    return generation * (1000.0 / (hours * (1.0 - curtailment)))
