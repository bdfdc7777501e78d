"""The energy table of a scenario: demand, supply, conventions, carbon, and large users."""

from __future__ import annotations

from itertools import accumulate
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import Field, field_validator, model_validator

from haidong_sim.errors import unknown_name
from haidong_sim.scenario.schedule import (
    Provenance,
    Quantity,
    Schedule,
    Table,
    bound_problems,
    mix_problems,
    require_bounds,
    require_none,
)

TWH_PER_KW: Final = 8.76e-6
"""One kW through the 8760 hours of a year, in TWh."""


class Aluminium(Table):
    """Electrolytic aluminium, a line taken out of the secondary sector: 1e4 t a year, MWh/t and t CO2/t."""

    output: Schedule
    electricity_per_tonne: Schedule
    process_emissions: Quantity

    @model_validator(mode="after")
    def _bounds(self) -> Aluminium:
        return require_bounds(
            self,
            ("output", self.output, 0.0, 1e5, "1e4 t"),
            ("electricity_per_tonne", self.electricity_per_tonne, 5.0, 30.0, "MWh/t"),
            ("process_emissions", self.process_emissions, 0.0, 20.0, "t/t"),
        )


class Computing(Table):
    """Computing power (PFLOPS), a path of its own: it says nothing about racks or electricity.

    An increase is counted from the level of `increase_since`. `benchmark_density` is PFLOPS per rack of a
    place that is known, which the path over the scenario's racks is compared with.
    """

    power: Schedule
    increase_since: int
    benchmark_density: Quantity

    @model_validator(mode="after")
    def _bounds(self) -> Computing:
        return require_bounds(
            self,
            ("power", self.power, 0.0, 1e9, "PFLOPS"),
            ("benchmark_density", self.benchmark_density, 1e-6, 1e6, "PFLOPS per rack"),
        )


class DataCentres(Table):
    """Racks that no project of the scenario holds, a line taken out of the tertiary sector."""

    racks: Schedule
    kw_per_rack: Schedule | None = None
    load: Schedule
    power_usage_effectiveness: Schedule
    utilization: Schedule

    @model_validator(mode="after")
    def _bounds(self) -> DataCentres:
        return require_none(
            self,
            data_centre_problems(
                self.racks, self.kw_per_rack, self.load, self.power_usage_effectiveness, self.utilization
            ),
        )


def data_centre_problems(
    racks: Quantity,
    kw_per_rack: Quantity | None,
    load: Quantity,
    effectiveness: Quantity,
    utilization: Quantity,
) -> list[str]:
    """Return what is missing or physically impossible in the description of a data centre."""
    if kw_per_rack is None:
        problems = ["racks without kw_per_rack: racks say nothing about power; a standard rack has 2.5 kW"]
    else:
        problems = bound_problems(("kw_per_rack", kw_per_rack, 0.1, 200.0, "kW"))
    return problems + bound_problems(
        ("racks", racks, 0.0, 1e8, "racks"),
        ("load", load, 0.0, 1.0, "(a part of the rated power)"),
        (
            "power_usage_effectiveness",
            effectiveness,
            1.0,
            5.0,
            "(total over IT power; below 1 is impossible)",
        ),
        ("utilization", utilization, 0.0, 1.0, "(a part of the racks)"),
    )


Accounting = Literal["calorific", "coal_equivalent"]
Attribution = Literal["production", "consumption", "certificate"]
Control = Literal["gross", "ex_feedstock", "ex_feedstock_nonfossil"]
Scope = Literal["direct", "with_purchased_power"]

USERS: Final = ("primary", "secondary", "tertiary", "urban", "rural")
"""Users whose demand follows output or population; aluminium and data centres are lines of their own."""

ENERGY_INDICATORS: Final = frozenset(
    {
        "energy_consumption", "energy_intensity", "electricity_consumption", "co2_emissions", "co2_intensity",
        "non_fossil_share", "clean_energy_capacity", "clean_energy_generation", "data_centre_racks",
        "computing_power",
    }
)  # fmt: skip
"""Indicators that only a scenario with an energy table projects."""

ENERGY_DRIVERS: Final = frozenset({"energy_intensity"})
"""Drivers that change nothing without an energy table."""

_HOURS_OF_A_YEAR: Final = 8760.0

_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "accounting": get_args(Accounting),
    "attribution": get_args(Attribution),
    "control": get_args(Control),
}


class EnergyConvention(Table):
    """How energy is counted. All three choices must be made; none has a default: each can turn a verdict.

    `accounting` values a unit of non-fossil electricity at its heat content or at the coal that a power
    plant would have burnt. `attribution` gives a city the clean power made in it, the clean part of what it
    uses, or what it holds certificates for. `control` is the total that the intensity target is set on.
    """

    accounting: Accounting
    attribution: Attribution
    control: Control

    @model_validator(mode="before")
    @classmethod
    def _all_chosen(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        problems = []
        for key, allowed in _CHOICES.items():
            if key not in data:
                problems.append(f"{key} is not said; choose one of {', '.join(allowed)}")
            elif data[key] not in allowed:
                problems.append(unknown_name(key, str(data[key]), allowed))
        if problems:
            raise ValueError("; ".join(problems))
        return data


class User(Table):
    """One user: its part of the base-year total, the electric part of that, the decline of its intensity.

    The parts of `secondary` and `tertiary` include aluminium and data centres; the model takes these out.
    """

    share: Quantity
    electricity_share: Schedule
    intensity_decline: Schedule

    @model_validator(mode="after")
    def _bounds(self) -> User:
        return require_bounds(
            self,
            ("share", self.share, 0.0, 1.0, "(a part)"),
            ("electricity_share", self.electricity_share, 0.0, 1.0, "(a part)"),
            ("intensity_decline", self.intensity_decline, -0.5, 0.5, "a year; write 0.03 for 3%"),
        )


class Demand(Table):
    """Energy of the base year and its users. `accounting` is the convention the total is published in."""

    total: Quantity
    accounting: Accounting
    users: dict[str, User]

    @model_validator(mode="after")
    def _complete(self) -> Demand:
        problems = [unknown_name("user of energy", name, USERS) for name in self.users if name not in USERS]
        problems += [f"user '{name}' is missing" for name in USERS if name not in self.users]
        if self.total.value <= 0.0:
            problems.append(f"total: {self.total.value:g} is not a positive amount of energy (1e4 tce)")
        problems += mix_problems("shares of the users", [user.share.value for user in self.users.values()])
        return require_none(self, problems)


class Technology(Table):
    """One clean technology: GW in the base year, hours, curtailed part, GW added and retired by year."""

    capacity: Quantity
    hours: Quantity
    curtailment: Schedule
    additions: dict[int, Annotated[float, Field(ge=0.0)]] = Field(default_factory=dict)
    retirements: dict[int, Annotated[float, Field(ge=0.0)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _bounds(self) -> Technology:
        problems = bound_problems(
            ("capacity", self.capacity, 0.0, 1e4, "GW"),
            ("hours", self.hours, 0.0, _HOURS_OF_A_YEAR, "hours a year"),
            ("curtailment", self.curtailment, 0.0, 1.0, "(a part)"),
        )
        years = sorted({*self.additions, *self.retirements})
        steps = [self.additions.get(year, 0.0) - self.retirements.get(year, 0.0) for year in years]
        levels = list(accumulate(steps, initial=self.capacity.value))[1:]
        below = [(year, level) for year, level in zip(years, levels, strict=True) if level < -1e-12]
        problems += [f"capacity goes negative: {level:g} GW in {year}" for year, level in below]
        return require_none(self, problems)


class Milestone(Table):
    """A published capacity figure and the mix of technologies that fills it, in equal yearly steps.

    `reading` "stock" takes `value` (GW) as the installed total of that year; "additions" takes it as what is
    added since the previous milestone, the other reading of a bracketed table entry.
    """

    year: int
    value: Annotated[float, Field(ge=0.0)]
    reading: Literal["stock", "additions"]
    mix: dict[str, Annotated[float, Field(ge=0.0, le=1.0)]]
    provenance: Provenance
    source: str = ""

    @field_validator("mix")
    @classmethod
    def _sums_to_one(cls, value: dict[str, float]) -> dict[str, float]:
        problems = mix_problems("mix of the milestone", list(value.values()))
        if problems:
            raise ValueError("; ".join(problems))
        return value


class Hydrology(Table):
    """Wet and dry years of one technology: coefficient of variation and yearly persistence of its output."""

    technology: str
    variation: Quantity
    persistence: Quantity

    @model_validator(mode="after")
    def _bounds(self) -> Hydrology:
        return require_bounds(
            self,
            ("variation", self.variation, 0.0, 1.0, "(sd over mean)"),
            ("persistence", self.persistence, -0.99, 0.99, "(AR(1) coefficient)"),
        )


class Supply(Table):
    """Clean capacity, the clean part of the grid that the city buys from, and certificates held (TWh)."""

    technologies: dict[str, Technology] = Field(min_length=1)
    milestones: list[Milestone] = Field(default_factory=list)
    hydrology: Hydrology | None = None
    grid_clean_share: Schedule
    certificates: Schedule | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Supply:
        named = [name for milestone in self.milestones for name in milestone.mix]
        if self.hydrology is not None:
            named.append(self.hydrology.technology)
        unknown = [name for name in named if name not in self.technologies]
        problems = [unknown_name("technology", name, self.technologies) for name in unknown]
        problems += bound_problems(("grid_clean_share", self.grid_clean_share, 0.0, 1.0, "(a part)"))
        if self.certificates is not None:
            problems += bound_problems(("certificates", self.certificates, 0.0, 1e4, "TWh"))
        return require_none(self, problems)


class Fuel(Table):
    """One fuel of the non-electric energy: its part, t CO2 per tce, and whether it is fossil."""

    share: Schedule
    emission_factor: Quantity
    is_fossil: bool = True


class Carbon(Table):
    """Fuels burnt in the city, the grid's falling factor (t/MWh), and the scope of a CO2 total."""

    fuels: dict[str, Fuel] = Field(min_length=1)
    grid_factor: Schedule
    scope: Scope

    @model_validator(mode="after")
    def _mix(self) -> Carbon:
        problems = mix_problems("mix of fuels", [fuel.share.value for fuel in self.fuels.values()])
        for year in sorted({year for fuel in self.fuels.values() for year in fuel.share.points}):
            shares = [fuel.share.points.get(year) for fuel in self.fuels.values()]
            if None in shares:
                problems.append(
                    f"mix of fuels in {year}: every fuel needs a share in a year that one fuel has"
                )
            else:
                problems += mix_problems(
                    f"mix of fuels in {year}", [share for share in shares if share is not None]
                )
        problems += bound_problems(("grid_factor", self.grid_factor, 0.0, 2.0, "t/MWh"))
        return require_none(self, problems)


class Controls(Table):
    """The two intensity controls of a plan period: cuts from `start_year` to `end_year`, as fractions."""

    start_year: int
    end_year: int
    energy_intensity_cut: Quantity
    carbon_intensity_cut: Quantity


class EnergySpec(Table):
    """The `[energy]` table. Pieces that a place does not have are left out and cost nothing.

    The two factors turn 1 kWh into kg of coal equivalent: heat content, and coal burnt by a plant.
    `feedstock` (1e4 tce) is fuel that becomes product and not heat. `controls` serves a place whose registry
    holds no targets for the two intensities; targets of the registry come first.
    """

    convention: EnergyConvention
    calorific_factor: Quantity
    coal_equivalent_factor: Schedule
    demand: Demand
    supply: Supply
    carbon: Carbon
    aluminium: Aluminium | None = None
    data_centres: DataCentres | None = None
    computing: Computing | None = None
    feedstock: Schedule | None = None
    controls: Controls | None = None
