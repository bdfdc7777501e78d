"""From the `[energy]` table to plain floats per year: shares become intensities, schedules become numbers."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, get_args

from haidong_sim.errors import Problems, ScenarioError
from haidong_sim.model.energy.conventions import attributed_generation
from haidong_sim.model.energy.demand import electricity_twh, physical_demand, user_volumes
from haidong_sim.model.energy.parameters import EnergyParameters, EnergyYear, HydrologyParameters
from haidong_sim.model.energy.supply import generation_twh, hydrology_deviation, plan_capacity
from haidong_sim.scenario import USERS, Attribution, Schedule, Table

if TYPE_CHECKING:
    from haidong_sim.model.arrays import Year
    from haidong_sim.scenario import Accounting, Computing, EnergySpec, User

# 1 TWh is 1e9 kWh; kg per kWh times 1e9, in units of 1e4 t (1e7 kg).
_TEN_THOUSAND_TONNES_PER_TWH = 100.0


def compile_energy(
    spec: EnergySpec, *, base: Year, base_year: int, last_year: int, by_user: bool = False
) -> EnergyParameters:
    """Compile the energy table of a scenario for one place.

    Parameters
    ----------
    spec
        The `[energy]` table.
    base
        The base year: value added by sector at its prices (1e8 CNY), resident and urban population (1e4).
    base_year, last_year
        First and last compiled year.
    by_user
        Whether the year loop returns a line per user.

    Raises
    ------
    ScenarioError
        If a user's separate lines exceed its energy, capacity goes negative, or a schedule has a point at or
        before the base year; all problems at once.
    """
    problems = Problems("the energy table")
    for where, schedule in _schedules(spec, "energy"):
        early = sorted(year for year in schedule.points if year <= base_year)
        if early:
            problems.add(where, f"points {early} are not after the base year {base_year}, which is `value`")
    energy = _base_energy(spec, base_year, problems)
    problems.raise_if_any(ScenarioError)

    volumes = {user: float(volume) for user, volume in user_volumes(base, {}).items()}
    intensity = {user: energy[user] / volumes[user] for user in USERS}
    capacity = plan_capacity(spec.supply, base_year=base_year, last_year=last_year)
    years = []
    for year in range(base_year, last_year + 1):
        if year > base_year:
            for user in USERS:
                intensity[user] *= 1.0 - spec.demand.users[user].intensity_decline.at(year, base_year)
        installed = {name: levels[year - base_year] for name, levels in capacity.items()}
        years.append(_compile_year(spec, year, base_year, intensity=dict(intensity), capacity=installed))
    _, electricity = physical_demand(base, {}, None, years[0])
    return EnergyParameters(
        convention=spec.convention,
        scope=spec.carbon.scope,
        base_year=base_year,
        years=tuple(years),
        base_attributed={
            name: _attributed(name, float(electricity), years[0]) for name in get_args(Attribution)
        },
        hydrology=_hydrology(spec),
        by_user=by_user,
    )


def _base_energy(spec: EnergySpec, base_year: int, problems: Problems) -> dict[str, float]:
    """Return base-year energy of each user without aluminium and data centres, in the stated accounting."""
    factor = _factors(spec, base_year, base_year)[spec.demand.accounting]
    separate = _separate_electricity(spec, base_year, base_year)
    lines = {"secondary": separate.get("aluminium", 0.0), "tertiary": separate.get("data_centres", 0.0)}
    energy = {}
    for user, item in spec.demand.users.items():
        whole = item.share.value * spec.demand.total.value
        line = lines.get(user, 0.0) * factor
        energy[user] = whole - line
        if energy[user] < 0.0:
            problems.add(
                f"energy.demand.users.{user}",
                f"its {whole:.4g} 1e4 tce hold less than its own line of {line:.4g}",
            )
    return energy


def _compile_year(
    spec: EnergySpec, year: int, base_year: int, *, intensity: dict[str, float], capacity: dict[str, float]
) -> EnergyYear:
    stated = _factors(spec, base_year, base_year)[spec.demand.accounting]
    electric_shares = {user: _electric_share(spec.demand.users[user], year, base_year) for user in USERS}
    common = set(electric_shares.values())
    ratio = None
    if len(common) == 1 and (share := common.pop()) < 1.0:
        ratio = share / (1.0 - share) / stated
    fuels = [(fuel, fuel.share.at(year, base_year)) for fuel in spec.carbon.fuels.values()]
    aluminium, centres, computing = spec.aluminium, spec.data_centres, spec.computing
    return EnergyYear(
        year=year,
        non_electric={user: intensity[user] * (1.0 - electric_shares[user]) for user in USERS},
        electric={user: intensity[user] * electric_shares[user] / stated for user in USERS},
        electricity_per_fuel=ratio,
        separate_electricity=_separate_electricity(spec, year, base_year),
        separate_activity=_separate_activity(spec, year, base_year),
        factors=_factors(spec, year, base_year),
        capacity=capacity,
        generation={
            name: generation_twh(capacity[name], item.hours.value, item.curtailment.at(year, base_year))
            for name, item in spec.supply.technologies.items()
        },
        certificates=_at(spec.supply.certificates, year, base_year),
        fuel_emission_factor=fsum(share * fuel.emission_factor.value for fuel, share in fuels),
        non_fossil_fuel_share=fsum(share for fuel, share in fuels if not fuel.is_fossil),
        grid_clean_share=spec.supply.grid_clean_share.at(year, base_year),
        grid_emission_factor=spec.carbon.grid_factor.at(year, base_year) * _TEN_THOUSAND_TONNES_PER_TWH,
        process_emissions=(
            0.0
            if aluminium is None
            else aluminium.output.at(year, base_year) * aluminium.process_emissions.value
        ),
        feedstock=_at(spec.feedstock, year, base_year),
        racks=None if centres is None else centres.racks.at(year, base_year),
        computing_power=None if computing is None else computing.power.at(year, base_year),
        computing_power_increase=None if computing is None else _increase(computing, year, base_year),
    )


def _separate_electricity(spec: EnergySpec, year: int, base_year: int) -> dict[str, float]:
    lines = {}
    if spec.aluminium is not None:
        output, per_tonne = spec.aluminium.output, spec.aluminium.electricity_per_tonne
        # 1e4 t times MWh/t is 1e4 MWh, a hundredth of a TWh.
        lines["aluminium"] = output.at(year, base_year) * per_tonne.at(year, base_year) / 100.0
    centres = spec.data_centres
    if centres is not None and centres.kw_per_rack is not None:
        lines["data_centres"] = electricity_twh(
            racks=centres.racks.at(year, base_year),
            kw_per_rack=centres.kw_per_rack.at(year, base_year),
            load=centres.load.at(year, base_year),
            effectiveness=centres.power_usage_effectiveness.at(year, base_year),
            utilization=centres.utilization.at(year, base_year),
        )
    return lines


def _separate_activity(spec: EnergySpec, year: int, base_year: int) -> dict[str, float]:
    activity = {}
    if spec.aluminium is not None:
        activity["aluminium"] = spec.aluminium.output.at(year, base_year)
    if (centres := spec.data_centres) is not None:
        activity["data_centres"] = centres.racks.at(year, base_year) * centres.utilization.at(year, base_year)
    return activity


def _increase(computing: Computing, year: int, base_year: int) -> float:
    since = max(computing.increase_since, base_year)
    if year < since:
        return 0.0
    return computing.power.at(year, base_year) - computing.power.at(since, base_year)


def _factors(spec: EnergySpec, year: int, base_year: int) -> dict[Accounting, float]:
    return {
        "calorific": spec.calorific_factor.value * _TEN_THOUSAND_TONNES_PER_TWH,
        "coal_equivalent": spec.coal_equivalent_factor.at(year, base_year) * _TEN_THOUSAND_TONNES_PER_TWH,
    }


def _hydrology(spec: EnergySpec) -> HydrologyParameters | None:
    hydrology = spec.supply.hydrology
    if hydrology is None:
        return None
    return HydrologyParameters(
        technology=hydrology.technology,
        deviation=hydrology_deviation(hydrology.variation.value),
        persistence=hydrology.persistence.value,
    )


def _attributed(attribution: Attribution, electricity: float, numbers: EnergyYear) -> float:
    return float(
        attributed_generation(
            attribution,
            electricity=electricity,
            generation=sum(numbers.generation.values()),
            numbers=numbers,
        )
    )


def _electric_share(user: User, year: int, base_year: int) -> float:
    return user.electricity_share.at(year, base_year)


def _at(schedule: Schedule | None, year: int, base_year: int) -> float:
    return 0.0 if schedule is None else schedule.at(year, base_year)


def _schedules(table: Table, where: str) -> list[tuple[str, Schedule]]:
    """Return every schedule inside a table, with its dotted place."""
    if isinstance(table, Schedule):
        return [(where, table)]
    found = []
    for name in type(table).model_fields:
        value = getattr(table, name)
        items = value.items() if isinstance(value, dict) else [("", value)]
        for key, item in items:
            if isinstance(item, Table):
                found += _schedules(item, ".".join(part for part in (where, name, str(key)) if part))
    return found
