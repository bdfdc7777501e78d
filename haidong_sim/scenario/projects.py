"""The `[projects.<id>]` tables: parks and computing bases that come on line, and those that ship as data.

Published park targets are gross output. It enters GDP only through a value-added rate, which is why no table
is valid without one.
"""

from __future__ import annotations

import csv
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from haidong_sim.errors import Problems, RegistryError
from haidong_sim.resources import DEFAULT_PLACE
from haidong_sim.scenario.energy import TWH_PER_KW, data_centre_problems
from haidong_sim.scenario.schedule import (
    Quantity,
    Table,
    bound_problems,
    mix_problems,
    require_none,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Sector = Literal["primary", "secondary", "tertiary"]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class _Project(Table):
    """What parks and computing bases have in common.

    `start_year` is the first year with output; `ramp_years` counts the years from there to full capacity, the
    first included. `delay` gives the probability of each number of years of delay, `success` that the project
    comes at all. `displacement` is the part of its value added that other local firms lose, `in_baseline` the
    part that base-year GDP already holds. `price_factor` turns output at the prices it is stated in into
    base-year prices; left out, it is one. `source` covers what carries no source of its own.
    """

    label: str
    sector: Sector
    value_added_rate: Quantity
    displacement: Quantity
    in_baseline: Quantity
    start_year: int
    ramp_years: Annotated[int, Field(ge=1, le=30)]
    ramp_width: Annotated[float, Field(gt=0.0, le=1.0)] = 0.6
    delay: dict[int, Share]
    success: Quantity
    price_factor: Quantity | None = None
    target_ids: list[str] = Field(default_factory=list)
    source: str

    @field_validator("delay")
    @classmethod
    def _probabilities(cls, value: dict[int, float]) -> dict[int, float]:
        problems = mix_problems("probabilities of the delays", value.values())
        problems += [f"a delay of {years} years is not possible" for years in value if years < 0]
        return require_none(value, problems)

    @field_validator("value_added_rate", "displacement", "in_baseline", "success")
    @classmethod
    def _part(cls, value: Quantity) -> Quantity:
        return require_none(value, bound_problems(("it", value, 0.0, 1.0, "(a part)")))


class Park(_Project):
    """An industrial park: `gross_output` at full capacity (1e8 CNY, 产值), `electricity` (TWh) if metered.

    Without `electricity` the park draws the average energy of its sector. With it the park is a line of its
    own and its value added no longer drives the energy of the sector.
    """

    kind: Literal["park"] = "park"
    gross_output: Quantity
    electricity: Quantity | None = None

    @model_validator(mode="after")
    def _bounds(self) -> Park:
        problems = bound_problems(("gross_output", self.gross_output, 0.0, 1e6, "1e8 CNY"))
        if self.electricity is not None:
            problems += bound_problems(("electricity", self.electricity, 0.0, 1e4, "TWh"))
        return require_none(self, problems)

    def gross_output_at_capacity(self) -> float:
        """Return gross output at full capacity, 1e8 CNY a year at the prices it is stated in."""
        return self.gross_output.value

    def electricity_at_capacity(self) -> float | None:
        """Return TWh a year at full capacity, or None for a park without a line of its own."""
        return None if self.electricity is None else self.electricity.value


class ComputingBase(_Project):
    """A computing base: racks let at `price_per_rack` (1e4 CNY a year) for the part `occupancy` of them.

    `load` is mean IT power over the rated power of all racks, empty ones included.
    """

    kind: Literal["computing_base"] = "computing_base"
    racks: Quantity
    kw_per_rack: Quantity | None = None
    load: Quantity
    power_usage_effectiveness: Quantity
    occupancy: Quantity
    price_per_rack: Quantity

    @model_validator(mode="after")
    def _bounds(self) -> ComputingBase:
        return require_none(
            self,
            data_centre_problems(
                self.racks, self.kw_per_rack, self.load, self.power_usage_effectiveness, self.occupancy
            ),
        )

    def gross_output_at_capacity(self) -> float:
        """Return revenue at full capacity, 1e8 CNY a year."""
        return self.racks.value * self.price_per_rack.value * self.occupancy.value / 1e4

    def electricity_at_capacity(self) -> float | None:
        """Return TWh a year at full capacity."""
        rated = 0.0 if self.kw_per_rack is None else self.racks.value * self.kw_per_rack.value
        return rated * self.load.value * self.power_usage_effectiveness.value * TWH_PER_KW


ProjectSpec: TypeAlias = Annotated[Park | ComputingBase, Field(discriminator="kind")]
"""A park or a computing base; `kind` decides."""

_ADAPTER: Final[TypeAdapter[Park | ComputingBase]] = TypeAdapter(ProjectSpec)


def check_projects(projects: Mapping[str, Park | ComputingBase], *, base_year: int) -> list[str]:
    """Return what is wrong with the years: a project that runs in the base year is part of the baseline."""
    return [
        f"projects.{name}.start_year: {project.start_year} is not after the base year {base_year}; "
        "what runs by then belongs to in_baseline"
        for name, project in projects.items()
        if project.start_year <= base_year
    ]


def load_projects(registry: str | Path = DEFAULT_PLACE) -> dict[str, Park | ComputingBase]:
    """Return the projects that ship with a registry, by id, from its `projects.csv`.

    A column `group.key` fills the key of a table (`success`, `gross_output.value`, `delay.0`); empty cells
    are left out. A registry without the file has no projects.

    Raises
    ------
    RegistryError
        With every problem of every row.
    """
    name = str(registry)
    shipped = files("haidong_sim.place") / "data" / name / "projects.csv"
    path = shipped if shipped.is_file() else Path(registry) / "projects.csv"
    if not path.is_file():
        return {}
    problems = Problems(f"projects of registry '{name}'")
    projects: dict[str, Park | ComputingBase] = {}
    seen: set[str] = set()
    for line, row in enumerate(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()), start=2):
        identifier = row.pop("id", None) or ""
        if not identifier or identifier in seen:
            problems.add(f"line {line}", f"id '{identifier}' is {'repeated' if identifier else 'empty'}")
            continue
        seen.add(identifier)
        try:
            projects[identifier] = _ADAPTER.validate_python(_nested(row))
        except ValidationError as error:
            for item in error.errors():
                where = ".".join(str(part) for part in item["loc"])
                problems.add(f"line {line}, {identifier}, {where}", item["msg"])
    problems.raise_if_any(RegistryError)
    return projects


def _nested(row: Mapping[str, str | None]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for column, text in row.items():
        if not text:
            continue
        group, _, key = column.partition(".")
        if key:
            table.setdefault(group, {})[key] = text
        else:
            table[group] = text.split(";") if column == "target_ids" else text
    return table
