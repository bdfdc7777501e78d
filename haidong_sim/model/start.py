"""The base year: state, constants and energy of a scenario at a place, ready for the first step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from haidong_sim.axes import SECTORS
from haidong_sim.errors import ModelError, Problems, ScenarioError, unknown_name
from haidong_sim.model.energy import compile_energy, initial_energy
from haidong_sim.scenario import ENERGY_DRIVERS, load_projects

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from haidong_sim.model.energy import EnergyParameters
    from haidong_sim.place import Registry
    from haidong_sim.scenario import ComputingBase, Park, Scenario


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Fixed numbers and choices of one run.

    `price_base_interval` is the number of years between switches of the constant-price base, counted from
    the base year (five in national practice); None keeps the first base throughout. `energy` is None where
    the scenario has no energy table.
    """

    base_year: int
    price_base_interval: int | None
    baumol_coefficient: float
    income_elasticity: float
    income_basis: Literal["gdp", "gdp_per_capita"]
    energy: EnergyParameters | None

    def is_switch(self, year: int) -> bool:
        """Whether volumes of `year` are measured at prices of the year before, a new price base."""
        elapsed = year - 1 - self.base_year
        return (
            self.price_base_interval is not None and elapsed >= 0 and elapsed % self.price_base_interval == 0
        )


_NEEDED = (
    "gdp_current",
    "province_gdp_current",
    "primary_share",
    "secondary_share",
    "tertiary_share",
    "resident_population",
    "province_resident_population",
    "urbanization_rate",
    "urban_core_population",
    "employment",
    "disposable_income_current",
    "urban_rural_income_ratio",
    "survey_urban_weight",
)


def start_year(base: Mapping[str, float], other_vintage: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Return the base year's quantities from published values by indicator name.

    The average population of the base year is its year-end value, since the year before belongs to another
    census vintage; so the per-head ratio of the base year is exactly share of GDP over share of people.

    Parameters
    ----------
    base
        Values of the base year in catalogue units, of one population vintage.
    other_vintage
        The same for the other vintage; only its two populations are used. None repeats `base`.

    Raises
    ------
    ModelError
        If a value is missing, or shares do not sum to one within 0.001, or a part exceeds its whole.
    """
    _require_sound(base)
    gdp, province = base["gdp_current"], base["province_gdp_current"]
    shares = [base[f"{sector}_share"] for sector in SECTORS]
    year: dict[str, Any] = {
        "gdp_current": gdp,
        "province_gdp_current": province,
        "rest_of_province_gdp_current": province - gdp,
        "volume": gdp,
        "volume_rest_of_province": province - gdp,
        "gdp_volume_index": 1.0,
        "consumer_price_index": 1.0,
        "disposable_income_constant": base["disposable_income_current"],
        "urban_rural_income_ratio": base["urban_rural_income_ratio"],
        "employment": base["employment"],
        "employment_year_end": base["employment"],
    }
    for sector, share in zip(SECTORS, shares, strict=True):
        value = gdp * share / sum(shares)
        for name in (f"value_added_{sector}_current", f"value_added_{sector}_constant", f"volume_{sector}"):
            year[name] = value
        year[f"price_base_deflator_{sector}"] = 1.0
    for suffix, source in (("", base), ("_other_vintage", other_vintage or base)):
        city, whole = source["resident_population"], source["province_resident_population"]
        year[f"resident_population{suffix}"] = year[f"average_population{suffix}"] = city
        year[f"province_resident_population{suffix}"] = year[f"average_province_population{suffix}"] = whole
    urban = base["urbanization_rate"] * base["resident_population"]
    year["urban_odds"] = _odds(base["urbanization_rate"])
    year["province_urban_odds"] = _odds(base.get("province_urbanization_rate", base["urbanization_rate"]))
    year["urban_core_odds"] = _odds(base["urban_core_population"] / urban)
    year["base_gdp_current"] = gdp
    for name in ("gdp_growth", "province_gdp_growth", "nation_gdp_growth"):
        factor = "nation" if name == "nation_gdp_growth" else f"{name}_factor"
        year[factor] = 1.0 + base.get(name, float("nan"))
    year["gdp_constant"] = gdp
    year["urbanization_rate"] = base["urbanization_rate"]
    year["urban_population"] = urban
    year["survey_weight_odds_ratio"] = _odds(base["survey_urban_weight"]) / year["urban_odds"]
    return year


def _odds(share: float) -> float:
    return share / (1.0 - share)


def _require_sound(base: Mapping[str, float]) -> None:
    problems = Problems("base year")
    for name in _NEEDED:
        if name not in base:
            problems.add(name, "no value for the base year; the registry's baseline has to supply it")
    if not problems:
        total = sum(base[f"{sector}_share"] for sector in SECTORS)
        if abs(total - 1.0) > 1e-3:
            problems.add("industry shares", f"sum to {total:.4f}; the three industries make up all of GDP")
        for part, whole in (
            ("gdp_current", "province_gdp_current"),
            ("resident_population", "province_resident_population"),
        ):
            if not 0 < base[part] < base[whole]:
                problems.add(part, f"{base[part]:g} is not between 0 and {whole} ({base[whole]:g})")
        for share in ("urbanization_rate", "survey_urban_weight"):
            if not 0 < base[share] < 1:
                problems.add(share, f"{base[share]:g} is not a share between 0 and 1")
        if base["urban_core_population"] >= base["urbanization_rate"] * base["resident_population"]:
            problems.add("urban_core_population", "exceeds the urban population")
    problems.raise_if_any(ModelError)


REQUIRED_ASSUMPTIONS = (
    "baumol_coefficient",
    "income_elasticity",
    "reconciliation_weight_primary",
    "reconciliation_weight_secondary",
    "reconciliation_weight_tertiary",
)
"""The judgements without which no scenario runs; each is a table with value, range and source."""

_VINTAGES = {"plan": "census", "census": "plan"}


def active_projects(scenario: Scenario) -> dict[str, Park | ComputingBase]:
    """Return the projects that a scenario counts on: those of its place that it names, and its own.

    Raises
    ------
    ScenarioError
        If it names a project that its place does not have.
    """
    shipped = load_projects(scenario.place) if scenario.shipped_projects else {}
    names = list(shipped) if scenario.shipped_projects == ["all"] else scenario.shipped_projects
    problems = Problems(f"scenario '{scenario.name}'")
    for name in names:
        if name not in shipped:
            problems.add("shipped_projects", unknown_name("project", name, ["all", *shipped]))
    problems.raise_if_any(ScenarioError)
    return {name: shipped[name] for name in names} | dict(scenario.projects)


def set_up(
    scenario: Scenario, registry: Registry, years: NDArray[np.int64]
) -> tuple[dict[str, Any], Parameters]:
    """Return the base year and the parameters of `scenario` in the place of `registry`.

    Raises
    ------
    ScenarioError
        If an assumption that the equations need is missing, or the energy table contradicts the place.
    ModelError
        If the registry's baseline is incomplete or inconsistent.
    """
    problems = Problems(f"scenario '{scenario.name}'")
    for name in REQUIRED_ASSUMPTIONS:
        if name not in scenario.assumptions:
            problems.add(f"assumptions.{name}", "is missing; the equations need it")
    # A misspelt judgement would otherwise sit in the file, be listed, and change nothing.
    ids = [target.id for target in registry.targets]
    for table, kind, given, known in (
        ("assumptions", "assumption", scenario.assumptions, REQUIRED_ASSUMPTIONS),
        ("assumed_targets", "target", scenario.assumed_targets, ids),
    ):
        for name in given:
            if name not in known:
                problems.add(f"{table}.{name}", unknown_name(kind, name, known))
    if scenario.energy is None:
        for table in ("paths", "uncertainty", "adjustments"):
            for name in ENERGY_DRIVERS & getattr(scenario, table).keys():
                problems.add(f"{table}.{name}", "changes nothing: the scenario has no energy table")
    problems.raise_if_any(ScenarioError)

    baselines = (registry.baseline(vintage) for vintage in (scenario.baseline, _VINTAGES[scenario.baseline]))
    base, other = ({name: baseline.value(name) for name in baseline} for baseline in baselines)
    start = start_year(base, other)
    base_year = int(years[0]) - 1
    energy = None
    if scenario.energy is not None:
        energy = compile_energy(scenario.energy, base=start, base_year=base_year, last_year=int(years[-1]))
        start |= initial_energy(start, energy)
    conventions = scenario.conventions
    parameters = Parameters(
        base_year=base_year,
        price_base_interval=conventions.price_base_interval if conventions.real_basis == "chained" else None,
        baumol_coefficient=scenario.assumptions["baumol_coefficient"].value,
        income_elasticity=scenario.assumptions["income_elasticity"].value,
        income_basis=conventions.income_basis,
        energy=energy,
    )
    return start, parameters
