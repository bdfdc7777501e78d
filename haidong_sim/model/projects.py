"""Projects that come on line: value added, electricity and gross output, each year and draw (METHOD 2.6).

a = B·ν·(1 − ψ)·(1 − base)·O·F(t − start − delay)/D. Gross output O enters GDP only through the value-added
rate ν. One success B, one delay and one ramp F drive value added and electricity alike, so that a delay is
good for energy intensity and bad for GDP in the same draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from haidong_sim.errors import Problems, ScenarioError
from haidong_sim.scenario import ComputingBase, Park, check_projects, load_projects, s_curve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haidong_sim.model.arrays import Array
    from haidong_sim.scenario import Quantity

__all__ = [
    "ComputingBase",
    "Park",
    "ProjectParameters",
    "RealizedProjects",
    "compile_projects",
    "gross_output_by_park",
    "load_projects",
    "project_drivers",
    "ramp_share",
    "realize_projects",
    "triangular_quantile",
    "uniform_names",
]

PROJECT_OUTPUTS: Final = ("park_gross_output", "park_output:", "data_centre_racks")
"""How the names of what `project_outputs` reports begin."""
_UNCERTAIN: Final = ("success", "delay", "value_added_rate", "displacement")


def ramp_share(year: int, *, start_year: int, ramp_years: int, width: float) -> float:
    """Return the part of full capacity in `year`: positive from the start, one after `ramp_years` years."""
    return s_curve((year - start_year + 1) / ramp_years, width)


def triangular_quantile(quantity: Quantity, uniform: Any) -> Any:
    """Return the quantile of the triangular distribution low, value (mode), high at `uniform`, shape (draw,).

    A quantity without a range is itself in every draw.
    """
    low, mode, high = quantity.low, quantity.value, quantity.high
    if low is None or high is None or low == high:
        return mode
    width = high - low
    at_mode = (mode - low) / width
    # Each branch rests at the mode where the other holds: two comparisons cost less than a choice of arrays.
    rising = np.sqrt(np.minimum(uniform, at_mode) * (width * (mode - low)))
    falling = np.sqrt((1.0 - np.maximum(uniform, at_mode)) * (width * (high - mode)))
    found = rising - falling + (low + high - mode)
    # A plain float for a single value: a NumPy scalar of float64 would widen float32 draws.
    return found if np.ndim(found) else float(found)


def uniform_names(projects: Mapping[str, Park | ComputingBase]) -> tuple[str, ...]:
    """Return the names of the uniforms that `realize_projects` reads, each the key of a random stream."""
    return tuple(f"project.{name}.{what}" for name in projects for what in _UNCERTAIN)


@dataclass(frozen=True, kw_only=True)
class Ramp:
    """Projects that share a start and a ramp: part of full capacity by year, before any delay."""

    members: tuple[str, ...]
    shares: tuple[float, ...]

    def at(self, position: int) -> float:
        """Return the part of full capacity at a year counted from the base year; earlier years have none."""
        return self.shares[position] if position >= 0 else 0.0


@dataclass(frozen=True, kw_only=True)
class ProjectParameters:
    """The projects of a scenario with their ramps by year; picklable."""

    projects: Mapping[str, Park | ComputingBase]
    base_year: int
    ramps: tuple[Ramp, ...]


@dataclass(frozen=True, kw_only=True)
class RealizedProjects:
    """Projects with their uncertainty resolved for a block of draws.

    `weights[channel][ramp][delay]` is what full capacity adds in the draws with that delay, shape (draw,) or
    a plain float. `delays[park][delay]` is 1 in the draws in which a park comes with that delay, and
    `full_outputs[park]` its gross output once all draws have reached full capacity (1e8 CNY).
    """

    parameters: ProjectParameters
    weights: Mapping[str, tuple[Mapping[int, Any], ...]]
    delays: Mapping[str, Mapping[int, Any]]
    full_outputs: Mapping[str, Any]


def compile_projects(
    projects: Mapping[str, Park | ComputingBase], *, base_year: int, last_year: int
) -> ProjectParameters:
    """Check the projects' years and tabulate their ramps; projects with the same ramp share it.

    Raises
    ------
    ScenarioError
        If a project starts in or before the base year; all of them at once.
    """
    problems = Problems("the projects")
    for text in check_projects(projects, base_year=base_year):
        problems.add("", text)
    problems.raise_if_any(ScenarioError)
    members: dict[tuple[int, int, float], list[str]] = {}
    for name, project in projects.items():
        members.setdefault((project.start_year, project.ramp_years, project.ramp_width), []).append(name)
    ramps = tuple(
        Ramp(
            members=tuple(names),
            shares=tuple(
                ramp_share(year, start_year=start, ramp_years=length, width=width)
                for year in range(base_year, last_year + 1)
            ),
        )
        for (start, length, width), names in members.items()
    )
    return ProjectParameters(projects=dict(projects), base_year=base_year, ramps=ramps)


def realize_projects(
    parameters: ProjectParameters, uniforms: Mapping[str, Array] | None = None
) -> RealizedProjects:
    """Resolve success, delay, value-added rate and displacement, once per block of draws.

    Parameters
    ----------
    parameters
        Compiled projects.
    uniforms
        Standard uniforms by `uniform_names`, shape (draw,). A name left out stands at one half: the median
        rate, the median delay, and success where it is likelier than not.
    """
    given = uniforms or {}
    weights: dict[str, tuple[dict[int, Any], ...]] = {}
    delays: dict[str, Mapping[int, Any]] = {}
    full_outputs: dict[str, Any] = {}
    for position, ramp in enumerate(parameters.ramps):
        for name in ramp.members:
            project = parameters.projects[name]
            drawn = {what: given.get(f"project.{name}.{what}", 0.5) for what in _UNCERTAIN}
            shares = _delay_shares(project, drawn["delay"], drawn["success"])
            for channel, amount in _channels(project, drawn).items():
                slots = weights.setdefault(channel, tuple({} for _ in parameters.ramps))[position]
                for delay, share in shares.items():
                    slots[delay] = slots[delay] + amount * share if delay in slots else amount * share
            if isinstance(project, Park):
                new, existing = _outputs(project)
                delays[name] = shares
                full_outputs[name] = reduce(add, shares.values()) * new + existing
    return RealizedProjects(parameters=parameters, weights=weights, delays=delays, full_outputs=full_outputs)


def project_drivers(realized: RealizedProjects, *, year: int) -> dict[str, Any]:
    """Return what projects do in `year`, as drivers of the year loop; empty without projects.

    Gross output is not among them: no equation may read it. There are `project_<sector>`, net value added
    that is new this year (1e8 CNY at base-year prices), `project_metered_<sector>`, value added in place
    whose electricity is a line of its own, and `project_electricity` (TWh).
    """
    out: dict[str, Any] = {}
    for channel in realized.weights:
        sector = channel.removeprefix("value_added_")
        if channel == "racks":
            continue
        amount = _amount(realized, channel, year=year, is_increment=sector != channel)
        if amount is not None:
            out[f"project_{sector}"] = amount
    return out


def project_outputs(realized: RealizedProjects, current: Mapping[str, Any], *, year: int) -> dict[str, Any]:
    """Return what is reported of projects in `year` but drives nothing; empty without projects.

    Returns
    -------
    dict
        `park_gross_output` and `park_output:<id>` of every park (1e8 CNY, 产值), and `data_centre_racks`: the
        racks of the energy table, which `current` holds, and those of computing bases.
    """
    by_park = gross_output_by_park(realized, year=year)
    out: dict[str, Any] = {f"park_output:{name}": value for name, value in by_park.items()}
    if by_park:
        out["park_gross_output"] = reduce(add, by_park.values())
    if "racks" in realized.weights:
        racks = _amount(realized, "racks", year=year, is_increment=False)
        out["data_centre_racks"] = current.get("data_centre_racks", 0.0) + (0.0 if racks is None else racks)
    return out


def project_links(parameters: ProjectParameters) -> dict[str, str]:
    """Return the quantity that answers each target which a project is meant to meet, by target id."""
    links: dict[str, str] = {}
    for name, project in parameters.projects.items():
        for target_id in project.target_ids:
            if isinstance(project, Park):
                links[target_id] = f"park_output:{name}"
            elif "racks" in target_id:
                links[target_id] = "data_centre_racks"
    return links


def gross_output_by_park(realized: RealizedProjects, *, year: int) -> dict[str, Any]:
    """Return each park's gross output in `year`, 1e8 CNY as stated, shape (draw,): what targets ask for."""
    position = year - realized.parameters.base_year
    out: dict[str, Any] = {}
    for ramp in realized.parameters.ramps:
        for name in ramp.members:
            park = realized.parameters.projects[name]
            if not isinstance(park, Park):
                continue
            reached = {delay: ramp.at(position - delay) for delay in realized.delays[name]}
            if min(reached.values()) == 1.0:
                out[name] = realized.full_outputs[name]
                continue
            new, existing = _outputs(park)
            shares = realized.delays[name].items()
            terms = (share * (new * part) for delay, share in shares if (part := reached[delay]))
            out[name] = reduce(add, terms, existing)
    return out


def _outputs(park: Park) -> tuple[float, float]:
    """Return the gross output that is new at full capacity and the one of the base year, 1e8 CNY."""
    existing = park.gross_output.value * park.in_baseline.value
    return park.gross_output.value - existing, existing


def _amount(realized: RealizedProjects, channel: str, *, year: int, is_increment: bool) -> Any:
    position = year - realized.parameters.base_year
    terms = []
    for ramp, slots in zip(realized.parameters.ramps, realized.weights[channel], strict=True):
        for delay, weight in slots.items():
            share = ramp.at(position - delay)
            if is_increment:
                share -= ramp.at(position - delay - 1)
            if share and not (isinstance(weight, float) and weight == 0.0):
                # At full capacity, which most years are, a product would copy what is there.
                terms.append(weight if share == 1.0 else weight * share)
    return reduce(add, terms) if terms else None


def _channels(project: Park | ComputingBase, drawn: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the project adds at full capacity, by channel, leaving out what the baseline holds."""
    new_output = project.gross_output_at_capacity() * (1.0 - project.in_baseline.value)
    factor = 1.0 if project.price_factor is None else project.price_factor.value
    own = triangular_quantile(project.value_added_rate, drawn["value_added_rate"]) * (new_output * factor)
    net = own * (1.0 - triangular_quantile(project.displacement, drawn["displacement"]))
    channels = {f"value_added_{project.sector}": net}
    if (electricity := project.electricity_at_capacity()) is not None:
        channels["electricity"] = electricity * (1.0 - project.in_baseline.value)
        channels[f"metered_{project.sector}"] = own
    if isinstance(project, ComputingBase):
        channels["racks"] = project.racks.value * (1.0 - project.in_baseline.value)
    return channels


def _delay_shares(project: Park | ComputingBase, uniform: Any, success: Any) -> dict[int, Any]:
    """Return for each delay whether a draw has it and the project comes: 0 or 1 in the draws' dtype."""
    comes = success < project.success.value
    dtype = _dtype(uniform, success)
    shares: dict[int, Any] = {}
    earlier: Any = False
    upper = 0.0
    for delay, probability in sorted(project.delay.items()):
        upper += probability
        # The last delay takes what rounding leaves, so that every draw has exactly one.
        until = comes if delay == max(project.delay) else comes & (uniform < upper)
        has = until ^ earlier
        shares[delay] = float(has) if dtype is None else has.astype(dtype)
        earlier = until
    return shares


def _dtype(*values: Any) -> Any:
    """Return the type of the draws, or None where all are single values."""
    arrays = [value for value in values if isinstance(value, np.ndarray)]
    return np.result_type(*arrays) if arrays else None
