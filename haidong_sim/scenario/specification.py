"""The frozen scenario: what if, in one object that validates as a whole."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import Field, field_validator, model_validator

from haidong_sim.errors import unknown_name
from haidong_sim.scenario.drivers import DRIVERS
from haidong_sim.scenario.energy import EnergySpec
from haidong_sim.scenario.paths import PathSpec
from haidong_sim.scenario.projects import ProjectSpec
from haidong_sim.scenario.schedule import Provenance, Quantity, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_V = TypeVar("_V")
_C = TypeVar("_C", bound="Collection[str]")
Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Loading = Annotated[float, Field(ge=-1.0, le=1.0)]


class Sourced(Table):
    """A table whose numbers say where they come from."""

    provenance: Provenance = "assumption"
    source: str = ""
    note: str = ""


class Text(Table):
    """The same text in English and Chinese."""

    en: str
    zh: str


class Posterior(Table):
    """What an estimate leaves open about a driver's yearly shocks, as quantiles at `probability`.

    `annual_sd_ratio` multiplies `annual_sd` and `persistence_shift` is added to `persistence`, one draw of
    each per path: a number that a user changes keeps its uncertainty.
    """

    probability: list[Annotated[float, Field(gt=0.0, lt=1.0)]] = Field(min_length=2)
    annual_sd_ratio: list[Annotated[float, Field(gt=0.0)]]
    persistence_shift: list[Annotated[float, Field(gt=-2.0, lt=2.0)]]

    @model_validator(mode="after")
    def _rising(self) -> Posterior:
        size = len(self.probability)
        problems = [
            f"{name} needs {size} numbers that rise, one per probability"
            for name in ("probability", "annual_sd_ratio", "persistence_shift")
            if len(values := getattr(self, name)) != size
            or any(upper <= lower for lower, upper in pairwise(values))
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self


class Uncertainty(Sourced):
    """How one driver scatters around its median path, on the log scale (METHOD 2.2).

    `trend_sd` is the standard deviation of one draw per path (the trend was wrong), `annual_sd` that of the
    yearly innovation, `persistence` its AR(1) coefficient, `start` the residual of the last known year.
    `degrees_of_freedom` makes the yearly innovation Student t of the same standard deviation; with a
    `posterior`, size and persistence of the innovations are themselves drawn.
    """

    trend_sd: Annotated[float, Field(ge=0.0, le=0.5)] = 0.0
    annual_sd: Annotated[float, Field(ge=0.0, le=0.5)] = 0.0
    persistence: Annotated[float, Field(gt=-1.0, lt=1.0)] = 0.0
    start: float = 0.0
    degrees_of_freedom: Annotated[float, Field(gt=2.0)] | None = None
    posterior: Posterior | None = None


class Event(Sourced):
    """A rare shock that may strike in any year: level effect −loss·[permanent + (1−permanent)·recovery^k]."""

    probability: Probability
    loss: Annotated[float, Field(gt=0.0, lt=0.5)]
    permanent: Probability = 0.0
    recovery: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.5
    weights: dict[str, float] = Field(min_length=1)

    @field_validator("weights")
    @classmethod
    def _known_drivers(cls, value: dict[str, float]) -> dict[str, float]:
        return _require_uncertain(value)


class Factor(Sourced):
    """A common shock: the correlation of each driver with it, of yearly innovations and of trends."""

    loadings: dict[str, Loading] = Field(default_factory=dict)
    trend_loadings: dict[str, Loading] = Field(default_factory=dict)

    @field_validator("loadings", "trend_loadings")
    @classmethod
    def _known_drivers(cls, value: dict[str, float]) -> dict[str, float]:
        return _require_uncertain(value)

    @model_validator(mode="after")
    def _not_empty(self) -> Factor:
        if not self.loadings and not self.trend_loadings:
            raise ValueError("a factor needs loadings or trend_loadings")
        return self


class Correlation(Sourced):
    """Correlations of what the factors leave over, in `order`; `repair` allows the nearest matrix."""

    order: list[str] = Field(min_length=2)
    matrix: list[list[float]]
    repair: bool = False

    @field_validator("order")
    @classmethod
    def _known_once(cls, value: list[str]) -> list[str]:
        twice = sorted({name for name in value if value.count(name) > 1})
        if twice:
            raise ValueError(f"named twice: {', '.join(twice)}")
        return _require_uncertain(value)


class Dependence(Table):
    """How the drivers move together.

    Without `degrees_of_freedom` the dependence is a Gaussian copula. With them the yearly shocks of all
    drivers share one random scale a year, which makes them jointly Student t: extremes come together, in
    either direction, even where nothing is correlated. Tails of single drivers give way to the common one.
    """

    degrees_of_freedom: Annotated[float, Field(gt=2.0)] | None = None
    factors: dict[str, Factor] = Field(default_factory=dict)
    correlation: Correlation | None = None


class Assumption(Quantity):
    """A single judgement with the range that a user may move it in, and its unit."""

    unit: str = "dimensionless"


class Conventions(Table):
    """Choices of measurement that change a verdict without changing the economy.

    `yearly_shocks` says how much of an estimate the yearly shocks carry. "posterior" draws their size and
    persistence anew in every path and gives them Student t tails where they were estimated; "gaussian" holds
    both at their medians, which leaves parameter uncertainty to the trends and makes every target's margin
    nearly linear in normals: probabilities then come with far smaller errors.
    """

    yearly_shocks: Literal["gaussian", "posterior"] = "posterior"
    real_basis: Literal["chained", "fixed_base"] = "chained"
    price_base_interval: Annotated[int, Field(ge=1, le=50)] = 5
    mean_preserving: bool = False
    income_basis: Literal["gdp", "gdp_per_capita"] = "gdp"


class Scenario(Table):
    """A what-if: growth paths, uncertainty, dependence, conventions and assumptions for one place.

    Built by `load_scenario`; changed by `derive`, which validates the whole again. No driver scatters in
    the years up to `known_until`: their medians are what was published. What is no driver still does: the
    water of each year (`[energy.supply.hydrology]`), and delay and failure of projects. Without an `energy`
    table no quantity of energy and carbon is projected. `notes` says which changes to the scenario that this
    one was made from cannot do what they look like; its results repeat them.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w .+-]*$")]
    label: Text
    story: Text
    place: str
    baseline: Literal["plan", "census"] = "census"
    horizon: Annotated[int, Field(ge=1900, le=2200)] = 2035
    known_until: Annotated[int, Field(ge=1900, le=2200)] | None = None
    paths: dict[str, PathSpec]
    uncertainty: dict[str, Uncertainty] = Field(default_factory=dict)
    events: dict[str, Event] = Field(default_factory=dict)
    dependence: Dependence = Dependence()
    conventions: Conventions = Conventions()
    assumptions: dict[str, Assumption] = Field(default_factory=dict)
    adjustments: dict[str, dict[int, float]] = Field(default_factory=dict)
    assumed_targets: dict[str, Assumption] = Field(default_factory=dict)
    energy: EnergySpec | None = None
    projects: dict[str, ProjectSpec] = Field(default_factory=dict)
    shipped_projects: list[str] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)

    @field_validator("paths", "uncertainty", "adjustments")
    @classmethod
    def _known_drivers(cls, value: dict[str, Any]) -> dict[str, Any]:
        return _require_drivers(value)

    @field_validator("paths")
    @classmethod
    def _complete(cls, value: dict[str, PathSpec]) -> dict[str, PathSpec]:
        missing = [name for name, driver in DRIVERS.items() if driver.is_required and name not in value]
        problems = [f"no path for '{name}' ({DRIVERS[name].meaning_en})" for name in missing]
        if ("province" in value) == ("rest_of_province" in value):
            problems.append(
                "give a path for either 'province' or 'rest_of_province': each follows from the other"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return value

    @field_validator("uncertainty")
    @classmethod
    def _uncertain_drivers(cls, value: dict[str, Uncertainty]) -> dict[str, Uncertainty]:
        return _require_uncertain(value)

    def derive(self, name: str, changes: Mapping[str, Any]) -> Scenario:
        """Return a copy called `name` with `changes` by dotted key, such as {"paths.tertiary.growth": 0.075}.

        None takes a key out: {"uncertainty.tertiary": None} leaves the tertiary sector without scatter. A
        change that something else overrules (a sector's path where `paths.total` rescales the sectors) is
        told in `notes`, in those of every result, and by `diff`.

        Raises
        ------
        ScenarioError
            If a key leads nowhere or the result is not valid; all problems at once.
        """
        from haidong_sim.scenario.changing import derive_scenario

        return derive_scenario(self, name, changes)

    def diff(self, other: Scenario) -> dict[str, tuple[Any, Any]]:
        """Return the dotted keys in which this scenario and `other` differ, with both values."""
        from haidong_sim.scenario.changing import diff_scenarios

        return diff_scenarios(self, other)

    def to_toml(self) -> str:
        """Return the resolved scenario as TOML text."""
        from haidong_sim.scenario.changing import scenario_toml

        return scenario_toml(self)

    def __str__(self) -> str:
        return self.card()

    __repr__ = __str__

    def card(self) -> str:
        """Return the scenario in a few lines: what it is, its paths, what is uncertain."""
        lines = [
            f"Scenario '{self.name}': {self.label.en} ({self.label.zh})",
            f"  {self.story.en}",
            f"  place {self.place}, population vintage {self.baseline}, to {self.horizon}",
        ]
        lines += [f"  {name:<26} {path}" for name, path in self.paths.items()]
        lines.append(f"  uncertain: {', '.join(self.uncertainty) or 'nothing'}")
        lines += [f"  note: {note}" for note in self.notes]
        if self.events:
            lines.append(f"  events: {', '.join(self.events)}")
        return "\n".join(lines)


def _require_uncertain(value: _C) -> _C:
    """Return `value`, or raise if a name is no driver or is one that only fixes a median."""
    problems = [unknown_name("driver", name, DRIVERS) for name in value if name not in DRIVERS]
    problems += [
        f"'{name}' only fixes a median; name {instead} instead"
        for name, instead in (("total", "the three sectors"), ("province", "'rest_of_province'"))
        if name in value
    ]
    if problems:
        raise ValueError("; ".join(problems))
    return value


def _require_drivers(value: dict[str, _V]) -> dict[str, _V]:
    unknown = [unknown_name("driver", name, DRIVERS) for name in value if name not in DRIVERS]
    if unknown:
        raise ValueError("; ".join(unknown))
    return value
